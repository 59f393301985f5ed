/** That a result never holds more than was reckoned when its experiment was read, by which every result can be read back. */
import { describe, expect, test } from 'vitest';
import { MOST_NAMED } from '../../src/problem/index.ts';
import { resultSize } from '../../src/problem/schema/size.ts';
import type { ResultEvent } from '../../src/results/index.ts';
import { toldEvents } from '../../src/run/order.ts';
import { parseExperiment } from '../../src/run/parse.ts';
import { run } from './helpers.ts';

/** As the parser counts: numbers in flat arrays, all else one by one. */
function count(value: unknown, size = { numbers: 0, values: 0 }): { numbers: number; values: number } {
  size.values++;
  if (Array.isArray(value) && value.every((x) => x === null || typeof x === 'number')) {
    size.numbers += Math.max(1, value.length);
  } else if (typeof value === 'object' && value !== null) {
    for (const entry of Object.values(value)) count(entry, size);
  }
  return size;
}

const ESTIMATES = [
  { kind: 'distribution' },
  { kind: 'histogram', times: [0.5, 1], bins: 9 },
  { kind: 'histogram', range: [0.1, 1], scale: 'log' },
  { kind: 'beta-histogram', range: [-1, 2], bins: 5, times: [0, 1] },
  { kind: 'covariance', statistics: ['risk', 'l1'] },
  { kind: 'tail', above: 0.1 },
  { kind: 'blow-up' },
  { kind: 'convergence', constant: 2, rate: 0.1 },
  { kind: 'rate' },
];
const METHODS = [{ kind: 'sgd', replicas: 3 }, { kind: 'sde', replicas: 2 }, { kind: 'pde' }, { kind: 'flow' }];
const DENSITIES = { times: [0, 0.3, 1], of: ['beta', 'zeta', 'uv'], points: 7, classes: true };
const problem = { dimension: 6 };
const values = {
  ...problem,
  covariance: { kind: 'values', values: [1, 2, 3, 4, 5, 6] },
  initialization: { kind: 'values', u: [1, 2, 3, 4, 5, 6], v: [6, 5, 4, 3, 2, 1] },
};

describe('what a result holds', () => {
  test.each<[string, object]>([
    ['curves', { problem, methods: METHODS, statistics: ['risk', 'curvature'] }],
    ['curves of diverging replicas', { problem, methods: METHODS, stepSize: 1e3, horizon: 20 }],
    ['estimates', { problem, methods: METHODS, estimates: ESTIMATES }],
    ['densities', { problem, methods: METHODS, densities: DENSITIES }],
    ['densities of points', { problem: values, methods: METHODS, stepSize: 0.01, densities: DENSITIES }],
  ])('is at most what was reckoned, part by part: %s', async (_, fields) => {
    const experiment = parseExperiment({ horizon: 1, samples: 4, ...fields });
    const { rows, field, estimates = [], densities } = { rows: 5, field: 'samples' as const, ...experiment };
    const asked = { ...experiment, rows, field, estimates, densities };
    const { parts, total } = resultSize(asked, experiment);
    const { result } = await run(experiment);
    const found = [
      count(result.curves),
      ...estimates.map((_, i) => count(result.estimates?.filter(({ estimate }) => estimate === i))),
      ...(densities ? [count(result.densities)] : []),
    ];
    expect(found).toHaveLength(parts.length);
    found.forEach((part, i) => {
      expect(part.numbers, parts[i].what).toBeLessThanOrEqual(parts[i].numbers);
      // The list itself is among all else.
      expect(part.values - 1, parts[i].what).toBeLessThanOrEqual(parts[i].values);
    });
    const whole = count(result);
    expect(whole.numbers).toBeLessThanOrEqual(total.numbers);
    expect(whole.values).toBeLessThanOrEqual(total.values);
    // Not by far: nothing is reckoned twice.
    expect(found[0].numbers).toBeGreaterThanOrEqual(0.6 * parts[0].numbers);
  });
});

describe('diverged replicas', () => {
  const diverged = (index: number, replica: number): ResultEvent => ({
    method: 'sgd',
    index,
    kind: 'diverged',
    time: (replica * 7919) % 10_007,
    message: `replica ${replica}`,
    replica,
  });
  // The deterministic one names no replicas, and takes no share.
  const methods = [{ kind: 'sgd' }, { kind: 'sgd' }, { kind: 'pde' }];
  const all = [1, 0].flatMap((index) => Array.from({ length: 12_000 }, (_, i) => diverged(index, 11_999 - i)));
  const failed: ResultEvent = { method: 'sgd', index: 0, kind: 'failed', time: 5, message: 'all diverged' };

  test('are all named where they are no more than a result may hold', () => {
    const few = all.filter(({ replica }) => replica! < 5000);
    expect(toldEvents([...few, failed], methods)).toHaveLength(MOST_NAMED + 1);
    expect(
      toldEvents([...few, failed], methods)
        .slice(4998, 5002)
        .map(({ index, replica }) => [index, replica]),
    ).toEqual([
      [0, 4998],
      [0, 4999],
      [0, undefined],
      [1, 0],
    ]);
  });

  test('beyond that the first are named, and one event tells of the others and the last time', () => {
    const told = toldEvents([...all, failed], methods);
    expect(told).toHaveLength(MOST_NAMED + 3);
    const own = told.filter(({ index }) => index === 0);
    expect(own.slice(0, 5000).map(({ replica }) => replica)).toEqual(Array.from({ length: 5000 }, (_, i) => i));
    const last = Math.max(...all.filter(({ replica }) => replica! >= 5000).map(({ time }) => time!));
    expect(own.slice(5000)).toEqual([
      failed,
      { method: 'sgd', index: 0, kind: 'diverged', time: last, message: expect.stringContaining('further replicas') },
    ]);
  });

  test('of shards come to the same as those of the whole run', () => {
    const shards = [all.filter(({ replica }) => replica! < 6000), all.filter(({ replica }) => replica! >= 6000)];
    const parts = shards.flatMap((events) => toldEvents(events, methods));
    expect(toldEvents(parts, methods)).toEqual(toldEvents(all, methods));
  });
});
