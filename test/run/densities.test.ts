/** The `densities` of an experiment file: what the result holds of them, and what is refused. */
import { describe, expect, test } from 'vitest';
import { type DensityResult, parseResultText } from '../../src/results/index.ts';
import { parseExperiment } from '../../src/run/index.ts';
import { curveOf, run } from './helpers.ts';

const TOLERANCE = 1e-6;
const base = {
  problem: { dimension: 100, covariance: { kind: 'identity' }, initialization: { kind: 'constant', u: 1, v: 0 } },
  stepSize: 0.5,
  horizon: 2,
  samples: 2,
  methods: [{ kind: 'pde', tolerance: TOLERANCE }],
};

/** Integral of f over the bins (f at their middles), and over the atoms. */
function integral({ axes, values, atoms }: DensityResult, f: (x: number, y: number) => number): number {
  const [first, second = [0, 1]] = axes as number[][];
  const columns = second.length - 1;
  let sum = 0;
  values.forEach((value, k) => {
    const [i, j] = [Math.floor(k / columns), k % columns];
    const area = (first[i + 1] - first[i]) * (second[j + 1] - second[j]);
    sum += value! * area * f(0.5 * (first[i] + first[i + 1]), 0.5 * (second[j] + second[j + 1]));
  });
  for (const { at, mass } of atoms) if (at) sum += mass * f(at[0]!, at[1] ?? 0.5);
  return sum;
}

describe('densities in the result', () => {
  test('have mass 1, and their mean square error is the risk, at save times and between them', async () => {
    const times = [0, 0.3, 1, 2];
    const densities = { times, of: ['beta'], points: 4000, classes: true };
    const { result } = await run({ ...base, times: [0.3 + 1e-13, 1, 2], samples: undefined, densities });
    const risk = curveOf(result, 'pde').mean as number[];
    expect(result.curves[0].times).toHaveLength(4);
    for (const [i, time] of times.entries()) {
      const own = result.densities!.filter((density) => density.time === time);
      const [whole, ...classes] = own;
      expect(whole.class).toBeNull();
      expect(Math.abs(integral(whole, () => 1) - 1), `mass at ${time}`).toBeLessThan(TOLERANCE);
      expect(Math.abs(integral(whole, () => 1) + whole.outside - 1)).toBeLessThan(1e-12);
      expect(classes.reduce((sum, { mass }) => sum + mass, 0)).toBeCloseTo(1, 12);
      const half = classes.reduce((sum, density) => {
        const { lambda, b } = density.class!;
        return sum + 0.5 * lambda * integral(density, (beta) => (beta - b) ** 2);
      }, 0);
      // The mean square within a bin is width²/12 more than that of its middle: below 1e−5 of the risk here.
      expect(Math.abs(half / risk[i] - 1), `risk at ${time}`).toBeLessThan(1e-5);
    }
    // At t = 0 every coordinate has u = 1, v = 0, so β = uv = 0.
    const [start] = result.densities!;
    expect(start.atoms).toHaveLength(1);
    expect(start.atoms[0].at![0]).toBeCloseTo(0, 12);
    expect(start.atoms[0].mass).toBeCloseTo(1, 12);
    expect([start.values, start.axes]).toEqual([[], [[]]]);
  });

  test('times that are no save times leave the curves as they are', async () => {
    const { result } = await run({ ...base, densities: { times: [0.7], of: ['beta', 'zeta', 'uv'], points: 60 } });
    const without = await run(base);
    expect(without.result).not.toHaveProperty('densities');
    const curve = curveOf(result, 'pde');
    const plain = curveOf(without.result, 'pde');
    expect(curve.times).toEqual(plain.times);
    curve.mean.forEach((value, i) => {
      expect(Math.abs(value! / plain.mean[i]! - 1)).toBeLessThan(TOLERANCE);
    });
    expect(result.densities!.map(({ of, axes, values }) => [of, axes.length, values.length])).toEqual([
      ['beta', 1, 60],
      ['zeta', 1, 60],
      ['uv', 2, 3600],
    ]);
    for (const density of result.densities!) {
      expect(integral(density, () => 1) + density.outside).toBeCloseTo(1, 9);
      expect(density.outside).toBeLessThan(TOLERANCE);
      expect([...density.values, ...density.axes.flat()].every(Number.isFinite)).toBe(true);
    }
    // β = uv.
    const [beta, , uv] = result.densities!;
    expect(integral(uv, (u, v) => u * v)).toBeCloseTo(
      integral(beta, (x) => x),
      2,
    );
  });

  test('a balanced coordinate has no finite ζ: its mass is named, and no number is infinite', async () => {
    const { result } = await run({
      ...base,
      problem: { ...base.problem, initialization: { kind: 'constant', u: 1, v: 1 } },
      densities: { times: [0, 1], of: ['zeta'], points: 10 },
    });
    expect(result.densities).toHaveLength(2);
    for (const { atoms, values } of result.densities!) {
      expect([atoms.map(({ at }) => at), values]).toEqual([[null], []]);
      expect(atoms[0].mass).toBeCloseTo(1, 12);
    }
  });

  test('times beyond a blow-up are left out', async () => {
    const { result } = await run({
      ...base,
      stepSize: 6,
      horizon: 20,
      densities: { times: [0, 1e-3, 20], points: 10 },
    });
    expect(result.events.map(({ kind }) => kind)).toContain('blow-up');
    expect(result.densities!.map(({ time }) => time)).toEqual([0, 1e-3]);
  });

  test('are read back, and broken ones refused with their place', async () => {
    const { result } = await run({ ...base, densities: { times: [1], points: 10 } });
    expect(parseResultText(JSON.stringify(result))).toEqual(result);
    const broken = (change: Partial<DensityResult>) =>
      JSON.stringify({ ...result, densities: [{ ...result.densities![0], ...change }] });
    expect(() => parseResultText(broken({ values: [1] }))).toThrow('densities[0].values: must have 10 entries');
    expect(() => parseResultText(broken({ axes: [[1, 0]] }))).toThrow('densities[0].axes[0][1]: must be greater');
    expect(() => parseResultText(broken({ index: 1 }))).toThrow('densities[0].index: must be the position of pde');
    expect(() => parseResultText(broken({ of: 'uv' }))).toThrow('densities[0].axes: must hold 2');
  });
});

