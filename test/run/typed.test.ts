/** The types of the public interface teach: what is misspelt, of the wrong kind or missing does not compile, and is refused when run. */
import { describe, expect, test } from 'vitest';
import {
  type ExperimentInput,
  parseExperiment,
  parseExperimentJson,
  parseSweep,
  type Result,
  type ResultInput,
  type RunEvent,
  runExperiment,
  type SweepInput,
} from '../../src/index.ts';

const good = {
  problem: { dimension: 10, target: { kind: 'sparse', fraction: 0.5, value: 1 } },
  stepSize: { kind: 'power', initial: 0.5, exponent: 0.5, time: 2 },
  horizon: 1,
  statistics: ['risk', { name: 'fourth', expression: '(beta - b)^4' }],
  methods: [{ kind: 'sgd', replicas: 2 }, { kind: 'pde' }],
} as const satisfies ExperimentInput;

describe('the types of experiments', () => {
  test('take what is right, literals and what was resolved before', () => {
    const resolved = parseExperiment(good);
    expect(parseExperiment(resolved)).toEqual(resolved);
    expect(parseExperimentJson(JSON.parse(JSON.stringify(good)))).toEqual(resolved);
  });

  test('refuse a misspelt field, at any depth', () => {
    // @ts-expect-error stepsize is spelt stepSize
    expect(() => parseExperiment({ ...good, stepsize: 1 })).toThrow(/stepsize: is no field.*did you mean "stepSize"/);
    const problem = { dimension: 10 } as const;
    // @ts-expect-error value is missing its e
    const target: ExperimentInput = { ...good, problem: { ...problem, target: { kind: 'constant', valu: 1 } } };
    expect(() => parseExperiment(target)).toThrow(/problem.target.valu: is no field/);
    // @ts-expect-error replica is spelt replicas
    const methods: ExperimentInput = { ...good, methods: [{ kind: 'sgd', replica: 8 }] };
    expect(() => parseExperiment(methods)).toThrow(/methods\[0\].replica: is no field/);
  });

  test('refuse a word that is none, a field of the wrong type, and one that is missing', () => {
    // @ts-expect-error no such method
    expect(() => parseExperiment({ ...good, methods: [{ kind: 'adam' }] })).toThrow(/methods\[0\]/);
    // @ts-expect-error no such statistic
    expect(() => parseExperiment({ ...good, statistics: ['loss'] })).toThrow(/statistics\[0\]/);
    // @ts-expect-error text for a number
    expect(() => parseExperiment({ ...good, horizon: '8' })).toThrow(/horizon: must be/);
    // @ts-expect-error without a dimension
    expect(() => parseExperiment({ ...good, problem: {} })).toThrow(/problem.dimension: is missing/);
  });
});

test('the types of sweeps refuse a misspelt field of the experiment and of an axis', () => {
  const sweep: SweepInput = { experiment: good, axes: [{ field: 'problem.dimension', values: [10, 20] }] };
  expect(parseSweep(sweep).count).toBe(2);
  // @ts-expect-error value is spelt values
  expect(() => parseSweep({ experiment: good, axes: [{ field: 'horizon', value: [1, 2] }] })).toThrow(/axes\[0\]/);
  // @ts-expect-error problem is required
  expect(() => parseSweep({ experiment: { horizon: 1, methods: [] }, axes: sweep.axes })).toThrow(
    /problem: is missing/,
  );
});

test('events are a union told apart by type, and the last one is the result that is returned', async () => {
  const seen: RunEvent['type'][] = [];
  let result: Result | undefined;
  for await (const event of runExperiment(parseExperiment(good), { backend: 'reference', workers: 0 })) {
    seen.push(event.type);
    // @ts-expect-error only a result event has one
    void event.result;
    if (event.type === 'result') result = event.result;
    if (event.type === 'progress') expect(event.done).toBeLessThanOrEqual(event.total);
  }
  expect(seen[0]).toBe('start');
  expect(seen.at(-1)).toBe('result');
  const file: ResultInput = result!;
  expect(file.curves.map(({ method, statistic }) => `${method} ${statistic}`)).toEqual([
    'sgd risk',
    'sgd fourth',
    'pde risk',
    'pde fourth',
  ]);
  // @ts-expect-error there is no such kind of event
  expect(file.events.filter(({ kind }) => kind === 'exploded')).toEqual([]);
});
