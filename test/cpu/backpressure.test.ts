/** A reader who stops reading stops the threads: nothing is computed far ahead of him, and what comes later is what would have come. */
import { describe, expect, it } from 'vitest';
import { createCpuEngine, createReferenceEngine } from '../../src/cpu/index.ts';
import { resolveStatistics } from '../../src/statistics/index.ts';
import type { EngineEvent, EnsembleEngine } from '../../src/statistics/stream.ts';
import { problemOf } from './support.ts';

const problem = problemOf({ dimension: 1000 });
// 100 save times, 4 replicas: 400 samples, 3.2·10⁷ coordinate-steps.
const request = {
  problem,
  method: { kind: 'sgd' as const },
  times: Float64Array.from({ length: 101 }, (_, k) => k * 0.08),
  statistics: resolveStatistics(['risk']),
  replicas: { first: 0, count: 4 },
  seed: 3,
};

const key = (event: EngineEvent) =>
  event.type === 'samples' ? `${event.timeIndex} ${event.firstReplica} ${event.values[0]}` : '';

/** All samples, sorted; with `pauses`, three times nothing is read for a while. */
async function read(engine: EnsembleEngine, pauses: boolean): Promise<string[]> {
  const samples: string[] = [];
  const events = engine.run(request)[Symbol.asyncIterator]();
  for (let k = 0; ; k++) {
    if (pauses && [20, 60, 100].includes(k)) await new Promise((resolve) => setTimeout(resolve, 400));
    const step = await events.next();
    if (step.done) break;
    if (step.value.type !== 'progress') samples.push(key(step.value));
  }
  await engine.dispose();
  return samples.sort();
}

describe.each([0, 2])('with %i workers', (workers) => {
  it.each([
    ['reference', () => createReferenceEngine({ workers, smallestShared: 0 })],
    ['cpu', () => createCpuEngine({ workers, smallestShared: 0 })],
  ])('%s gives a slow reader the same samples as a fast one', async (_, make) => {
    const fast = await read(make(), false);
    const slow = await read(make(), true);
    expect(fast).toHaveLength(404);
    expect(slow).toEqual(fast);
  });
});

describe('a reader who does not read at all', () => {
  it('finds the work stopped', async () => {
    const engine = createReferenceEngine({ workers: 2, smallestShared: 0 });
    const long = {
      ...request,
      problem: problemOf({ dimension: 4000 }, 0.5, 1000),
      times: Float64Array.from([0, 1000]),
    };
    const events = engine.run(long)[Symbol.asyncIterator]();
    await events.next();
    // Two threads fill their 16 slices of 30 ms in well under this; without a limit some 160 would wait.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    let waiting = 0;
    const timer = new Promise<'late'>((resolve) => setTimeout(resolve, 20, 'late'));
    for (;;) {
      const next = await Promise.race([events.next(), timer]);
      if (next === 'late') break;
      waiting++;
      if (waiting > 60) break;
    }
    await engine.dispose();
    expect(waiting).toBeGreaterThan(4);
    expect(waiting).toBeLessThan(40);
  });
});
