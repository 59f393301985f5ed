/** Runs a generator to its end, giving control back to the page or process now and then. */

/** Longest time between two returns of control, in milliseconds; work between two yields of the generator comes on top. */
const SLICE = 25;

/** Throws the signal's reason when it is aborted. */
export async function drive<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  let since = performance.now();
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
    if (performance.now() - since > SLICE) {
      await new Promise<void>(pause);
      signal?.throwIfAborted();
      since = performance.now();
    }
  }
}

/** In a page a timer, which lets it draw; Node's timers take a millisecond at least. */
function pause(resolve: () => void): void {
  if (typeof setImmediate === 'function') setImmediate(resolve);
  else setTimeout(resolve, 0);
}
