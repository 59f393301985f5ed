/** Limits come before ensembles, with progress of the PDE that an ensemble waits for; a run that is stopped has them. */
import { expect, it } from 'vitest';
import { curveOf, run } from './helpers.ts';

const problem = { dimension: 200, covariance: { kind: 'marchenko-pastur', ratio: 0.5 } };

it('a run stopped at the first step of SGD has its PDE, its flow and its prediction', async () => {
  const stop = new AbortController();
  const { result } = await run(
    {
      problem: { dimension: 200 },
      horizon: 8,
      samples: 4,
      methods: [{ kind: 'sgd', replicas: 1000 }, { kind: 'pde', tolerance: 1e-3 }, { kind: 'flow' }],
    },
    { signal: stop.signal },
    (event) => {
      if (event.type === 'method-start' && event.method === 'sgd') stop.abort(new Error('enough'));
    },
  );
  for (const kind of ['pde', 'flow'] as const) expect(curveOf(result, kind).mean.every(Number.isFinite)).toBe(true);
  expect(result.prediction?.criticalStepSize).toBeGreaterThan(0);
  expect(result.events).toMatchObject([{ method: 'sgd', index: 0, kind: 'interrupted' }]);
});

it('the PDE of a mean-field SDE tells how far it is', async () => {
  const { events } = await run({
    problem,
    horizon: 8,
    samples: 4,
    methods: [{ kind: 'sde', coupling: 'mean-field', timeStep: 0.5, replicas: 1 }],
  });
  const phases = events.flatMap((event) => (event.type === 'phase' ? [event] : []));
  expect(phases.length).toBeGreaterThan(1);
  phases.forEach(({ what, done, method, index }, i) => {
    expect([what, method, index]).toEqual(['PDE of its risk', 'sde', 0]);
    expect(done).toBeGreaterThan(i === 0 ? 0 : phases[i - 1].done);
    expect(done).toBeLessThanOrEqual(1);
  });
});
