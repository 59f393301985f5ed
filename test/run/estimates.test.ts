/** `estimates` and `until`, from experiment file to result. */
import { describe, expect, test } from 'vitest';
import { type EstimateResult, parseResult, type Result } from '../../src/results/index.ts';
import { parseExperiment, runExperiment } from '../../src/run/index.ts';

async function run(file: object): Promise<Result> {
  const events = runExperiment(parseExperiment(file), { backend: 'reference', workers: 0 });
  for (;;) {
    const step = await events.next();
    if (step.done) return step.value;
  }
}

const BASE = { problem: { dimension: 20 }, horizon: 8, samples: 16, methods: [{ kind: 'sgd', replicas: 400 }] };
const one = <K extends EstimateResult['kind']>({ estimates }: Result, kind: K) =>
  estimates!.find((estimate) => estimate.kind === kind) as Extract<EstimateResult, { kind: K }>;

describe('estimates', () => {
  test('are written for every ensemble, agree with each other and with the curves, and are read back', async () => {
    const result = await run({
      ...BASE,
      methods: [...BASE.methods, { kind: 'sde', replicas: 50, timeStep: 0.1 }, { kind: 'flow' }],
      estimates: [
        { kind: 'distribution', times: [8], probabilities: [0.1, 0.5, 0.9] },
        { kind: 'histogram', scale: 'log', bins: 7 },
        { kind: 'beta-histogram', range: [-1, 2], bins: 6 },
        { kind: 'tail', above: 0.001, interval: 'clopper-pearson', confidence: 0.9 },
        { kind: 'rate' },
      ],
    });
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
    expect(result.estimates!.map(({ method, estimate }) => [method, estimate])).toEqual(
      ['sgd', 'sde'].flatMap((method) => [0, 1, 2, 3, 4].map((estimate) => [method, estimate])),
    );
    const risk = result.curves.find(({ method }) => method === 'sgd')!;
    const law = one(result, 'distribution');
    expect(law.mean[0]).toBe(risk.mean.at(-1));
    expect(law.standardError[0]).toBe(risk.standardError!.at(-1));
    expect(law.variance[0]! / 400).toBeCloseTo(risk.standardError!.at(-1)! ** 2, 14);
    expect(law.quantiles[0].values[0]).toBe(risk.quantiles!['0.1'].at(-1));
    for (const { low, values, high } of law.quantiles) {
      expect(low[0]!).toBeLessThan(values[0]!);
      expect(high[0]!).toBeGreaterThan(values[0]!);
    }
    const histogram = one(result, 'histogram');
    expect(histogram.hits[0].reduce((a, b) => a! + b!, 0)).toBe(400);
    expect(histogram.counts).toEqual([400]);
    const beta = one(result, 'beta-histogram');
    const shares = [beta.below[0]!, ...beta.shares[0].map((x) => x!), beta.above[0]!];
    expect(shares.reduce((a, b) => a + b)).toBeCloseTo(1, 13);
    // Half of the targets are 0, half 1: β is near them at the end.
    expect(beta.shares[0][2]! + beta.shares[0][1]!).toBeCloseTo(0.5, 1);
    expect(beta.shares[0][3]! + beta.shares[0][4]!).toBeCloseTo(0.5, 1);
    const tail = one(result, 'tail');
    expect(tail).toMatchObject({ count: 400, failed: 0, rule: 'clopper-pearson', confidence: 0.9, time: 8 });
    expect(tail.probability).toBe(tail.hits / 400);
    expect(tail.interval[0]).toBeLessThan(tail.probability!);
    const rate = one(result, 'rate');
    expect(rate.count).toBe(400);
    expect(rate.predicted).toBeCloseTo(0.702, 2);
    expect(rate.mean! - rate.predicted!).toBeLessThan(0.3);
  });

  test('P(R(t) ≤ C e^(−ct) R(0)) and P(blow-up) see the replicas that diverge', async () => {
    const wild = {
      ...BASE,
      stepSize: 2.2,
      problem: { dimension: 8, initialization: { kind: 'constant', u: 1, v: 0 } },
    };
    const estimates = [{ kind: 'blow-up' }, { kind: 'convergence', constant: 5, rate: 0.05 }];
    const result = await run({ ...wild, estimates });
    const [curve] = result.curves;
    const blowUp = one(result, 'blow-up');
    expect(blowUp).toMatchObject({ hits: curve.failed, count: 400, failed: curve.failed });
    expect(curve.failed).toBeGreaterThan(3);
    const convergence = one(result, 'convergence');
    expect(convergence.count).toBe(400);
    expect(convergence.hits).toBeLessThanOrEqual(400 - curve.failed);
    expect(convergence.hits).toBeGreaterThan(0);
  });

  test('what estimates add does not change the paths', async () => {
    const plain = await run(BASE);
    const more = await run({
      ...BASE,
      estimates: [
        { kind: 'beta-histogram', range: [0, 1] },
        { kind: 'tail', statistic: 'l1', above: 1 },
      ],
    });
    expect(more.curves).toEqual(plain.curves);
  });
});

