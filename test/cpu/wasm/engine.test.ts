/** The fast engine as users get it: the same numbers for any number of workers, progress, cancel, and where SIMD is missing. */
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { createCpuEngine } from '../../../src/cpu/index.ts';
import { resolveStatistics } from '../../../src/statistics/index.ts';
import type { EngineEvent, EnsembleEngine, EnsembleRequest } from '../../../src/statistics/stream.ts';
import { problemOf } from './paths.ts';

const RICH = {
  covariance: { kind: 'power-law', exponent: 0.5 },
  target: { kind: 'gaussian', scale: 0.7 },
  initialization: { kind: 'gaussian', scale: 0.8 },
} as const;

function requestOf(dimension: number, fields: Partial<EnsembleRequest> = {}): EnsembleRequest {
  return {
    problem: problemOf({ problem: { ...RICH, dimension, labelNoise: 0.1, batchSize: 2 }, stepSize: 0.4, horizon: 1 }),
    method: { kind: 'sgd' },
    times: Float64Array.of(0, 0.1, 0.3),
    statistics: resolveStatistics(['risk', 'curvature', { name: 'own', expression: 'u^4 * lambda' }]),
    replicas: { first: 2, count: 5 },
    seed: 11,
    ...fields,
  };
}

/** Single samples. */
function single(dimension: number, features = 'gaussian') {
  return problemOf({ problem: { ...RICH, dimension, labelNoise: 0.1, features }, stepSize: 0.4, horizon: 1 });
}

/** Everything a run says but its order: samples by replica and time, failures, work done. */
async function collect(engine: EnsembleEngine, request: EnsembleRequest) {
  const samples: Record<string, number[]> = {};
  const failures: Record<number, number> = {};
  let done = 0;
  for await (const event of engine.run(request)) {
    if (event.type === 'progress') done += event.done;
    else if (event.type === 'failure') failures[event.replica] = event.time;
    else if (event.type === 'samples') samples[`${event.firstReplica} ${event.timeIndex}`] = Array.from(event.values);
  }
  return { samples, failures, done };
}

/** Some risk for the mean-field coupling. */
const PATH = { end: 100, risk: (t: number) => 0.5 * Math.exp(-t), clock: (t: number) => -0.125 * Math.expm1(-t) };

const SDE = { kind: 'sde', scheme: 'strang', timeStep: 0.02, coupling: 'interacting' } as const;

