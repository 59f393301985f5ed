/** One more checkpoint when a run is stopped, so that nothing is computed twice, if it comes soon. */
import type { RunEvent } from '../run/events.ts';

/** Milliseconds to wait for it; the one before is kept where it takes longer. */
const PATIENCE = 3000;

export class LastCheckpoint {
  readonly #wish = new AbortController();
  #stop: (() => void) | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Whether a method runs that makes checkpoints. */
  #inEnsemble = false;

  /** Aborted when it is wanted. */
  get wanted(): AbortSignal {
    return this.#wish.signal;
  }

  /** Calls `stop` once it has been written, or will not come. */
  stopAfter(stop: () => void): void {
    this.#stop = stop;
    this.#wish.abort();
    if (this.#inEnsemble) this.#timer = setTimeout(stop, PATIENCE);
    else stop();
  }

  /** To be told of every event, of checkpoints when they have been written. */
  event(event: RunEvent): void {
    if (event.type === 'method-start') this.#inEnsemble = event.unit === 'coordinate-steps';
    const isOver = event.type === 'checkpoint' || (event.type === 'method-start' && !this.#inEnsemble);
    if (isOver) this.#stop?.();
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
