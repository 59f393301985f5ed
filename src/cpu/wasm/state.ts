/** The arrays of one replica in WebAssembly memory, and what every path does with them at its start and at save times. */
import { type DivergenceLimits, divergence, divergenceLimits } from '../../problem/divergence.ts';
import { gain, type Problem, toP, toQ } from '../../problem/index.ts';
import type { PathSink } from '../workers/simulator.ts';
import { type Layout, padded } from './memory.ts';

/** Offsets of p and q of one replica: f64, padded with zeros to whole groups of 16 coordinates. */
export interface Places {
  readonly p: number;
  readonly q: number;
}

export function takePlaces(layout: Layout, dimension: number): Places {
  const bytes = 8 * padded(dimension);
  return { p: layout.take(bytes), q: layout.take(bytes) };
}

/** Writes f(i) for every coordinate at an offset; the padding stays 0. */
export function fillArray(
  Type: Float64ArrayConstructor | Float32ArrayConstructor,
  memory: WebAssembly.Memory,
  offset: number,
  dimension: number,
  f: (i: number) => number,
): void {
  const view = new Type(memory.buffer, offset, dimension);
  for (let i = 0; i < dimension; i++) view[i] = f(i);
}

export class State {
  readonly problem: Problem;
  readonly gain: 1 | 2;
  /** Views of the d coordinates, without the padding. */
  readonly p: Float64Array;
  readonly q: Float64Array;
  /** 2R(0). */
  readonly startingRisk: number;
  readonly limits: DivergenceLimits;

  constructor(problem: Problem, places: Places, memory: WebAssembly.Memory) {
    const { dimension: d } = problem;
    this.problem = problem;
    this.gain = gain(problem.parametrization);
    this.p = new Float64Array(memory.buffer, places.p, d);
    this.q = new Float64Array(memory.buffer, places.q, d);
    this.reset();
    this.startingRisk = this.twiceRisk();
    this.limits = divergenceLimits(this.startingRisk);
  }

  /** Back to time 0. */
  reset(): void {
    const { dimension: d, parametrization, u0, v0 } = this.problem;
    const { p, q } = this;
    // A loop each, because choosing the formula costs more than computing it.
    if (parametrization === 'product') {
      for (let i = 0; i < d; i++) p[i] = toP('product', u0[i], v0[i]);
      for (let i = 0; i < d; i++) q[i] = toQ('product', u0[i], v0[i]);
    } else {
      for (let i = 0; i < d; i++) p[i] = toP(parametrization, u0[i], v0[i]);
      for (let i = 0; i < d; i++) q[i] = toQ(parametrization, u0[i], v0[i]);
    }
  }

  /** 2R = Σ λe²/d + σ². Four partial sums: four chains of additions for the processor. */
  twiceRisk(): number {
    const { dimension: d, lambda, b, labelNoise } = this.problem;
    const { p, q } = this;
    const term = (i: number) => {
      const e = 0.25 * (p[i] - q[i]) * (p[i] + q[i]) - b[i];
      return lambda[i] * e * e;
    };
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let i = 0;
    for (; i + 3 < d; i += 4) {
      s0 += term(i);
      s1 += term(i + 1);
      s2 += term(i + 2);
      s3 += term(i + 3);
    }
    for (; i < d; i++) s0 += term(i);
    return (s0 + s1 + (s2 + s3)) / d + labelNoise * labelNoise;
  }

  /** Passes the state at a save time on, or reports that the path has diverged by then. Returns whether it goes on. */
  sample(
    sink: PathSink,
    timeIndex: number,
    { s, integrals }: { readonly s?: Float64Array; readonly integrals?: Float64Array } = {},
  ): boolean {
    const twice = timeIndex === 0 ? this.startingRisk : this.twiceRisk();
    const limit = this.limits.twiceRisk;
    if (!(twice <= limit)) {
      sink.failure(timeIndex, divergence('2R', twice, limit));
      return false;
    }
    sink.sample(timeIndex, { p: this.p, q: this.q, s }, integrals);
    return true;
  }
}