describe('until', () => {
  const method = (until: object, replicas = 8) => ({ ...BASE, methods: [{ kind: 'sgd', replicas, until }] });

  test('adds batches until the mean is known well enough; what it runs is the same as asking for that many', async () => {
    const { curves, events } = await run(method({ statistic: 'risk', relativeError: 0.05 }));
    expect(events).toEqual([]);
    const [{ count, mean, standardError }] = curves;
    expect(standardError!.at(-1)! / mean.at(-1)!).toBeLessThanOrEqual(0.05);
    // 32, 40, 50, 63, 79, …: a quarter more each time.
    let [before, total] = [0, 32];
    while (total < count) [before, total] = [total, total + Math.ceil(total / 4)];
    expect(total).toBe(count);
    expect(before).toBeGreaterThan(32);
    const plain = await run({ ...BASE, methods: [{ kind: 'sgd', replicas: count }] });
    expect(plain.curves).toEqual(curves);
    const fewer = await run({ ...BASE, methods: [{ kind: 'sgd', replicas: before }] });
    expect(fewer.curves[0].standardError!.at(-1)! / fewer.curves[0].mean.at(-1)!).toBeGreaterThan(0.05);
  });

  test('gives up at the most replicas with what they gave, and says how many would do', async () => {
    const { curves, events } = await run(method({ statistic: 'risk', relativeError: 0.001, most: 50 }));
    expect(curves[0].count).toBe(50);
    expect(events).toHaveLength(1);
    expect(events[0].message).toMatch(/standard error of 0.001 .* was not met by 50 replicas.* about .* would/);
  });

  test('stops where every replica diverges', async () => {
    const { events } = await run({ ...method({ statistic: 'risk', relativeError: 0.01 }), stepSize: 60 });
    expect(events.at(-1)!.message).toMatch(/all 32 replicas diverged/);
  });
});

describe('bad input names the field', () => {
  const bad: [string, object, RegExp][] = [
    ['an unknown kind', { estimates: [{ kind: 'mean' }] }, /^estimates\[0\]\.kind: /],
    ['confidence 1.5', { estimates: [{ kind: 'tail', above: 1, confidence: 1.5 }] }, /confidence: .*found 1\.5/],
    [
      'a probability above 1',
      { estimates: [{ kind: 'distribution', probabilities: [0.5, 1.2] }] },
      /probabilities\[1\]: .*found 1\.2/,
    ],
    ['a tail without a threshold', { estimates: [{ kind: 'tail' }] }, /estimates\[0\]\.above: is missing/],
    [
      'an unknown statistic',
      { estimates: [{ kind: 'tail', statistic: 'loss', above: 1 }] },
      /statistic: .*found "loss"/,
    ],
    [
      'no save time',
      { estimates: [{ kind: 'tail', above: 1, time: 0.3 }] },
      /time: must be a save time.*0\.5.*found 0\.3/,
    ],
    [
      'a time beyond the horizon',
      { estimates: [{ kind: 'blow-up', before: 9 }] },
      /before: must be at most the last save time \(8\), .*; found 9/,
    ],
    ['a negative rate', { estimates: [{ kind: 'convergence', constant: 1, rate: -1 }] }, /rate: .*found -1/],
    ['an empty window', { estimates: [{ kind: 'rate', from: 7.8 }] }, /from: must leave two save times/],
    ['a range upside down', { estimates: [{ kind: 'histogram', range: [2, 1] }] }, /range: must be \[low, high\]/],
    [
      'log bins from 0',
      { estimates: [{ kind: 'histogram', range: [0, 1], scale: 'log' }] },
      /range\[0\]: must be greater than 0/,
    ],
    ['β without a range', { estimates: [{ kind: 'beta-histogram' }] }, /range: is missing/],
    ...(
      [
        ['precision 0', { statistic: 'risk', relativeError: 0 }, /until\.relativeError: .*found 0/],
        [
          'a statistic not measured',
          { statistic: 'l1', relativeError: 0.1 },
          /until\.statistic: must be one of the experiment’s statistics \(risk\); found "l1"/,
        ],
        [
          'fewer at most than at least',
          { statistic: 'risk', relativeError: 0.1, most: 100 },
          /until\.most: must be at least replicas \(400\)/,
        ],
        [
          'no save time of until',
          { statistic: 'risk', relativeError: 0.1, time: 7.9 },
          /until\.time: must be a save time/,
        ],
      ] as [string, object, RegExp][]
    ).map(([what, until, message]): [string, object, RegExp] => [
      what,
      { methods: [{ kind: 'sgd', replicas: 400, until }] },
      message,
    ]),
  ];
  test.each(bad)('%s', (_, changes, message) => {
    expect(() => parseExperiment({ ...BASE, ...changes })).toThrow(message);
  });
});
