/** Problems that several tests of the PDE solver share. */

import type { Schedule } from '../../src/dynamics/index.ts';
import type { Parametrization } from '../../src/problem/types.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { evolve } from '../../src/theory/evolution.ts';
import {
  type LimitClass,
  type LimitLaw,
  type LimitSetting,
  lawOfClasses,
  pointClass,
} from '../../src/theory/law/index.ts';
import type { Accuracy, EvolutionRequest, EvolutionResult } from '../../src/theory/request.ts';

type Scheduled = LimitSetting & { readonly stepSize: Schedule };

export const setting = (stepSize: number, changes: Partial<Scheduled> = {}): Scheduled => ({
  parametrization: 'product',
  labelNoise: 0,
  batchSize: 1,
  stepSize: { kind: 'constant', value: stepSize },
  horizon: 100,
  ...changes,
});

/** λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = α, v = 0: the cases of docs/theory.md, "Reference values". */
export function halfSparse(stepSize: number, alpha: number, changes: Partial<Scheduled> = {}): LimitLaw {
  const own = setting(stepSize, changes);
  return lawOfClasses(
    own,
    [1, 0].map((b) => pointClass(own.parametrization, { weight: 0.5, lambda: 1, b, u: alpha, v: 0 })),
  );
}

export const points = (
  parametrization: Parametrization,
  list: readonly (readonly [weight: number, lambda: number, b: number, u: number, v: number])[],
): LimitClass[] => list.map(([weight, lambda, b, u, v]) => pointClass(parametrization, { weight, lambda, b, u, v }));

/** A class whose ζ(0) is N(mean, width²). */
export const gaussianClass = (
  weight: number,
  lambda: number,
  b: number,
  s: number,
  mean: number,
  width: number,
): LimitClass => ({
  weight,
  lambda,
  b,
  s,
  start: {
    kind: 'map',
    map: (z, out) => {
      for (let j = 0; j < z.length; j++) out[j] = mean + width * z[j];
    },
  },
  views: [{ exchanged: false, p: 1, q: 1, share: 1 }],
});

export const accuracy = (value: number): Accuracy => ({
  step: value,
  grid: { resolution: value, tail: 1e-2 * value },
  average: 0.1 * value,
});

export const statistics = resolveStatistics;

/** Runs to the end at once. */
export function evolveNow(request: EvolutionRequest): EvolutionResult {
  const run = evolve(request);
  for (;;) {
    const { done, value } = run.next();
    if (done) return value;
  }
}
