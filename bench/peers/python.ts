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

/** Starts bench/peers/`script` with the first Python that can run it; null where none can (a missing package, no Python). */
export async function startPython(
  script: string,
  environment: Record<string, string> = {},
): Promise<PythonPeer | null> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  for (const python of ['/usr/bin/python3', 'python3']) {
    const child = spawn(python, [path], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: { ...process.env, ...environment },
    });
    if (await starts(child)) return connect(child);
  }
  return null;
}

function starts(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
    child.stdout!.once('readable', () => resolve(child.stdout!.readableLength > 0));
  });
}

async function connect(child: ChildProcess): Promise<PythonPeer> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  const answer = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error(`the Python process ended without an answer (exit code ${child.exitCode})`);
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
