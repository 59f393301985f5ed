/** Finite data in a whole run: what the result says of each method, and which files are refused. */
import { describe, expect, it } from 'vitest';
import { ExperimentError } from '../../src/problem/index.ts';
import { formatTable } from '../../src/results/index.ts';
import { methodTitle } from '../../src/results/plot/series.ts';
import { parseExperiment } from '../../src/run/index.ts';
import { curveOf, run } from './helpers.ts';

const data = { kind: 'finite', samples: 15, order: 'shuffled' };
const file = (problem: object = {}, more: object = {}) => ({
  problem: { dimension: 20, data, ...problem },
  horizon: 4,
  samples: 4,
  statistics: ['risk', 'trainRisk'],
  methods: [{ kind: 'sgd', replicas: 3 }, { kind: 'flow' }, { kind: 'sde', replicas: 2 }, { kind: 'pde' }],
  ...more,
});

describe('a result on finite data', () => {
  it('labels SDE and PDE as the limit of fresh samples, in events, table and plots', async () => {
    const { result } = await run(file());
    const notes = result.events.filter(({ kind }) => kind === 'note');
    expect(notes.map(({ method }) => method).sort()).toEqual(['flow', 'pde', 'sde']);
    for (const method of ['sde', 'pde'])
      expect(notes.find((note) => note.method === method)!.message).toMatch(/fresh samples.*n\/d → ∞.*n = 15/);
    const table = formatTable(result, { width: 200 });
    expect(table).toMatch(/sde\[2\] \(fresh\) ×2 +pde\[3\] \(fresh\)/);
    expect(methodTitle(result, { method: 'pde', index: 3 })).toBe('PDE of fresh samples');
    expect(methodTitle(result, { method: 'sgd', index: 0 })).toBe('SGD');
    // What trains on the samples has a training risk, which falls.
    for (const method of ['sgd', 'flow'] as const) {
      const { mean } = curveOf(result, method, 'trainRisk');
      expect(mean[4]!).toBeLessThan(mean[0]!);
    }
    expect(curveOf(result, 'pde', 'trainRisk').mean.every((value) => value === null)).toBe(true);
    expect(curveOf(result, 'sde', 'trainRisk').mean.every((value) => value === null)).toBe(true);
  });

  it('has none of it with fresh samples', async () => {
    const { result } = await run(file({ data: { kind: 'fresh' } }, { statistics: ['risk'] }));
    expect(result.events).toEqual([]);
    expect(formatTable(result)).not.toContain('fresh');
    expect(methodTitle(result, { method: 'pde', index: 3 })).toBe('PDE');
  });

  it('writes its defaults out', () => {
    const { problem } = parseExperiment(file({ data: { kind: 'finite', samples: 3 } }));
    expect(problem.data).toEqual({ kind: 'finite', samples: 3, order: 'with-replacement', shared: true });
  });
});

const refused: [string, object, string, string[]][] = [
  ['no samples', file({ data: { kind: 'finite' } }), 'problem.data.samples', ['is missing', 'from 1 to 16777216']],
  ['0 samples', file({ data: { ...data, samples: 0 } }), 'problem.data.samples', ['from 1', 'found 0']],
  [
    'an order of no kind',
    file({ data: { ...data, order: 'random' } }),
    'problem.data.order',
    ['"shuffled"', '"random"'],
  ],
  ['shared, a word', file({ data: { ...data, shared: 'yes' } }), 'problem.data.shared', ['true or false', '"yes"']],
  ['no such kind', file({ data: { kind: 'infinite' } }), 'problem.data.kind', ['did you mean "finite"?']],
  ['a batch beyond the samples', file({ batchSize: 16 }), 'problem.batchSize', ['at most 15', 'found 16']],
  [
    '65537 fresh samples',
    file({ data: undefined, batchSize: 65537 }, { statistics: ['risk'] }),
    'problem.batchSize',
    ['at most 65536', '65537'],
  ],
  ['trainRisk without a dataset', file({ data: undefined }), 'statistics[1]', ['trainRisk', 'problem.data']],
  [
    'a flow of many datasets',
    file({ data: { ...data, shared: false } }),
    'methods[1].kind',
    ['"shared": true', '"flow"'],
  ],
  [
    'a flow with a step size that reads the state',
    file({}, { stepSize: { kind: 'adagrad-norm', eta: 1, b0: 1 } }),
    'methods[1].kind',
    ['schedules', '"flow"'],
  ],
  [
    'a step size that reads all samples',
    file({}, { methods: [{ kind: 'sgd' }], stepSize: { kind: 'expression', expression: 'trainRisk', min: 0, max: 1 } }),
    'stepSize.expression',
    ['trainRisk'],
  ],
];

it.each(refused)('refuses %s', (_, input, path, parts) => {
  let found: unknown;
  try {
    parseExperiment(input);
  } catch (error) {
    found = error;
  }
  expect(found).toBeInstanceOf(ExperimentError);
  const { message } = found as ExperimentError;
  expect((found as ExperimentError).path).toBe(path);
  expect(message).not.toContain('\n');
  for (const part of parts) expect(message).toContain(part);
});
