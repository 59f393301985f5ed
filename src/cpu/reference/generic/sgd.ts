/**
 * SGD of any model, rule and step size from their expressions (docs/paths.md, "SGD, generic"): plain at every d, any law,
 * any batch size. The slow and certain form: what every kernel is held to.
 * Cost: d(m·features + some 20 ns) a step; memory: 3 arrays of d, and 2 a plane.
 */
import { compileRealizedStepSize, ruleOf, stateDefinition } from '../../../dynamics/index.ts';
import { genericModel } from '../../../dynamics/models/compiled.ts';
import { MEMORY_NAMES, ruleTrees } from '../../../dynamics/rules/trees.ts';
import { Loop } from '../../../expression/loop.ts';
import { divergence, divergenceLimits, withoutStepSize } from '../../../problem/divergence.ts';
import { stepSizeAt } from '../../../problem/schedule.ts';
import type { Problem } from '../../../problem/types.ts';
import { sampleSource } from '../../../random/samples.ts';
import { MomentMeans } from '../../../statistics/means.ts';
import { packState, unpackState } from '../../workers/pathstate.ts';
import type { PathSink, PathState, RunReplica, SgdPlan } from '../../workers/simulator.ts';
import { addScaled, CHUNK, dot, SLICE } from '../sums.ts';

export function genericSgd(problem: Problem, plan: SgdPlan, seed: number): RunReplica {
  const { dimension: d, lambda, b, batchSize: m, labelNoise: sigma, stepSize, horizon } = problem;
  const source = sampleSource(problem, seed);
  const { model, names, start, beta, kappa } = genericModel(problem);
  const { memories, steps } = ruleTrees(model, ruleOf(problem.momentum));
  const update = new Loop([...memories, ...steps]);
  const definition = stateDefinition(stepSize);
  const rule = definition && compileRealizedStepSize(definition);
  const means = rule && new MomentMeans(rule.moments, problem);
  const found = new Float64Array(rule?.moments.length ?? 0);
  const integrals = new Float64Array(rule?.integrals ?? 0);
  const increments = new Float64Array(integrals.length);
  const planes = names.map(() => new Float64Array(d));
  const kept = memories.map(() => new Float64Array(d));
  const rootLambda = lambda.map(Math.sqrt);
  const a = new Float64Array(d);
  const g = new Float64Array(d);
  const x = new Float64Array(d);
  const rootD = Math.sqrt(d);
  const columns: Record<string, Float64Array> = { x };
  for (const [k, name] of names.entries()) columns[name] = planes[k];
  for (const [k, memory] of kept.entries()) columns[MEMORY_NAMES[k]] = memory;
  const nothing = new Float64Array(names.length === 1 ? d : 0);
  const state = { p: planes[0], q: planes[1] ?? nothing };
  const arrays = [...planes, ...kept, integrals];

  /** a_i = √λ_i e_i; returns Σ a_i². */
  function measure(): number {
    let sum = 0;
    beta.run(columns, 0, d, ([values], first, count) => {
      for (let i = 0; i < count; i++) {
        const ai = rootLambda[first + i] * (values[i] - b[first + i]);
        a[first + i] = ai;
        sum += ai * ai;
      }
    });
    return sum;
  }

  /** (1/d) Σ κ_i x_i² for x_i = √λ_i G_i. */
  function gradientNorm(): number {
    let sum = 0;
    kappa.run(columns, 0, d, ([values], first, count) => {
      for (let i = 0; i < count; i++) sum += values[i] * x[first + i] * x[first + i];
    });
    return sum / d;
  }

  function move(gamma: number): void {
    update.run(columns, 0, d, (values, first, count) => {
      for (const [k, memory] of kept.entries()) memory.set(values[k].subarray(0, count), first);
      for (const [k, plane] of planes.entries()) {
        const step = values[kept.length + k];
        for (let i = 0; i < count; i++) plane[first + i] -= gamma * step[i];
      }
    });
  }

  return function* run(replica: number, sink: PathSink, from?: PathState) {
    for (const [k, values] of start.entries()) planes[k].set(values);
    for (const memory of kept) memory.fill(0);
    integrals.fill(0);
    let sumOfSquares = measure();
    const limits = divergenceLimits(sumOfSquares / d + sigma * sigma);
    let cost = 0;
    let done = 0;
    let step = 0;
    let first = 0;
    if (from) {
      [first, step] = unpackState(from, 2, arrays, plan.saves);
      sumOfSquares = measure();
    }
    for (let save = first; save < plan.saves.length; save++) {
      for (const target = plan.saves[save]; step < target; step++) {
        if (sink.rest?.(() => packState([save, step], arrays))) {
          yield done;
          done = 0;
        }
        const t = step / d;
        means?.evaluate(state, found);
        let squares = 0;
        if (m > 1) x.fill(0);
        for (let j = 0; j < m; j++) {
          let sum = 0;
          for (let lo = 0; lo < d; lo += CHUNK) {
            const hi = Math.min(lo + CHUNK, d);
            source.features(g, lo, hi - lo, replica, step, j, lo);
            sum += dot(a, g, lo, lo, hi);
            cost += 4 * (hi - lo);
            if (cost >= SLICE) {
              yield done;
              cost = 0;
              done = 0;
            }
          }
          const r = sum / rootD - source.noise(replica, step, j);
          if (!(Math.abs(r) <= limits.residual)) {
            sink.failure(save, divergence('|r|', Math.abs(r), limits.residual), (step + 1) / d);
            return;
          }
          squares += r * r;
          if (m === 1) for (let i = 0; i < d; i++) x[i] = r * g[i];
          else addScaled(x, g, r / m);
        }
        for (let i = 0; i < d; i++) x[i] *= rootLambda[i];
        let gamma: number;
        if (rule === null) gamma = stepSizeAt(stepSize, t, horizon);
        else {
          const sample = { loss: (0.5 * squares) / m, gradient: rule.needsGradient ? gradientNorm() : 0 };
          gamma = rule.value(found, integrals, t, problem, sample);
          rule.increments(found, integrals, t, problem, sample, increments);
          if (Number.isNaN(gamma) || increments.some(Number.isNaN)) {
            sink.failure(save, withoutStepSize(), (step + 1) / d);
            return;
          }
          for (let k = 0; k < integrals.length; k++) integrals[k] += increments[k] / d;
        }
        for (let i = 0; i < d; i++) x[i] /= rootD;
        move(gamma);
        sumOfSquares = measure();
        done += d;
      }
      const twice = sumOfSquares / d + sigma * sigma;
      if (!(twice <= limits.twiceRisk)) {
        sink.failure(save, divergence('2R', twice, limits.twiceRisk));
        return;
      }
      sink.sample(save, state, integrals);
      if (problem.data) {
        yield done;
        done = 0;
      }
    }
    yield done;
  };
}
