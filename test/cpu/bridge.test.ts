/**
 * The block bridge has the law of plain SGD (docs/theory.md §6.1). Scores are bounded by 5: false alarm 5.7e-7 a comparison for a
 * random seed, below 2e-3 for all the comparisons of this file together; seeds are fixed.
 */
import { describe, expect, test } from 'vitest';
import { modelOf } from '../../src/cpu/reference/path.ts';
import { bridgeSgd } from '../../src/cpu/reference/sgd-bridge.ts';
import { plainSgd } from '../../src/cpu/reference/sgd-plain.ts';
import type { SgdPlan } from '../../src/cpu/workers/simulator.ts';
import type { Problem } from '../../src/problem/index.ts';
import { meanAndError, problemOf } from './support.ts';

const d = 12;

/** One G (the gradient in whitened features) of every replica, recovered from its first step. */
function gradients(problem: Problem, algorithm: 'plain' | 'bridge', replicas: number): Float64Array[] {
  const plan: SgdPlan = { kind: 'sgd', algorithm, blockLength: algorithm === 'plain' ? d : 5, saves: [1] };
  const model = modelOf(problem);
  const run = algorithm === 'plain' ? plainSgd(model, plan, 17) : bridgeSgd(model, plan, 18);
  return Array.from({ length: replicas }, (_, replica) => {
    const G = new Float64Array(d);
    const path = run(replica, {
      sample: (_time, { p }) => {
        for (let i = 0; i < d; i++) G[i] = (1 - p[i] / model.p0[i]) / (model.rootLambda[i] * (0.5 / Math.sqrt(d)));
      },
      failure: (_time, message) => expect.fail(message),
    });
    for (const _ of path);
    return G;
  });
}

describe.each([
  [1, 0],
  [1, 0.4],
  [3, 0.4],
])('batch of %i, label noise %f', (batchSize, labelNoise) => {
  const problem = problemOf(
    {
      dimension: d,
      covariance: { kind: 'power-law', exponent: 0.3 },
      target: { kind: 'gaussian', scale: 1 },
      initialization: { kind: 'constant', u: 1, v: 0.3 },
      batchSize,
      labelNoise,
    },
    0.5,
  );
  const { rootLambda, p0, q0 } = modelOf(problem);
  const a = Array.from(p0, (p, i) => rootLambda[i] * ((p * p - q0[i] * q0[i]) / 4 - problem.b[i]));
  const twiceRisk = a.reduce((sum, x) => sum + x * x, 0) / d + labelNoise ** 2;
  const n = 20_000;
  const plain = gradients(problem, 'plain', n);
  const bridge = gradients(problem, 'bridge', n);

  test.each([
    ['plain', plain],
    ['bridge', bridge],
  ] as const)('%s: mean and covariance of the update', (_, G) => {
    // E G_i = a_i/√d, Cov(G_i, G_k) = (2R δ_ik + a_i a_k/d)/m.
    for (let i = 0; i < d; i++) {
      const { mean, error } = meanAndError(G.map((x) => x[i]));
      expect(Math.abs(mean - a[i] / Math.sqrt(d))).toBeLessThan(5 * error);
      for (let k = 0; k <= i; k++) {
        const product = meanAndError(G.map((x) => x[i] * x[k]));
        const exact = ((i === k ? twiceRisk : 0) + (a[i] * a[k]) / d) / batchSize + (a[i] * a[k]) / d;
        expect(Math.abs(product.mean - exact), `E G${i} G${k}`).toBeLessThan(5 * product.error);
      }
    }
  });

  test('fourth moments of the update, and moments of what the residual sees, agree', () => {
    const same = (f: (G: Float64Array) => number, label: string) => {
      const x = meanAndError(plain.map(f));
      const y = meanAndError(bridge.map(f));
      expect(Math.abs(x.mean - y.mean), label).toBeLessThan(5 * Math.hypot(x.error, y.error));
    };
    for (let i = 0; i < d; i += 3) for (let k = 0; k <= i; k += 2) same((G) => G[i] ** 2 * G[k] ** 2, `G${i}² G${k}²`);
    // Σ a G/√d is r² for one sample without noise: its mean is 2R, its square's 3(2R)².
    const seen = (G: Float64Array) => G.reduce((sum, x, i) => sum + a[i] * x, 0) / Math.sqrt(d);
    same(seen, 'Σ a G');
    same((G) => seen(G) ** 2, '(Σ a G)²');
    if (batchSize === 1 && labelNoise === 0) {
      for (const G of [plain, bridge]) {
        const second = meanAndError(G.map(seen));
        const fourth = meanAndError(G.map((x) => seen(x) ** 2));
        expect(Math.abs(second.mean - twiceRisk)).toBeLessThan(5 * second.error);
        expect(Math.abs(fourth.mean - 3 * twiceRisk ** 2)).toBeLessThan(5 * fourth.error);
      }
    }
  });

  test('after 40 steps the risk has the same mean, variance and skewness', () => {
    const risksAfter = (algorithm: 'plain' | 'bridge') => {
      const plan: SgdPlan = { kind: 'sgd', algorithm, blockLength: algorithm === 'plain' ? d : 5, saves: [40] };
      const model = modelOf(problem);
      const run = algorithm === 'plain' ? plainSgd(model, plan, 27) : bridgeSgd(model, plan, 28);
      return Array.from({ length: 5000 }, (_, replica) => {
        let log = 0;
        const path = run(replica, {
          sample: (_time, { p, q }) => {
            let sum = 0;
            for (let i = 0; i < d; i++) sum += (rootLambda[i] * ((p[i] ** 2 - q[i] ** 2) / 4 - problem.b[i])) ** 2;
            log = Math.log(sum / d);
          },
          failure: (_time, message) => expect.fail(message),
        });
        for (const _ of path);
        return log;
      });
    };
    const x = risksAfter('plain');
    const y = risksAfter('bridge');
    const centre = meanAndError(x).mean;
    for (const power of [1, 2, 3]) {
      const u = meanAndError(x.map((value) => (value - centre) ** power));
      const v = meanAndError(y.map((value) => (value - centre) ** power));
      expect(Math.abs(u.mean - v.mean), `power ${power}`).toBeLessThan(5 * Math.hypot(u.error, v.error));
    }
  });
});
