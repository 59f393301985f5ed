/** Every kind of bad experiment file: exit status 2, one line on stderr that names the field and the value found, nothing written. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { diagflow, temporaryFolder } from './command.ts';

const folder = temporaryFolder();
afterAll(() => folder.drop());

type Json = Record<string, unknown>;

/** A valid file with some fields replaced (undefined: left out). */
const file = (changes: Json) =>
  JSON.stringify({ problem: { dimension: 4 }, horizon: 1, methods: [{ kind: 'flow' }], ...changes });
const problem = (changes: Json) => file({ problem: { dimension: 4, ...changes } });
const method = (changes: Json) => file({ methods: [{ kind: 'flow' }, changes] });

/** [what is wrong, file content, the path that must be named, the value that must be quoted] */
const cases: [string, string | Uint8Array, string, string?][] = [
  ['an empty file', '', 'JSON'],
  ['text that is not JSON', '{"problem": {', 'JSON'],
  ['NaN, which JSON does not have', '{"problem": {"dimension": NaN}}', 'JSON'],
  ['bytes that are not UTF-8', new Uint8Array([0x7b, 0xff, 0xfe, 0x7d]), 'UTF-8'],
  ['an array', '[]', 'object'],
  ['null', 'null', 'object'],
  ['an unknown field', file({ horizn: 3 }), 'horizn'],
  ['no problem', file({ problem: undefined }), 'problem'],
  ['no dimension', file({ problem: {} }), 'problem.dimension'],
  ['no horizon', file({ horizon: undefined }), 'horizon'],
  ['no methods', file({ methods: undefined }), 'methods'],
  ['an empty list of methods', file({ methods: [] }), 'methods'],
  ['dimension 0', problem({ dimension: 0 }), 'problem.dimension', '0'],
  ['a fractional dimension', problem({ dimension: 2.5 }), 'problem.dimension', '2.5'],
  ['a dimension in quotes', problem({ dimension: '4' }), 'problem.dimension', '"4"'],
  ['an unknown field of the problem', problem({ sigma: 1 }), 'sigma'],
  ['an unknown spectrum', problem({ covariance: { kind: 'wishart' } }), 'problem.covariance.kind', 'wishart'],
  [
    'a negative ratio',
    problem({ covariance: { kind: 'marchenko-pastur', ratio: -1 } }),
    'problem.covariance.ratio',
    '-1',
  ],
  [
    'a share above 1',
    problem({ covariance: { kind: 'two-level', low: 1, high: 2, fraction: 1.5 } }),
    'problem.covariance.fraction',
    '1.5',
  ],
  [
    'too few eigenvalues',
    problem({ covariance: { kind: 'values', values: [1, 2] } }),
    'problem.covariance.values',
    '2',
  ],
  [
    'an eigenvalue of 0',
    problem({ covariance: { kind: 'values', values: [1, 2, 0, 1] } }),
    'problem.covariance.values[2]',
    '0',
  ],
  [
    'a negative share',
    problem({ target: { kind: 'sparse', fraction: -0.1, value: 1 } }),
    'problem.target.fraction',
    '-0.1',
  ],
  [
    'a target of null',
    problem({ target: { kind: 'values', values: [1, null, 0, 1] } }),
    'problem.target.values[1]',
    'null',
  ],
  ['an unknown field of the target', problem({ target: { kind: 'constant', value: 1, scale: 2 } }), 'scale'],
  [
    'a negative scale',
    problem({ initialization: { kind: 'gaussian', scale: -1 } }),
    'problem.initialization.scale',
    '-1',
  ],
  [
    'too many initial weights',
    problem({ initialization: { kind: 'values', u: [1, 1, 1, 1, 1], v: [0, 0, 0, 0] } }),
    'problem.initialization.u',
    '5',
  ],
  ['an unknown parametrization', problem({ parametrization: 'cube' }), 'problem.parametrization', 'cube'],
  ['negative label noise', problem({ labelNoise: -0.5 }), 'problem.labelNoise', '-0.5'],
  ['batches of 0', problem({ batchSize: 0 }), 'problem.batchSize', '0'],
  ['unknown features', problem({ features: 'cauchy' }), 'problem.features', 'cauchy'],
  [
    'features of infinite variance',
    problem({ features: { kind: 'student-t', degrees: 2 } }),
    'problem.features.degrees',
    '2',
  ],
  ['step size 0', file({ stepSize: 0 }), 'stepSize', '0'],
  [
    'a step size that overflows',
    '{"problem": {"dimension": 4}, "horizon": 1, "methods": [{"kind": "flow"}], "stepSize": 1e999}',
    'stepSize',
  ],
  [
    'a schedule with one value too few',
    file({ stepSize: { kind: 'piecewise', times: [0, 0.5], values: [1] } }),
    'stepSize.values',
  ],
  [
    'a schedule that goes back in time',
    file({ stepSize: { kind: 'piecewise', times: [0, 0.5, 0.2], values: [1, 1, 1] } }),
    'stepSize.times',
  ],
  [
    'a power schedule with time 0',
    file({ stepSize: { kind: 'power', initial: 1, exponent: 1, time: 0 } }),
    'stepSize.time',
    '0',
  ],
  ['horizon 0', file({ horizon: 0 }), 'horizon', '0'],
  ['no samples', file({ samples: 0 }), 'samples', '0'],
  ['samples and times at once', file({ samples: 3, times: [0.5] }), 'times'],
  ['times that do not increase', file({ times: [0.5, 0.5] }), 'times[1]', '0.5'],
  ['an unknown statistic', file({ statistics: ['risk', 'loss'] }), 'statistics[1]', 'loss'],
  [
    'an expression that does not parse',
    file({ statistics: [{ name: 'mine', expression: 'u * (v' }] }),
    'statistics[0]',
    'u * (v',
  ],
  [
    'an expression with an unknown name',
    file({ statistics: [{ name: 'mine', expression: 'u * w' }] }),
    'statistics[0]',
    'w',
  ],
  [
    'an expression that calls out',
    file({ statistics: [{ name: 'mine', expression: 'import("fs")' }] }),
    'statistics[0]',
  ],
  ['an unknown method', method({ kind: 'adam' }), 'methods[1].kind', 'adam'],
  ['no replicas', method({ kind: 'sgd', replicas: 0 }), 'methods[1].replicas', '0'],
  ['a negative time step', method({ kind: 'sde', timeStep: -0.1 }), 'methods[1].timeStep', '-0.1'],
  ['an unknown coupling', method({ kind: 'sde', coupling: 'weak' }), 'methods[1].coupling', 'weak'],
  ['tolerance 0', method({ kind: 'pde', tolerance: 0 }), 'methods[1].tolerance', '0'],
  ['an unknown field of a method', method({ kind: 'sgd', replica: 2 }), 'replica'],
  ['a negative seed', file({ seed: -1 }), 'seed', '-1'],
  ['a seed beyond 2^53', file({ seed: 2 ** 53 }), 'seed', '9007199254740992'],
];

