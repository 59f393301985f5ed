/** What a run has to tell in its checkpoints, and when. */
import { type MethodCheckpoint, type RunCheckpoint, SHORTEST_INTERVAL } from './checkpoint.ts';
import type { RunEvent } from './events.ts';

/** What all checkpoints of a run have in common. */
export type Whole = Omit<RunCheckpoint, 'methods' | 'every'>;

export class Checkpoints {
  readonly #every: number | undefined;
  readonly #methods: Map<number, MethodCheckpoint>;
  #last = performance.now();
  /** Absent where no checkpoints are asked for. */
  readonly checkpointDue?: () => boolean;

  constructor({
    checkpointEvery,
    checkpointNow,
    from,
  }: {
    readonly checkpointEvery?: number;
    readonly checkpointNow?: AbortSignal;
    readonly from?: RunCheckpoint;
  }) {
    this.#every = checkpointEvery;
    this.#methods = new Map(from?.methods.map((method) => [method.index, method]));
    if (checkpointEvery === undefined) return;
    if (!(checkpointEvery >= SHORTEST_INTERVAL)) {
      throw new RangeError(
        `checkpointEvery must be at least ${SHORTEST_INTERVAL} millisecond, got ${checkpointEvery}.`,
      );
    }
    this.checkpointDue = () => checkpointNow?.aborted === true || performance.now() - this.#last >= checkpointEvery;
  }

  byIndex(): ReadonlyMap<number, MethodCheckpoint> {
    return new Map(this.#methods);
  }

  note(method: MethodCheckpoint): void {
    this.#methods.set(method.index, method);
  }

  /** The event, which its reader takes in before the next interval begins. */
  event(whole: Whole): RunEvent {
    const methods = [...this.#methods.values()].sort((a, b) => a.index - b.index);
    return { type: 'checkpoint', checkpoint: { ...whole, every: this.#every ?? 0, methods } };
  }

  written(): void {
    this.#last = performance.now();
  }
}
