/** One run of the built command in a process group of its own, with what it said, how it ended, and the most memory it took. */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { CLI } from '../cli/command.ts';

export interface Ended {
  /** Null where a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Largest resident size in MiB, sampled. */
  readonly memory: number;
  /** What is wrong with how it ended: too late, or with processes left. */
  readonly complaints: readonly string[];
}

export interface Orders {
  readonly cwd: string;
  /** A signal after so many milliseconds, unless it has ended by then. */
  readonly signal?: { readonly name: NodeJS.Signals; readonly after: number };
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  /** Put before the command in a shell, for instance a limit. */
  readonly before?: string;
}

/** Seconds after which a process counts as hung. */
const PATIENCE = 300;

export async function diagflow(
  args: readonly string[],
  { cwd, signal, env, input = '', before }: Orders,
): Promise<Ended> {
  const command = [process.execPath, CLI, ...args];
  const [file, ...rest] = before ? ['bash', '-c', `${before}; exec "$@"`, 'bash', ...command] : command;
  const child = spawn(file, rest, { cwd, detached: true, stdio: 'pipe', env: { ...process.env, ...env } });
  const pid = child.pid!;
  const complaints: string[] = [];
  let [stdout, stderr, memory] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const watch = setInterval(() => {
    memory = Math.max(memory, residentSize(pid));
  }, 50);
  const timer = signal && setTimeout(() => child.kill(signal.name), signal.after);
  const hung = setTimeout(() => {
    complaints.push(`not over after ${PATIENCE} s`);
    process.kill(-pid, 'SIGKILL');
  }, 1000 * PATIENCE);
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  clearInterval(watch);
  clearTimeout(timer);
  clearTimeout(hung);
  if (isAlive(-pid)) {
    complaints.push('left a process behind');
    process.kill(-pid, 'SIGKILL');
  }
  return { status, stdout, stderr, memory, complaints };
}

/** VmHWM of a process in MiB; 0 where it is not known. */
function residentSize(pid: number): number {
  try {
    return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Zombies that are children of this process. */
export function zombies(): number {
  return readdirSync('/proc').filter((entry) => {
    if (!/^\d+$/.test(entry)) return false;
    try {
      const [, state, parent] = /\) (\w) (\d+)/.exec(readFileSync(`/proc/${entry}/stat`, 'utf8')) ?? [];
      return state === 'Z' && Number(parent) === process.pid;
    } catch {
      return false;
    }
  }).length;
}
