/** How long work takes on a device, learnt from the submissions that it has done. */

/** What a submission holds, in units that are alike within each kind: coordinates × steps, coordinates × moments. */
export interface Cost {
  readonly steps: number;
  readonly saves: number;
}

/** The queue of a device, which does submissions one after another, whoever made them. */
export class Line {
  /** Runs that submit to it now. */
  runs = 0;
  /** When the last submission was seen to end. */
  #ended = 0;

  /**
   * A submission made at `started` has ended now: milliseconds that it took, without what was before it. Where the device has no clock
   * of its own; on a busy machine most of it can be waiting.
   */
  took(started: number): number {
    const now = performance.now();
    const milliseconds = now - Math.max(started, this.#ended);
    this.#ended = now;
    return milliseconds;
  }

  /**
   * Milliseconds that a submission should take of `target`, if it were alone: shorter beside others, so that the line stays short, but
   * long enough to be worth its submission.
   */
  share(target: number): number {
    return Math.max(target / Math.max(1, this.runs), Math.min(target, SHORTEST));
  }
}

/** Milliseconds of work that a submission should hold at least; making one and reading it back costs some tenths. */
const SHORTEST = 4;

/**
 * Units of a first submission, a quarter of what slow devices do in 25 ms: those with long expressions, or with a workgroup for a few
 * coordinates, take four times as long for one.
 */
export const FIRST_UNITS = { software: 12_500, hardware: 500_000 } as const;

/** A submission is expected to hold more than the last one by this factor at most. */
const GROWTH = 4;

export class Pace {
  /** Milliseconds a unit of each. */
  #step: number;
  #save: number;

  /**
   * @param wanted milliseconds that a submission should take.
   * @param firstUnits units of the first submission, before anything is known.
   */
  constructor(
    readonly line: Line,
    readonly wanted: number,
    firstUnits: number,
  ) {
    this.#step = wanted / firstUnits;
    this.#save = wanted / firstUnits;
  }

  /** Milliseconds that the next submission should take. */
  get target(): number {
    return this.line.share(this.wanted);
  }

  /** Milliseconds expected. */
  expected({ steps, saves }: Cost): number {
    return steps * this.#step + saves * this.#save;
  }

  /** A submission took `milliseconds`; the larger part of what was expected takes more of the correction. */
  learn(cost: Cost, milliseconds: number): void {
    const expected = this.expected(cost);
    if (expected <= 0) return;
    const ratio = Math.max(1 / GROWTH, Math.max(0.02, milliseconds) / expected);
    const share = (cost.steps * this.#step) / expected;
    this.#step *= ratio ** share;
    this.#save *= ratio ** (1 - share);
  }
}
