/**
 * The mean-field SDE with a control variate (docs/ensembles.md, "Variance reduction"): paths as in docs/paths.md (strang), each beside
 * its linearized path δζ, driven by the same noise, whose moments are known:
 *
 *     δζ_{k+1} = D_k δζ_k + √(D_k · 2λI_k) z_k,   D_k = exp(−gτ λκ̄_k),   κ̄ along the path without noise.
 *
 * A mean over the n coordinates of a class becomes mean φ − w₁ mean δζ − w₂ mean(δζ² − E δζ²), w by least squares over the other half of
 * the class, hence independent of what they correct: no bias. A replica is one such estimate, so ensembles read it as any other.
 */

import type { Coordinate, Moment } from '../../expression/expression.ts';
import { divergence, divergenceLimits, leavingTime } from '../../problem/divergence.ts';
import { curvatureFactor, gain, hyperbolicStart, type Problem, toU, toV } from '../../problem/index.ts';
import { contextAt } from '../../statistics/context.ts';
import { endOfLimit, programOf } from '../../statistics/program.ts';
import { collectMoments, finishStatistics } from '../../statistics/resolve.ts';
import { type EngineEvent, type EngineState, EngineStateError, type EnsembleRequest } from '../../statistics/stream.ts';
import { packState, unpackState } from '../workers/pathstate.ts';
import type { SdePlan } from '../workers/simulator.ts';
import { driftFlow } from './drift.ts';
import { noiseStep } from './noise.ts';
import { brownianSource, riskSums } from './sde.ts';

/** Coordinates of a class below which the regression costs more than it gives: its mean is then taken as it is. */
const LEAST = 32;
/** Coordinates at a time, and milliseconds between two returns of control. */
const CHUNK = 512;
const SLICE = 25;

/** Coordinates that start alike, and the linearization along their path without noise. */
interface Class {
  readonly members: Uint32Array;
  /** [step] D_k. */
  readonly decay: Float64Array;
  /** [save time] E δζ². */
  readonly variance: Float64Array;
}

/**
 * Samples of a mean-field strang request, one replica after another on the calling thread, in f64. Cost: that of the reference engine on
 * one thread, and d evaluations of every moment at each save time.
 */
