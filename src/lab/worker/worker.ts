/**
 * Entry of the page's worker. It loads the real one and nothing imports it: bundlers let chunks import from an entry what both need,
 * and WebKit evaluates a worker's entry again for that, after which everything that the page asks for is done twice.
 */
import type { FromWorker, ToWorker } from './protocol.ts';

// The DOM library types the global scope as a window.
const scope = globalThis as unknown as Worker;
/** What the page says before there is anybody to hear it. */
const early: ToWorker[] = [];
let receive = (message: ToWorker): unknown => early.push(message);

scope.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => receive(data));
import('./serve.ts').then(({ serve }) => {
  receive = serve((message: FromWorker, transfer: ArrayBuffer[] = []) => scope.postMessage(message, transfer));
  early.splice(0).forEach(receive);
  // As an error of the worker, which the page is told of.
}, reportError);
