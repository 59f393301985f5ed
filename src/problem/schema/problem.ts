/** The `problem` of an experiment file: spectrum, target, start, parametrization, noise, features. */
import { models } from '../../dynamics/models/index.ts';
import { MOST_SAMPLES, samples } from '../../dynamics/samples/index.ts';
import {
  broken,
  COEFFICIENT,
  choice,
  hint,
  integer,
  LARGEST,
  POSITIVE,
  perCoordinate,
  real,
  record,
  tag,
  variants,
  word,
} from '../../schema/fields.ts';
import { z } from '../../schema/zod.ts';

/** 2²⁸ ≈ 2.7·10⁸: the arrays of a problem are then 8.6 GB, and one f32 array on a GPU 1 GiB. */
export const LARGEST_DIMENSION = 2 ** 28;

export const covarianceSchema = variants(
  'Covariance eigenvalues λ_i > 0, laid out as the quantiles of their law at (i + ½)/d, i = 0 … d − 1, in increasing order.',
  [
    record('λ_i = 1.', { kind: tag('identity', 'All eigenvalues are 1.') }),
    record('λ_i proportional to (i/d)^exponent, i = 1 … d, scaled to mean exactly 1.', {
      kind: tag('power-law', 'A power of i/d.'),
      exponent: real('The exponent a; negative for a few large eigenvalues. Magnitude at most 16.', {
        min: -16,
        max: 16,
      }).default(1),
    }),
    record('Quantiles of the Marchenko–Pastur law of mean 1.', {
      kind: tag('marchenko-pastur', 'Spectrum of a large sample covariance matrix.'),
      ratio: real(
        'Dimension over sample size, r: the support is (1 − √r)² … (1 + √r)². Above 1 the law would have eigenvalues 0.',
        {
          above: 0,
          max: 1,
        },
      ).default(0.5),
    }),
    record('Two eigenvalues; exactly round(fraction·d) coordinates have the high one.', {
      kind: tag('two-level', 'Two eigenvalues.'),
      low: real('The smaller eigenvalue.', POSITIVE).default(0.5),
      high: real('The larger eigenvalue; not below low.', POSITIVE).default(1.5),
      fraction: real('Share of the coordinates at high.', { min: 0, max: 1 }).default(0.5),
    }),
    record('Of data from files, and of them alone: the second moments of the columns, (1/n) Σ_j x_ji².', {
      kind: tag('empirical', 'Second moments of the data.'),
    }),
    record('Given one by one.', {
      kind: tag('values', 'Given one by one.'),
      values: perCoordinate('λ_i, exactly as many as the dimension.', 'An eigenvalue λ_i.', POSITIVE),
    }),
  ],
);

export const targetSchema = variants('Target coefficients b_i.', [
  record('Exactly round(fraction·d) coefficients equal value, spread evenly over the spectrum; the others are 0.', {
    kind: tag('sparse', 'One value on a share of the coordinates, 0 elsewhere.'),
    fraction: real('Share of the coordinates that are not 0.', { min: 0, max: 1 }).default(0.5),
    value: real('Their value.', COEFFICIENT).default(1),
  }),
  record('b_i = value.', {
    kind: tag('constant', 'The same value everywhere.'),
    value: real('The value.', COEFFICIENT).default(1),
  }),
  record('Quantiles of N(0, scale²) with its moments, spread so that they are independent of the spectrum.', {
    kind: tag('gaussian', 'A centred Gaussian law.'),
    scale: real('Standard deviation.', { min: 0, max: LARGEST }).default(1),
  }),
  record('Of data from files, and of them alone: b is not known, and nothing that needs it is computed.', {
    kind: tag('unknown', 'Not known.'),
  }),
  record('Given one by one.', {
    kind: tag('values', 'Given one by one.'),
    values: perCoordinate('b_i, exactly as many as the dimension.', 'A target coefficient b_i.', COEFFICIENT),
  }),
]);

