/**
 * One short path that every program must take alike: given the same features, their residuals, updates and risks are ours. What they do with
 * features of their own is then the same law, which the statistics of the timed runs confirm.
 */
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { buildProblem } from '../../src/problem/index.ts';
import { fillFeatures } from '../../src/random/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { experimentOf, GAMMA, valuesOf } from './simulate.ts';

const DIMENSION = 16;
const SEED = 1;
/** Steps after which the risks are compared. */
const STEPS = [1, 2, 8, 40];

export interface SamePath {
  /** [step][coordinate]. */
  readonly features: readonly (readonly number[])[];
  /** The reference engine's risk after each of STEPS. */
  readonly risks: readonly number[];
}

export interface PathTask {
  readonly dimension: number;
  readonly steps: number;
  readonly replicas: number;
  readonly gamma: number;
  readonly seed: number;
  readonly features: SamePath['features'];
}

/** Uniform features: with them the engine adds up residuals as written, coordinate by coordinate (docs/paths.md, "SGD"). */
export async function samePath(): Promise<SamePath> {
  const last = STEPS[STEPS.length - 1];
  const law = { kind: 'uniform' } as const;
  const problem = buildProblem(experimentOf(DIMENSION, last / DIMENSION, { problem: { features: 'uniform' } }));
  const engine = createReferenceEngine({ workers: 0 });
  try {
    const times = Float64Array.of(0, ...STEPS.map((k) => k / DIMENSION));
    const [values] = await valuesOf(engine, {
      problem,
      method: { kind: 'sgd' },
      times,
      statistics: resolveStatistics(['risk']),
      replicas: { first: 0, count: 1 },
      seed: SEED,
    });
    const features = Array.from({ length: last }, (_, step) => {
      const x = new Float64Array(DIMENSION);
      fillFeatures(law, x, 0, DIMENSION, SEED, 0, step, 0, 0);
      return [...x];
    });
    return { features, risks: values.slice(1).map(([risk]) => risk) };
  } finally {
    await engine.dispose();
  }
}

/** @throws Error where a program's risk on that path differs by more than a relative `accuracy`. */
export async function checkPath(
  name: string,
  { features, risks }: SamePath,
  accuracy: number,
  riskOf: (task: PathTask) => Promise<number>,
): Promise<void> {
  for (const [k, steps] of STEPS.entries()) {
    const risk = await riskOf({
      dimension: DIMENSION,
      steps,
      replicas: 1,
      gamma: GAMMA,
      seed: SEED,
      features: features.slice(0, steps),
    });
    const difference = Math.abs(risk / risks[k] - 1);
    if (!(difference <= accuracy)) {
      throw new Error(
        `${name}: with the same features its risk after ${steps} steps differs from ours by ${difference.toExponential(1)}, the limit is ${accuracy}. It runs something else, and no timing counts.`,
      );
    }
  }
}
