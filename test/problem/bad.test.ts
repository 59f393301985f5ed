/** Bad experiment files: one error each, that names the field, the rule and the value found, on one line. */
import { describe, expect, it } from 'vitest';
import { schedules, stateStepSizes } from '../../src/dynamics/index.ts';
import { ExperimentError, parseExperiment, parseExperimentText } from '../../src/problem/index.ts';
import { checkExpression } from '../../src/statistics/index.ts';
import { file, withProblem } from './good.ts';

/** [what is wrong, file, path, parts of the message: rule and value] */
type Case = [name: string, input: unknown, path: string, parts: string[]];

const method = (fields: object) => file({ methods: [{ kind: 'pde' }, fields] });
const covariance = (fields: object) => withProblem({ covariance: fields });
const target = (fields: object) => withProblem({ target: fields });
const start = (fields: object, parametrization = 'product') => withProblem({ initialization: fields, parametrization });

/** Kinds as a message lists them: "a", "b" or "c". */
const listOf = (rules: readonly { readonly kind: string }[]) =>
  rules
    .map(({ kind }) => `"${kind}"`)
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');

const cases: Case[] = [
  // The whole.
  ['null', null, '', ['must be an object', 'found null']],
  ['a number', 3, '', ['must be an object', 'found 3']],
  ['an array', [file()], '', ['must be an object', 'found [']],
  ['nothing', undefined, '', ['must be an object', 'found nothing']],
  [
    'an unknown field',
    file({ stepsize: 1 }),
    'stepsize',
    ['no field', 'did you mean "stepSize"?', 'allowed: ', 'found 1'],
  ],
  [
    'an unknown field like no other',
    file({ zebra: true }),
    'zebra',
    ['no field', 'allowed: $schema, problem,', 'found true'],
  ],
  ['a field named constructor', file({ constructor: 1 }), 'constructor', ['no field', 'found 1']],
  ['no problem', { horizon: 1, methods: [{ kind: 'flow' }] }, 'problem', ['missing']],
  ['no horizon', { problem: { dimension: 3 }, methods: [{ kind: 'flow' }] }, 'horizon', ['missing', 'greater than 0']],
  ['no methods', { problem: { dimension: 3 }, horizon: 1 }, 'methods', ['missing', 'array']],
  ['$schema of a wrong type', file({ $schema: 3 }), '$schema', ['string', 'found 3']],
  // problem
  ['problem null', file({ problem: null }), 'problem', ['must be an object', 'found null']],
  ['problem an array', file({ problem: [] }), 'problem', ['must be an object', 'found []']],
  ['no dimension', file({ problem: {} }), 'problem.dimension', ['missing', 'integer from 1 to 268435456']],
  [
    'dimension misspelt',
    file({ problem: { dimention: 4 } }),
    'problem.dimention',
    ['did you mean "dimension"?', 'found 4'],
  ],
  ['dimension 0', withProblem({}, 0), 'problem.dimension', ['integer from 1', 'found 0']],
  ['dimension negative', withProblem({}, -16), 'problem.dimension', ['integer from 1', 'found -16']],
  ['dimension fractional', withProblem({}, 2.5), 'problem.dimension', ['integer', 'found 2.5']],
  ['dimension too large', withProblem({}, 2 ** 28 + 1), 'problem.dimension', ['to 268435456', 'found 268435457']],
  ['dimension a string', withProblem({ dimension: '4096' }), 'problem.dimension', ['integer', 'found "4096"']],
  ['dimension NaN', withProblem({}, Number.NaN), 'problem.dimension', ['finite', 'found NaN']],
  ['dimension infinite', withProblem({}, Number.POSITIVE_INFINITY), 'problem.dimension', ['finite', 'found Infinity']],
  ['dimension true', withProblem({ dimension: true }), 'problem.dimension', ['integer', 'found true']],
  ['a batch of 0', withProblem({ batchSize: 0 }), 'problem.batchSize', ['integer from 1', 'found 0']],
  ['a batch of 1.5', withProblem({ batchSize: 1.5 }), 'problem.batchSize', ['integer', 'found 1.5']],
  ['label noise negative', withProblem({ labelNoise: -0.1 }), 'problem.labelNoise', ['from 0', 'found -0.1']],
  ['label noise null', withProblem({ labelNoise: null }), 'problem.labelNoise', ['from 0', 'found null']],
  [
    'parametrization unknown',
    withProblem({ parametrization: 'squared' }),
    'problem.parametrization',
    ['did you mean "square"?', 'found "squared"'],
  ],
  [
    'parametrization a number',
    withProblem({ parametrization: 2 }),
    'problem.parametrization',
    ['"product", "difference" or "square"', 'found 2'],
  ],
  ['features unknown', withProblem({ features: 'cauchy' }), 'problem.features', ['"gaussian"', 'found "cauchy"']],
  [
    'features with too few degrees',
    withProblem({ features: { kind: 'student-t', degrees: 2 } }),
    'problem.features.degrees',
    ['greater than 2', 'found 2'],
  ],
  [
    'features by kind',
    withProblem({ features: { kind: 'gaussian' } }),
    'problem.features.kind',
    ['student-t', 'name alone', 'found "gaussian"'],
  ],
  // covariance
  [
    'covariance a string',
    covariance('identity' as never),
    'problem.covariance',
    ['must be an object', 'found "identity"'],
  ],
  [
    'covariance without kind',
    covariance({ exponent: 1 }),
    'problem.covariance.kind',
    ['missing', '"marchenko-pastur"'],
  ],
  [
    'covariance of unknown kind',
    covariance({ kind: 'marchenko-pasteur', ratio: 0.5 }),
    'problem.covariance.kind',
    ['did you mean "marchenko-pastur"?', 'found "marchenko-pasteur"'],
  ],
  [
    'identity with a parameter',
    covariance({ kind: 'identity', exponent: 1 }),
    'problem.covariance.exponent',
    ['no field', 'allowed: kind', 'found 1'],
  ],
  [
    'power law too steep',
    covariance({ kind: 'power-law', exponent: 17 }),
    'problem.covariance.exponent',
    ['from -16 to 16', 'found 17'],
  ],
  [
    'power law with exponent a string',
    covariance({ kind: 'power-law', exponent: '1' }),
    'problem.covariance.exponent',
    ['number', 'found "1"'],
  ],
  [
    'ratio 0',
    covariance({ kind: 'marchenko-pastur', ratio: 0 }),
    'problem.covariance.ratio',
    ['greater than 0 and at most 1', 'found 0'],
  ],
  [
    'ratio above 1',
    covariance({ kind: 'marchenko-pastur', ratio: 1.01 }),
    'problem.covariance.ratio',
    ['at most 1', 'found 1.01'],
  ],
  [
    'two-level low of 0',
    covariance({ kind: 'two-level', low: 0, high: 1, fraction: 0.5 }),
    'problem.covariance.low',
    ['greater than 0', 'found 0'],
  ],
  [
    'two-level high below low',
    covariance({ kind: 'two-level', low: 2, high: 1, fraction: 0.5 }),
    'problem.covariance.high',
    ['not be below low (2)', 'found 1'],
  ],
  [
    'two-level fraction above 1',
    covariance({ kind: 'two-level', low: 1, high: 2, fraction: 1.5 }),
    'problem.covariance.fraction',
    ['from 0 to 1', 'found 1.5'],
  ],
  [
    'values too few',
    covariance({ kind: 'values', values: [1, 1] }),
    'problem.covariance.values',
    ['each of the 4 coordinates', 'found 2 numbers'],
  ],
  [
    'values empty',
    covariance({ kind: 'values', values: [] }),
    'problem.covariance.values',
    ['each of the 4 coordinates', 'found 0 numbers'],
  ],
  [
    'values with a 0',
    covariance({ kind: 'values', values: [1, 1, 0, 1] }),
    'problem.covariance.values[2]',
    ['greater than 0', 'found 0'],
  ],
  [
    'values with a string',
    covariance({ kind: 'values', values: [1, '1', 1, 1] }),
    'problem.covariance.values[1]',
    ['number', 'found "1"'],
  ],
  [
    'values with null',
    covariance({ kind: 'values', values: [1, 1, 1, null] }),
    'problem.covariance.values[3]',
    ['number', 'found null'],
  ],
  [
    'values an object',
    covariance({ kind: 'values', values: { 0: 1 } }),
    'problem.covariance.values',
    ['array', 'found an object'],
  ],
  // target
  ['target of unknown kind', target({ kind: 'dense' }), 'problem.target.kind', ['"sparse"', 'found "dense"']],
  [
    'sparse fraction negative',
    target({ kind: 'sparse', fraction: -0.1 }),
    'problem.target.fraction',
    ['from 0 to 1', 'found -0.1'],
  ],
  ['sparse value an array', target({ kind: 'sparse', value: [1] }), 'problem.target.value', ['number', 'found [1]']],
  [
    'gaussian target of negative scale',
    target({ kind: 'gaussian', scale: -1 }),
    'problem.target.scale',
    ['from 0', 'found -1'],
  ],
  [
    'target values too many',
    target({ kind: 'values', values: [1, 2, 3, 4, 5] }),
    'problem.target.values',
    ['4 coordinates', 'found 5 numbers'],
  ],
  // initialization
  [
    'start with an unknown field',
    start({ kind: 'constant', w: 1 }),
    'problem.initialization.w',
    ['no field', 'allowed: kind, u, v', 'found 1'],
  ],
  [
    'start too large',
    start({ kind: 'constant', u: 1e7 }),
    'problem.initialization.u',
    ['to 1000000', 'found 10000000'],
  ],
  [
    'start values of different lengths',
    start({ kind: 'values', u: [1, 1, 1, 1], v: [1, 1, 1] }),
    'problem.initialization.v',
    ['4 coordinates', 'found 3 numbers'],
  ],
  [
    'start values without v',
    start({ kind: 'values', u: [1, 1, 1, 1] }),
    'problem.initialization.v',
    ['required', '"product"', 'found nothing'],
  ],
  [
    'square with a constant v',
    start({ kind: 'constant', u: 1, v: 0.5 }, 'square'),
    'problem.initialization.v',
    ['must be 0 or absent', 'square', 'found 0.5'],
  ],
  [
    'square with values of v',
    start({ kind: 'values', u: [1, 1, 1, 1], v: [0, 0, 2, 0] }, 'square'),
    'problem.initialization.v[2]',
    ['must be 0 or absent', 'found 2'],
  ],
  // stepSize
  ['step size 0', file({ stepSize: 0 }), 'stepSize', ['greater than 0', 'found 0']],
  ['step size negative', file({ stepSize: -0.5 }), 'stepSize', ['greater than 0', 'found -0.5']],
  ['step size null', file({ stepSize: null }), 'stepSize', ['greater than 0', '"piecewise"', 'found null']],
  ['step size a string', file({ stepSize: '0.5' }), 'stepSize', ['number', 'found "0.5"']],
  [
    'schedule of unknown kind',
    file({ stepSize: { kind: 'linear' } }),
    'stepSize.kind',
    [listOf([...schedules.filter(({ kind }) => kind !== 'constant'), ...stateStepSizes]), 'found "linear"'],
  ],
  [
    'piecewise not from 0',
    file({ stepSize: { kind: 'piecewise', times: [1, 2], values: [1, 1] } }),
    'stepSize.times[0]',
    ['must be 0', 'found 1'],
  ],
  [
    'piecewise not increasing',
    file({ stepSize: { kind: 'piecewise', times: [0, 2, 2], values: [1, 1, 1] } }),
    'stepSize.times[2]',
    ['greater than the time before it (2)', 'found 2'],
  ],
  [
    'piecewise of unequal lengths',
    file({ stepSize: { kind: 'piecewise', times: [0, 2], values: [1] } }),
    'stepSize.values',
    ['as many numbers as times (2)', 'found 1 numbers'],
  ],
  [
    'piecewise with a value 0',
    file({ stepSize: { kind: 'piecewise', times: [0, 1], values: [1, 0] } }),
    'stepSize.values[1]',
    ['greater than 0', 'found 0'],
  ],
  [
    'piecewise empty',
    file({ stepSize: { kind: 'piecewise', times: [], values: [] } }),
    'stepSize.times',
    ['1 to', 'found []'],
  ],
  [
    'power that grows without bound',
    file({ stepSize: { kind: 'power', initial: 1, exponent: -16, time: 0.1 } }),
    'stepSize',
    ['at most 1000000 up to the horizon', 'e+23 there'],
  ],
  [
    'power with a time of almost nothing',
    file({ stepSize: { kind: 'power', initial: 1, exponent: 1, time: 5e-324 } }),
    'stepSize.time',
    ['at least the horizon (3)', 'found 5e-324'],
  ],
  [
    'power with time 0',
    file({ stepSize: { kind: 'power', initial: 1, exponent: 1, time: 0 } }),
    'stepSize.time',
    ['greater than 0', 'found 0'],
  ],
  [
    'cosine to a negative end',
    file({ stepSize: { kind: 'cosine', initial: 1, final: -1 } }),
    'stepSize.final',
    ['greater than 0', 'found -1'],
  ],
  // horizon, samples, times, seed
  ['horizon 0', file({ horizon: 0 }), 'horizon', ['greater than 0', 'found 0']],
  ['horizon of almost nothing', file({ horizon: 5e-324 }), 'horizon', ['save times that differ', 'found 5e-324']],
  ['horizon negative', file({ horizon: -8 }), 'horizon', ['greater than 0', 'found -8']],
  ['horizon an object', file({ horizon: { value: 8 } }), 'horizon', ['number', 'found an object {"value"}']],
  ['samples 0', file({ samples: 0 }), 'samples', ['integer from 1', 'found 0']],
  ['samples fractional', file({ samples: 10.5 }), 'samples', ['integer', 'found 10.5']],
  ['samples too many', file({ samples: 1e9 }), 'samples', ['to 100000', 'found 1000000000']],
  ['samples and times', file({ samples: 3, times: [1] }), 'times', ['samples (3)', 'found [1]']],
  ['times with 0', file({ times: [0, 1] }), 'times[0]', ['greater than 0', 'found 0']],
  ['times not increasing', file({ times: [1, 3, 2] }), 'times[2]', ['greater than the time before it (3)', 'found 2']],
  ['times beyond the horizon', file({ times: [1, 3.5] }), 'times[1]', ['at most the horizon (3)', 'found 3.5']],
  ['times empty', file({ times: [] }), 'times', ['1 to', 'found []']],
  ['times a number', file({ times: 3 }), 'times', ['array', 'found 3']],
  ['seed negative', file({ seed: -1 }), 'seed', ['from 0', 'found -1']],
  ['seed fractional', file({ seed: 0.5 }), 'seed', ['integer', 'found 0.5']],
  ['seed too large', file({ seed: 2 ** 53 }), 'seed', ['to 9007199254740991', 'found 9007199254740992']],
  // statistics
  ['no statistics', file({ statistics: [] }), 'statistics', ['1 to 64', 'found []']],
  ['statistics a string', file({ statistics: 'risk' }), 'statistics', ['array', 'found "risk"']],
  [
    'statistic unknown',
    file({ statistics: ['risk', 'Curvature'] }),
    'statistics[1]',
    ['did you mean "curvature"?', 'found "Curvature"'],
  ],
  ['statistic null', file({ statistics: [null] }), 'statistics[0]', ['"risk"', 'found null']],
  ['statistic twice', file({ statistics: ['risk', 'l1', 'risk'] }), 'statistics[2]', ['twice', 'found "risk"']],
  [
    'statistic named twice',
    file({
      statistics: [
        { name: 'a', expression: 'u' },
        { name: 'a', expression: 'v' },
      ],
    }),
    'statistics[1].name',
    ['twice', 'found "a"'],
  ],
  [
    'statistic named as a built-in one',
    file({ statistics: [{ name: 'risk', expression: 'u' }] }),
    'statistics[0].name',
    ['built-in', 'found "risk"'],
  ],
  [
    'statistic of an empty name',
    file({ statistics: [{ name: '', expression: 'u' }] }),
    'statistics[0].name',
    ['1 to 64', 'found ""'],
  ],
  [
    'statistic with a line end in its name',
    file({ statistics: [{ name: 'a\nb', expression: 'u' }] }),
    'statistics[0].name',
    ['letters', 'found "a\\nb"'],
  ],
  [
    'statistic without expression',
    file({ statistics: [{ name: 'a' }] }),
    'statistics[0].expression',
    ['missing', 'expression'],
  ],
  [
    'expression misspelt',
    file({ statistics: [{ name: 'a', expresion: 'u' }] }),
    'statistics[0].expresion',
    ['did you mean "expression"?', 'found "u"'],
  ],
  [
    'expression no expression',
    file({ statistics: ['risk', { name: 'a', expression: 'u +' }] }),
    'statistics[1].expression',
    ['found "u +"'],
  ],
  [
    'expression of unknown names',
    file({ statistics: [{ name: 'a', expression: 'process.exit(1)' }] }),
    'statistics[0].expression',
    ['found "process.exit(1)"'],
  ],
  // methods
  ['no method', file({ methods: [] }), 'methods', ['1 to 64', 'found []']],
  ['methods an object', file({ methods: { kind: 'pde' } }), 'methods', ['array', 'found an object']],
  ['method a string', method('sgd' as never), 'methods[1]', ['"sgd", "sde", "pde" or "flow"', 'found "sgd"']],
  ['method without kind', method({ replicas: 3 }), 'methods[1].kind', ['missing', '"flow"']],
  ['method of unknown kind', method({ kind: 'SGD' }), 'methods[1].kind', ['did you mean "sgd"?', 'found "SGD"']],
  ['replicas 0', method({ kind: 'sgd', replicas: 0 }), 'methods[1].replicas', ['integer from 1', 'found 0']],
  ['replicas fractional', method({ kind: 'sde', replicas: 1.5 }), 'methods[1].replicas', ['integer', 'found 1.5']],
  [
    "another method's field",
    method({ kind: 'sgd', timeStep: 0.1 }),
    'methods[1].timeStep',
    ['no field', 'allowed: kind, replicas', 'found 0.1'],
  ],
  ['time step 0', method({ kind: 'sde', timeStep: 0 }), 'methods[1].timeStep', ['greater than 0', 'found 0']],
  [
    'time step too small',
    method({ kind: 'sde', timeStep: 1e-12 }),
    'methods[1].timeStep',
    ['at least 3e-7', 'found 1e-12'],
  ],
  [
    'coupling unknown',
    method({ kind: 'sde', coupling: 'meanfield' }),
    'methods[1].coupling',
    ['did you mean "mean-field"?', 'found "meanfield"'],
  ],
  [
    'scheme unknown',
    method({ kind: 'sde', scheme: 'milstein' }),
    'methods[1].scheme',
    ['"strang", "euler" or "euler-uv"', 'found "milstein"'],
  ],
  ['tolerance 0', method({ kind: 'pde', tolerance: 0 }), 'methods[1].tolerance', ['from 1e-12 to 0.1', 'found 0']],
  ['tolerance too large', method({ kind: 'pde', tolerance: 1 }), 'methods[1].tolerance', ['to 0.1', 'found 1']],
  [
    'flow with a parameter',
    method({ kind: 'flow', tolerance: 1e-6 }),
    'methods[1].tolerance',
    ['no field', 'allowed: kind', 'found 0.000001'],
  ],
  // What no JSON file can hold.
  ['a function', file({ horizon: () => 3 }), 'horizon', ['JSON', 'found a function']],
  ['a bigint', file({ seed: 1n }), 'seed', ['JSON', 'found a bigint']],
  ['a date', file({ problem: new Date(0) }), 'problem', ['plain JSON', 'found an instance of Date']],
  [
    'a typed array',
    covariance({ kind: 'values', values: new Float64Array(4) }),
    'problem.covariance.values',
    ['plain JSON', 'Float64Array'],
  ],
];

