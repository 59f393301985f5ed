/** The pipeline: from an experiment to one result, its events, its isolation of failures, and that it can be stopped. */
import { describe, expect, test } from 'vitest';
import { parseResult } from '../../src/results/index.ts';
import type { RunEvent } from '../../src/run/index.ts';
import { curveOf, run } from './helpers.ts';

const FOUR = {
  problem: { dimension: 40 },
  horizon: 2,
  samples: 4,
  statistics: ['risk', 'curvature'],
  methods: [
    { kind: 'sgd', replicas: 3 },
    { kind: 'sde', replicas: 2, timeStep: 0.1 },
    { kind: 'pde' },
    { kind: 'flow' },
  ],
};
/** Hours of work for the reference engine. */
const ENDLESS = { kind: 'sgd', replicas: 1000 };

const types = (events: readonly RunEvent[]) => events.map(({ type }) => type);

describe('the stream of events', () => {
  test('starts with start; each method starts, samples, shows its curves and ends, limits first', async () => {
    const { result, events } = await run(FOUR);
    expect(types(events).filter((type) => ['start', 'method-start', 'method-end'].includes(type))).toEqual([
      'start',
      ...Array(4).fill(['method-start', 'method-end']).flat(),
    ]);
    expect(events[0]).toMatchObject({ type: 'start', backend: 'reference', adapter: null });
    const open: string[] = [];
    for (const event of events) {
      if (event.type === 'method-start') open.push(`${event.method}[${event.index}]`);
      if (event.type === 'samples' || event.type === 'curves' || event.type === 'progress') {
        expect(`${event.method}[${event.index}]`).toBe(open.at(-1));
      }
    }
    expect(open).toEqual(['pde[2]', 'flow[3]', 'sgd[0]', 'sde[1]']);
    // Every sample is told once: 5 save times of each replica, of 2 statistics.
    const counts = [2, 3, 0, 1].map((i) =>
      events.reduce((n, event) => n + (event.type === 'samples' && event.index === i ? event.values.length : 0), 0),
    );
    expect(counts).toEqual([5 * 2, 5 * 2, 3 * 5 * 2, 2 * 5 * 2]);
    // The last curves of a method are those of the result.
    for (const [i] of open.entries()) {
      const last = events.filter((event) => event.type === 'curves' && event.index === i).at(-1);
      expect(last).toMatchObject({ curves: result.curves.filter((curve) => curve.index === i) });
    }
    expect(Object.values(result.provenance.seconds).every((s) => s >= 0 && Number.isFinite(s))).toBe(true);
    expect(Date.parse(result.provenance.started)).toBeGreaterThan(Date.now() - 3_600_000);
  });

  test('the result survives JSON and its own validator', async () => {
    const { result } = await run(FOUR);
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  test('progress adds up to the work announced', async () => {
    const { events } = await run({ ...FOUR, problem: { dimension: 1500 }, horizon: 3 });
    const progress = events.filter((event) => event.type === 'progress' && event.method === 'sgd');
    expect(progress.length).toBeGreaterThan(0);
    let before = 0;
    for (const event of progress) {
      if (event.type !== 'progress') continue;
      expect(event.total).toBe(1500 * 1500 * 3 * 3);
      expect(event.done).toBeGreaterThan(before);
      expect(event.done).toBeLessThanOrEqual(event.total);
      expect(event.rate).toBeGreaterThan(0);
      before = event.done;
    }
  });
});

describe('the numbers', () => {
  // Enough work that an engine takes it to other threads.
  test.each(['reference', 'cpu'] as const)('do not depend on the number of workers (%s)', async (backend) => {
    const methods = [
      { kind: 'sgd', replicas: 7 },
      { kind: 'sde', replicas: 6, timeStep: 0.003 },
    ];
    const experiment = { ...FOUR, problem: { dimension: 300 }, horizon: 4, methods };
    const none = await run(experiment, { backend, workers: 0 });
    expect(none.result.provenance.backend).toBe(backend);
    for (const workers of [1, 3]) {
      expect((await run(experiment, { backend, workers })).result.curves).toEqual(none.result.curves);
    }
  });

  test('follow the seed, given in the file or as an option', async () => {
    const inFile = await run({ ...FOUR, seed: 5 });
    const asOption = await run({ ...FOUR, seed: 1 }, { seed: 5 });
    expect(asOption.result.experiment).toEqual(inFile.result.experiment);
    expect(asOption.result.curves).toEqual(inFile.result.curves);
    const other = await run({ ...FOUR, seed: 6 });
    expect(curveOf(other.result, 'sgd').mean).not.toEqual(curveOf(inFile.result, 'sgd').mean);
  });
});

describe('a method that fails', () => {
  test('is told, recorded, and leaves the others alone', async () => {
    const wild = {
      ...FOUR,
      stepSize: 1000,
      methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'flow' }, { kind: 'sgd', replicas: 1 }],
    };
    const { result, events } = await run(wild);
    const ends = events.filter((event) => event.type === 'method-end');
    expect(ends).toMatchObject([{ outcome: 'finished' }, { outcome: 'failed' }, { outcome: 'failed' }]);
    expect(curveOf(result, 'flow').mean.every(Number.isFinite)).toBe(true);
    expect(result.events).toEqual(events.flatMap((event) => (event.type === 'failure' ? [event.event] : [])));
    const kinds = result.events.map(({ index, kind }) => `${index} ${kind}`);
    expect(kinds).toEqual(['0 diverged', '0 diverged', '0 failed', '2 diverged', '2 failed']);
    expect(curveOf(result, 'sgd')).toMatchObject({ count: 2, failed: 2 });
    // At t = 0 nothing has diverged yet.
    expect(curveOf(result, 'sgd').mean).toEqual([expect.any(Number), null, null, null, null]);
  });

  test('a limit that explodes is a failure with its time, and its curve ends there', async () => {
    const { result, events } = await run({
      problem: { dimension: 40, initialization: { kind: 'constant', u: 2, v: 0 } },
      stepSize: 1,
      horizon: 0.5,
      samples: 50,
      statistics: ['risk'],
      methods: [{ kind: 'pde' }, { kind: 'flow' }],
    });
    expect(events.filter((event) => event.type === 'method-end')).toMatchObject([
      { outcome: 'failed' },
      { outcome: 'finished' },
    ]);
    const [event] = result.events;
    expect(event).toMatchObject({ method: 'pde', index: 0, kind: 'blow-up', time: expect.any(Number) });
    const explosion = event.time!;
    // docs/theory.md: t* near 0.33.
    expect(explosion).toBeGreaterThan(0.31);
    expect(explosion).toBeLessThan(0.35);
    const { times, mean } = curveOf(result, 'pde');
    expect(times.filter((time, i) => time! >= explosion && mean[i] !== null)).toEqual([]);
    // Short of the last moments, where values are known only as well as the time of the explosion.
    expect(times.filter((time, i) => time! < 0.95 * explosion && mean[i] === null)).toEqual([]);
  });
});

