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

/** Everything a run says but its order: samples by replica and time, failures, work done. */
async function collect(engine: EnsembleEngine, request: EnsembleRequest) {
  const samples: Record<string, number[]> = {};
  const failures: Record<number, number> = {};
  let done = 0;
  for await (const event of engine.run(request)) {
    if (event.type === 'progress') done += event.done;
    else if (event.type === 'failure') failures[event.replica] = event.time;
    else samples[`${event.firstReplica} ${event.timeIndex}`] = Array.from(event.values);
  }
  return { samples, failures, done };
}

const SDE = { kind: 'sde', scheme: 'strang', timeStep: 0.02, coupling: 'interacting' } as const;

describe('worker count', () => {
  // Threads started from the sources take seconds to compile them, so all tests share them.
  const engines = [0, 1, 2].map((workers) => createCpuEngine({ workers, smallestShared: 0 }));
  afterAll(() => Promise.all(engines.map((engine) => engine.dispose())));

  test.each([
    ['plain SGD', requestOf(600)],
    ['bridge SGD', requestOf(9000, { times: Float64Array.of(0, 0.004, 0.01), replicas: { first: 0, count: 3 } })],
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

describe('without SIMD', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

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
