/** `layout: "random"` through whole runs: each replica on the problem of its number, however a run is cut. */
import { describe, expect, it } from 'vitest';
import { createReferenceEngine } from '../../src/cpu/index.ts';
import { problemOf } from '../../src/random/index.ts';
import type { Result } from '../../src/results/index.ts';
import {
  buildShardFile,
  mergeShards,
  parseExperiment,
  type RunCheckpoint,
  type RunOptions,
  readCheckpoint,
  runExperiment,
  writeCheckpoint,
} from '../../src/run/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { joined, sourceOf } from './bytes.ts';
import { curveOf, run } from './helpers.ts';

const file = (layout: unknown, more: object = {}) => ({
  problem: {
    dimension: 40,
    covariance: { kind: 'two-level', low: 0.5, high: 1.5 },
    target: { kind: 'sparse' },
    layout,
  },
  stepSize: 0.3,
  horizon: 1,
  samples: 2,
  methods: [
    { kind: 'sgd', replicas: 6 },
    { kind: 'sde', replicas: 3, timeStep: 0.1 },
    { kind: 'sde', replicas: 2, timeStep: 0.1, coupling: 'mean-field' },
    { kind: 'sgd', until: { statistic: 'risk', relativeError: 0.1, most: 60 } },
    { kind: 'pde', tolerance: 1e-3 },
  ],
  estimates: [{ kind: 'distribution' }],
  seed: 3,
  ...more,
});

const numbersOf = ({ curves, estimates, events }: Result) => ({ curves, estimates, events });

/** Up to the n-th checkpoint, or to the end. */
async function follow(options: RunOptions, n = Number.POSITIVE_INFINITY) {
  const experiment = parseExperiment(file('random'));
  const running = runExperiment(experiment, { backend: 'reference', workers: 0, ...options });
  for (let seen = 0; ; ) {
    const step = await running.next();
    if (step.done) return { result: step.value };
    if (step.value.type !== 'checkpoint' || ++seen < n) continue;
    await running.return(undefined as never);
    return { checkpoint: step.value.checkpoint };
  }
}

const through = async (checkpoint: RunCheckpoint) =>
  readCheckpoint(sourceOf(joined(await writeCheckpoint(checkpoint))));

describe('a random layout', () => {
  it.each(['random', { kind: 'random', shared: true }])('gives replicas their paths: %j', async (layout) => {
    const experiment = parseExperiment(file(layout));
    const { events } = await run(file(layout));
    const engine = createReferenceEngine({ workers: 0 });
    const found = new Map<string, number>();
    for (const event of events)
      if (event.type === 'samples' && event.index === 0)
        event.values.forEach((value, k) => {
          found.set(`${event.firstReplica + k} ${event.timeIndex}`, value);
        });
    expect(found.size).toBe(18);
    for (const replica of [0, 1, 5]) {
      const request = {
        problem: problemOf(experiment, replica),
        method: { kind: 'sgd' } as const,
        times: Float64Array.of(0, 0.5, 1),
        statistics: resolveStatistics(['risk']),
        replicas: { first: replica, count: 1 },
        seed: 3,
      };
      for await (const event of engine.run(request))
        if (event.type === 'samples') expect(found.get(`${replica} ${event.timeIndex}`)).toBe(event.values[0]);
    }
    const starts = new Set([0, 1, 2, 3, 4, 5].map((replica) => found.get(`${replica} 0`)));
    expect(starts.size).toBe(layout === 'random' ? 6 : 1);
    await engine.dispose();
  });

  it('has the same numbers on the fast CPU engine, over workers', async () => {
    const methods = [{ kind: 'sgd', replicas: 3 }];
    const one = (await run(file('random', { methods }))).result;
    const other = (await run(file('random', { methods }), { backend: 'cpu', workers: 2 })).result;
    curveOf(one, 'sgd').mean.forEach((value, k) => {
      expect(curveOf(other, 'sgd').mean[k]! / value!).toBeCloseTo(1, 6);
    });
  });

  it('is the same cut at any checkpoint', async () => {
    const whole = numbersOf((await follow({})).result!);
    let cuts = 0;
    for (let n = 2; ; n += 1 + (n >> 1)) {
      const { checkpoint } = await follow({ checkpointEvery: 1 }, n);
      if (!checkpoint) break;
      cuts++;
      expect(numbersOf((await follow({ from: await through(checkpoint) })).result!)).toEqual(whole);
    }
    expect(cuts).toBeGreaterThan(2);
  });

  it('is the same in shards', async () => {
    const methods = [
      { kind: 'sgd', replicas: 6 },
      { kind: 'pde', tolerance: 1e-3 },
    ];
    const whole = (await run(file('random', { methods }))).result;
    const shards = [];
    for (const index of [1, 2]) {
      const { result, events } = await run(file('random', { methods }), { shard: { index, of: 2 } });
      const ensembles = events.filter((event) => event.type === 'ensemble');
      shards.push({ label: `part ${index}`, file: buildShardFile({ index, of: 2 }, result, ensembles) });
    }
    const merged = curveOf(mergeShards(shards), 'sgd');
    curveOf(whole, 'sgd').mean.forEach((value, k) => {
      expect(merged.mean[k]! / value!).toBeCloseTo(1, 12);
    });
    expect(merged.quantiles).toEqual(curveOf(whole, 'sgd').quantiles);
  });

  it('has the PDE of the law at t = 0, within the standard error of draws that are not shared', async () => {
    const methods = [
      { kind: 'sgd', replicas: 400 },
      { kind: 'pde', tolerance: 1e-3 },
    ];
    const { result } = await run(file('random', { methods, horizon: 0.05, samples: 1 }));
    const sgd = curveOf(result, 'sgd');
    // ⟨λ(uv − b)²⟩/2 = ⟨b²⟩/2 = 1/4; false alarm: 1 in 10 000.
    expect(curveOf(result, 'pde').mean[0]).toBeCloseTo(0.25, 6);
    expect(Math.abs(sgd.mean[0]! - 0.25) / sgd.standardError![0]!).toBeLessThan(3.9);
    expect(sgd.standardError![0]!).toBeGreaterThan(0.001);
  });

  it('refuses the flow of problems that differ', () => {
    const methods = [{ kind: 'flow' }];
    expect(() => parseExperiment(file('random', { methods }))).toThrow(/must not be "flow".*"shared": true/);
    expect(() => parseExperiment(file({ kind: 'random' }, { methods }))).toThrow(/"flow"/);
    expect(() => parseExperiment(file({ kind: 'random', shared: true }, { methods }))).not.toThrow();
  });
});
