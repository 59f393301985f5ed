/** Depth: β = u^L in the PDE and in gradient flow, β = u^L − v^L in gradient flow. */
import { describe, expect, it } from 'vitest';
import type { Parametrization, StepSize } from '../../src/dynamics/index.ts';
import { buildProblem, parseExperiment } from '../../src/problem/index.ts';
import type { Problem } from '../../src/problem/types.ts';
import {
  density,
  type PopulationState,
  predict,
  riskFluctuation,
  solveFlow,
  solvePde,
} from '../../src/theory/index.ts';
import { type LimitSetting, lawOfClasses } from '../../src/theory/law/index.ts';
import { points, setting, statistics } from './support.ts';

const power = (depth: number) => ({ kind: 'power', depth }) as const;
const relative = (a: number, b: number) => (a === b ? 0 : Math.abs(a / b - 1));
const all = () =>
  statistics([
    'risk',
    'curvature',
    'l1',
    'gradientNormSquared',
    'riskDrift',
    'riskNoise',
    { name: 'own', expression: 'lambda * u^2 + b * v' },
  ]);

type Row = readonly [weight: number, lambda: number, b: number, u: number];
const deep = (depth: number, stepSize: number, rows: readonly Row[], changes: Partial<LimitSetting> = {}) =>
  lawOfClasses(
    { ...setting(stepSize), ...changes, parametrization: power(depth) },
    points(
      power(depth),
      rows.map(([weight, lambda, b, u]) => [weight, lambda, b, u, 0] as const),
    ),
  );
const half = (depth: number, stepSize: number, u: number, changes: Partial<LimitSetting> = {}) =>
  deep(
    depth,
    stepSize,
    [
      [0.5, 1, 1, u],
      [0.5, 1, 0, u],
    ],
    changes,
  );

