/** The PDE solver against reference values, an independent method, closed forms and its own identities. */
import { describe, expect, it } from 'vitest';
import { stepSizeAt } from '../../src/problem/schedule.ts';
import type { Problem } from '../../src/problem/types.ts';
import { predict, solveFlow, solvePde } from '../../src/theory/index.ts';
import { lawOfClasses } from '../../src/theory/law/index.ts';
import { finiteVolumeRisk } from './finitevolume.ts';
import { accuracy, evolveNow, gaussianClass, halfSparse, points, setting, statistics } from './support.ts';

const relative = (found: number, expected: number) => Math.abs(found / expected - 1);

describe('reference values (docs/theory.md, section 7)', () => {
  // "A | 0.5 | 1 | 0.8: 0.134867 · 1.6: 0.072092 · 2.4: 0.037173 · 4: 0.0087675 · 8: 3.37808e−4 · 20: 7.1737e−8 · 40: 5.7165e−14"
  // "A, curvature | 0.8: 1.132676 · 1.6: 1.267164 · 4: 1.473656 · 8: 1.514256": each good to about one unit in the last digit.
  it('case A', async () => {
    const times = Float64Array.of(0, 0.8, 1.6, 2.4, 4, 8, 20, 40);
    const { values, failed } = await solvePde(halfSparse(0.5, 1), {
      times,
      statistics: statistics(['risk', 'curvature']),
      tolerance: 1e-7,
    });
    expect(failed).toBe(false);
    const risk = [0.25, 0.134867, 0.072092, 0.037173, 0.0087675, 3.37808e-4, 7.1737e-8, 5.7165e-14];
    const unit = [1e-12, 1e-6, 1e-6, 1e-6, 1e-7, 1e-9, 1e-12, 1e-18];
    for (const [i, value] of risk.entries())
      expect(Math.abs(values[0][i] - value), `t = ${times[i]}`).toBeLessThan(1.01 * unit[i]);
    for (const [i, value] of [1.132676, 1.267164, Number.NaN, 1.473656, 1.514256].entries())
      if (value > 0) expect(Math.abs(values[1][i + 1] - value)).toBeLessThan(1.01e-6);
  });

  // "B | 2 | 1 | 1: 0.233045 · 2: 0.158021 · 5: 0.080431 · 10: 0.029590"
  it('case B', async () => {
    const { values } = await solvePde(halfSparse(2, 1), {
      times: Float64Array.of(0, 1, 2, 5, 10),
      statistics: statistics(['risk']),
      tolerance: 1e-6,
    });
    for (const [i, value] of [0.233045, 0.158021, 0.080431, 0.02959].entries())
      expect(Math.abs(values[0][i + 1] - value)).toBeLessThan(1.01e-6);
  });

  // "C | 1 | 0.1 | 3: 0.149488 · 6: 0.02735 · 9: 5.213e−4 · 12: 8.9857e−5 · 30: 1.9348e−5". The prototype behind these numbers was of second order in z; here
  // they hold to 3e−4, and the finite volumes below decide for this solver at 1e−5 in the same regime.
  it('case C', async () => {
    const { values } = await solvePde(halfSparse(1, 0.1), {
      times: Float64Array.of(0, 3, 6, 9, 12, 30),
      statistics: statistics(['risk']),
      tolerance: 1e-5,
    });
    for (const [i, value] of [0.149488, 0.02735, 5.213e-4, 8.9857e-5, 1.9348e-5].entries())
      expect(relative(values[0][i + 1], value)).toBeLessThan(3e-4);
  });
});