export const initializationSchema = variants(
  'Initial weights u_i and v_i. With the square parametrization there is no v: a v given here must be 0.',
  [
    record('u_i = u, v_i = v.', {
      kind: tag('constant', 'The same weights everywhere.'),
      u: real('Every u_i.', COEFFICIENT).default(1),
      v: real('Every v_i; 0 with the square parametrization.', COEFFICIENT).default(0),
    }),
    record(
      'u and v independent, each laid out as quantiles of N(0, scale²) with its moments, independent of spectrum and target; square: u only.',
      {
        kind: tag('gaussian', 'Independent centred Gaussian laws.'),
        scale: real('Standard deviation.', { min: 0, max: LARGEST }).default(1),
      },
    ),
    record('Given one by one.', {
      kind: tag('values', 'Given one by one.'),
      u: perCoordinate('u_i, exactly as many as the dimension.', 'A weight u_i.', COEFFICIENT),
      v: perCoordinate(
        'v_i, exactly as many as the dimension; absent or all 0 with the square parametrization.',
        'A weight v_i.',
        COEFFICIENT,
      ).optional(),
    }),
  ],
);

/** Fresh samples of a mini-batch at most. */
const MOST_FRESH = 65536;

const LAYOUT_NAMES = ['quantiles', 'random'] as const;

export const layoutSchema = z
  .union(
    [
      word('A layout without parameters.', LAYOUT_NAMES),
      record('Independent draws from the laws.', {
        kind: z
          .literal('random', { error: 'must be "random"; "quantiles" is given by its name alone' })
          .describe('Independent draws.'),
        shared: z
          .boolean({ error: 'must be true or false' })
          .describe('Whether all replicas have the same draw; else each has its own.')
          .default(false),
      }),
    ],
    { error: 'must be "quantiles", "random" or {"kind": "random", "shared": true or false}' },
  )
  .describe(
    'How d numbers stand for a law: quantiles, as near to the limit as can be (absent: these); or random, independent draws as a function of the seed, for each replica its own unless they are shared. What is given by values stays.',
  );

const FEATURE_NAMES = ['gaussian', 'rademacher', 'uniform'] as const;

export const featuresSchema = z
  .union(
    [
      word('A law without parameters.', FEATURE_NAMES),
      record('Student t, scaled to variance 1.', {
        kind: z
          .literal('student-t', {
            error: 'must be "student-t"; the other laws are given by their name alone, not in an object',
          })
          .describe('Student t, scaled to variance 1.'),
        degrees: real('Degrees of freedom; more than 2, so that the variance is finite.', {
          above: 2,
          max: LARGEST,
        }).default(5),
      }),
    ],
    { error: 'must be "gaussian", "rademacher", "uniform" or {"kind": "student-t", "degrees": number}' },
  )
  .describe('Law of a feature coordinate divided by √λ_i: mean 0, variance 1, coordinates independent.');

const names = models.flatMap((model) => ('schema' in model ? [] : [model.kind]));
const depths = models.flatMap((model) => ('schema' in model ? [model.schema] : []));
const shaped = models.flatMap((model) => ('schema' in model ? [model.kind] : []));

export const parametrizationSchema = z
  .union(
    [
      word('A model without parameters.', names as ['product', 'difference', 'square']),
      variants('A model of any depth.', depths as unknown as [(typeof depths)[number]]),
    ],
    {
      error: (issue) => {
        const written =
          typeof issue.input === 'object' ? (issue.input as { kind?: unknown } | null)?.kind : issue.input;
        return `must be ${choice(names)}, or {"kind": ${choice(shaped)}, "depth": L}${hint(written, [...names, ...shaped])}`;
      },
    },
  )
  .describe(
    'β as a function of the weights: product u⊙v, difference u² − v², square u²; or a power u^L, or a difference of powers u^L − v^L, of a depth L.',
  );

