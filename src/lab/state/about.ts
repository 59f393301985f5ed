/** One sentence on each control, for who hovers over it or has it in focus. */
import type { Schema } from './fields.ts';

/** By path, with [] for any index; what is not here says the first sentence of the schema. */
const ABOUT: Readonly<Record<string, string>> = {
  'problem.dimension':
    'Number of coordinates of x, u and v: the larger it is, the closer one run of SGD stays to the PDE.',
  'problem.parametrization': 'How the weights make β: u⊙v entry by entry, u² − v², or u².',
  'problem.initialization':
    'Where u and v start: small weights give the rich regime, with a plateau before anything is learned.',
  'problem.initialization.u': 'Every u starts here; it is often called α, the scale of the initialization.',
  'problem.initialization.v': 'Every v starts here; with v = 0 the product β = u⊙v starts at 0.',
  'problem.target': 'The coefficients b that β should find.',
  'problem.target.fraction': 'Share of the coordinates with a target other than 0: the support that is to be found.',
  'problem.target.value': 'The target on that support.',
  'problem.layout':
    'Quantiles: coordinates laid out within 2/d of the limit. Random: independent draws, as papers take them.',
  'problem.covariance': 'Variances λ of the features: large ones are learned first, and with more noise.',
  'problem.labelNoise': 'Standard deviation σ of the noise in the labels: with it the risk does not go to 0.',
  'problem.batchSize': 'Samples averaged in one step: the noise of the gradient is divided by their number.',
  'problem.features': 'Law of the features: in high dimension only its variance matters.',
  stepSize: 'How far each step goes: a larger γ is faster at first, noisier, and beyond γ_c it never arrives.',
  horizon: 'How long the run lasts; one unit of time is d steps of SGD.',
  samples: 'At how many times the statistics are recorded.',
  'methods[].replicas': 'Independent runs whose mean and band are shown.',
  'methods[].timeStep': 'Length of a step of the SDE’s scheme.',
  'methods[].tolerance': 'Relative error allowed in every statistic of the PDE.',
  seed: 'Another seed gives other samples; the same seed gives the same path on every machine.',
};

export interface About {
  readonly 'aria-description'?: string;
  readonly 'data-about'?: string;
}

export function aboutOf(path: string, { description = '' }: Schema): About {
  const sentence = ABOUT[path.replace(/\[\d+\]/g, '[]')] ?? /^.*?[.](?=\s|$)/.exec(description)?.[0] ?? description;
  return sentence === '' ? {} : { 'aria-description': sentence, 'data-about': sentence };
}