describe('an abort', () => {
  test('keeps what is finished, tells it, and does not start the rest', async () => {
    const controller = new AbortController();
    const experiment = { ...FOUR, problem: { dimension: 2000 }, methods: [{ kind: 'flow' }, ENDLESS, { kind: 'sde' }] };
    const { result, events } = await run(experiment, { signal: controller.signal }, (event) => {
      if (event.type === 'samples' && event.method === 'sgd') controller.abort();
    });
    expect(curveOf(result, 'flow').mean.every(Number.isFinite)).toBe(true);
    expect(result.events).toMatchObject([
      { method: 'sgd', index: 1, kind: 'interrupted' },
      { method: 'sde', index: 2, kind: 'interrupted' },
    ]);
    expect(events.at(-2)).toEqual({ type: 'interrupted' });
    expect(events.filter((event) => event.type === 'method-end')).toMatchObject([
      { outcome: 'finished' },
      { outcome: 'interrupted' },
    ]);
    // What had come of SGD is there, with the number of replicas it is over.
    expect(curveOf(result, 'sgd')).toMatchObject({ counts: [1, 0, 0, 0, 0], failed: 0 });
    expect(result.curves.some(({ method }) => method === 'sde')).toBe(false);
    expect(parseResult(JSON.parse(JSON.stringify(result)))).toEqual(result);
  });

  test('before the start gives a result without curves', async () => {
    const { result } = await run(FOUR, { signal: AbortSignal.abort() });
    expect(result.curves).toEqual([]);
    expect(result.events.map(({ kind }) => kind)).toEqual(Array(4).fill('interrupted'));
  });

  test('a reader that leaves early stops the work', async () => {
    const { runExperiment, parseExperiment } = await import('../../src/run/index.ts');
    const events = runExperiment(parseExperiment({ ...FOUR, methods: [ENDLESS] }), {
      backend: 'reference',
      workers: 0,
    });
    for await (const event of events) if (event.type === 'samples') break;
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});
