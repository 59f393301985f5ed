/**
 * Makes a layout's means of products those of independent quantities, by exchanging values between pairs of coordinates, so that every quantity keeps its
 * values: pairs are proposed at random, and exchanged where that lessens the sum of squared misses (`misses.ts`). A layout of low discrepancy misses
 * by 10/d to 10³/d, so a few thousand exchanges suffice at any d.
 *
 * Where d is small a few large values decide, and no single exchange is for the better any more. Then one of those is exchanged whatever it costs, others after
 * it as far as they help, and all is undone if the sum is not less in the end.
 */
import { type Matched, Misses } from './misses.ts';
import { generator } from './polynomials.ts';

/** Proposals between two looks at the sum. */
const ROUND = 1024;
/** So many rounds for misses that are all good; twice as many until none is more than fair; half as many with products held to less. */
const USUAL_ROUNDS = 64;
/** Fewer where d is less than this: there is less to choose from, and less can be had. */
const MANY = 128;
const FAIR = 2.5;
/** A round that lessens the sum by less than this share is followed by a kick. */
const STALLED = 0.02;
/** Partners are the nearest of 2^n coordinates, n less than this. */
const NEARNESS = 9;
/** So many of the largest values of each column are proposed more often than others. */
const LARGEST = 16;

/** O(d) for the means, and at most 220,000 proposals of some thousand operations each; usually 40,000. */
export function exchange(task: Matched): void {
  const { movable, columns } = task;
  const d = columns[0].length;
  if (movable.length === 0 || d < 2) return;
  const misses = new Misses(task);
  const large = new LargestValues(columns);
  const random = generator();
  const anyOf = (n: number) => Math.floor(random() * n);

  /** The nearest in value of 1, 2, 4, … or 256 coordinates: changes of all sizes. */
  const partner = (column: number, i: number) => {
    const x = columns[column];
    let best = anyOf(d);
    for (let left = 2 ** anyOf(NEARNESS); left > 1; left--) {
      const j = anyOf(d);
      if (x[j] !== x[i] && !(Math.abs(x[j] - x[i]) >= Math.abs(x[best] - x[i]) && x[best] !== x[i])) best = j;
    }
    return best;
  };

  const tryRound = (undo: Exchanged[] | null) => {
    for (let n = 0; n < ROUND; n++) {
      const column = movable[anyOf(movable.length)];
      const i = (n & 1) === 0 ? anyOf(d) : large.pick(random);
      const j = partner(column, i);
      if (!misses.propose(column, i, j)) continue;
      large.exchanged(column, i, j);
      undo?.push([column, i, j]);
    }
  };

  let isStalled = false;
  const round = () => {
    const before = misses.total;
    if (!isStalled) {
      tryRound(null);
      isStalled = misses.total > (1 - STALLED) * before;
      return;
    }
    isStalled = false;
    const kept = misses.snapshot();
    const column = movable[anyOf(movable.length)];
    const [i, j] = [large.pickOf(column, random), anyOf(d)];
    if (!misses.force(column, i, j)) return;
    large.exchanged(column, i, j);
    const undo: Exchanged[] = [[column, i, j]];
    tryRound(undo);
    if (misses.total < before) return;
    for (const [c, k, l] of undo.reverse()) {
      [columns[c][k], columns[c][l]] = [columns[c][l], columns[c][k]];
      large.exchanged(c, k, l);
    }
    misses.restore(kept);
  };

  const rounds = Math.ceil(USUAL_ROUNDS * Math.min(1, d / MANY));
  for (let n = 0; n < 2 * rounds && misses.worst > (n < rounds ? 1 : FAIR); n++) round();
  // Few coordinates cannot have all: then the named statistics come first.
  for (let relaxed = 0; relaxed < 3 && misses.worstIngredient > FAIR; relaxed++) {
    misses.relax(4);
    for (let n = 0; n < rounds / 2 && misses.worstIngredient > 1; n++) round();
  }
}

type Exchanged = readonly [column: number, i: number, j: number];

/** Where the largest values of each column are. */
class LargestValues {
  readonly #of: readonly number[][];
  readonly #varying: readonly number[][];

  constructor(columns: readonly Float64Array[]) {
    this.#of = columns.map(largest);
    this.#varying = this.#of.filter((list) => list.length > 0);
  }

  /** A coordinate that holds one of them, of any column that varies. */
  pick(random: () => number): number {
    const list = this.#varying[Math.floor(random() * this.#varying.length)];
    return list[Math.floor(random() * list.length)];
  }

  pickOf(column: number, random: () => number): number {
    const list = this.#of[column];
    return list[Math.floor(random() * list.length)];
  }

  exchanged(column: number, i: number, j: number): void {
    const list = this.#of[column];
    for (let k = 0; k < list.length; k++) {
      if (list[k] === i) list[k] = j;
      else if (list[k] === j) list[k] = i;
    }
  }
}

/** Coordinates of the values of largest magnitude; none of a constant column. */
function largest(x: Float64Array): number[] {
  if (x.every((value) => value === x[0])) return [];
  const list: number[] = [];
  let least = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < x.length; i++) {
    const size = Math.abs(x[i]);
    if (list.length === LARGEST && size <= least) continue;
    let at = list.length;
    while (at > 0 && Math.abs(x[list[at - 1]]) < size) at--;
    list.splice(at, 0, i);
    if (list.length > LARGEST) list.pop();
    least = Math.abs(x[list[list.length - 1]]);
  }
  return list;
}