describe('an independent method', () => {
  it.each([
    ['lazy', 0.5, 0, 2, 4, [0, 0], 800, 150],
    ['rich', 1, 0, 4, 7, [Math.log(0.01), 0], 1200, 300],
    ['with label noise and two eigenvalues', 0.8, 0.5, 3, 6, [-1, -2], 1000, 200],
  ] as const)(
    'Scharfetter–Gummel finite volumes agree to 1e-5 (%s)',
    (_, stepSize, labelNoise, end, reach, s, cells, steps) => {
      const list = [
        { weight: 0.5, lambda: 1, b: 1, s: s[0], mean: 0, width: 0.4 },
        { weight: 0.5, lambda: s[1] === 0 ? 1 : 0.4, b: 0, s: s[1] === 0 ? s[0] : s[1], mean: 0.1, width: 0.5 },
      ];
      const [risk, curvature] = finiteVolumeRisk({ classes: list, stepSize, labelNoise, reach, end }, cells, steps);
      const result = evolveNow({
        setting: setting(stepSize, { labelNoise }),
        classes: list.map((c) => gaussianClass(c.weight, c.lambda, c.b, c.s, c.mean, c.width)),
        times: Float64Array.of(0, end),
        moments: statistics(['risk', 'curvature']).flatMap((statistic) => statistic.moments),
        accuracy: accuracy(1e-8),
      });
      const [squares, kappa] = result.snapshots[1]!.means;
      expect(relative(0.5 * (squares + labelNoise ** 2), risk)).toBeLessThan(1e-5);
      expect(relative(kappa, curvature)).toBeLessThan(1e-5);
    },
  );
});