describe('densities that are refused', () => {
  test.each([
    [{ times: [1, 1] }, 'densities.times[1]: must be greater than the time before it (1)'],
    [{ times: [3] }, 'densities.times[0]: must be at most the horizon (2)'],
    [{ times: [] }, 'densities.times: must be an array of 1 to 100 entries'],
    [{ times: [1], of: ['gamma'] }, 'densities.of[0]: must be "beta", "zeta" or "uv"'],
    [{ times: [1], of: ['uv', 'uv'] }, 'densities.of[1]: must not be named twice'],
    [{ times: [1], of: ['uv'], points: 501 }, 'densities.points: must be at most 500'],
    [{ times: [1], points: 1 }, 'densities.points: must be an integer from 2 to 10000'],
    [{ times: [0.5, 1], of: ['uv'], points: 500, classes: true }, 'densities.points: must be fewer: times × bins × 3 '],
    [{ times: [1], classes: 'yes' }, 'densities.classes: must be true or false'],
    [{ times: [1], bins: 3 }, 'is no field of this object'],
  ])('%j', (densities, message) => {
    expect(() => parseExperiment({ ...base, densities })).toThrow(message);
  });

  test('without a PDE to give them', () => {
    const alone = { ...base, methods: [{ kind: 'flow' }], densities: { times: [1] } };
    expect(() => parseExperiment(alone)).toThrow('densities: must go with a method of kind "pde"');
  });
});
