/** Below its rounding floor an engine tells how it rounds (docs/floor.md): where engines stop, and that nobody is told it as a result. */
import { describe, expect, it } from 'vitest';
import { formatTable, isBelowFloor, parseResultText, plotSvg, type Result } from '../../src/results/index.ts';
import { curveOf, run } from './helpers.ts';

const BACKENDS = ['reference', 'cpu', 'gpu'] as const;
const sgd = { kind: 'sgd', replicas: 2 };
const sde = { kind: 'sde', replicas: 2, timeStep: 0.1 };

/** The case: half of 64 coordinates with b = 1, λ = 1, γ = 0.5. */
const CASE = {
  problem: { dimension: 64 },
  horizon: 300,
  samples: 20,
  statistics: ['risk', 'curvature', { name: 'fourth', expression: '(beta - b)^4' }],
  methods: [sgd, sde, { kind: 'pde', tolerance: 1e-3 }, { kind: 'flow' }],
  estimates: [{ kind: 'rate' }, { kind: 'rate', from: 0 }, { kind: 'convergence', constant: 1e4, rate: 0.3 }],
};

const others = {
  'small steps': { problem: { dimension: 64 }, stepSize: 0.1, horizon: 1500 },
  'large targets': { problem: { dimension: 256, target: { kind: 'constant', value: 5 } }, stepSize: 0.1, horizon: 100 },
  'small eigenvalues': {
    problem: { dimension: 64, covariance: { kind: 'two-level', low: 0.1, high: 1, fraction: 0.5 } },
    horizon: 1500,
  },
  difference: {
    problem: {
      dimension: 64,
      parametrization: 'difference',
      initialization: { kind: 'constant', u: 1, v: 0.5 },
    },
    stepSize: 0.2,
    horizon: 300,
  },
};

describe.each(['reference', 'cpu'] as const)('%s', (backend) => {
  it.each(Object.entries({ 'the case': CASE, ...others }))(
    'stops below the floor, and not far: %s',
    async (_, file) => {
      const { result } = await run(
        { ...file, samples: 10, statistics: ['risk'], methods: [sgd, sde], estimates: undefined },
        { backend },
      );
      for (const { mean, floor } of result.curves) {
        const end = mean.at(-1)!;
        expect(end).toBeLessThan(floor!);
        expect(end).toBeGreaterThan(floor! / 1000);
        // It has been above, where it meant something.
        expect(mean[1]).toBeGreaterThan(floor!);
      }
    },
  );
});

describe.each([3, 4])('depth %i', (depth) => {
  const power = {
    problem: {
      dimension: 64,
      target: { kind: 'constant', value: 1 },
      parametrization: { kind: 'power', depth },
      initialization: { kind: 'constant', u: 0.8 },
    },
    stepSize: 0.1,
    horizon: 200,
    samples: 10,
  };
  const difference = {
    ...power,
    problem: {
      dimension: 64,
      parametrization: { kind: 'power-difference', depth },
      initialization: { kind: 'constant', u: 0.8, v: 0.7 },
    },
  };

  it.each(Object.entries({ power, difference }))('stops below the floor, and not far: %s', async (_, file) => {
    for (const backend of ['reference', 'cpu'] as const) {
      const { curves } = (await run({ ...file, methods: [sgd, sde] }, { backend })).result;
      for (const { mean, floor } of curves) {
        expect(mean.at(-1)!).toBeLessThan(floor!);
        expect(mean.at(-1)!).toBeGreaterThan(floor! / 1000);
        expect(mean[1]).toBeGreaterThan(floor!);
      }
    }
  });

  it.each(Object.entries({ power, difference }))('the flow goes on to the end of the numbers: %s', async (_, file) => {
    const { curves } = (await run({ ...file, horizon: 3000, samples: 100, methods: [{ kind: 'flow' }] })).result;
    expect(curves[0].floor).toBeLessThan(1e-300);
    expect(curves[0].mean[1]).toBeGreaterThan(curves[0].floor!);
    expect(curves[0].mean.at(-1)).toBeLessThan(curves[0].floor!);
  });
});

it('a power that has to go to 0 is far from its floor, and not marked', async () => {
  const problem = { dimension: 64, parametrization: { kind: 'power', depth: 3 } };
  const { curves } = (await run({ problem, stepSize: 0.1, horizon: 50, samples: 5, methods: [sgd] })).result;
  expect(curves[0].floor).toBeGreaterThan(0);
  expect(curves[0].mean.some((_, k) => isBelowFloor(curves[0], k))).toBe(false);
});

describe('the case d = 64, T = 300', () => {
  const ran: Record<string, Result> = {};
  it.each(BACKENDS)('%s: marked, and no rate is made of it', async (backend) => {
    const { result } = await run(CASE, { backend });
    ran[backend] = result;
    const [pde, risk] = [curveOf(result, 'pde'), curveOf(result, 'sgd')];
    const k = risk.times.indexOf(120);
    expect(isBelowFloor(risk, k)).toBe(true);
    expect(isBelowFloor(pde, k)).toBe(false);
    for (let i = 0; i < risk.times.length; i++) {
      // What is not marked follows the limit: within a factor that finite d explains, where rounding would be decades off.
      if (!isBelowFloor(risk, i)) expect(Math.abs(Math.log(risk.mean[i]! / pde.mean[i]!))).toBeLessThan(8);
      expect(isBelowFloor(curveOf(result, 'sgd', 'curvature'), i)).toBe(false);
    }
    const [late, whole, convergence] = result.estimates! as readonly Record<string, unknown>[];
    expect([late.mean, late.count, late.unfitted]).toEqual([null, 0, 2]);
    expect(Math.abs((whole.mean as number) - 0.702)).toBeLessThan(0.1);
    expect(convergence.hits).toBe(2);
    const table = formatTable(result);
    expect(table).toMatch(/rate of risk over t = 150 … 300 = not known/);
    expect(table).toMatch(/sgd\[0\]: risk is below its rounding floor, \S+, from t = \d+ on/);
    const [row] = table.split('\n').filter((line) => /^ +300 .*</.test(line));
    expect(row).toMatch(/^ +300 +< \S+ +< \S+ +\S+e-9\d/);
    expect(await plotSvg(result)).toContain('below its rounding floor');
    expect(parseResultText(JSON.stringify(result)).curves).toEqual(result.curves);
  });

  it('the limit is known far below: it decays at the predicted rate to the end', async () => {
    const { times, mean } = curveOf(ran.reference, 'pde');
    const rate = -Math.log(mean[20]! / mean[10]!) / (times[20]! - times[10]!);
    expect(rate).toBeCloseTo(0.702, 2);
  });
});

it('a risk that label noise keeps up, and a run that begins at zero risk, have nothing to mark', async () => {
  const noisy = { problem: { dimension: 32, labelNoise: 1e-9 }, horizon: 200, samples: 4, methods: [sgd] };
  const [risk] = (await run(noisy)).result.curves;
  expect(risk.mean.some((_, k) => isBelowFloor(risk, k))).toBe(false);
  const solved = { problem: { dimension: 32, target: { kind: 'constant', value: 0 } }, horizon: 2, methods: [sgd] };
  const [zero] = (await run(solved)).result.curves;
  expect([zero.mean.at(-1), zero.floor]).toEqual([0, null]);
});
