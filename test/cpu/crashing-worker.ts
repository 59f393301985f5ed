/** A worker that dies as soon as it is asked to work. */
import { parentPort } from 'node:worker_threads';
import type { ToWorker } from '../../src/cpu/workers/protocol.ts';

parentPort!.on('message', (message: ToWorker) => {
  if (message.kind === 'run') process.exit(7);
});
