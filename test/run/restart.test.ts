/** A device that is lost in mid-run costs time, never a number: at random moments, for every kind of method, for runs side by side. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DeviceLostError } from '../../src/gpu/index.ts';
import { openBackend } from '../../src/run/index.ts';
import { RestartingEngine } from '../../src/run/restart.ts';
import type { EngineEvent, EnsembleEngine, EnsembleRequest } from '../../src/statistics/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import { problemOf } from '../cpu/support.ts';
import { run } from './helpers.ts';

const experiment = {
  problem: { dimension: 60, labelNoise: 0.1 },
  horizon: 2,
  samples: 6,
  methods: [
    { kind: 'flow' },
    { kind: 'sgd', replicas: 5 },
    { kind: 'sde', replicas: 2, timeStep: 0.1, coupling: 'mean-field' },
  ],
  seed: 11,
};
const gpu = { replicasAtOnce: 2, chunkSteps: 12 };

/** Destroys the device at these submissions, counted over all devices. */
function losing(...moments: number[]) {
  let submissions = 0;
  return {
    ...gpu,
    onState: ({ device }: { device: { gpu: GPUDevice } }) => {
      if (moments.includes(submissions++)) device.gpu.destroy();
    },
  };
}

// Every device compiles its kernels anew, which takes a software adapter seconds.
describe('a lost device', { timeout: 240_000 }, () => {
  test('is replaced: same curves, each sample once, the work adds up, and it is told', async () => {
    const unbroken = await run(experiment, { backend: 'gpu', gpu });
    expect(unbroken.events.filter(({ type }) => type === 'notice')).toEqual([]);
    const { result, events } = await run(experiment, { backend: 'gpu', gpu: losing(0, 14, 40), restarts: 2 });
    expect(result.curves).toEqual(unbroken.result.curves);
    expect(result.events).toEqual([]);
    const notices = events.flatMap((event) => (event.type === 'notice' ? [event] : []));
    expect(notices.length).toBeGreaterThanOrEqual(2);
    for (const { message } of notices) expect(message).toMatch(/device was lost.*replicas \d+ to \d+ start again/);
    const samples = (all: typeof events) => all.filter(({ type }) => type === 'samples').length;
    expect(samples(events)).toBe(samples(unbroken.events));
  });

  test('more often than it is replaced is a failure of the method; the others are there', async () => {
    const every = losing(...Array.from({ length: 1000 }, (_, i) => i));
    const methods = experiment.methods.slice(0, 2);
    const { result } = await run({ ...experiment, methods }, { backend: 'gpu', gpu: every, restarts: 1 });
    expect(result.events.map(({ method, kind }) => [method, kind])).toEqual([['sgd', 'failed']]);
    expect(result.events[0].message).toMatch(/device was lost/);
    expect(result.curves.find(({ method }) => method === 'flow')!.mean.every(Number.isFinite)).toBe(true);
  });

  test('ends no run of those that share it', async () => {
    const one = { ...experiment, methods: [experiment.methods[1]] };
    const two = { ...one, seed: 12 };
    const expected = [await run(one, { backend: 'gpu', gpu }), await run(two, { backend: 'gpu', gpu })];
    const opened = await openBackend('gpu', { gpu: losing(5) });
    const found = await Promise.all([run(one, { opened }), run(two, { opened })]);
    await opened.engine.dispose();
    found.forEach(({ result }, k) => {
      expect(result.curves).toEqual(expected[k].result.curves);
    });
  });
});

/** Replicas in batches, rows and progress in chunks, one failure: as the GPU engine yields them. Lost after some events, by turns. */
function fake(batch: number, losses: number[]): EnsembleEngine {
  async function* run({ replicas, times }: EnsembleRequest): AsyncGenerator<EngineEvent> {
    let left = losses.shift() ?? Number.POSITIVE_INFINITY;
    const tick = () => {
      if (left-- <= 0) throw new DeviceLostError('unknown', '');
    };
    const end = replicas.first + replicas.count;
    for (let first = replicas.first; first < end; first += batch) {
      const count = Math.min(batch, end - first);
      for (let timeIndex = 0; timeIndex < times.length; timeIndex++) {
        tick();
        if (timeIndex === 1 && first <= 3 && 3 < first + count) {
          yield { type: 'failure', replica: 3, time: 0.5, message: 'diverged' };
          tick();
        }
        const values = Float64Array.from({ length: count }, (_, k) => 100 * (first + k) + timeIndex);
        yield { type: 'samples', timeIndex, firstReplica: first, values };
        tick();
        yield { type: 'progress', done: count };
      }
    }
  }
  return { name: 'gpu', run, dispose() {} };
}

async function outcome(engine: EnsembleEngine): Promise<{ rows: string[]; done: number; failures: number[] }> {
  const rows: string[] = [];
  const failures: number[] = [];
  let done = 0;
  const request: EnsembleRequest = {
    problem: problemOf({ dimension: 4 }),
    method: { kind: 'sgd' },
    times: Float64Array.of(0, 1, 2),
    statistics: resolveStatistics(['risk']),
    replicas: { first: 2, count: 7 },
    seed: 1,
  };
  for await (const event of engine.run(request)) {
    if (event.type === 'progress') done += event.done;
    if (event.type === 'failure') failures.push(event.replica);
    if (event.type === 'samples')
      event.values.forEach((value, k) => {
        rows.push(`${event.firstReplica + k} at ${event.timeIndex}: ${value}`);
      });
  }
  return { rows: rows.sort(), done, failures };
}

test('whenever the device is lost, and however replicas are cut then, every row, failure and piece of work comes once', async () => {
  const expected = await outcome(fake(7, []));
  expect(expected.rows).toHaveLength(21);
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat(50), { maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 7, maxLength: 7 }),
      async (moments, batches) => {
        const losses = [...moments];
        let opened = 0;
        const reopen = async () => fake(batches[++opened], losses);
        const engine = new RestartingEngine(fake(batches[0], losses), reopen, 6);
        expect(await outcome(engine)).toEqual(expected);
      },
    ),
    { seed: 8, numRuns: 500 },
  );
});
