/** What has no finite value is null in the result and told by an event, the same on every backend (docs/paths.md, "Numbers"). */
import { beforeAll, describe, expect, it } from 'vitest';
import { type Result, toCsv } from '../../src/results/index.ts';
import { type BackendChoice, parseExperiment, runExperiment } from '../../src/run/index.ts';

const BACKENDS = ['reference', 'cpu', 'gpu'] as const;

async function resultOf(experiment: object, backend: BackendChoice): Promise<Result> {
  const events = runExperiment(parseExperiment(experiment), { backend, workers: 0 });
  for (;;) {
    const step = await events.next();
    if (step.done) return step.value;
  }
}

/** Expressions without a value, each with what is wrong in it; `ok` has one everywhere. */
const WITHOUT = {
  'log of a negative number': 'log(-1 - beta^2)',
  'log of 0': 'log(beta - beta)',
  'log of 0, hidden by exp': 'exp(log(beta - beta))',
  '0/0': '(beta - beta)/(u - u)',
  '1/0': '1/(v*0)',
  '1/0, hidden by 1/x': '1/(1/(v*0))',
  '0 to a negative power': '(u - u)^(-2)',
  'pow of 0': 'pow(u - u, -1.5)',
  'negative base': 'pow(-1 - u^2, 0.5)',
  'root of a negative number': 'sqrt(-1 - u^2)',
  'asin beyond 1': 'asin(2 + u^2)',
  'atanh of 1': 'atanh(1 + u - u)',
  'acosh below 1': 'acosh(u - u)',
  'log1p of −1': 'log1p(u - u - 1)',
  overflow: 'exp(exp(5 + u^2))',
  'beyond 10^30': '1e20*1e9*20*(1 + u^2)',
  'min with no value': 'min(log(u - u), 1)',
};
const names = Object.keys(WITHOUT).map((_, k) => `x${k}`);

const EXPERIMENT = {
  problem: { dimension: 96 },
  stepSize: 0.5,
  horizon: 1,
  samples: 2,
  statistics: [
    'risk',
    { name: 'ok', expression: 'sqrt(u^2) + log(1 + v^2) + 1/(1 + u^2) + pow(u - u, 2) + (-1 - u^2)^3' },
    ...Object.values(WITHOUT).map((expression, k) => ({ name: names[k], expression })),
  ],
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 2, timeStep: 0.1 },
    { kind: 'sde', replicas: 2, timeStep: 0.1, coupling: 'mean-field' },
    { kind: 'pde', tolerance: 1e-4 },
    { kind: 'flow' },
  ],
  seed: 1,
};

describe('statistics without a value', () => {
  const results = new Map<string, Result>();
  beforeAll(async () => {
    for (const backend of BACKENDS) results.set(backend, await resultOf(EXPERIMENT, backend));
  }, 120_000);

  it.each(BACKENDS)('%s: are null at every save time, and those with a value are not', (backend) => {
    const { curves } = results.get(backend)!;
    expect(curves).toHaveLength(EXPERIMENT.methods.length * EXPERIMENT.statistics.length);
    for (const { method, statistic, mean, standardError, quantiles } of curves) {
      const isNull = names.includes(statistic);
      const which = isNull ? Object.values(WITHOUT)[names.indexOf(statistic)] : statistic;
      const all = [...mean, ...(standardError ?? []), ...(quantiles ? [...quantiles['0.1'], ...quantiles['0.9']] : [])];
      expect([method, which, all.every((x) => x === null), all.every(Number.isFinite)]).toEqual([
        method,
        which,
        isNull,
        !isNull,
      ]);
    }
  });

  it.each(BACKENDS)('%s: one event each, in the order of the statistics', (backend) => {
    const { events } = results.get(backend)!;
    expect(events.map(({ index, kind, time, message }) => [index, kind, time, message.split(' ')[0]])).toEqual(
      EXPERIMENT.methods.flatMap((_, index) => names.map((name) => [index, 'no-value', 0, name])),
    );
  });

  it('the same events to the word, and files without NaN or Infinity', () => {
    for (const backend of BACKENDS) {
      const result = results.get(backend)!;
      expect(result.events).toEqual(results.get('reference')!.events);
      expect(JSON.stringify(result)).not.toMatch(/NaN|Infinity/);
      expect(toCsv(result)).not.toMatch(/NaN|Infinity/i);
    }
  });
});

describe('a statistic that some replicas have no value of', () => {
  // The mean β of 4 replicas at t = 2 lies on both sides of what is taken off it; by 0.01 at least, far beyond the rounding of f32.
  const at = (level: number) => ({
    problem: {
      dimension: 8,
      target: { kind: 'constant', value: 1 },
      initialization: { kind: 'constant', u: 1, v: 0.2 },
    },
    horizon: 2,
    samples: 2,
    statistics: ['l1', { name: 'root', expression: `sqrt(u + ${level})` }],
    methods: [{ kind: 'sgd', replicas: 6 }],
    estimates: [{ kind: 'distribution', statistic: 'root', times: [1, 2] }],
    seed: 3,
  });

  it.each(BACKENDS)(
    '%s: its mean is null, its estimates are over the others, and the event says how many',
    async (backend) => {
      const result = await resultOf(at(-0.97), backend);
      const root = result.curves.find(({ statistic }) => statistic === 'root')!;
      const [event] = result.events;
      const [, without, all] = /there in (\d+) of (\d+) replicas/.exec(event.message)!.map(Number);
      expect(all).toBe(6);
      expect(without).toBeGreaterThan(0);
      expect(without).toBeLessThan(6);
      const k = root.times.indexOf(event.time);
      expect(root.mean[k]).toBeNull();
      const [estimate] = result.estimates!;
      const { counts } = estimate as unknown as { counts: number[] };
      expect(counts[k - 1]).toBe(6 - without);
      expect(result.events).toEqual((await resultOf(at(-0.97), 'reference')).events);
    },
  );
});