function errorOf(act: () => unknown): ExperimentError {
  try {
    act();
  } catch (error) {
    if (error instanceof ExperimentError) return error;
    throw error;
  }
  throw new Error('accepted');
}

const LINE_BREAK = /[\n\r\v\f\u0085\u2028\u2029]/;

describe('a bad experiment file', () => {
  it.each(cases)('%s', (_, input, path, parts) => {
    const error = errorOf(() => parseExperiment(input, { checkExpression }));
    expect(error.path).toBe(path);
    expect(error.message.startsWith(path)).toBe(true);
    for (const part of parts) expect(error.message).toContain(part);
    expect(error.message).not.toMatch(LINE_BREAK);
    expect(error.message.length).toBeLessThan(500);
  });

  it('is reported the same from text, where JSON can hold it', () => {
    for (const [, input, path] of cases) {
      const text = safeStringify(input);
      if (text === undefined) continue;
      expect(errorOf(() => parseExperimentText(text, { checkExpression })).path).toBe(path);
    }
  });

  it('shows a long value shortened, and control characters escaped', () => {
    const long = errorOf(() => parseExperiment(withProblem({ parametrization: 'x'.repeat(1e6) })));
    expect(long.message.length).toBeLessThan(250);
    const hostile = errorOf(() => parseExperiment(file({ 'a\u001b[31m\u2028\u202e': '\u001b]0;x\u0007' })));
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not come through
    expect(hostile.message).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    expect(hostile.message).toContain('\\u001b[31m');
  });

  it('cannot reach the prototype', () => {
    for (const key of ['__proto__', 'constructor', 'prototype', 'toString']) {
      const text = JSON.stringify(file()).replace('{', `{"${key}": {"horizon": 3}, `);
      expect(errorOf(() => parseExperimentText(text)).path).toBe(key);
    }
    expect(({} as { horizon?: number }).horizon).toBeUndefined();
    expect(errorOf(() => parseExperiment(Object.create(file()))).message).toContain('plain JSON');
  });
});

/** JSON text of a case, or undefined if it would not read back as the same value. */
function safeStringify(input: unknown): string | undefined {
  const strange = (value: unknown): boolean =>
    value === undefined ||
    typeof value === 'function' ||
    typeof value === 'bigint' ||
    value instanceof Date ||
    ArrayBuffer.isView(value) ||
    (typeof value === 'number' && !Number.isFinite(value)) ||
    (typeof value === 'object' && value !== null && Object.values(value).some(strange));
  return strange(input) ? undefined : JSON.stringify(input);
}
