/** Runs the built command, dist/cli.js, as users do: a process of its own, in a folder of its own. */
import { type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

if (!existsSync(CLI)) throw new Error('dist/cli.js is missing: run `npm run build:node` (npm test does)');

export interface Finished {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ReturnType<typeof spawn>;
  readonly done: Promise<Finished>;
}

/** Starts `diagflow …args` in `cwd`; `input` goes to its standard input. */
export function start(
  args: readonly string[],
  cwd: string,
  input: string | Uint8Array = '',
  options: Pick<SpawnOptions, 'detached' | 'env'> = {},
): Running {
  const child = spawn(process.execPath, [CLI, ...args], { ...options, cwd, stdio: 'pipe' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {}); // it may leave without reading
  child.stdin.end(input);
  const done = new Promise<Finished>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, stdout, stderr }));
  });
  return { process: child, done };
}

export const diagflow = (args: readonly string[], cwd: string, input?: string | Uint8Array) =>
  start(args, cwd, input).done;

/** A new empty folder; `drop` deletes it. */
export function temporaryFolder(): { readonly path: string; drop(): void } {
  const path = mkdtempSync(join(tmpdir(), 'diagflow-'));
  return { path, drop: () => rmSync(path, { recursive: true, force: true }) };
}
