/** Runs a generator to its end, giving control back to the page or process now and then. */
import type { Attention } from '../statistics/attention.ts';

/** Longest time between two returns of control, in milliseconds; work between two yields of the generator comes on top. */
const SLICE = 25;

/** Throws the signal's reason when it is aborted. Without `attention` it keeps Node alive to its end; with it, while it is attended to. */
export async function drive<T>(work: Generator<void, T>, signal?: AbortSignal, attention?: Attention): Promise<T> {
  signal?.throwIfAborted();
  let since = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since > SLICE) {
      await pause(attention);
      signal?.throwIfAborted();
      since = performance.now();
    }
  }
}

/** In a page a timer, which lets it draw; Node's timers take a millisecond at least. */
function pause(attention?: Attention): Promise<void> {
  return new Promise((resolve) => {
    if (typeof setImmediate !== 'function') {
      setTimeout(resolve, 0);
      return;
    }
    let end = () => {};
    const immediate = setImmediate(() => {
      end();
      resolve();
    });
    if (attention === undefined) return;
    const hold = () => (attention.awaited ? immediate.ref() : immediate.unref());
    hold();
    end = attention.listen(hold);
  });
}
