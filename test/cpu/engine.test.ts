/** The engine as its readers see it: workers, events, cancelling, crashes, divergence, special starts. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createReferenceEngine, WorkerCrashError } from '../../src/cpu/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EnsembleRequest } from '../../src/statistics/stream.ts';
import { collect, problemOf } from './support.ts';

const local = createReferenceEngine({ workers: 0 });
const [one, two, three] = [1, 2, 3].map((workers) => createReferenceEngine({ workers, smallestShared: 0 }));
afterAll(() => Promise.all([local, one, two, three].map((engine) => engine.dispose())));

const small = problemOf({ dimension: 200, target: { kind: 'gaussian', scale: 1 }, labelNoise: 0.1 }, 0.5, 4);
const statistics = ['risk', 'effectiveInitialization', 'riskNoise', { name: 'mine', expression: 'lambda*(beta-b)^4' }];
const sgd: EnsembleRequest['method'] = { kind: 'sgd' };

describe('workers', () => {
  test.each([
    ['sgd', sgd],
    ['sde', { kind: 'sde', timeStep: 0.1, scheme: 'strang', coupling: 'interacting' }],
    [
      'sde, mean-field',
      {
        kind: 'sde',
        timeStep: 0.1,
        scheme: 'euler',
        coupling: { end: 4, risk: (t: number) => Math.exp(-t), clock: (t: number) => -0.25 * Math.expm1(-t) },
      },
    ],
  ] as [string, EnsembleRequest['method']][])('%s: the same numbers for 0, 1, 2 and 3 workers', async (_, method) => {
    const request = {
      problem: small,
      method,
      times: [0, 1, 4],
      statistics,
      replicas: { first: 3, count: 5 },
      seed: 12,
    };
    const expected = await collect(local, request);
    expect(expected.values.flat(2).every(Number.isFinite)).toBe(true);
    for (const engine of [one, two, three]) {
      const { values, done } = await collect(engine, request);
      expect(values).toEqual(expected.values);
      expect(done).toBe(expected.done);
    }
  });

  test('a replica does not depend on which others are asked for', async () => {
    const request = { problem: small, method: sgd, times: [0, 1], statistics: ['risk'], seed: 12 };
    const all = await collect(local, { ...request, replicas: { first: 0, count: 4 } });
    const single = await collect(local, { ...request, replicas: { first: 2, count: 1 } });
    expect(single.values[1][0]).toEqual(all.values[1][2]);
    expect(all.values[1][0]).not.toEqual(all.values[1][1]);
  });

  test('progress adds up to dimension × steps × replicas', async () => {
    const request = { problem: small, method: sgd, times: [0, 2.5, 4], statistics: ['risk'], seed: 1 };
    for (const engine of [local, two]) {
      const { done } = await collect(engine, { ...request, replicas: { first: 0, count: 7 } });
      expect(done).toBe(200 * 800 * 7);
    }
  });

  test('two runs at once on one engine keep their numbers', async () => {
    const request = {
      problem: small,
      method: sgd,
      times: [0, 4],
      statistics: ['risk'],
      replicas: { first: 0, count: 6 },
    };
    const both = await Promise.all([collect(two, { ...request, seed: 1 }), collect(two, { ...request, seed: 2 })]);
    expect(both[0].values).toEqual((await collect(local, { ...request, seed: 1 })).values);
    expect(both[1].values).toEqual((await collect(local, { ...request, seed: 2 })).values);
  });

  test('a crashed worker is an error that names its replicas, and not a wait for ever', async () => {
    const workerUrl = new URL('./crashing-worker.ts', import.meta.url);
    const engine = createReferenceEngine({ workers: 2, smallestShared: 0, workerUrl });
    const run = collect(engine, {
      problem: small,
      method: sgd,
      times: [0, 4],
      statistics: ['risk'],
      replicas: { first: 40, count: 1 },
      seed: 1,
    });
    await expect(run).rejects.toThrow(WorkerCrashError);
    await expect(run).rejects.toThrow(/replica 40: it exited with code 7/);
    await expect(run).rejects.toMatchObject({ replicas: { first: 40, count: 1 } });
    await engine.dispose();
  });

  const script = async (name: string) => {
    const file = fileURLToPath(new URL(name, import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { timeout: 30_000 });
    return stdout.trim();
  };

  test('Node exits although nobody disposed of the engine', async () => {
    expect(await script('./undisposed.ts')).toBe('2 samples');
  });

  test('a thread that is idle while it is stopped keeps Node waiting for its end', async () => {
    expect(await script('./stopped-thread.ts')).toBe('stopped');
  });
});

describe('cancelling', () => {
  const long = problemOf({ dimension: 1000 }, 0.5, 1000);
  const request: EnsembleRequest = {
    problem: long,
    method: sgd,
    times: Float64Array.of(0, 1000),
    statistics: resolveStatistics(['risk']),
    replicas: { first: 0, count: 4 },
    seed: 1,
  };

  test.each([
    ['the calling thread', local],
    ['workers', two],
  ])('on %s an abort ends the run with its reason, and the next run works', async (_, engine) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    let events = 0;
    const run = (async () => {
      for await (const event of engine.run({ ...request, signal: controller.signal })) {
        if (event.type === 'progress' && ++events === 2) controller.abort(reason);
      }
    })();
    await expect(run).rejects.toBe(reason);
    const after = await collect(engine, { ...request, problem: small, times: [0, 1], statistics: ['risk'] });
    expect(after.values[1].flat().every(Number.isFinite)).toBe(true);
  });

  test('an aborted signal does not start, and leaving the loop stops the work', async () => {
    const run = two.run({ ...request, signal: AbortSignal.abort() })[Symbol.asyncIterator]();
    await expect(run.next()).rejects.toThrow(/abort/i);
    for await (const event of two.run(request)) if (event.type === 'progress') break;
    const after = await collect(two, { ...request, problem: small, times: [0, 1], statistics: ['risk'] });
    expect(after.values[1].flat().every(Number.isFinite)).toBe(true);
  });

  test('disposing of a busy engine ends its run with an error', async () => {
    const engine = createReferenceEngine({ workers: 1 });
    const run = (async () => {
      for await (const event of engine.run(request)) if (event.type === 'progress') void engine.dispose();
    })();
    await expect(run).rejects.toThrow(/disposed/);
  });
});

describe('divergence', () => {
  // λ = 1, b = 1 and 0 half and half, u = 2, v = 0, γ = 1 (docs/theory.md §4.3): the limit diverges near t = 0.33.
  const explosive = (dimension: number, gamma = 1) =>
    problemOf(
      {
        dimension,
        target: { kind: 'sparse', fraction: 0.5, value: 1 },
        initialization: { kind: 'constant', u: 2, v: 0 },
      },
      gamma,
      2,
    );

  test('SGD at d = 20,000 fails near t = 0.33, after finite samples', async () => {
    const { values, failures } = await collect(two, {
      problem: explosive(20_000),
      method: sgd,
      times: [0, 0.2, 2],
      statistics: ['risk'],
      replicas: { first: 5, count: 2 },
      seed: 1,
    });
    expect(failures.map((failure) => failure.replica).sort()).toEqual([5, 6]);
    for (const { time, message } of failures) {
      expect(time).toBeGreaterThan(0.28);
      expect(time).toBeLessThan(0.4);
      expect(message).toMatch(/the path diverged: \|r\| is .*, the limit is .* smaller step size/);
    }
    expect(values[1].flat().every((risk) => risk > 0.25 && risk < 100)).toBe(true);
    expect(values[2].flat()).toEqual([Number.NaN, Number.NaN]);
  });

  test('the interacting SDE of finite dimension passes through a high peak there and stays finite', async () => {
    const { failures, values } = await collect(two, {
      problem: explosive(4000),
      method: { kind: 'sde', timeStep: 0.002, scheme: 'strang', coupling: 'interacting' },
      times: [0, 0.1, 0.2, 0.3, 0.31, 0.32, 0.33, 0.34, 0.36, 2],
      statistics: ['risk'],
      replicas: { first: 0, count: 2 },
      seed: 1,
    });
    expect(failures).toEqual([]);
    for (const replica of [0, 1]) {
      const risk = values.map((row) => row[replica][0]);
      expect(Math.max(...risk.slice(2, 9))).toBeGreaterThan(5);
      expect(risk[9]).toBeLessThan(0.5);
    }
  });

  test('a mean-field path fails where its risk path ends', async () => {
    const { failures, values } = await collect(local, {
      problem: explosive(100),
      method: {
        kind: 'sde',
        timeStep: 0.01,
        scheme: 'strang',
        coupling: { end: 0.329, risk: () => 0.25, clock: (t) => 0.25 * t },
      },
      times: [0, 0.2, 0.329, 0.4],
      statistics: ['risk'],
      replicas: { first: 0, count: 2 },
      seed: 1,
    });
    // At t = 0.329 itself the path is still there; the next save time is the first without it.
    expect(failures.map(({ replica, time }) => [replica, time])).toEqual([
      [0, 0.4],
      [1, 0.4],
    ]);
    expect(values[2].flat().every(Number.isFinite)).toBe(true);
    expect(values[3].flat()).toEqual([Number.NaN, Number.NaN]);
  });

  test('some replicas fail and the others go on', async () => {
    const { values, failures } = await collect(two, {
      problem: explosive(60, 0.8),
      method: sgd,
      times: [0, 2],
      statistics: ['risk'],
      replicas: { first: 0, count: 60 },
      seed: 1,
    });
    const failed = new Set(failures.map(({ replica }) => replica));
    expect(failed.size).toBe(failures.length);
    expect(failed.size).toBeGreaterThan(0);
    expect(failed.size).toBeLessThan(60);
    for (let k = 0; k < 60; k++) expect(Number.isFinite(values[1][k][0])).toBe(!failed.has(k));
  });
});

describe('balanced start', () => {
  // u = v: q = 0 for ever, β = p²/4 ≥ 0 cannot follow b = −1 on half of the coordinates, and R keeps a plateau.
  const problem = problemOf(
    {
      dimension: 400,
      target: { kind: 'values', values: Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? 1 : -1)) },
      initialization: { kind: 'constant', u: 0.5, v: 0.5 },
    },
    0.2,
    60,
  );
  test.each([
    ['sgd', sgd],
    ['strang', { kind: 'sde', timeStep: 0.1, scheme: 'strang', coupling: 'interacting' }],
    ['euler', { kind: 'sde', timeStep: 0.1, scheme: 'euler', coupling: 'interacting' }],
  ] as [string, EnsembleRequest['method']][])(
    '%s: β stays at or above 0 and the risk keeps a plateau of ¼',
    async (_, method) => {
      const { values } = await collect(two, {
        problem,
        method,
        times: [0, 30, 60],
        statistics: ['risk', { name: 'negative', expression: 'min(beta, 0)' }, 'effectiveInitialization'],
        replicas: { first: 0, count: 2 },
        seed: 1,
      });
      for (const [risk, negative, invariant] of [...values[1], ...values[2]]) {
        // Half of the coordinates keep e = 1: R ≥ ½·½, and SGD's own noise holds the others a little above their target.
        expect(risk).toBeGreaterThanOrEqual(0.25 - 1e-12);
        expect(risk).toBeLessThan(0.35);
        expect(negative).toBe(0);
        expect(invariant).toBe(Number.NEGATIVE_INFINITY);
      }
    },
  );
});

describe('requests that cannot be', () => {
  const request: EnsembleRequest = {
    problem: small,
    method: sgd,
    times: Float64Array.of(0, 1),
    statistics: resolveStatistics(['risk']),
    replicas: { first: 0, count: 1 },
    seed: 1,
  };
  test.each([
    [{ times: Float64Array.of(0.5, 1) }, /times must begin with 0/],
    [{ times: Float64Array.of(0, 1, 1) }, /increase strictly/],
    [{ times: Float64Array.of(0, Number.NaN) }, /increase strictly/],
    [{ replicas: { first: 0, count: 0 } }, /count ≥ 1, got 0 and 0/],
    [{ seed: -1 }, /seed must be an integer .* got -1/],
    [{ seed: 2 ** 53 }, /seed must be/],
    [{ method: { kind: 'sde', timeStep: 0, scheme: 'strang', coupling: 'interacting' } }, /timeStep must be positive/],
    [{ problem: { ...small, b: new Float64Array(3) } }, /b must have 200 entries .* got 3/],
  ] as [Partial<EnsembleRequest>, RegExp][])('%o', async (change, message) => {
    const run = local.run({ ...request, ...change })[Symbol.asyncIterator]();
    await expect(run.next()).rejects.toThrow(message);
  });

  test('workers must be a count', () => {
    expect(() => createReferenceEngine({ workers: 1.5 })).toThrow(/workers must be an integer ≥ 0 .* got 1.5/);
  });
});
