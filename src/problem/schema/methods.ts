/** The `methods` of an experiment file: what is run beside what. */

import { integer, LARGEST, list, real, record, tag, variants, word } from '../../schema/fields.ts';
import { untilSchema } from './estimates.ts';

const replicas = integer('Independent runs.', { min: 1, max: 1_000_000 }).default(8);

export const methodSchema = variants('One method.', [
  record('Stochastic gradient descent itself, on fresh samples or on finite data.', {
    kind: tag('sgd', 'Stochastic gradient descent.'),
    replicas,
    until: untilSchema.optional(),
  }),
  record('The stochastic differential equation (homogenized SGD).', {
    kind: tag('sde', 'The stochastic differential equation.'),
    replicas,
    until: untilSchema.optional(),
    timeStep: real('Largest time step, in units of d steps of SGD.', { above: 0, max: LARGEST }).default(0.01),
    coupling: word(
      "Where the noise's risk comes from: interacting takes it from the path's own coordinates, mean-field from the PDE.",
      ['interacting', 'mean-field'],
    ).default('interacting'),
    scheme: word('strang (weak order 2), euler in ζ or euler-uv in the weights (weak order 1).', [
      'strang',
      'euler',
      'euler-uv',
    ]).default('strang'),
    varianceReduction: word(
      'control-variate: each replica is corrected by its linearized path, so that means are known better at equal cost; spread and estimates are then those of the corrected means. Mean-field coupling and scheme strang only; runs in f64 on one thread, whatever the backend.',
      ['control-variate'],
    ).optional(),
  }),
  record('The deterministic limit as d → ∞.', {
    kind: tag('pde', 'The deterministic partial differential equation.'),
    tolerance: real('Relative error allowed in every statistic at every save time.', { min: 1e-12, max: 0.1 }).default(
      1e-6,
    ),
    absoluteTolerance: real(
      "Absolute error allowed instead where it is larger, in each statistic's own units; 0: none. Absent: tolerance times 1e-5 of the statistic's largest size over the run (1e-2 of it where it passes through 0), where the relative error cannot be had.",
      { min: 0, max: LARGEST },
    ).optional(),
  }),
  record('Gradient flow: the drift alone; on finite data that of the training risk.', {
    kind: tag('flow', 'Gradient flow.'),
  }),
]);

/** Methods of an experiment. */
export const MOST_METHODS = 64;
export const methodsSchema = list('What is run, in this order.', methodSchema, MOST_METHODS);
