/** Ending what a test has started, with all that it has started in turn. */
import type { ChildProcess } from 'node:child_process';

/** Stops a process that was started as the leader of its group (`detached`), and the group; after five seconds by force. */
export async function stop(child: ChildProcess): Promise<void> {
  if (child.pid === undefined) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  const signal = (name: NodeJS.Signals) => {
    try {
      process.kill(-child.pid!, name);
    } catch {} // nobody left
  };
  signal('SIGTERM');
  if (child.exitCode === null && child.signalCode === null) {
    await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, 5000).unref())]);
  }
  signal('SIGKILL');
}
