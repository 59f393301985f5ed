/** The text a command was given: a file, or standard input for "-". Never more of it is read than the largest file may have. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { type JsonLimits, JsonSyntaxError } from '../problem/json.ts';
import { JsonGuard } from '../problem/jsonguard.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';

export interface Source {
  /** What to call it in messages. */
  readonly label: string;
  /** What to call its results: the file's name without .json, or "stdin". */
  readonly name: string;
  readonly text: string;
}

/** All of a stream; null once there is more than `most` bytes, of which no more are then read. Throws JsonSyntaxError. */
async function readAtMost(stream: AsyncIterable<Buffer>, most: number, limits?: JsonLimits): Promise<Buffer | null> {
  const guard = limits && new JsonGuard(limits);
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length > most) return null;
    guard?.push(chunk);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}

async function readFileAtMost(file: string, most: number, limits?: JsonLimits): Promise<Buffer | null> {
  // Devices and pipes have no size: they are read until they end or are too long.
  if ((await stat(file)).size > most) return null;
  return readAtMost(createReadStream(file, { highWaterMark: 1 << 20 }), most, limits);
}

/**
 * Reads the text of `file` ("-": standard input), which must be UTF-8 of at most `most` bytes. What goes beyond `limits` is refused before
 * the rest of it is read; without them the parser alone holds to its own.
 */
export async function readSource(file: string, most: number, limits?: JsonLimits): Promise<Source> {
  const label = file === '-' ? 'standard input' : file;
  let bytes: Buffer | null;
  try {
    bytes = file === '-' ? await readAtMost(process.stdin, most, limits) : await readFileAtMost(file, most, limits);
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new Failure(ExitStatus.input, `${label}: not valid JSON: ${error.message}`);
    throw new Failure(ExitStatus.input, `${label}: cannot be read: ${systemReason(error)}`);
  }
  if (bytes === null) throw new Failure(ExitStatus.input, `${label}: must have at most ${most} bytes; it has more`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return { label, name: file === '-' ? 'stdin' : basename(file).replace(/\.json$/i, '') || 'experiment', text };
  } catch {
    throw new Failure(ExitStatus.input, `${label}: not UTF-8 text; an experiment file is JSON`);
  }
}

/**
 * Whether a folder holds such a file. Throws a Failure where it is something else: what a folder of results holds is never waited for, as
 * a pipe would be.
 */
export async function isThere(path: string): Promise<boolean> {
  const found = await stat(path).catch((error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new Failure(ExitStatus.input, `${path}: cannot be read: ${systemReason(error)}`);
  });
  if (found === null || found.isFile()) return found !== null;
  const what = found.isDirectory() ? 'a directory' : 'a device or pipe';
  throw new Failure(ExitStatus.input, `${path}: must be a file; it is ${what}`);
}