const isOneLine = (text: string) => /^[^\n]+\n$/.test(text);

describe.concurrent('a bad experiment file', () => {
  test.each(cases)('%s', async (_, content, field, value) => {
    const cwd = temporaryFolder();
    try {
      writeFileSync(join(cwd.path, 'bad.json'), content);
      const { status, stdout, stderr } = await diagflow(['run', 'bad.json'], cwd.path);
      expect(status).toBe(2);
      expect(stdout).toBe('');
      expect(stderr).toSatisfy(isOneLine);
      expect(stderr).toContain('bad.json');
      expect(stderr).toContain(field);
      if (value !== undefined) expect(stderr).toContain(value);
      expect(readdirSync(cwd.path)).toEqual(['bad.json']);
    } finally {
      cwd.drop();
    }
  });
});

describe.concurrent('bad usage', () => {
  const usage: [string, string[], string][] = [
    ['an unknown command', ['simulate'], 'simulate'],
    ['no file', ['run'], 'FILE'],
    ['a file that does not exist', ['run', 'nowhere.json'], 'nowhere.json'],
    ['a folder instead of a file', ['run', '.'], 'directory'],
    ['two files', ['run', 'a.json', 'b.json'], 'argument'],
    ['an unknown option', ['run', 'a.json', '--fast'], '--fast'],
    ['an unknown backend', ['run', 'a.json', '--backend', 'tpu'], 'tpu'],
    ['a seed that is not a number', ['run', 'a.json', '--seed', 'one'], 'one'],
    ['a negative seed', ['run', 'a.json', '--seed=-1'], '-1'],
    ['a seed beyond 2^53', ['run', 'a.json', '--seed', '9007199254740992'], '9007199254740992'],
    ['check of a file that does not exist', ['check', 'nowhere.json'], 'nowhere.json'],
  ];
  test.each(usage)('%s', async (_, args, named) => {
    const { status, stdout, stderr } = await diagflow(args, folder.path);
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toSatisfy(isOneLine);
    expect(stderr).toContain(named);
    expect(readdirSync(folder.path)).toEqual([]);
  });
});