export async function* controlledMeanField(request: EnsembleRequest): AsyncGenerator<EngineEvent> {
  const { problem, times, statistics, replicas, seed, signal, checkpointDue } = request;
  const plan = programOf(request) as SdePlan;
  const increments = plan.increments;
  if (increments === null || plan.scheme !== 'strang') {
    throw new RangeError('a control variate needs the mean-field coupling and the scheme strang.');
  }
  const { dimension: d, b, lambda } = problem;
  const table = collectMoments(statistics);
  const brownian = brownianSource(seed);
  const start = hyperbolicStart(problem);
  const classes = classesOf(request, plan, increments);
  const classAt = new Uint32Array(d);
  for (const [c, { members }] of classes.entries()) for (const i of members) classAt[i] = c;
  const p = new Float64Array(d);
  const q = new Float64Array(d);
  const x = new Float64Array(d);
  const z = new Float64Array(CHUNK);
  const values = table.moments.map(() => new Float64Array(d));
  const sums = new Float64Array(2);
  const twiceRisk = () => {
    riskSums(p, q, b, lambda, 0, d, sums.fill(0));
    return sums[0] / d + problem.labelNoise ** 2;
  };
  p.set(start.p);
  q.set(start.q);
  const limit = divergenceLimits(twiceRisk()).twiceRisk;
  let since = performance.now();
  let left = request.from && placeOf(request.from, request, plan, [p, q, x]);
  for (let replica = left?.replica ?? replicas.first; replica < replicas.first + replicas.count; replica++) {
    if (!left) {
      p.set(start.p);
      q.set(start.q);
      x.fill(0);
    }
    let { save, k, walked, clock } = left ?? { save: 0, k: 0, walked: 0, clock: 0 };
    left = undefined;
    for (; save < times.length; save++) {
      const target = plan.saves[save];
      if (target > 0 && Number.isNaN(increments[target - 1])) {
        const message = endOfLimit(plan.end);
        yield { type: 'failure', replica, time: leavingTime(times, save, plan.end), message };
        break;
      }
      for (let lo = walked; lo < d && target > k; lo += CHUNK) {
        if (checkpointDue?.()) {
          const place = { replica, save, k, walked: lo, clock };
          yield { type: 'checkpoint', state: { engine: ENGINE, place, path: packState([], [p, q, x]) } };
        }
        const hi = Math.min(lo + CHUNK, d);
        for (let j = k; j < target; j++) {
          const half = 0.5 * plan.g[j] * plan.lengths[j];
          driftFlow(p, q, b, lambda, lo, hi, half);
          brownian(z, hi - lo, replica, j, lo);
          noiseStep(p, q, lambda, z, lo, hi, increments[j]);
          driftFlow(p, q, b, lambda, lo, hi, half);
          for (let i = lo; i < hi; i++) {
            const decay = classes[classAt[i]].decay[j];
            x[i] = decay * x[i] + Math.sqrt(2 * lambda[i] * increments[j] * decay) * z[i - lo];
          }
        }
        if (performance.now() - since > SLICE) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          signal?.throwIfAborted();
          since = performance.now();
        }
      }
      walked = 0;
      for (; k < target; k++) clock += increments[k];
      const twice = twiceRisk();
      if (!(twice <= limit)) {
        const message = divergence('2R', twice, limit);
        yield { type: 'failure', replica, time: leavingTime(times, save), message };
        break;
      }
      evaluate(problem, start, table.moments, { p, q, clock }, values);
      const means = values.map((y) => {
        let sum = 0;
        for (const { members, variance } of classes) sum += members.length * classMean(y, x, members, variance[save]);
        return sum / d;
      });
      const row = new Float64Array(statistics.length);
      const context = contextAt(problem, times[save]);
      finishStatistics(statistics, table, means, context, row);
      yield { type: 'samples', timeIndex: save, firstReplica: replica, values: row };
    }
    yield { type: 'progress', done: d * plan.saves[plan.saves.length - 1] };
  }
}

const ENGINE = 'control variate';

/** Where a path was left: coordinates below `walked` have taken the steps from k to the next save time already. */
interface Place {
  readonly replica: number;
  readonly save: number;
  readonly k: number;
  readonly walked: number;
  readonly clock: number;
}

/** Writes the arrays of a state back. @throws EngineStateError where it is not that of this request. */
function placeOf(
  { engine, place, path }: EngineState,
  { replicas: { first, count }, problem }: EnsembleRequest,
  { saves }: SdePlan,
  arrays: readonly Float64Array[],
): Place {
  const found = (typeof place === 'object' && place !== null ? place : {}) as Partial<Place>;
  const { replica = -1, save = -1, k = -1, walked = -1, clock } = found;
  const good =
    [replica, save, k, walked].every(Number.isInteger) &&
    replica >= first &&
    replica < first + count &&
    k === (save > 0 ? saves[save - 1] : 0) &&
    save < saves.length &&
    walked >= 0 &&
    walked < problem.dimension &&
    typeof clock === 'number';
  if (engine !== ENGINE || !good || !(path instanceof Float64Array)) {
    throw new EngineStateError(`the state of a ${ENGINE} must hold a place on the path of one of its replicas`);
  }
  unpackState(path, 0, arrays);
  return found as Place;
}

