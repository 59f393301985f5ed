/** What is said to readers who listen: one polite live region, at most one message every few seconds. */
import { signal } from '@preact/signals';

const EVERY = 4000; // ms between two pieces of progress

export const spoken = signal('');
let last = Number.NEGATIVE_INFINITY;

/** Said at once. */
export function say(message: string): void {
  last = performance.now();
  spoken.value = message;
}

/** Said if nothing was for some seconds. */
export function murmur(message: string): void {
  if (performance.now() - last >= EVERY) say(message);
}