export const problemSchema = record('What is learned, and from what data.', {
  dimension: integer('Number of coordinates d.', { min: 1, max: LARGEST_DIMENSION }),
  covariance: covarianceSchema.default(() => ({ kind: 'identity' as const })),
  target: targetSchema.default(() => ({ kind: 'sparse' as const, fraction: 0.5, value: 1 })),
  initialization: initializationSchema.default(() => ({ kind: 'constant' as const, u: 1, v: 0 })),
  parametrization: parametrizationSchema.default('product'),
  labelNoise: real('Standard deviation σ of the label noise.', { min: 0, max: LARGEST }).default(0),
  batchSize: integer('Samples m averaged in each step: fresh ones up to 65536, of finite data up to all of them.', {
    min: 1,
    max: MOST_SAMPLES,
  }).default(1),
  features: featuresSchema.default('gaussian'),
  layout: layoutSchema.optional(),
  data: variants('Where samples come from; absent: fresh ones in every step.', [
    samples[0].schema,
    samples[1].schema,
    samples[2].schema,
  ]).optional(),
}).check((context) => {
  const { dimension, covariance, target, initialization: start, parametrization, batchSize, data } = context.value;
  const isTable = data?.kind === 'files';
  if (isTable !== (covariance.kind === 'empirical'))
    broken(
      context,
      ['covariance', 'kind'],
      isTable
        ? 'must be "empirical" or left out with data from files, whose second moments it is'
        : 'must not be "empirical" without data from files',
      covariance.kind,
    );
  if (!isTable && target.kind === 'unknown')
    broken(context, ['target', 'kind'], 'must not be "unknown" without data from files', target.kind);
  if (isTable && context.value.labelNoise !== 0)
    broken(
      context,
      ['labelNoise'],
      'must be 0 with data from files, whose labels hold what noise there is',
      context.value.labelNoise,
    );
  const most = isTable ? MOST_SAMPLES : data?.kind === 'finite' ? data.samples : MOST_FRESH;
  if (batchSize > most)
    broken(
      context,
      ['batchSize'],
      `must be at most ${most}, ${data?.kind === 'finite' ? 'the number of samples' : 'of fresh samples'}`,
      batchSize,
    );
  const named = typeof parametrization === 'string' ? `"${parametrization}"` : `"${parametrization.kind}"`;
  const hasV =
    parametrization !== 'square' && !(typeof parametrization === 'object' && parametrization.kind === 'power');
  const length = (path: string[], values: number[]) => {
    if (values.length !== dimension)
      broken(
        context,
        path,
        `must hold exactly one number for each of the ${dimension} coordinates`,
        values,
        `${values.length} numbers`,
      );
  };
  const { layout = 'quantiles' } = context.value;
  if (layout !== 'quantiles' && covariance.kind === 'power-law' && covariance.exponent <= -1)
    broken(
      context,
      ['covariance', 'exponent'],
      'must be above -1 with a random layout: the law that is drawn from has no mean otherwise',
      covariance.exponent,
    );
  if (covariance.kind === 'two-level' && covariance.low > covariance.high)
    broken(context, ['covariance', 'high'], `must not be below low (${covariance.low})`, covariance.high);
  if (covariance.kind === 'values') length(['covariance', 'values'], covariance.values);
  if (target.kind === 'values') length(['target', 'values'], target.values);
  if (start.kind === 'values') {
    length(['initialization', 'u'], start.u);
    if (start.v) length(['initialization', 'v'], start.v);
    else if (hasV)
      broken(context, ['initialization', 'v'], `is required with parametrization ${named}`, undefined, 'nothing');
  }
  if (!hasV && start.kind !== 'gaussian') {
    const rule = `must be 0 or absent with parametrization ${named}, which has no v`;
    if (start.kind === 'constant' && start.v !== 0) broken(context, ['initialization', 'v'], rule, start.v);
    const at = start.kind === 'values' && start.v ? start.v.findIndex((v) => v !== 0) : -1;
    if (start.kind === 'values' && at >= 0) broken(context, ['initialization', 'v', at], rule, start.v?.[at]);
  }
  if (typeof parametrization === 'object' && parametrization.kind === 'power') {
    const rule = 'must be greater than 0 with parametrization "power", whose u is';
    if (start.kind === 'constant' && !(start.u > 0)) broken(context, ['initialization', 'u'], rule, start.u);
    const at = start.kind === 'values' ? start.u.findIndex((u) => !(u > 0)) : -1;
    if (start.kind === 'values' && at >= 0) broken(context, ['initialization', 'u', at], rule, start.u[at]);
    if (start.kind === 'gaussian')
      broken(
        context,
        ['initialization', 'kind'],
        'must be "constant" or "values" with parametrization "power", whose u is greater than 0',
        start.kind,
      );
  }
});
