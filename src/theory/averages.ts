/** Averages of moments over the population at one time. */

import type { Coordinate, Moment } from '../expression/expression.ts';
import { interpolateAt } from './grid.ts';
import type { LimitClass } from './law/types.ts';
import { boundOf, type Layout, type Population, scaleAt } from './population.ts';
import { CoordinateReader } from './reader.ts';

/** Of a population of which only some classes are at hand: how many it has, and the mean sizes of its moments. */
export interface PartSizes {
  readonly classes: number;
  readonly sizes: Float64Array;
}

/** Σ_c ω_c E_c φ for every moment, by class: out[c·moments + k] is ω_c E_c φ_k. */
export class Averager {
  readonly #population: Population;
  readonly #resting: readonly LimitClass[];
  readonly #moments: readonly Moment[];
  readonly #reader: CoordinateReader;
  readonly #restingMeans: Float64Array;
  /** By moment: may have features between two nodes that neither sees. */
  readonly #isSharp: readonly boolean[];

  /** `count`: classes of the whole population. */
  constructor(
    population: Population,
    resting: readonly LimitClass[],
    moments: readonly Moment[],
    count = population.classes.length,
  ) {
    this.#population = population;
    this.#resting = resting;
    this.#moments = moments;
    this.#reader = new CoordinateReader(population);
    this.#values = new Float64Array(moments.length);
    this.#absolutes = new Float64Array(moments.length);
    this.#restingMeans = this.#restingAverages();
    const isFew = count <= MOST_LOOKED_INTO;
    this.#isSharp = moments.map(({ source }) => isFew && SHARP.test(source) && source !== 'abs(beta)');
  }