describe('closed forms', () => {
  it.each(['product', 'difference', 'square'] as const)(
    'without noise it is gradient flow (%s)',
    async (parametrization) => {
      // Batches so large that the noise is of relative size 1e−5 in β (and so in ⟨|β|⟩) and 1e−10 in squares; balanced, one-sided and negative coordinates among them.
      const rows = [
        [0.25, 1, 1, 0.7, 0.1],
        [0.25, 2, -0.5, 0.9, 0],
        [0.125, 0.5, 0, 0.3, 0.3],
        [0.125, 1, 0.4, 0.2, -0.2],
        [0.25, 1.5, 1.2, 0, parametrization === 'square' ? 0 : 0.5],
      ] as const;
      const own = setting(0.3, { parametrization, batchSize: 1e9 });
      const all = statistics([
        'risk',
        'distance',
        'curvature',
        'l1',
        'gradientNormSquared',
        { name: 'third', expression: 'b * (u + 2 * v)^3' },
      ]);
      const times = Float64Array.of(0, 0.5, 2, 6);
      const { values } = await solvePde(lawOfClasses(own, points(parametrization, rows)), {
        times,
        statistics: all,
        tolerance: 1e-7,
      });
      // The same as a finite problem of eight coordinates.
      const coordinates = rows.flatMap((row) => Array.from({ length: 8 * row[0] }, () => row));
      const column = (k: number) => Float64Array.from(coordinates, (row) => row[k]);
      const problem: Problem = {
        ...own,
        dimension: 8,
        lambda: column(1),
        b: column(2),
        u0: column(3),
        v0: parametrization === 'square' ? new Float64Array(8) : column(4),
        features: { kind: 'gaussian' },
      };
      const flow = await solveFlow(problem, { times, statistics: all });
      for (const [k, row] of flow.values.entries())
        for (const [i, value] of row.entries())
          expect(relative(values[k][i], value), `${all[k].name} at ${times[i]}`).toBeLessThan(
            all[k].name === 'l1' ? 1e-5 : 1e-6,
          );
    },
  );

  it('near the solution the drift is linear: a Gaussian stays Gaussian and R decays at the rate 2gλκ − g²λ²κ²/m', () => {
    const [g, lambda, m] = [0.4, 0.7, 2];
    const h = 0.8;
    const b = 0.6;
    const kappa = Math.hypot(h, 2 * b);
    const small = 1e-7;
    const rest = 0.5 * Math.asinh((2 * b) / h);
    const times = Float64Array.of(0, 1, 5, 20);
    const exact = (t: number) => {
      const rate = 2 * g * lambda * kappa - (g * lambda * kappa) ** 2 / m;
      return (kappa * small) ** 2 * (1 + 0.25) * Math.exp(-rate * t);
    };
    const result = evolveNow({
      setting: setting(g, { batchSize: m }),
      classes: [gaussianClass(1, lambda, b, Math.log(h), rest + small, 0.5 * small)],
      times,
      moments: statistics(['distance']).flatMap((statistic) => statistic.moments),
      accuracy: accuracy(1e-9),
      onState: (i, { layout, delta }) => {
        // Skewness and curvature of the map: none, to rounding and O(δ).
        if (i === 0 || !layout) return;
        const n = delta.length;
        const middle = (n - 1) / 2;
        const slope = (delta[middle + 4] - delta[middle - 4]) / (layout.z[middle + 4] - layout.z[middle - 4]);
        for (let j = 0; j < n; j++)
          expect(Math.abs(delta[j] - delta[middle] - slope * layout.z[j])).toBeLessThan(
            2e-5 * slope * (1 + layout.z[j] ** 2),
          );
      },
    });
    for (const [i, t] of times.entries()) expect(relative(result.snapshots[i]!.means[0], exact(t))).toBeLessThan(2e-6);
  });

  it('follows a manufactured solution with a source', () => {
    // T = m(t) + w(t)(z + 0.2 sin z) in a class that weighs nothing, R = σ²/2 from label noise.
    const [g, lambda, b, sigma] = [0.5, 1.3, 0.7, 0.9];
    const s0 = -0.4;
    const risk = (sigma * sigma) / 2;
    const d = g * g * risk * lambda;
    const m = (t: number) => 0.3 + 0.2 * Math.sin(t);
    const w = (t: number) => 0.6 + 0.2 * t;
    const source = (_: number, t: number, z: number) => {
      const map = m(t) + w(t) * (z + 0.2 * Math.sin(z));
      const tz = w(t) * (1 + 0.2 * Math.cos(z));
      const tzz = -0.2 * w(t) * Math.sin(z);
      const e = 0.5 * Math.exp(s0 - 2 * d * t) * Math.sinh(2 * map) - b;
      return 0.2 * Math.cos(t) + 0.2 * (z + 0.2 * Math.sin(z)) + g * lambda * e - (d / tz) * (z + tzz / tz);
    };
    const c = {
      ...gaussianClass(1e-200, lambda, b, s0, 0, 1),
      start: {
        kind: 'map' as const,
        map: (z: Float64Array, out: Float64Array) =>
          z.forEach((x, j) => {
            out[j] = m(0) + w(0) * (x + 0.2 * Math.sin(x));
          }),
      },
    };
    let worst = 0;
    const end = 2;
    evolveNow({
      setting: setting(g, { labelNoise: sigma }),
      classes: [c],
      times: Float64Array.of(0, end),
      moments: [],
      accuracy: accuracy(1e-9),
      source,
      onState: (i, { layout, delta, clock }) => {
        if (i === 0 || !layout) return;
        const rest = 0.5 * Math.asinh((2 * b) / Math.exp(s0 - 2 * lambda * clock));
        layout.z.forEach((z, j) => {
          if (Math.abs(z) > 4.5) return;
          worst = Math.max(worst, Math.abs(delta[j] + rest - (m(end) + w(end) * (z + 0.2 * Math.sin(z)))));
        });
      },
    });
    expect(worst).toBeGreaterThan(0);
    expect(worst).toBeLessThan(1e-7);
  });
});

describe('the start', () => {
  it('of a given law leaves no error: where the first save time puts the first step does not matter', () => {
    const classes = [1, 0].map((b) => gaussianClass(0.5, 1, b, 0, 0, 0.3));
    const risks = [1e-6, 0.5].map((first) => {
      const { snapshots } = evolveNow({
        setting: setting(0.5),
        classes,
        times: Float64Array.of(0, first, 1),
        moments: statistics(['risk']).flatMap((statistic) => statistic.moments),
        accuracy: accuracy(1e-11),
      });
      return snapshots[2]!.means[0];
    });
    expect(relative(risks[0], risks[1])).toBeLessThan(1e-10);
  });
});

