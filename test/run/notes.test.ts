/** What a result says of methods that ran in the limit. */
import { describe, expect, it } from 'vitest';
import { parseExperiment } from '../../src/problem/index.ts';
import type { Result } from '../../src/results/index.ts';
import { runExperiment } from '../../src/run/index.ts';

async function resultOf(momentum?: { kind: 'heavy-ball'; value: number }): Promise<Result> {
  const run = runExperiment(
    parseExperiment({
      problem: { dimension: 50 },
      stepSize: 0.05,
      ...(momentum && { momentum }),
      horizon: 1,
      samples: 1,
      methods: [
        { kind: 'sgd', replicas: 2 },
        { kind: 'sde', replicas: 2, timeStep: 0.1 },
        { kind: 'pde', tolerance: 1e-3 },
        { kind: 'flow' },
      ],
    }),
    { backend: 'reference' },
  );
  for (;;) {
    const { done, value } = await run.next();
    if (done) return value;
  }
}

describe('a result', () => {
  it('says of every method but SGD that momentum is its limit there', async () => {
    const { events } = await resultOf({ kind: 'heavy-ball', value: 0.9 });
    expect(events.map(({ method, kind, time }) => [method, kind, time])).toEqual(
      ['sde', 'pde', 'flow'].map((method) => [method, 'note', null]),
    );
    for (const { message } of events) expect(message).toMatch(/10γ = γ\/\(1 − θ\)/);
    expect((await resultOf()).events).toEqual([]);
  });
});