describe('the ends of the range', () => {
  it.each(BACKENDS)(
    '%s: a risk that falls towards 0 stays a number ≥ 0, and its rate leaves zeros out',
    async (backend) => {
      const result = await resultOf(
        {
          // λ = 1, d = 1, b = 0: everything decays; the risk falls below the smallest f32.
          problem: {
            dimension: 4,
            target: { kind: 'constant', value: 0.5 },
            initialization: { kind: 'constant', u: 1, v: 0.5 },
          },
          stepSize: 0.4,
          horizon: 900,
          samples: 30,
          statistics: ['risk', 'distance'],
          methods: [{ kind: 'sgd', replicas: 2 }],
          estimates: [{ kind: 'rate', from: 0, to: 900 }],
        },
        backend,
      );
      for (const { mean } of result.curves) {
        expect(mean.every((x) => Number.isFinite(x) && x! >= 0)).toBe(true);
        expect(mean.at(-1)).toBeLessThan(1e-25);
      }
      expect(result.events).toEqual([]);
    },
  );

  // λ = 1, half of the targets 0: R = ¼b² as long as β is next to nothing, although e^s = |u² − v²| and e^{−s} leave the range of numbers.
  it.each([
    [{ kind: 'constant', u: 1e-120, v: 0 }, 1],
    [{ kind: 'constant', u: 0, v: 1e-120 }, 1],
    [{ kind: 'constant', u: 1e-120, v: 1e-120 }, 2],
    [{ kind: 'gaussian', scale: 1e-120 }, 2],
    [{ kind: 'constant', u: -1e-300, v: 0 }, 0],
    [{ kind: 'constant', u: 1e-300, v: 1e-300 }, 0],
  ])('a start of almost nothing: %o', async (initialization, squares) => {
    for (const value of [1, -1]) {
      const problem = { dimension: 64, target: { kind: 'sparse', fraction: 0.5, value }, initialization };
      const methods = EXPERIMENT.methods.filter(({ kind, coupling }) => kind !== 'sde' || coupling === 'mean-field');
      const tiny = { ...EXPERIMENT, problem, methods, statistics: ['risk', 'curvature'] };
      const { curves, events } = await resultOf(tiny, 'reference');
      expect(events).toEqual([]);
      for (const { method, statistic, mean } of curves) {
        if (statistic === 'risk') for (const risk of mean) expect(risk).toBeCloseTo(0.25, 6);
        // ⟨u² + v²⟩ of the limit: a finite Gaussian start has that of its quantiles.
        else if (method === 'pde') expect(mean[0]! / 1e-240).toBeCloseTo(squares, 3);
      }
    }
  });

  it.each([
    ['noise takes weights to 1e-17', { stepSize: 40, timeStep: 0.1, horizon: 1 / 3 }, { u: 1, v: 0.3 }],
    [
      'the drift of one step brings weights back from 1e-6',
      { stepSize: 12, timeStep: 1, horizon: 1 },
      { u: 1e-6, v: 0 },
    ],
  ])('steps beyond all measure: %s', async (_, { stepSize, timeStep, horizon }, start) => {
    const problem = { dimension: 40, labelNoise: 0.1, initialization: { kind: 'constant', ...start } };
    const sde = { kind: 'sde', replicas: 3, timeStep };
    const experiment = { problem, stepSize, horizon, samples: 1, statistics: ['risk', 'l1'], methods: [sde], seed: 4 };
    const [reference, ...others] = await Promise.all(BACKENDS.map((backend) => resultOf(experiment, backend)));
    for (const other of others) {
      expect(other.events).toEqual(reference.events);
      // 1e-7 for each of a few dozen operations on exponents of some tens.
      other.curves.forEach(({ mean }, k) => {
        const exact = reference.curves[k].mean[1]!;
        expect(Math.abs(mean[1]! - exact)).toBeLessThanOrEqual(3e-4 * exact);
      });
    }
  });

  it('divergence: the same replicas leave at the same times, and the averages are null once all have', async () => {
    const wild = {
      problem: { dimension: 64 },
      stepSize: 30,
      horizon: 1,
      samples: 4,
      methods: [{ kind: 'sgd', replicas: 4 }],
      seed: 2,
    };
    const [reference, ...others] = await Promise.all(BACKENDS.map((backend) => resultOf(wild, backend)));
    const told = ({ events }: Result) => events.map(({ kind, replica, time }) => [kind, replica, time]);
    const nulls = ({ curves }: Result) =>
      curves.map(({ mean, counts, failed }) => [mean.map((x) => x === null), counts, failed]);
    expect(reference.curves[0].failed).toBe(4);
    for (const other of others) {
      expect(told(other)).toEqual(told(reference));
      expect(nulls(other)).toEqual(nulls(reference));
    }
  });
});
