/** A script that waits for nothing but the end of a thread, of which it hears after stopping it that it is idle. */
import { startThread } from '../../src/cpu/workers/thread.ts';

const thread = startThread(
  { message: () => {}, crash: () => {} },
  new URL('../../src/cpu/workers/worker.ts', import.meta.url),
);
thread.hold(true);
const stopped = thread.terminate();
thread.hold(false);
await stopped;
console.log('stopped');
