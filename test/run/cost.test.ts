/** Costs of methods, before they run: one for each, in proportion to the work ahead. Whether they are right depends on the machine, and is no matter of a test. */
import { expect, it } from 'vitest';
import { costLines, memory, roughly } from '../../src/cli/cost.ts';
import { methodCosts, parseExperiment } from '../../src/run/index.ts';
import { run } from './helpers.ts';

const methods = [
  { kind: 'sgd', replicas: 4 },
  { kind: 'sde', replicas: 4, timeStep: 0.1, coupling: 'mean-field' },
  { kind: 'pde', tolerance: 1e-3 },
  { kind: 'flow' },
];
const costsAt = async (changes: object) => {
  const experiment = parseExperiment({ problem: { dimension: 50 }, horizon: 1, samples: 2, methods, ...changes });
  return (await methodCosts(experiment, { backend: 'reference', workers: 0 })).costs;
};

it('every method has a time within its range, and memory; more replicas take longer, more coordinates more memory', async () => {
  const few = await costsAt({});
  expect(few.map(({ method, index }) => `${method}[${index}]`)).toEqual(['sgd[0]', 'sde[1]', 'pde[2]', 'flow[3]']);
  for (const { seconds, range, bytes } of few) {
    expect(range[0]).toBeLessThan(seconds);
    expect(range[1]).toBeGreaterThan(seconds);
    expect(bytes).toBeGreaterThan(0);
  }
  const [many] = await costsAt({ methods: [{ kind: 'sgd', replicas: 400_000 }] });
  expect(many.seconds).toBeGreaterThan(100 * few[0].seconds);
  const [wide] = await costsAt({
    problem: { dimension: 100_000 },
    methods: [{ kind: 'sgd', replicas: 1 }],
    horizon: 0.001,
  });
  expect(wide.bytes).toBeGreaterThan(100_000 * 64);
});

it('a run tells them before its first method, if asked', async () => {
  const experiment = { problem: { dimension: 20 }, horizon: 1, samples: 2, methods };
  const { events } = await run(experiment, { costs: true });
  expect(events.slice(0, 3).map(({ type }) => type)).toEqual(['start', 'costs', 'method-start']);
  expect((await run(experiment)).events.some(({ type }) => type === 'costs')).toBe(false);
});

it('words: two digits, a range, units that people use', () => {
  expect([0.5, 80, 200, 9000, 4e5].map(roughly)).toEqual(['0.5 s', '80 s', '3.3 min', '2.5 h', '4.6 days']);
  expect([900, 1.2e8, 3e9].map(memory)).toEqual(['0.9 kB', '120 MB', '3 GB']);
  const cost = { method: 'sgd', index: 0, seconds: 180, range: [120, 360], bytes: 1.2e8 } as const;
  expect(costLines([cost])).toEqual(['sgd[0]: about 3 min (2 min to 6 min), 120 MB of memory']);
  expect(costLines([{ ...cost, range: [0, 0.5] }])).toEqual(['sgd[0]: less than a second, 120 MB of memory']);
});
