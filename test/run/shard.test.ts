/** Shards: the parts of a run, merged, give the numbers of the whole run; what does not belong together is refused. */
import { describe, expect, test } from 'vitest';
import type { Result } from '../../src/results/index.ts';
import {
  buildShardFile,
  type Labelled,
  mergeShards,
  parseExperiment,
  type RunOptions,
  readShard,
  runExperiment,
  type ShardFile,
  writeShard,
} from '../../src/run/index.ts';
import { shareOf } from '../../src/run/shard.ts';
import { joined, sourceOf } from './bytes.ts';

const FILE = {
  // Near the critical step size some replicas diverge.
  problem: { dimension: 12, initialization: { kind: 'constant', u: 1.3, v: 0 } },
  stepSize: 1.3,
  horizon: 6,
  samples: 6,
  statistics: ['risk', 'curvature'],
  methods: [
    { kind: 'sgd', replicas: 200 },
    { kind: 'sde', replicas: 2, timeStep: 0.1 },
    { kind: 'pde', tolerance: 1e-3 },
  ],
  estimates: [
    { kind: 'distribution', statistic: 'l1' },
    { kind: 'histogram', scale: 'log' },
    { kind: 'histogram', statistic: 'curvature', range: [0, 3], bins: 6, times: [2, 4] },
    { kind: 'beta-histogram', range: [-0.5, 1.5], bins: 4 },
    { kind: 'covariance', statistics: ['risk', 'curvature'] },
    { kind: 'tail', above: 0.01 },
    { kind: 'blow-up', before: 5, interval: 'clopper-pearson' },
    { kind: 'convergence', constant: 3, rate: 0.2 },
    { kind: 'rate' },
  ],
};

async function run(file: object, options: RunOptions = {}) {
  const ensembles: Parameters<typeof buildShardFile>[2][number][] = [];
  const events = runExperiment(parseExperiment(file), { backend: 'reference', workers: 0, ...options });
  for (;;) {
    const step = await events.next();
    if (step.done) return { result: step.value, ensembles };
    if (step.value.type === 'ensemble') ensembles.push(step.value);
  }
}

async function shardsOf(file: object, of: number): Promise<Labelled<ShardFile>[]> {
  const shards: Labelled<ShardFile>[] = [];
  for (let index = 1; index <= of; index++) {
    const shard = { index, of };
    const { result, ensembles } = await run(file, { shard });
    // As merge reads it: through bytes.
    const bytes = joined(await writeShard(buildShardFile(shard, result, ensembles)));
    shards.push({ label: `part ${index}`, file: await readShard(sourceOf(bytes)) });
  }
  return shards;
}

/** Counts and words exactly, other numbers to 1e−12 (intervals, which amplify rounding, to 1e−10). */
function expectSame(a: unknown, b: unknown, path = ''): void {
  if (path.startsWith('.provenance')) return;
  if (typeof a === 'number' && typeof b === 'number') {
    const isCount = /count|hits|failed|unfitted|replica/.test(path) && !path.includes('standardError');
    const bound = isCount ? 0 : /low|high|interval|correlation/.test(path) ? 1e-10 : 1e-12;
    expect(Math.abs(a - b), `${path}: ${a} and ${b}`).toBeLessThanOrEqual(bound * Math.max(Math.abs(a), 1e-3));
  } else if (typeof a === 'object' && a !== null && typeof b === 'object' && b !== null) {
    expect(Object.keys(b), path).toEqual(Object.keys(a));
    for (const [key, value] of Object.entries(a))
      expectSame(value, (b as Record<string, unknown>)[key], `${path}.${key}`);
  } else expect(b, path).toEqual(a);
}

test('shards are disjoint and cover all replicas', () => {
  for (const [count, of] of [
    [10, 3],
    [2, 5],
    [1_000_000, 7],
  ]) {
    let next = 0;
    for (let index = 1; index <= of; index++) {
      const { first, count: own } = shareOf(count, { index, of });
      expect(first).toBe(next);
      next += own;
    }
    expect(next).toBe(count);
  }
});

