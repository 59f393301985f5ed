/** What `merge` and `sweep` take in: shards and journals that a stranger changed are refused in one line, or give files that can be written. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filesOf } from '../../src/cli/run.ts';
import { sweepFiles } from '../../src/cli/sweep.ts';
import { parseSweepText } from '../../src/problem/index.ts';
import { ResultError, type SweepPoint } from '../../src/results/index.ts';
import {
  buildShardFile,
  journalHeader,
  journalLine,
  MergeError,
  mergeShards,
  mergeSweeps,
  parseExperiment,
  readJournal,
  readShard,
  readSweepShard,
  runExperiment,
  runSweep,
  type Shard,
  type ShardFile,
  type SweepShardFile,
  sweepResult,
  writeShard,
  writeSweepShard,
} from '../../src/run/index.ts';
import { checkExpression } from '../../src/statistics/index.ts';
import { joined, sourceOf } from '../run/bytes.ts';
import { flaw, mutated, prototypesAreClean, textLike } from './hostile.ts';

const SEED = 20261127;
const SHARDS: readonly Shard[] = [
  { index: 1, of: 2 },
  { index: 2, of: 2 },
];

const experiment = parseExperiment({
  problem: { dimension: 8 },
  horizon: 1,
  samples: 2,
  statistics: ['risk', 'l1'],
  methods: [{ kind: 'sgd', replicas: 4 }, { kind: 'flow' }],
  estimates: [
    { kind: 'tail', above: 0.1 },
    { kind: 'distribution', statistic: 'risk' },
  ],
});

async function shardOfRun(shard: Shard): Promise<unknown> {
  const events = runExperiment(experiment, { backend: 'reference', shard });
  const ensembles: Parameters<typeof buildShardFile>[2][number][] = [];
  for (;;) {
    const step = await events.next();
    if (step.done) return buildShardFile(shard, step.value, ensembles);
    if (step.value.type === 'ensemble') ensembles.push(step.value);
  }
}

const grid = parseSweepText(
  JSON.stringify({
    experiment: {
      problem: { dimension: 4 },
      horizon: 1,
      samples: 4,
      methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }],
    },
    axes: [
      { field: 'stepSize', values: [0.1, 0.2] },
      { field: 'seed', from: 1, to: 3, count: 3 },
    ],
  }),
  { checkExpression },
);
const provenance = { software: 'diagflow 1', backend: 'reference' as const, adapter: null, started: '2026' };

async function pointsOf(shard?: Shard): Promise<SweepPoint[]> {
  const points: SweepPoint[] = [];
  for await (const event of runSweep(grid, { backend: 'reference', shard }))
    if (event.type === 'point') points.push(event.point);
  return points;
}

async function shardOfSweep(shard: Shard): Promise<unknown> {
  const result = sweepResult({ sweep: grid.sweep, provenance }, await pointsOf(shard));
  return { shard, result };
}

const labelled = <T>(files: readonly T[]) => files.map((file, i) => ({ label: `shard ${i}`, file }));

/** Does all that `merge` does; false where it is refused, which must be in a harmless line. */
async function isTaken(make: () => Promise<unknown>): Promise<boolean> {
  try {
    await make();
    return true;
  } catch (error) {
    const isRefused = [ResultError, MergeError].some((kind) => error instanceof kind);
    if (!isRefused) throw error;
    if (!(error instanceof Error)) return false;
    expect(flaw(error.message)).toBeNull();
    return false;
  } finally {
    expect(prototypesAreClean()).toBe(true);
  }
}

describe('merging', () => {
  const kinds = {
    run: {
      shard: shardOfRun,
      merge: async (files: readonly unknown[]) => {
        const read = async (file: unknown) => readShard(sourceOf(joined(await writeShard(file as ShardFile))));
        return filesOf(mergeShards(labelled(await Promise.all(files.map(read)))));
      },
    },
    sweep: {
      shard: shardOfSweep,
      merge: async (files: readonly unknown[]) => {
        const read = async (file: unknown) =>
          readSweepShard(sourceOf(joined(await writeSweepShard(file as SweepShardFile))));
        return sweepFiles(mergeSweeps(labelled(await Promise.all(files.map(read)))));
      },
    },
  };

  it.each(['run', 'sweep'] as const)('shards of a %s, one or both of which were changed', async (kind) => {
    const { shard, merge } = kinds[kind];
    const valid = await Promise.all(SHARDS.map(shard));
    expect(await isTaken(() => merge(valid))).toBe(true);
    const changed = fc.tuple(mutated(fc.constant(valid[0])), fc.boolean());
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(changed, async ([file, isBoth]) => {
        const change = async () => {
          return merge([file, isBoth ? { ...(file as object), shard: SHARDS[1] } : valid[1]]);
        };
        if (await isTaken(change)) taken++;
      }),
      { seed: SEED, numRuns: 700 },
    );
    expect(taken).toBeGreaterThan(0);
  });

  it('a journal with changed points gives a sweep that can be written', async () => {
    const points = await pointsOf();
    const header = { sweep: grid.sweep, shard: null, provenance };
    const line = textLike(fc.constantFrom<unknown>(...points));
    await fc.assert(
      fc.asyncProperty(fc.array(line, { maxLength: 3 }), async (lines) => {
        const kept = readJournal(`${journalHeader(header)}${lines.join('\n')}`, header)!;
        if (kept.points.length === 0) return;
        const known = new Map(kept.points.map((point) => [point.index, point]));
        await sweepFiles(
          sweepResult(
            { sweep: grid.sweep, provenance },
            points.map((point) => known.get(point.index) ?? point),
          ),
        );
      }),
      { seed: SEED, numRuns: 200 },
    );
    expect(journalLine(points[0])).toMatch(/^\{.*\}\n$/);
  });
});