describe('the PDE of β = u^L', () => {
  // In U by conservative second-order differences on 41, 81 and 161 nodes, LSODA at 1e−10, two Richardson extrapolations (Python with SciPy, no code in common).
  it.each([
    [3, 0.7, 0.1, [0.087002285, 0.052790161, 0.019802661]],
    [4, 0.8, 0.05, [0.085287329, 0.055735874, 0.025616636]],
    [5, 0.8, 0.05, [0.087520698, 0.052896409, 0.019955192]],
  ])('follows an independent solution (L = %i)', async (depth, u, stepSize, risks) => {
    const { values } = await solvePde(half(depth, stepSize, u), {
      times: Float64Array.of(0, 1, 2, 4),
      statistics: statistics(['risk']),
      tolerance: 1e-6,
    });
    for (const [i, risk] of risks.entries()) expect(relative(values[0][i + 1], risk)).toBeLessThan(1e-6);
  });

  it('has drift + noise as the slope of the risk, with label noise, batches, a schedule and targets of either sign', async () => {
    const law = deep(
      4,
      0.1,
      [
        [0.4, 1, 1, 0.6],
        [0.3, 0.5, -0.4, 0.9],
        [0.3, 1.3, 0, 0.7],
      ],
      { labelNoise: 0.3, batchSize: 2, stepSize: { kind: 'power', initial: 0.1, exponent: 0.3, time: 2 } },
    );
    const times = Float64Array.of(0, 0.5, 2, 8, 9);
    const { values, path } = await solvePde(law, {
      times,
      statistics: statistics(['risk', 'riskDrift', 'riskNoise']),
      tolerance: 1e-7,
    });
    for (let i = 1; i < 4; i++) {
      const step = 1e-3 * times[i];
      const at = (k: number) => path.risk(times[i] + k * step);
      const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      const size = Math.abs(values[1][i]) + Math.abs(values[2][i]);
      expect(Math.abs(slope - values[1][i] - values[2][i]) / size).toBeLessThan(1e-5);
      expect(relative(path.risk(times[i]), values[0][i])).toBeLessThan(1e-7);
    }
  });

  it.each([
    ['an ordinary start', half(5, 0.05, 0.8), [1, 10]],
    ['a rich start', half(3, 0.1, 0.1), [5, 40]],
    ['label noise', half(3, 0.1, 0.7, { labelNoise: 0.5 }), [1, 20]],
    ['large weights', half(4, 0.001, 2), [0.1, 1, 10]],
    ['depth 8', half(8, 0.02, 0.8), [1, 20]],
    ['a step size of the state', half(3, 1, 0.7, { stepSize: { kind: 'stochastic-polyak', c: 1, max: 0.15 } }), [1, 4]],
  ] as const)('keeps what it promises: %s', async (_, law, saved) => {
    const solve = (tolerance: number) =>
      solvePde(law, { times: Float64Array.from([0, ...saved]), statistics: all(), tolerance });
    const [lax, tight] = [await solve(1e-4), await solve(1e-6)];
    expect(lax.failed || tight.failed).toBe(false);
    for (const [k, row] of tight.values.entries())
      for (const [i, value] of row.entries()) expect(relative(lax.values[k][i], value)).toBeLessThan(1e-4);
  });

  it('is gradient flow without noise', async () => {
    const rows: Row[] = [
      [0.25, 1, 1, 0.7],
      [0.25, 0.5, 0, 0.9],
      [0.25, 1.5, -0.3, 0.8],
      [0.25, 0.7, 0.4, 1.2],
    ];
    const times = Float64Array.of(0, 0.5, 3, 10);
    for (const depth of [3, 6]) {
      const { values } = await solvePde(deep(depth, 0.2, rows, { batchSize: 1e10 }), {
        times,
        statistics: all().filter(({ name }) => name !== 'riskNoise'),
        tolerance: 1e-7,
      });
      const flow = await solveFlow(finite(power(depth), rows, 0.2), {
        times,
        statistics: all().filter(({ name }) => name !== 'riskNoise'),
      });
      for (const [k, row] of flow.values.entries())
        for (const [i, value] of row.entries()) expect(relative(values[k][i], value)).toBeLessThan(1e-6);
    }
  });

  it('decays at the predicted rate, and at none where a target is 0', async () => {
    const law = deep(3, 0.1, [
      [0.5, 1, 1, 0.7],
      [0.5, 1, 0.5, 0.7],
    ]);
    const solution = await solvePde(law, {
      times: Float64Array.of(0, 40),
      statistics: statistics(['risk']),
      tolerance: 1e-5,
    });
    const { path } = solution;
    const prediction = predict(law, solution)!;
    expect(relative(Math.log(path.risk(30) / path.risk(40)) / 10, prediction.terminalRate!)).toBeLessThan(2e-3);
    // κ = L²b^((2L−2)/L): 9 and 9·2^(−4/3).
    expect(relative(prediction.criticalStepSize!, 4 / (9 * (1 + 2 ** (-4 / 3))))).toBeLessThan(1e-12);
    const zero = half(3, 0.1, 0.7);
    const other = await solvePde(zero, {
      times: Float64Array.of(0, 40),
      statistics: statistics(['risk']),
      tolerance: 1e-4,
    });
    expect(predict(zero, other)!.terminalRate).toBeNull();
  });

  it('finds a blow-up, at the same time for any tolerance', async () => {
    const times = await Promise.all(
      [1e-2, 1e-5].map(async (tolerance) => {
        const { events } = await solvePde(half(3, 0.5, 1.5), {
          times: Float64Array.of(0, 1),
          statistics: statistics(['risk']),
          tolerance,
        });
        expect(events.map(({ kind }) => kind)).toEqual(['blow-up']);
        return events[0].time;
      }),
    );
    expect(relative(times[0], times[1])).toBeLessThan(1e-3);
  });

  it('has densities with the mass and the means of the population', async () => {
    const states: PopulationState[] = [];
    const { values } = await solvePde(half(3, 0.1, 0.7), {
      times: Float64Array.of(0, 2),
      statistics: statistics([
        { name: 'beta', expression: 'beta' },
        { name: 'u', expression: 'u' },
      ]),
      tolerance: 1e-6,
      onState: (_, state) => states.push(state),
    });
    const edges = Float64Array.from({ length: 4001 }, (_, i) => i / 1000);
    const mean = (bins: Float64Array, k: number) =>
      bins.reduce((sum, x, i) => sum + (x / 1000) * (edges[i] + 5e-4) ** k, 0);
    const [beta, u] = (['beta', 'u'] as const).map((variable) => density(states[1], variable, edges));
    expect(mean(beta, 0)).toBeCloseTo(1, 9);
    expect(mean(beta, 1)).toBeCloseTo(values[0][1], 5);
    expect(mean(u, 1)).toBeCloseTo(values[1][1], 5);
  });

  it('is refused for u^L − v^L, and the spread of the risk for both, with the reason', async () => {
    const difference = { kind: 'power-difference', depth: 3 } as const;
    expect(() => points(difference, [[1, 1, 1, 1, 0.5]])).toThrow(/no one-dimensional equation/);
    const law = half(3, 0.1, 0.7);
    const solution = await solvePde(law, { times: Float64Array.of(0, 1), statistics: all(), tolerance: 1e-3 });
    await expect(riskFluctuation(law, solution, { times: Float64Array.of(1) })).rejects.toThrow(/depth two/);
  });
});

