/** The status line tells what a method waits for: from a session of the worker to the words, without a browser. */
import { expect, it, vi } from 'vitest';
import type { FromWorker } from '../../src/lab/worker/protocol.ts';

const page = vi.hoisted(() => ({ hear: (_: FromWorker) => {} }));
vi.mock('../../src/lab/worker/client.ts', () => ({
  listen: (hear: (message: FromWorker) => void) => {
    page.hear = hear;
  },
  onCrash() {},
  post() {},
  end: () => () => {},
}));

it('the PDE of a mean-field SDE, and how far it is', async () => {
  const { progressOf } = await import('../../src/lab/parts/status.tsx');
  const { start } = await import('../../src/lab/state/runs.ts');
  const { Session } = await import('../../src/lab/worker/session.ts');
  const { parseExperiment } = await import('../../src/run/index.ts');
  const experiment = parseExperiment({
    problem: { dimension: 32, covariance: { kind: 'two-level', low: 0.5, high: 1.5 } },
    horizon: 4,
    samples: 4,
    methods: [{ kind: 'sde', coupling: 'mean-field', timeStep: 0.5, replicas: 1 }],
  });
  const run = start(experiment);
  const said: string[] = [];
  const session = new Session(
    run.id,
    experiment,
    (message) => {
      page.hear(message);
      const [method] = run.data.value.methods;
      if (message.type === 'phase') said.push(progressOf(method, false));
      else if (message.type === 'progress' || message.type === 'method-end') expect(method.phase).toBeNull();
    },
    null,
  );
  await session.go('reference');
  expect(run.data.value.state).toBe('finished');
  expect(said.length).toBeGreaterThan(1);
  const shares = said.map((words) => Number(/^SDE: PDE of its risk (\d+)%$/.exec(words)![1]));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBeLessThanOrEqual(100);
});
