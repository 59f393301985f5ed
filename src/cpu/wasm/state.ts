/** The arrays of one replica in WebAssembly memory, and what every path does with them at its start and at save times. */
import { gain, type Problem, toP, toQ } from '../../problem/index.ts';
import { divergence } from '../reference/path.ts';
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

  constructor(problem: Problem, places: Places, memory: WebAssembly.Memory) {
    const { dimension: d } = problem;
    this.problem = problem;
    this.gain = gain(problem.parametrization);
    this.p = new Float64Array(memory.buffer, places.p, d);
    this.q = new Float64Array(memory.buffer, places.q, d);
    this.reset();
    this.startingRisk = this.twiceRisk();
  }

  /** Back to time 0. */
  reset(): void {
    const { dimension: d, parametrization, u0, v0 } = this.problem;
    for (let i = 0; i < d; i++) {
      this.p[i] = toP(parametrization, u0[i], v0[i]);
      this.q[i] = toQ(parametrization, u0[i], v0[i]);
    }
  }

  /** 2R = Σ λe²/d + σ². */
  twiceRisk(): number {
    const { dimension: d, lambda, b, labelNoise } = this.problem;
    let sum = 0;
    for (let i = 0; i < d; i++) {
      const e = 0.25 * (this.p[i] - this.q[i]) * (this.p[i] + this.q[i]) - b[i];
      sum += lambda[i] * e * e;
    }
    return sum / d + labelNoise * labelNoise;
  }

  /** |r_j| above which an SGD replica has failed, 10⁶(1 + √(2R(0))) (docs/paths.md, "SGD"); squared, 2R of an SDE replica. */
  get residualLimit(): number {
    return 1e6 * (1 + Math.sqrt(this.startingRisk));
  }

  /** Passes the state at a save time on, or reports at `time` that it is not finite. Returns whether the path goes on. */
  sample(sink: PathSink, timeIndex: number, time: number, s?: Float64Array): boolean {
    const twice = this.twiceRisk();
    if (!Number.isFinite(twice)) {
      sink.failure(time, divergence('2R', twice, this.residualLimit ** 2));
      return false;
    }
    sink.sample(timeIndex, { p: this.p, q: this.q, s });
    return true;
  }
}
