/** What ran a result: told by the program itself, carried through shards and resumed runs, and absent from older results. */
import { cpus, release } from 'node:os';
import { describe, expect, it, test } from 'vitest';
import { parseResult, type Runtime, withOthers } from '../../src/results/index.ts';
import {
  buildShardFile,
  describeRuntime,
  mergeShards,
  mergeSweeps,
  type RunCheckpoint,
  readShard,
  type ShardFile,
  writeShard,
} from '../../src/run/index.ts';
import { programOf, systemOf } from '../../src/run/runtime.ts';
import { joined, sourceOf } from './bytes.ts';
import { run } from './helpers.ts';

const EXPERIMENT = {
  problem: { dimension: 6 },
  horizon: 1,
  samples: 2,
  methods: [{ kind: 'sgd', replicas: 4 }, { kind: 'flow' }],
};
const OTHER: Runtime = {
  name: 'Deno',
  version: '2.9.6',
  engine: 'V8 14.9',
  system: 'Linux 6.1',
  processor: '4 × Some CPU (arm64)',
};

it('names this program, its JavaScript engine, system and processor, and reads back', async () => {
  const { result } = await run(EXPERIMENT);
  const { runtime, otherRuntimes } = result.provenance;
  expect(runtime).toMatchObject({ name: 'Node.js', version: process.versions.node });
  expect(runtime?.engine).toBe(`V8 ${process.versions.v8}`);
  expect(runtime?.system).toContain(release());
  expect(runtime?.processor).toContain(cpus()[0].model.trim());
  expect(otherRuntimes).toBeUndefined();
  expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
});

it('an older result without it reads, a damaged one is refused by the name of the field', async () => {
  const { result } = await run(EXPERIMENT);
  const { runtime: _, ...older } = result.provenance;
  expect(parseResult({ ...result, provenance: older }).provenance).toEqual(older);
  const damaged = { ...result, provenance: { ...older, runtime: { ...OTHER, engine: 5 } } };
  expect(() => parseResult(damaged)).toThrow(/^provenance\.runtime\.engine: must be a string; found 5/);
});

it('a run that was resumed elsewhere names both', async () => {
  let checkpoint: RunCheckpoint | undefined;
  await run(EXPERIMENT, { checkpointEvery: 1 }, (event) => {
    if (event.type === 'checkpoint') checkpoint = event.checkpoint;
  });
  expect(checkpoint?.runtime).toEqual(await describeRuntime());
  const { result } = await run(EXPERIMENT, { from: { ...checkpoint!, runtime: OTHER } });
  expect(result.provenance).toMatchObject({ runtime: await describeRuntime(), otherRuntimes: [OTHER] });
});

it('shards put together name the first, which has the limits, and whatever else ran', async () => {
  const shards: ShardFile[] = [];
  for (const index of [1, 2, 3]) {
    const shard = { index, of: 3 };
    const { result, events } = await run(EXPERIMENT, { shard });
    const ensembles = events.filter((event) => event.type === 'ensemble');
    const provenance = { ...result.provenance, ...(index > 1 && { runtime: OTHER }) };
    const bytes = await writeShard(buildShardFile(shard, { ...result, provenance }, ensembles));
    shards.push(await readShard(sourceOf(joined(bytes))));
  }
  const merged = mergeShards(shards.map((file, i) => ({ label: String(i), file })));
  expect(merged.provenance).toMatchObject({ runtime: await describeRuntime(), otherRuntimes: [OTHER] });
  const sweepShard = (index: number, runtime: Runtime) => ({
    label: String(index),
    file: {
      shard: { index, of: 2 },
      result: {
        format: 'diagflow-sweep' as const,
        version: 1 as const,
        sweep: { experiment: merged.experiment, axes: [{ field: 'seed', values: [1, 2], scale: 'linear' as const }] },
        provenance: { software: 'x', backend: 'cpu' as const, adapter: null, started: '2026', runtime },
        points: [
          {
            index: index - 1,
            values: [index],
            methods: [],
            prediction: null,
            stepSize: 1,
            problems: [],
            seconds: 1,
          },
        ],
      },
    },
  });
  const here = await describeRuntime();
  const sweep = mergeSweeps([sweepShard(1, OTHER), sweepShard(2, here)]);
  expect(sweep.provenance).toMatchObject({ runtime: OTHER, otherRuntimes: [here] });
});

test('others are told once, and never the first again', () => {
  const here = { ...OTHER, version: '3' };
  expect(withOthers(here, [{ runtime: OTHER }, { runtime: here, otherRuntimes: [OTHER] }])).toEqual({
    runtime: here,
    otherRuntimes: [OTHER],
  });
  expect(withOthers(undefined, [{}])).toEqual({});
});

/** As these versions send them (Firefox ESR 140, WebKitGTK 2.50, Safari 18 and Edge 130 by their vendors' documentation). */
describe('of a browser that tells no brands', () => {
  test.each([
    [
      'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
      'Firefox',
      '140.0',
      'SpiderMonkey',
      'Linux x86_64',
    ],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15',
      'WebKit',
      '26.0',
      'JavaScriptCore of WebKit 605.1.15',
      'Linux x86_64',
    ],
    [
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Safari/605.1.15',
      'Safari',
      '18.1',
      'JavaScriptCore of WebKit 605.1.15',
      'Intel Mac OS X 10_15_7',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0.0.0',
      'Microsoft Edge',
      '130.0.0.0',
      'V8 of Chromium 130.0.0.0',
      'Windows NT 10.0; Win64; x64',
    ],
    ['', 'unknown', 'unknown', 'unknown', 'unknown'],
  ])('%s', (agent, name, version, engine, system) => {
    expect(programOf(agent)).toEqual({ name, version, engine });
    expect(systemOf(agent)).toBe(system);
  });
});