describe('orders', () => {
  const moments = statistics(['risk']).flatMap((statistic) => statistic.moments);
  const list = [gaussianClass(0.5, 1, 1, -1, 0, 0.5), gaussianClass(0.5, 1, 0, -1, 0, 0.5)];
  const risk = (spacing: number, step: number | undefined, exact: number) => {
    const below = Math.round(6 / spacing);
    const result = evolveNow({
      setting: setting(1),
      classes: list,
      times: Float64Array.of(0, 2.25),
      moments,
      accuracy: accuracy(exact),
      fixed: { grid: { low: -below * spacing, spacing, count: 2 * below + 1 }, step },
    });
    return result.snapshots[1]!.means[0];
  };

  it('is of order 5 in time alone', () => {
    // Steps in x = √t over 0 … 1.5 on one grid; the limit is that grid's own.
    const exact = risk(0.25, 1.5 / 400, 1e-3);
    const errors = [24, 48, 96].map((n) => Math.abs(risk(0.25, 1.5 / n, 1e-3) - exact));
    const orders = [Math.log2(errors[0] / errors[1]), Math.log2(errors[1] / errors[2])];
    expect(Math.min(...orders)).toBeGreaterThan(4.3);
  });

  it('is of order 8 in z alone', () => {
    const exact = risk(0.1, undefined, 1e-12);
    const errors = [0.5, 0.35, 0.25].map((spacing) => Math.abs(risk(spacing, undefined, 1e-12) - exact));
    const orders = [
      Math.log(errors[0] / errors[1]) / Math.log(0.5 / 0.35),
      Math.log(errors[1] / errors[2]) / Math.log(0.35 / 0.25),
    ];
    expect(Math.min(...orders)).toBeGreaterThan(6.5);
  });
});