  #restingAverages(): Float64Array {
    const out = new Float64Array(this.#moments.length);
    for (const c of this.#resting) {
      for (const { exchanged, share } of c.views) {
        const b = exchanged ? -c.b : c.b;
        const s = Number.NEGATIVE_INFINITY;
        const at: Coordinate = { u: 0, v: 0, beta: 0, b, lambda: c.lambda, e: -b, kappa: 0, bend: 0, s };
        this.#moments.forEach((moment, k) => {
          out[k] += c.weight * share * moment.evaluate(at);
        });
      }
    }
    return out;
  }

  get resting(): Float64Array {
    return this.#restingMeans;
  }

  /** φ_k at δ in class c (prepared in the reader), averaged over views. */
  #value(k: number, delta: number, views: number): number {
    const moment = this.#moments[k];
    const reader = this.#reader;
    reader.locate(delta);
    if (views === 1) return moment.evaluate(reader.project());
    let sum = 0;
    for (let i = 0; i < views; i++) sum += reader.view(i) * moment.evaluate(reader.project());
    return sum;
  }

  /** Of every φ_k at δ, averaged over views, by the last `#look`; and of |φ_k|: where φ is odd, its own average is rounding. */
  readonly #values: Float64Array;
  readonly #absolutes: Float64Array;

  #look(delta: number, views: number): void {
    const reader = this.#reader;
    const moments = this.#moments;
    const values = this.#values;
    const absolutes = this.#absolutes;
    reader.locate(delta);
    for (let i = 0; i < views; i++) {
      const share = views === 1 ? 1 : reader.view(i);
      const at = reader.project();
      for (let k = 0; k < moments.length; k++) {
        const value = share * moments[k].evaluate(at);
        values[k] = i === 0 ? value : values[k] + value;
        absolutes[k] = i === 0 ? Math.abs(value) : absolutes[k] + Math.abs(value);
      }
    }
  }

  /**
   * On grids. A moment whose trapezoidal sums on all nodes and on every other node differ by more than the class's share of `tolerance`
   * times the mean of |φ| is integrated again, cell by cell with interpolation and bisection (kinks); so is one that may be sharp, where sums
   * between the nodes differ. Adds ω E_c |φ_k| to sizes[k], ω E_c φ_k² to squares[k].
   */
  *onGrids(
    layout: Layout,
    y: Float64Array,
    tolerance: number,
    out: Float64Array,
    sizes: Float64Array,
    squares: Float64Array,
    part?: PartSizes,
  ): Generator<void, void> {
    const { classes, weight } = this.#population;
    const n = this.#moments.length;
    const values = this.#values;
    const absolutes = this.#absolutes;
    const clock = y[layout.size - 1];
    const differences = new Float64Array(classes.length * n);
    const even = new Float64Array(n);
    const size = new Float64Array(n);
    for (let c = 0; c < classes.length; c++) {
      this.#reader.begin(c, clock);
      const begin = layout.first[c];
      const { count } = layout.grids[c];
      const views = classes[c].views.length;
      const sums = out.subarray(c * n, (c + 1) * n);
      let evenWeight = 0;
      sums.fill(0);
      even.fill(0);
      size.fill(0);
      for (let j = 0; j < count; j++) {
        const w = layout.w[begin + j];
        const isEven = (j & 1) === 0;
        if (isEven) evenWeight += w;
        this.#look(y[begin + j], views);
        for (let k = 0; k < n; k++) {
          const value = values[k];
          sums[k] += w * value;
          size[k] += w * absolutes[k];
          squares[k] += weight[c] * w * value * value;
          if (isEven) even[k] += w * value;
        }
      }
      for (let k = 0; k < n; k++) {
        differences[c * n + k] = weight[c] * Math.abs(even[k] / evenWeight - sums[k]);
        sums[k] *= weight[c];
        sizes[k] += weight[c] * size[k];
      }
      yield;
    }
    // What a class may miss: its share of the tolerance of the whole, by weight or by number.
    for (let c = 0; c < classes.length; c++) {
      const share = Math.max(weight[c], 1 / (part?.classes ?? classes.length));
      let prepared = false;
      for (let k = 0; k < n; k++) {
        const allowed = tolerance * (part?.sizes[k] ?? sizes[k]) * share;
        const begin = layout.first[c];
        const isPoint = y[begin] === y[begin + layout.grids[c].count - 1];
        const isSettled = !(differences[c * n + k] > allowed) && (isPoint || !this.#isSharp[k]);
        if (isSettled || !Number.isFinite(out[c * n + k])) continue;
        if (!prepared) this.#reader.begin(c, clock);
        prepared = true;
        const views = classes[c].views.length;
        out[c * n + k] = weight[c] * this.#integrate(layout, y, c, k, views, allowed / weight[c]);
      }
      yield;
    }
  }

  /** Σ_c ω_c E_c φ_k by the trapezoidal rule, at rest and moving, to out[k]. Cost O(nodes · moments). */
  sums(layout: Layout, y: Float64Array, out: Float64Array): void {
    const { classes, weight } = this.#population;
    const values = this.#values;
    const clock = y[layout.size - 1];
    out.set(this.#restingMeans);
    for (let c = 0; c < classes.length; c++) {
      this.#reader.begin(c, clock);
      const begin = layout.first[c];
      const views = classes[c].views.length;
      for (let i = begin; i < begin + layout.grids[c].count; i++) {
        this.#look(y[i], views);
        const w = weight[c] * layout.w[i];
        for (let k = 0; k < values.length; k++) out[k] += w * values[k];
      }
    }
  }

  /**
   * Derivatives of combinations Σ_k coefficients[a·moments + k]·⟨φ_k⟩ of the sums by δ at every node, to byNode[a], and by the clock at fixed δ, to
   * byClock[a]: central differences, exact to 1e−10. Cost that of four evaluations of the sums.
   */
  slopes(
    layout: Layout,
    y: Float64Array,
    coefficients: Float64Array,
    byNode: readonly Float64Array[],
    byClock: Float64Array,
  ): void {
    const { classes, weight, lambda } = this.#population;
    const values = this.#values;
    const n = values.length;
    const before = new Float64Array(n);
    const clock = y[layout.size - 1];
    byClock.fill(0);
    for (let c = 0; c < classes.length; c++) {
      const begin = layout.first[c];
      const end = begin + layout.grids[c].count;
      const views = classes[c].views.length;
      let square = 0;
      for (let i = begin; i < end; i++) square += layout.w[i] * y[i] * y[i];
      // Functions vary on a scale of 1, and near β = b on that of δ itself.
      const scale = Math.sqrt(square);
      this.#reader.begin(c, clock);
      for (let i = begin; i < end; i++) {
        const step = DIFFERENCE * Math.min(scaleAt(this.#population, c, y[i]), Math.max(Math.abs(y[i]), scale));
        this.#look(y[i] - step, views);
        before.set(values);
        this.#look(y[i] + step, views);
        const w = (weight[c] * layout.w[i]) / (2 * step);
        for (let a = 0; a < byNode.length; a++) {
          let sum = 0;
          for (let k = 0; k < n; k++) sum += coefficients[a * n + k] * (values[k] - before[k]);
          byNode[a][i] = w * sum;
        }
      }
      const step = DIFFERENCE / lambda[c];
      for (const side of [-1, 1]) {
        this.#reader.begin(c, clock + side * step);
        for (let i = begin; i < end; i++) {
          this.#look(y[i], views);
          const w = (side * weight[c] * layout.w[i]) / (2 * step);
          for (let a = 0; a < byClock.length; a++)
            for (let k = 0; k < n; k++) byClock[a] += w * coefficients[a * n + k] * values[k];
        }
      }
    }
  }

  /**
   * How far out every class's grid must reach for the averages of these very moments: [low, high] by class, its own ends where they are far enough.
   * A place beyond an end counts while half a unit of z there has more than `tail` of a moment's mean size, out to FARTHEST.
   * Cost O(nodes · moments).
   */
  reach(layout: Layout, y: Float64Array, tail: number, part?: PartSizes): (readonly [low: number, high: number])[] {
    const { classes, weight } = this.#population;
    const n = this.#moments.length;
    const absolutes = this.#absolutes;
    const clock = y[layout.size - 1];
    const sizes = part?.sizes ?? this.#restingMeans.map(Math.abs);
    if (!part)
      classes.forEach(({ views }, c) => {
        this.#reader.begin(c, clock);
        const begin = layout.first[c];
        for (let i = begin; i < begin + layout.grids[c].count; i++) {
          this.#look(y[i], views.length);
          for (let k = 0; k < n; k++) sizes[k] += weight[c] * layout.w[i] * absolutes[k];
        }
      });
    return classes.map(({ views }, c) => {
      this.#reader.begin(c, clock);
      const grid = layout.grids[c];
      const end = (from: number, side: 1 | -1) => {
        let far = from;
        for (let z = from + 0.5 * side; Math.abs(z) <= FARTHEST; z += 0.5 * side) {
          const delta = interpolateAt(
            grid,
            y,
            layout.first[c],
            (z - grid.low) / grid.spacing,
            boundOf(this.#population, c),
          );
          const mass = (0.5 * weight[c] * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI);
          let counts = false;
          this.#look(delta, views.length);
          for (let k = 0; k < n && !counts; k++) {
            const size = mass * absolutes[k];
            counts = size > tail * sizes[k] && size < Number.POSITIVE_INFINITY;
          }
          if (counts) far = z;
        }
        return far;
      };
      return [end(grid.low, -1), end(grid.low + grid.spacing * (grid.count - 1), 1)];
    });
  }

  /** ∫ φ_k dN by Gauss–Lobatto on cells, bisected until two rules agree. */
  #integrate(layout: Layout, y: Float64Array, c: number, k: number, views: number, tolerance: number): number {
    const grid = layout.grids[c];
    const begin = layout.first[c];
    const f = (place: number) => {
      const z = grid.low + place * grid.spacing;
      return Math.exp(-0.5 * z * z) * this.#value(k, interpolateAt(grid, y, begin, place), views);
    };
    const normal = grid.spacing / Math.sqrt(2 * Math.PI);
    let sum = 0;
    const last = grid.count - 1;
    // Nodes half-way between first: a smooth average that only the coarser sum missed is settled by them.
    const nodes = grid.count;
    let onNodes = 0;
    let between = 0;
    let scale = 0;
    for (let j = 0; j < nodes; j++) {
      const value = f(j);
      onNodes += value;
      scale += Math.abs(value) * normal;
      if (j + 1 < nodes) between += f(j + 0.5);
    }
    const looks = this.#isSharp[k] ? Math.ceil(grid.spacing / NARROW) : 1;
    const agree = (sum: number) => Math.abs(sum - onNodes) * normal <= 0.3 * tolerance;
    if (agree(between)) {
      if (looks === 1) return 0.5 * (between + onNodes) * normal;
      let inside = 0;
      for (let j = 0; j < last; j++) {
        for (let i = 0.5; i < looks; i++) inside += f(j + i / looks) / looks;
      }
      if (agree(inside)) return 0.5 * (between + onNodes) * normal;
    }
    // A kink leaves errors in a few cells only, each of which falls by four or more in a bisection; rounding ends the search elsewhere.
    const enough = Math.max(0.02 * tolerance, ROUNDING * scale);
    let budget = MOST_BISECTIONS;
    const cell = (left: number, right: number, whole: number, depth: number): number => {
      const middle = 0.5 * (left + right);
      const one = lobatto(f, left, middle);
      const two = lobatto(f, middle, right);
      const fine = one + two;
      if (depth >= DEEPEST || budget <= 0 || Math.abs(fine - whole) * normal <= enough) return fine;
      budget--;
      return cell(left, middle, one, depth + 1) + cell(middle, right, two, depth + 1);
    };
    // Both rules of a bisection together look at thirteen places.
    const pieces = Math.ceil(looks / 8);
    for (let i = 0; i < last * pieces; i++) {
      const [left, right] = [i / pieces, (i + 1) / pieces];
      sum += cell(left, right, lobatto(f, left, right), 0);
    }
    return sum * normal;
  }
}

/** Step of differences by δ, relative, and by the clock, in units of 1/λ. */
const DIFFERENCE = 1e-5;

/** |z| beyond which no mean is followed: 1e−19 of the mass of a class. */
const FARTHEST = 9;

/** Functions with which an expression can be narrower than a cell; looked for in finite sums, where no other class makes up for it. */
const SHARP = /\b(?:abs|sign|min|max|pow|exp|sin|cos|tan|tanh|cosh|sinh|atan|log1?p?|sqrt|cbrt)\b/;
const MOST_LOOKED_INTO = 64;
/** In z, at most, between places where these are looked at. */
const NARROW = 0.02;

/** Limits of the bisection of a cell with a kink. */
const DEEPEST = 40;
const MOST_BISECTIONS = 2000;
const ROUNDING = 1e-15;

/** Gauss–Lobatto: with the ends among the nodes, a kink just inside a cell is seen as well. */
const LOBATTO_NODES = [0, Math.sqrt(3 / 7), 1];
const LOBATTO_WEIGHTS = [32 / 45, 49 / 90, 1 / 10];

function lobatto(f: (x: number) => number, left: number, right: number): number {
  const middle = 0.5 * (left + right);
  const half = 0.5 * (right - left);
  let sum = LOBATTO_WEIGHTS[0] * f(middle);
  for (let i = 1; i < 3; i++)
    sum += LOBATTO_WEIGHTS[i] * (f(middle - half * LOBATTO_NODES[i]) + f(middle + half * LOBATTO_NODES[i]));
  return sum * half;
}
