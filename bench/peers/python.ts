/** A Python process that answers one JSON object a line, so that its start-up and imports are not timed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface PythonPeer {
  /** What the script said of itself when it started: versions. */
  readonly hello: Readonly<Record<string, string>>;
  ask<Answer>(request: object): Promise<Answer>;
  stop(): void;
}

/** $DIAGFLOW_PYTHON, the system's, the first on the path. */
export const PYTHONS = [process.env.DIAGFLOW_PYTHON, '/usr/bin/python3', 'python3'].filter((x) => x !== undefined);

/**
 * Starts bench/peers/`script` with the first Python that can run it; null where none has what it imports, or there is no Python.
 * @throws Error where it is installed and does not run.
 */
export async function startPython(script: string): Promise<PythonPeer | null> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  for (const python of PYTHONS) {
    const child = spawn(python, [path], { stdio: ['pipe', 'pipe', 'pipe'] });
    const complaint = await complaintOf(child);
    if (complaint === '') return connect(child, script);
    // A Python without the package, or no such program, is no failure: the next may have it.
    if (!/ModuleNotFoundError|ENOENT/.test(complaint)) throw new Error(`${script} does not start: ${complaint}`);
  }
  return null;
}

/** Empty once the process speaks; what went wrong if it ends before that. */
function complaintOf(child: ChildProcess): Promise<string> {
  let errors = '';
  child.stderr!.on('data', (chunk) => {
    errors = (errors + chunk).slice(-4000);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(String(error)));
    child.once('close', (code) => resolve(errors.trim() || `ended with exit code ${code} and said nothing`));
    child.stdout!.once('readable', () => {
      if (child.stdout!.readableLength > 0) resolve('');
    });
  });
}

async function connect(child: ChildProcess, script: string): Promise<PythonPeer> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`${script} ended without an answer (exit code ${child.exitCode})`);
    return JSON.parse(value);
  };
  return {
    hello: await answer(),
    ask: (request) => {
      child.stdin!.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    stop: () => void child.kill(),
  };
}
