/** What was estimated besides the curves: the result format's `estimates`. */
import { INTERVAL_RULES } from '../ensemble/index.ts';
import { integer, record, tag, variants, word } from '../schema/fields.ts';
import { z } from '../schema/zod.ts';
import { count, finite, index, method, numbers, rows as rowsOf, text } from './fields.ts';

const where = {
  method,
  index,
  estimate: integer('Position in `estimates` of the experiment.', { min: 0, max: 63 }),
};
/** N used and N failed, always. */
const replicas = {
  count: count('Replicas that the estimate is over.'),
  failed: count('Replicas of the method that diverged, whether or not the estimate is over them.'),
};
const replicasAt = {
  counts: numbers('Replicas that the estimate is over, a time.', false),
  failed: replicas.failed,
};
const confidence = finite('Confidence level of the intervals.');
const probability = {
  hits: count('Replicas in which it happened.'),
  ...replicas,
  probability: finite('hits/count; null for no replicas.').nullable(),
  interval: z
    .tuple([finite('Lower end.'), finite('Upper end.')], { error: 'must be two numbers' })
    .describe('Interval for the probability.'),
  rule: word('How the interval was made.', INTERVAL_RULES),
  confidence,
};
const statistic = text('Its name.');
const times = numbers('Save times in units of d steps.', false);
const rows = (description: string, nullable = false) => rowsOf(`${description} [time][bin].`, nullable);
const quantiles = z
  .array(
    record('One quantile.', {
      probability: finite('Its probability.'),
      values: numbers('Its value, a time (type 7; within 0.5% beyond 4096 replicas).', true),
      low: numbers('Lower end of its interval; null where there are too few replicas.', true),
      high: numbers('Upper end of its interval.', true),
    }),
    { error: 'must be an array of quantiles' },
  )
  .describe('Quantiles with distribution-free intervals.');

export const estimateResultSchema = variants('What one estimate of the experiment gave for one method.', [
  record('Mean, variance and quantiles over replicas.', {
    kind: tag('distribution', 'Mean, variance, quantiles.'),
    ...where,
    statistic,
    times,
    mean: numbers('Mean, a time.', true),
    standardError: numbers('Standard error of the mean.', true),
    variance: numbers('Variance over replicas, unbiased.', true),
    quantiles,
    confidence,
    ...replicasAt,
  }),
  record('Histogram over replicas.', {
    kind: tag('histogram', 'A histogram of a statistic.'),
    ...where,
    statistic,
    times,
    edges: rows('Ends of the bins, one more than bins'),
    hits: rows('Replicas in each bin'),
    below: numbers('Replicas below the first edge, a time.', false),
    above: numbers('Replicas above the last edge, a time.', false),
    ...replicasAt,
  }),
  record('Histogram of β over coordinates, averaged over replicas.', {
    kind: tag('beta-histogram', 'A histogram of β.'),
    ...where,
    times,
    edges: numbers('Ends of the bins.', false),
    shares: rows('Share of the coordinates in each bin, mean over replicas', true),
    standardError: rows('Its standard error over replicas', true),
    below: numbers('Share below the first edge, a time.', true),
    above: numbers('Share at or above the last edge, a time.', true),
    ...replicasAt,
  }),
  record('Covariance over replicas.', {
    kind: tag('covariance', 'Covariance of two statistics.'),
    ...where,
    statistics: z.tuple([statistic, statistic], { error: 'must be two names' }).describe('The two statistics.'),
    times,
    covariance: numbers('Covariance, a time, unbiased.', true),
    correlation: numbers('Correlation.', true),
    low: numbers(
      'Lower end of the interval of the correlation (Fisher’s z: right for near-Gaussian statistics).',
      true,
    ),
    high: numbers('Upper end.', true),
    confidence,
    ...replicasAt,
  }),
  record('P(statistic > above).', {
    kind: tag('tail', 'A tail probability.'),
    ...where,
    statistic,
    time: finite('The save time.'),
    above: finite('The value to exceed.'),
    ...probability,
  }),
  record('P(a replica has diverged by a time).', {
    kind: tag('blow-up', 'The probability of blow-up.'),
    ...where,
    before: finite('The time.'),
    ...probability,
  }),
  record('P(R(t) ≤ C e^(−ct) R(0) at every save time t ≤ T).', {
    kind: tag('convergence', 'The probability of exponential convergence.'),
    ...where,
    constant: finite('C.'),
    rate: finite('c.'),
    time: finite('T.'),
    ...probability,
  }),
  record('The replicas’ own rates of exponential decay.', {
    kind: tag('rate', 'Measured rates of convergence.'),
    ...where,
    statistic,
    from: finite('Start of the window.'),
    to: finite('End of the window.'),
    mean: finite('Mean of the rates.').nullable(),
    standardError: finite('Standard error of that mean.').nullable(),
    standardDeviation: finite('Standard deviation of the rates over replicas.').nullable(),
    interval: z
      .tuple([finite('Lower end.'), finite('Upper end.')], { error: 'must be two numbers' })
      .describe('Interval for the mean.')
      .nullable(),
    quantiles: z
      .array(record('One quantile.', { probability: finite('Its probability.'), value: finite('Its value.') }), {
        error: 'must be an array of quantiles',
      })
      .describe('Quantiles of the rates over replicas.'),
    predicted: finite('The terminal rate that theory predicts; null where it predicts none.').nullable(),
    unfitted: count('Replicas with fewer than two positive values in the window.'),
    confidence,
    ...replicas,
  }),
]);

export const estimateResultsSchema = z
  .array(estimateResultSchema, { error: 'must be an array of estimates' })
  .describe('What the experiment asked for in `estimates`: each of its entries for each SGD and SDE method.');

/** One entry of `estimates` for one method: values with their intervals. */
export type EstimateResult = Readonly<z.output<typeof estimateResultSchema>>;
