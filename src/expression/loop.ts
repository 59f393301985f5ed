/** Expressions over arrays of coordinates, a block at a time. */
import { blockLength, compileTape, type Tape } from './tape.ts';
import type { Tree } from './tree.ts';

/** Arrays by name, from which a tape's registers are filled. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** Expressions evaluated over coordinates lo ≤ i < hi in blocks; `out` is told the registers of each block. */
export class Loop {
  readonly #tape: Tape;

  constructor(trees: readonly Tree[]) {
    this.#tape = compileTape(trees);
  }

  run(
    columns: Columns,
    lo: number,
    hi: number,
    out: (values: readonly Float64Array[], first: number, count: number) => void,
  ): void {
    const { inputs, outputs } = this.#tape;
    for (let first = lo; first < hi; first += blockLength) {
      const count = Math.min(blockLength, hi - first);
      for (const [name, register] of inputs) {
        const column = columns[name];
        for (let i = 0; i < count; i++) register[i] = column[first + i];
      }
      this.#tape.run(count);
      out(outputs, first, count);
    }
  }
}