function finite(
  parametrization: Parametrization,
  rows: readonly (readonly number[])[],
  stepSize: number | StepSize,
): Problem {
  const column = (k: number) => Float64Array.from(rows, (row) => row[k] ?? 0);
  return {
    dimension: rows.length,
    lambda: column(1),
    b: column(2),
    u0: column(3),
    v0: column(4),
    parametrization,
    labelNoise: 0,
    batchSize: 1,
    features: { kind: 'gaussian' },
    stepSize: typeof stepSize === 'number' ? { kind: 'constant', value: stepSize } : stepSize,
    horizon: 10,
  };
}

/** u and v by the classical Runge–Kutta method, γ = 0.2. */
function rungeKutta(depth: number, sign: number, [, lambda, b, u, v = 0]: readonly number[], end: number): number[] {
  const L = depth;
  const slope = ([x, y]: number[]) => {
    const drive = -0.2 * lambda * (x ** L - sign * y ** L - b) * L;
    return [drive * x ** (L - 1), -sign * drive * y ** (L - 1)];
  };
  const steps = Math.ceil(end / 4e-4);
  const h = end / steps;
  let w = [u, v];
  const ahead = (k: number[], length: number) => w.map((x, i) => x + length * k[i]);
  for (let n = 0; n < steps; n++) {
    const k1 = slope(w);
    const k2 = slope(ahead(k1, h / 2));
    const k3 = slope(ahead(k2, h / 2));
    const k4 = slope(ahead(k3, h));
    w = w.map((x, i) => x + (h / 6) * (k1[i] + 2 * k2[i] + 2 * k3[i] + k4[i]));
  }
  return w;
}

