/** The experiment text a command was given: a file, or standard input for "-". */
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { ExitStatus, Failure, systemReason } from './failure.ts';

export interface Source {
  /** What to call it in messages. */
  readonly label: string;
  /** What to call its results: the file's name without .json, or "stdin". */
  readonly name: string;
  readonly text: string;
}

async function readStandardInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** Reads the text of `file` ("-": standard input), which must be UTF-8. */
export async function readSource(file: string): Promise<Source> {
  const label = file === '-' ? 'standard input' : file;
  let bytes: Buffer;
  try {
    bytes = file === '-' ? await readStandardInput() : await readFile(file);
  } catch (error) {
    throw new Failure(ExitStatus.input, `${label}: cannot be read: ${systemReason(error)}`);
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { label, name: file === '-' ? 'stdin' : basename(file).replace(/\.json$/i, '') || 'experiment', text };
  } catch {
    throw new Failure(ExitStatus.input, `${label}: not UTF-8 text; an experiment file is JSON`);
  }
}