describe('identities', () => {
  it.each([
    ['product', { batchSize: 1 }],
    ['difference', { batchSize: 4, labelNoise: 0.5 }],
    ['square', { stepSize: { kind: 'power', initial: 0.2, exponent: 0.7, time: 2 } }],
    ['product', { stepSize: { kind: 'cosine', initial: 0.6, final: 0.1 }, horizon: 5, batchSize: 3 }],
  ] as const)('drift + noise is the slope of the risk (%s, %j)', async (parametrization, changes) => {
    const own = setting(0.25, { parametrization, ...changes });
    const law = lawOfClasses(
      own,
      points(parametrization, [
        [0.4, 1, 1, 0.9, 0.2],
        [0.3, 2, -0.3, 0.4, 0.3],
        [0.3, 0.6, 0, 0.5, 0],
      ]),
    );
    const times = Float64Array.of(0, 0.3, 1, 3, 5);
    const { values, path } = await solvePde(law, {
      times,
      statistics: statistics(['risk', 'riskDrift', 'riskNoise']),
      tolerance: 1e-8,
    });
    for (let i = 1; i < 4; i++) {
      const step = 1e-3 * times[i];
      const at = (k: number) => path.risk(times[i] + k * step);
      const slope = (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * step);
      const size = Math.abs(values[1][i]) + Math.abs(values[2][i]);
      expect(Math.abs(slope - values[1][i] - values[2][i]) / size).toBeLessThan(1e-5);
      expect(relative(path.risk(times[i]), values[0][i])).toBeLessThan(1e-7);
      // The clock's slope is g²R/m.
      const factor = parametrization === 'product' ? 1 : 2;
      const g = factor * stepSizeAt(own.stepSize, times[i], own.horizon);
      const clock = (path.clock(times[i] + step) - path.clock(times[i] - step)) / (2 * step);
      expect(relative(clock, (g * g * values[0][i]) / own.batchSize)).toBeLessThan(1e-4);
    }
  });

  it('difference with γ is product with 2γ, and exchanging p and q negates b', async () => {
    const all = statistics([
      'risk',
      'distance',
      'l1',
      'effectiveInitialization',
      { name: 'own', expression: 'beta^3 - b' },
    ]);
    const times = Float64Array.of(0, 1, 4);
    const options = { times, statistics: all, tolerance: 1e-8 };
    // p, q = 1.6, 0.7.
    const product = await solvePde(lawOfClasses(setting(0.6), points('product', [[1, 1, 0.8, 1.15, 0.45]])), options);
    const difference = await solvePde(
      lawOfClasses(setting(0.3, { parametrization: 'difference' }), points('difference', [[1, 1, 0.8, 0.8, 0.35]])),
      options,
    );
    for (const [k, row] of product.values.entries())
      for (const [i, value] of row.entries())
        if (value !== difference.values[k][i]) expect(relative(difference.values[k][i], value)).toBeLessThan(3e-8);
    // v → −v exchanges p and q.
    const mirror = await solvePde(lawOfClasses(setting(0.6), points('product', [[1, 1, -0.8, 1.15, -0.45]])), options);
    for (const [k, sign] of [1, 1, 1, 1, -1].entries())
      for (const [i, value] of product.values[k].entries())
        expect(relative(mirror.values[k][i], sign * value)).toBeLessThan(3e-8);
  });

  it('decays at the predicted terminal rate', async () => {
    for (const [law, end] of [
      [halfSparse(0.5, 1), 30],
      [halfSparse(0.9, 1, { batchSize: 3 }), 30],
      [
        lawOfClasses(
          setting(0.2, { parametrization: 'difference' }),
          points('difference', [
            [0.5, 1, 1, 0.7, 0.4],
            [0.5, 2, 0.3, 0.7, 0.6],
          ]),
        ),
        30,
      ],
    ] as const) {
      const solution = await solvePde(law, {
        times: Float64Array.of(0, end - 4, end),
        statistics: statistics(['risk']),
        tolerance: 1e-6,
      });
      const slope = Math.log(solution.values[0][1] / solution.values[0][2]) / 4;
      const prediction = predict(law, solution);
      expect(prediction!.terminalRate).not.toBeNull();
      expect(relative(slope, prediction!.terminalRate!)).toBeLessThan(1e-3);
    }
  });
});

describe('balanced starts', () => {
  it('q = 0 stays there: a negative target is never reached and the risk keeps a plateau', async () => {
    const law = lawOfClasses(
      setting(0.3),
      points('product', [
        [0.5, 1, -1, 0.5, 0.5],
        [0.5, 1, 1, 0.5, 0.5],
      ]),
    );
    const { values, failed } = await solvePde(law, {
      times: Float64Array.of(0, 10, 60),
      statistics: statistics(['risk', 'effectiveInitialization']),
      tolerance: 1e-6,
    });
    expect(failed).toBe(false);
    // Half of the coordinates end at β = 0: R ≥ ¼, and noise takes the other half off its target by O(γR).
    expect(values[0][2]).toBeGreaterThan(0.25);
    expect(values[0][2]).toBeLessThan(0.5);
    expect(values[1][1]).toBe(Number.NEGATIVE_INFINITY);
  });

  it('u = v = 0 never moves, and a start at the solution without noise is constant', async () => {
    const options = { times: Float64Array.of(0, 1, 9), statistics: statistics(['risk', 'curvature']), tolerance: 1e-6 };
    const still = await solvePde(lawOfClasses(setting(0.5), points('product', [[1, 2, 0.5, 0, 0]])), options);
    expect([...still.values[0]]).toEqual([0.25, 0.25, 0.25]);
    const done = await solvePde(lawOfClasses(setting(0.5), points('product', [[1, 2, 0.5, 1, 0.5]])), options);
    expect([...done.values[0]]).toEqual([0, 0, 0]);
    expect(relative(done.values[1][2], 2 * 1.25)).toBeLessThan(1e-14);
  });
});