describe('worker count', () => {
  // Threads started from the sources take seconds to compile them, so all tests share them.
  const engines = [0, 1, 2].map((workers) => createCpuEngine({ workers, smallestShared: 0 }));
  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

  test.each([
    ['plain SGD', requestOf(600)],
    ['bridge SGD', requestOf(9000, { times: Float64Array.of(0, 0.004, 0.01), replicas: { first: 0, count: 3 } })],
    ['SGD, two steps a pass', requestOf(9000, { problem: single(9000), times: Float64Array.of(0, 0.0041, 0.01) })],
    ['interacting SDE', requestOf(5000, { method: SDE })],
    ['diverging SGD', requestOf(300, { problem: problemOf({ problem: { dimension: 300 }, stepSize: 9, horizon: 1 }) })],
  ])('%s: the same bits with 0, 1 and 2', async (_name, request) => {
    const runs = [];
    for (const engine of engines) runs.push(await collect(engine, request));
    const failed = Object.keys(runs[0].failures).length;
    expect(Object.keys(runs[0].samples).length + failed).toBeGreaterThanOrEqual(request.replicas.count);
    if (_name === 'diverging SGD') expect(failed).toBeGreaterThan(0);
    else expect(runs[0].done).toBeGreaterThan(0);
    for (const run of runs.slice(1)) expect(run).toEqual(runs[0]);
  });

  test.each([
    ['bridge SGD', 1, { times: Float64Array.of(0, 10 / 50_001, 100 / 50_001) }],
    ['bridge SGD', 3, { times: Float64Array.of(0, 30 / 50_001) }],
    ['SGD, two steps a pass', 1, { problem: single(50_001), times: Float64Array.of(0, 7 / 50_001, 100 / 50_001) }],
    [
      'SGD of a law, two steps a pass',
      3,
      { problem: single(50_001, 'uniform'), times: Float64Array.of(0, 30 / 50_001) },
    ],
    ['interacting SDE', 1, { method: SDE }],
    ['mean-field SDE', 1, { method: { ...SDE, coupling: PATH } }],
  ] as const)(
    '%s, %d replicas of d = 50,001: the same bits on one thread and on a team of two',
    async (_name, count, fields) => {
      const request = requestOf(50_001, { ...fields, replicas: { first: 1, count } });
      const alone = await collect(engines[0], request);
      const channels = vi.spyOn(globalThis, 'MessageChannel');
      const together = await collect(engines[2], request);
      expect(channels).toHaveBeenCalledTimes(1);
      expect(together).toEqual(alone);
      expect(Object.keys(alone.samples)).toHaveLength(count * request.times.length);
    },
  );

  test('a team that is cancelled lets its threads go', async () => {
    const controller = new AbortController();
    const request = requestOf(50_001, { replicas: { first: 0, count: 1 }, signal: controller.signal });
    await expect(async () => {
      for await (const event of engines[2].run(request))
        if (event.type === 'progress') controller.abort(new Error('enough'));
    }).rejects.toThrow('enough');
    const next = requestOf(50_001, { replicas: { first: 0, count: 2 }, times: Float64Array.of(0, 5 / 50_001) });
    expect(Object.keys((await collect(engines[2], next)).samples)).toHaveLength(4);
  });

  test.each([1, 2])('a path that diverges on a team fails at the same step, m = %d', async (batchSize) => {
    const problem = problemOf({
      problem: { dimension: 50_001, batchSize, initialization: { kind: 'constant', u: 3, v: 0.5 } },
      stepSize: 9,
      horizon: 1,
    });
    const request = requestOf(1, { problem, replicas: { first: 0, count: 1 } });
    const alone = await collect(engines[0], request);
    expect(Object.keys(alone.failures)).toEqual(['0']);
    // How much of the path was reported before it failed depends on the length of a call.
    expect(await collect(engines[2], request)).toEqual({ ...alone, done: expect.any(Number) });
  });

  test('replicas do not depend on which others run', async () => {
    const engine = createCpuEngine({ workers: 0 });
    const all = await collect(engine, requestOf(200));
    const one = await collect(engine, requestOf(200, { replicas: { first: 4, count: 1 } }));
    for (const [key, values] of Object.entries(one.samples)) expect(all.samples[key]).toEqual(values);
    await engine.dispose();
  });
});

describe('progress and cancel', () => {
  test('a long run on the calling thread reports often and ends within a slice of the abort', async () => {
    const engine = createCpuEngine({ workers: 0 });
    const controller = new AbortController();
    const request = requestOf(100_000, { times: Float64Array.of(0, 1), signal: controller.signal });
    const events: EngineEvent[] = [];
    const reason = new Error('enough');
    await expect(async () => {
      for await (const event of engine.run(request)) {
        events.push(event);
        if (events.filter(({ type }) => type === 'progress').length === 3) controller.abort(reason);
      }
    }).rejects.toBe(reason);
    // A report covers some 30 ms and no more than a fraction of the path's 10¹⁰ coordinate-steps.
    for (const event of events) if (event.type === 'progress') expect(event.done).toBeLessThan(1e8);
    await engine.dispose();
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe('without SIMD', () => {
  test('the reference engine runs instead, with a notice', async () => {
    vi.spyOn(WebAssembly, 'validate').mockReturnValue(false);
    const notices: string[] = [];
    const engine = createCpuEngine({ workers: 0, notice: (message) => notices.push(message) });
    expect(notices).toEqual([expect.stringContaining('no WebAssembly SIMD')]);
    expect(engine.name).toBe('reference');
    expect(Object.keys((await collect(engine, requestOf(50))).samples)).toHaveLength(15);
    await engine.dispose();
  });
});