describe('merged shards', () => {
  let whole: Result;
  let parts: Labelled<ShardFile>[];

  test('are the run that was not divided: curves, estimates, events; in any order of the files', async () => {
    whole = (await run(FILE)).result;
    const sgd = whole.curves.find(({ method }) => method === 'sgd')!;
    expect(sgd.failed).toBeGreaterThan(5); // or nothing is tested of failures
    expect(sgd.failed).toBeLessThan(195);
    // More shards than replicas of the SDE: one of them has none.
    parts = await shardsOf(FILE, 3);
    expectSame(whole, mergeShards([parts[2], parts[0], parts[1]]));
  });

  test('PDE runs in the first shard alone', () => {
    expect(parts.map(({ file }) => file.result.curves.some(({ method }) => method === 'pde'))).toEqual([
      true,
      false,
      false,
    ]);
  });

  test('that every replica diverged is found when all are together', async () => {
    const wild = { ...FILE, stepSize: 40, methods: [{ kind: 'sgd', replicas: 5 }], estimates: undefined };
    const { result } = await run(wild);
    expect(result.events.at(-1)).toMatchObject({ kind: 'failed' });
    const shards = await shardsOf(wild, 2);
    expect(shards.every(({ file }) => file.result.events.every(({ kind }) => kind === 'diverged'))).toBe(true);
    expectSame(result, mergeShards(shards));
  });

  test('must be all of one run, once each', async () => {
    const [a, b, c] = parts;
    expect(() => mergeShards([a, c])).toThrow('1 of 3 shards missing: 2/3; run them and merge all');
    expect(() => mergeShards([a, b, c, b])).toThrow('part 2 and part 2 are the same shard, 2/3');
    const [other] = await shardsOf({ ...FILE, stepSize: 0.5, methods: [{ kind: 'sgd', replicas: 3 }] }, 1);
    expect(() => mergeShards([a, { ...other, file: { ...other.file, shard: { index: 2, of: 3 } } }, c])).toThrow(
      /part 1 and part 1 are not shards of the same experiment: they differ in stepSize \(1.3 and 0.5\)/,
    );
    expect(() => mergeShards([a, { ...b, file: { ...b.file, shard: { index: 2, of: 4 } } }, c])).toThrow(
      'shards of one run must be parts of the same number: part 1 is one of 3, part 2 one of 4',
    );
    const provenance = { ...b.file.result.provenance, backend: 'cpu' as const };
    const foreign = { ...b, file: { ...b.file, result: { ...b.file.result, provenance } } };
    expect(() => mergeShards([a, foreign, c])).toThrow(/differ in backend \("reference" and "cpu"\)/);
  });

  test('a damaged file is refused in one line', async () => {
    const text = JSON.stringify(parts[0].file);
    for (const [from, to] of [
      ['"alive":[', '"alive":["x",'],
      ['"hits":', '"hit":'],
      ['"result":{', '"more":1,"result":{'],
      ['"index":1,"of":3', '"index":4,"of":3'],
    ]) {
      expect(text).toContain(from);
      const merged = async () => {
        const bytes = joined(await writeShard(JSON.parse(text.replace(from, to))));
        return mergeShards([{ label: 'part 1', file: await readShard(sourceOf(bytes)) }, ...parts.slice(1)]);
      };
      await expect(merged()).rejects.toThrow(/^[^\n]+$/);
    }
  });

  test('one that holds more than its run can is refused before that is read', async () => {
    const { file } = parts[0];
    const summary = { ...file.ensembles[0].summary, quantiles: [new Array(400_000).fill(0.5)] };
    const bytes = joined(await writeShard({ ...file, ensembles: [{ ...file.ensembles[0], summary }] }));
    await expect(readShard(sourceOf(bytes))).rejects.toThrow(/^must hold at most \d+ bytes of arrays; found 32\d{5}, /);
    const other = joined([new TextEncoder().encode('diagflow-shard 1 '), bytes.subarray(17)]);
    await expect(readShard(sourceOf(other))).rejects.toThrow(/^must be of version 4, .*; found version 1$/);
  });
});