function classesOf({ problem }: EnsembleRequest, plan: SdePlan, increments: Float64Array): Class[] {
  const { lambda, b } = problem;
  const { p, q } = hyperbolicStart(problem);
  const members = new Map<string, number[]>();
  for (let i = 0; i < p.length; i++) {
    const key = `${lambda[i]}/${b[i]}/${p[i]}/${q[i]}`;
    const known = members.get(key);
    if (known) known.push(i);
    else members.set(key, [i]);
  }
  // Of a class with too few members to regress on nobody reads the linearization.
  const unused = new Float64Array(increments.length);
  return [...members.values()].map((own) => {
    const [i] = own;
    const variance = new Float64Array(plan.saves.length);
    if (own.length < LEAST) return { members: Uint32Array.from(own), decay: unused, variance };
    const decay = new Float64Array(increments.length);
    const one = {
      p: Float64Array.of(p[i]),
      q: Float64Array.of(q[i]),
      b: b.subarray(i, i + 1),
      lambda: lambda.subarray(i, i + 1),
    };
    const still = new Float64Array(1);
    let v = 0;
    let k = 0;
    for (let save = 0; save < plan.saves.length; save++) {
      for (; k < plan.saves[save] && !Number.isNaN(increments[k]); k++) {
        const gTau = plan.g[k] * plan.lengths[k];
        driftFlow(one.p, one.q, one.b, one.lambda, 0, 1, 0.5 * gTau);
        // dβ/dζ = (p² + q²)/2.
        decay[k] = Math.exp(-gTau * lambda[i] * 0.5 * (one.p[0] ** 2 + one.q[0] ** 2));
        noiseStep(one.p, one.q, one.lambda, still, 0, 1, increments[k]);
        driftFlow(one.p, one.q, one.b, one.lambda, 0, 1, 0.5 * gTau);
        v = decay[k] ** 2 * v + 2 * lambda[i] * increments[k] * decay[k];
      }
      variance[save] = v;
    }
    return { members: Uint32Array.from(own), decay, variance };
  });
}

/** Every moment at every coordinate. */
function evaluate(
  { parametrization, b, lambda }: Problem,
  start: { readonly p: Float64Array; readonly q: Float64Array },
  moments: readonly Moment[],
  { p, q, clock }: { readonly p: Float64Array; readonly q: Float64Array; readonly clock: number },
  out: readonly Float64Array[],
): void {
  const half = curvatureFactor(parametrization) / 2;
  const c = {} as Coordinate;
  for (let i = 0; i < p.length; i++) {
    c.u = toU(parametrization, p[i], q[i]);
    c.v = toV(parametrization, p[i], q[i]);
    c.beta = 0.25 * (p[i] - q[i]) * (p[i] + q[i]);
    c.b = b[i];
    c.lambda = lambda[i];
    c.e = c.beta - b[i];
    c.kappa = half * (p[i] ** 2 + q[i] ** 2);
    c.bend = 2 * gain(parametrization) ** 2 * c.beta;
    c.s = Math.log(Math.abs(start.p[i])) + Math.log(Math.abs(start.q[i])) - 2 * lambda[i] * clock;
    for (let k = 0; k < moments.length; k++) out[k][i] = moments[k].evaluate(c);
  }
}

/** The mean of y over a class, corrected by x. */
function classMean(y: Float64Array, x: Float64Array, members: Uint32Array, variance: number): number {
  const n = members.length;
  if (n < LEAST || variance === 0) return members.reduce((sum, i) => sum + y[i], 0) / n;
  const middle = n >> 1;
  const halves = [members.subarray(0, middle), members.subarray(middle)].map((part) => regress(y, x, part, variance));
  const corrected = halves.map(({ y: mean, x1, x2 }, h) => {
    const { w1, w2 } = halves[1 - h];
    return mean - w1 * x1 - w2 * x2;
  });
  return (middle * corrected[0] + (n - middle) * corrected[1]) / n;
}

/** Means of y, of δζ and of δζ² − E δζ², and the coefficients of y on those two (0 where they cannot be told apart). */
function regress(y: Float64Array, x: Float64Array, members: Uint32Array, variance: number) {
  const n = members.length;
  let [meanY, x1, x2] = [0, 0, 0];
  for (const i of members) {
    meanY += y[i] / n;
    x1 += x[i] / n;
    x2 += (x[i] * x[i] - variance) / n;
  }
  let [aa, ab, bb, ay, by] = [0, 0, 0, 0, 0];
  for (const i of members) {
    const a = x[i] - x1;
    const b = x[i] * x[i] - variance - x2;
    const c = y[i] - meanY;
    aa += a * a;
    ab += a * b;
    bb += b * b;
    ay += a * c;
    by += b * c;
  }
  const determinant = aa * bb - ab * ab;
  const isRegular = determinant > 1e-12 * aa * bb;
  return {
    y: meanY,
    x1,
    x2,
    w1: isRegular ? (ay * bb - by * ab) / determinant : 0,
    w2: isRegular ? (by * aa - ay * ab) / determinant : 0,
  };
}
