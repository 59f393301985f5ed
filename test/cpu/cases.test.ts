/**
 * SGD and the interacting SDE against the deterministic limit: docs/theory.md §7 (reference values of a separate solver). A curve
 * passes if it is within 4 standard errors of its replicas + 8/d of the value (the mean of a finite path is off by O(1/d)).
 * 21 comparisons; false alarm of 4 standard errors from few replicas (Student t): below 1e-3 each, seeds fixed.
 */
import { afterAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { collect, meanAndError, problemOf } from './support.ts';

interface Case {
  readonly gamma: number;
  readonly alpha: number;
  readonly times: number[];
  readonly risk: number[];
  readonly curvature?: number[];
}

const cases: Record<string, Case> = {
  A: {
    gamma: 0.5,
    alpha: 1,
    times: [0.8, 1.6, 4],
    risk: [0.134867, 0.072092, 0.0087675],
    curvature: [1.132676, 1.267164, 1.473656],
  },
  B: { gamma: 2, alpha: 1, times: [1, 2], risk: [0.233045, 0.158021] },
  C: { gamma: 1, alpha: 0.1, times: [3, 6, 9], risk: [0.149488, 0.02735, 5.213e-4] },
};

const engine = createReferenceEngine({ workers: 2 });
afterAll(() => engine.dispose());

/** γ = 2 is near the critical step size: the tails are heavy and the time step has to be small. */
const timeStep: Record<string, number> = { A: 0.05, B: 0.005, C: 0.05 };

const runs: [string, number, number][] = [
  ['sgd', 1000, 8],
  ['sgd, two steps a pass', 8193, 1],
  ['sde', 6000, 10],
];

describe('cases of docs/theory.md §7', () => {
  for (const [method, d, replicas] of runs) {
    for (const [name, { gamma, alpha, times, risk, curvature }] of Object.entries(cases)) {
      // One short run at the smallest dimension of passes of two steps shows that they are on the same curve.
      if (method === 'sgd, two steps a pass' && name !== 'A') continue;
      test(`${method}, case ${name}`, async () => {
        const used = method === 'sgd, two steps a pass' ? 1 : times.length;
        const problem = problemOf(
          {
            dimension: d,
            target: { kind: 'sparse', fraction: 0.5, value: 1 },
            initialization: { kind: 'constant', u: alpha, v: 0 },
          },
          gamma,
          times[used - 1],
        );
        const { values, failures } = await collect(engine, {
          problem,
          method:
            method === 'sde'
              ? { kind: 'sde', timeStep: timeStep[name], scheme: 'strang', coupling: 'interacting' }
              : { kind: 'sgd' },
          times: [0, ...times.slice(0, used)],
          statistics: ['risk', 'curvature'],
          replicas: { first: 0, count: replicas },
          seed: 3,
        });
        expect(failures).toEqual([]);
        for (let n = 0; n < used; n++) {
          const check = (index: number, exact: number, label: string) => {
            const sample = values[n + 1].map((value) => value[index]);
            const { mean } = meanAndError(sample);
            // One replica does not tell its own spread: it is taken as that of a Gaussian limit, 3/√d of the value.
            const error = replicas > 4 ? meanAndError(sample).error : (3 * exact) / Math.sqrt(d * replicas);
            expect(Math.abs(mean - exact), `${label} at ${times[n]}: ${mean} ± ${error}, limit ${exact}`).toBeLessThan(
              4 * error + (8 / d) * exact,
            );
          };
          check(0, risk[n], 'risk');
          if (curvature) check(1, curvature[n], 'curvature');
        }
      });
    }
  }
});