describe('gradient flow', () => {
  it('can be aborted between two save times, also with a step size that reads all coordinates', async () => {
    const experiment = parseExperiment({
      problem: { dimension: 2000, covariance: { kind: 'power-law', exponent: 1 }, parametrization: power(3) },
      stepSize: { kind: 'adagrad-norm', eta: 0.1, b0: 1 },
      horizon: 8,
      samples: 1,
      methods: [{ kind: 'flow' }],
    });
    const controller = new AbortController();
    const reached: number[] = [];
    const flow = solveFlow(buildProblem(experiment), {
      times: Float64Array.of(0, 8),
      statistics: all(),
      signal: controller.signal,
      // Told at t = 0, after which the whole run is one interval.
      onProgress: (t) => {
        reached.push(t);
        setTimeout(() => controller.abort(new Error('enough')), 50);
      },
    });
    await expect(flow).rejects.toThrow('enough');
    expect(reached).toEqual([0]);
  });

  it.each([
    [power(3), 0],
    [power(7), 0],
    [{ kind: 'power-difference', depth: 3 }, 1],
    [{ kind: 'power-difference', depth: 4 }, 1],
  ] as const)('of %o is that of the equations in u and v', async (parametrization, sign) => {
    const rows =
      sign === 0
        ? [
            [0, 1, 1, 0.7],
            [0, 0.5, 0, 0.9],
            [0, 1.5, -0.3, 0.8],
            [0, 0.7, 0.4, 1.2],
          ]
        : [
            [0, 1, 1, 0.7, 0.2],
            [0, 0.5, 0, 0.9, 0.9],
            [0, 1.5, -0.3, -0.8, 0.4],
            [0, 0.7, 0.4, 0.6, 0],
            [0, 0.7, 0.4, 0, 0.8],
            [0, 1, 1, 0, 0],
          ];
    const times = Float64Array.of(0, 0.3, 2, 6);
    const sums = statistics([
      { name: 'u', expression: 'u' },
      { name: 'v', expression: 'v' },
      { name: 'error', expression: '(beta - b)^2' },
    ]);
    const { values } = await solveFlow(finite(parametrization, rows, 0.2), { times, statistics: sums });
    const L = parametrization.depth;
    for (const [i, t] of times.entries()) {
      const ends = rows.map((row) => (t === 0 ? [row[3], row[4] ?? 0] : rungeKutta(L, sign, row, t)));
      const mean = (of: (w: number[], k: number) => number) =>
        ends.reduce((sum, w, k) => sum + of(w, k), 0) / rows.length;
      expect(
        relative(
          values[0][i],
          mean(([u]) => u),
        ),
      ).toBeLessThan(1e-10);
      expect(
        relative(
          values[1][i],
          mean(([, v]) => v),
        ),
      ).toBeLessThan(1e-10);
      expect(
        relative(
          values[2][i],
          mean(([u, v], k) => (u ** L - sign * v ** L - rows[k][2]) ** 2),
        ),
      ).toBeLessThan(1e-9);
    }
  });

  it('keeps the relative accuracy of a small risk: it falls as e^(−2γλκt)', async () => {
    const times = Float64Array.of(0, 10, 20);
    for (const parametrization of [power(3), { kind: 'power-difference', depth: 3 } as const]) {
      const problem = finite(parametrization, [[0, 1, 1, 0.7, 0.3]], 1);
      const { values } = await solveFlow(problem, { times, statistics: statistics(['risk', 'curvature']) });
      expect(values[0][2]).toBeLessThan(1e-100);
      expect(relative(Math.log(values[0][1] / values[0][2]), 2 * 10 * values[1][2])).toBeLessThan(1e-10);
    }
  });

  it('takes a step size from its own averages, and momentum as γ/(1 − θ)', async () => {
    const rows = [0.5, 1.5].flatMap((lambda) => [0, 1].map((b) => [0, lambda, b, 1]));
    const step = 1e-3;
    const times = Float64Array.from([0, ...[-2, -1, 0, 1, 2].map((k) => 1 + k * step)]);
    const named = statistics(['risk', 'curvature', 'stepSize', 'riskDrift']);
    for (const parametrization of ['product', power(3)] as const) {
      const problem = finite(parametrization, rows, { kind: 'adagrad-norm', eta: 0.3, b0: 0.5 });
      const { values } = await solveFlow(problem, { times, statistics: named });
      // d(η²/γ²)/dt = 2R·curvature, and dR/dt is the drift alone.
      const slope = (of: (i: number) => number) => (8 * (of(4) - of(2)) - of(5) + of(1)) / (12 * step);
      expect(
        relative(
          slope((i) => (0.3 / values[2][i]) ** 2),
          2 * values[0][3] * values[1][3],
        ),
      ).toBeLessThan(1e-9);
      expect(
        relative(
          slope((i) => values[0][i]),
          values[3][3],
        ),
      ).toBeLessThan(1e-9);
      const heavy = { ...problem, momentum: { kind: 'heavy-ball', value: 0.75 } as const };
      const light = { ...problem, stepSize: { kind: 'adagrad-norm', eta: 1.2, b0: 0.5 } as const };
      const [a, b] = await Promise.all([heavy, light].map((p) => solveFlow(p, { times, statistics: named })));
      expect(relative(a.values[0][3], b.values[0][3])).toBeLessThan(1e-10);
      expect(relative(4 * a.values[2][3], b.values[2][3])).toBeLessThan(1e-10);
    }
  });

  it('has no line search', async () => {
    const problem = finite('product', [[0, 1, 1, 1]], { kind: 'line-search', max: 1 });
    await expect(
      solveFlow(problem, { times: Float64Array.of(0, 1), statistics: statistics(['risk']) }),
    ).rejects.toThrow(/weighs the descent of the risk against its noise/);
  });
});
