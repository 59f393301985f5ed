/** What fields of an experiment are called in pictures. */

interface FieldName {
  readonly symbol: string;
  readonly word: string;
}

const NAMES: Readonly<Record<string, FieldName>> = {
  stepSize: { symbol: 'γ', word: 'step size' },
  'problem.dimension': { symbol: 'd', word: 'dimension' },
  'problem.initialization.u': { symbol: 'u', word: 'start' },
  'problem.initialization.v': { symbol: 'v', word: 'start' },
  'problem.initialization.scale': { symbol: 'α', word: 'standard deviation of the start' },
  'problem.labelNoise': { symbol: 'σ', word: 'label noise' },
  'problem.batchSize': { symbol: 'm', word: 'batch size' },
  'problem.target.fraction': { symbol: 'P(b ≠ 0)', word: 'share of the support' },
  'problem.target.value': { symbol: 'b', word: 'target' },
  'problem.covariance.exponent': { symbol: 'a', word: 'exponent of the spectrum' },
  'problem.covariance.ratio': { symbol: 'r', word: 'ratio of the spectrum' },
  'momentum.value': { symbol: 'θ', word: 'momentum' },
  horizon: { symbol: 'T', word: 'horizon' },
};

/** `γ — step size`; the path of a field that has no name of its own. */
export function nameOf(field: string): string {
  const { symbol, word } = NAMES[field] ?? {};
  return symbol && word ? `${symbol} — ${word}` : field;
}

/** `γ`; of other fields the last words of the path. */
export function symbolOf(field: string): string {
  return NAMES[field]?.symbol ?? field.replace(/^problem\./, '').replace(/\.kind$/, '');
}
