/** The experiment's fields as forms need them: the published JSON Schema read by path, and each field's symbol, word and unit. */
import { models, momenta, samples, schedules, stateStepSizes } from '../../dynamics/index.ts';
import { experimentJsonSchema } from '../../problem/index.ts';
import { superscript } from '../../results/plot/axis.ts';
import { getAt, type Path } from './paths.ts';

export interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
}

let root: Schema | undefined;

/** Made at first use. */
export function experimentSchema(): Schema {
  root ??= experimentJsonSchema() as Schema;
  return root;
}

/** All alternatives of a union, nested unions unfolded. */
export function alternatives(schema: Schema): readonly Schema[] {
  const inner = schema.anyOf ?? schema.oneOf;
  return inner ? inner.flatMap(alternatives) : [schema];
}

export function kindOf(schema: Schema): string | undefined {
  const kind = schema.properties?.kind?.const;
  return typeof kind === 'string' ? kind : undefined;
}

/** The alternative that a value is of, by its kind or its type. */
export function alternativeOf(schema: Schema, value: unknown): Schema | undefined {
  const all = alternatives(schema);
  if (all.length === 1) return all[0];
  if (typeof value === 'object' && value !== null) {
    const kind = (value as { kind?: unknown }).kind;
    return all.find((one) => one.properties !== undefined && kindOf(one) === kind);
  }
  // Text that is no word of the union is a number being typed: its control must not vanish under the hand.
  return all.find((one) => one.enum?.includes(value as string)) ?? all.find((one) => one.type === 'number');
}

/** The schema of one field of an experiment; unions are decided by the values there are. */
export function schemaAt(path: Path, value: unknown): Schema | undefined {
  let schema: Schema | undefined = experimentSchema();
  path.forEach((key, i) => {
    if (!schema) return;
    const found = getAt(value, path.slice(0, i)) ?? schema.default;
    const one = alternativeOf(schema, found);
    schema = typeof key === 'number' ? one?.items : one?.properties?.[key];
  });
  return schema;
}

/** Bounds from which powers of ten read better. */
const LARGE = 1e6;

function bound(x: number): string {
  const power = Math.log10(Math.abs(x));
  if (Math.abs(x) >= LARGE && Number.isInteger(power)) return `${x < 0 ? '−' : ''}10${superscript(power)}`;
  const short = Math.abs(x) >= 2 ** 53 - 1 ? '2⁵³ − 1' : Math.abs(x).toLocaleString('en-US').replaceAll(',', '\u202f');
  const small = x !== 0 && Math.abs(x) < 1e-3 ? `10${superscript(Math.round(power))}` : short;
  return (x < 0 ? '−' : '') + small;
}

/** `1 … 268 435 456`, `> 0, ≤ 10⁶` */
export function rangeText({ minimum, maximum, exclusiveMinimum }: Schema): string {
  const most = maximum === undefined ? '' : bound(maximum);
  if (exclusiveMinimum !== undefined) return `> ${bound(exclusiveMinimum)}${most && `, ≤ ${most}`}`;
  if (minimum === undefined) return most === '' ? 'any number' : `≤ ${most}`;
  return most === '' ? `≥ ${bound(minimum)}` : `${bound(minimum)} … ${most}`;
}

export interface Label {
  /** TeX, and the same in plain characters for where TeX is not. */
  readonly tex?: string;
  readonly symbol?: string;
  readonly word: string;
  readonly unit?: string;
  /** A slider over the part of the range that is of use. */
  readonly slider?: { readonly min: number; readonly max: number; readonly scale: 'linear' | 'log' | 'log2' };
}

const TIME_UNIT = 'units of d steps';

/** By path, with [] for any index. */
export const LABELS: Readonly<Record<string, Label>> = {
  'problem.dimension': { tex: 'd', symbol: 'd', word: 'dimension', slider: { min: 16, max: 2 ** 20, scale: 'log2' } },
  'problem.layout': { word: 'layout' },
  'problem.layout.shared': { word: 'one draw for all replicas' },
  'problem.covariance': { tex: '\\lambda', symbol: 'λ', word: 'covariance' },
  'problem.covariance.exponent': {
    tex: 'a',
    symbol: 'a',
    word: 'exponent',
    slider: { min: -1, max: 3, scale: 'linear' },
  },
  'problem.covariance.ratio': { tex: 'r', symbol: 'r', word: 'ratio', slider: { min: 0.05, max: 1, scale: 'linear' } },
  'problem.covariance.low': { word: 'low eigenvalue' },
  'problem.covariance.high': { word: 'high eigenvalue' },
  'problem.covariance.fraction': { word: 'share at high', slider: { min: 0, max: 1, scale: 'linear' } },
  'problem.covariance.values': { tex: '\\lambda_i', symbol: 'λᵢ', word: 'eigenvalues' },
  'problem.target': { tex: 'b', symbol: 'b', word: 'target' },
  'problem.target.fraction': { word: 'share not 0', slider: { min: 0, max: 1, scale: 'linear' } },
  'problem.target.value': { word: 'value', slider: { min: -2, max: 2, scale: 'linear' } },
  'problem.target.scale': { word: 'standard deviation', slider: { min: 0, max: 3, scale: 'linear' } },
  'problem.target.values': { tex: 'b_i', symbol: 'bᵢ', word: 'coefficients' },
  'problem.initialization': { tex: 'u_0, v_0', symbol: 'u₀, v₀', word: 'start' },
  'problem.initialization.u': { tex: 'u', symbol: 'u', word: 'every u', slider: { min: 0, max: 3, scale: 'linear' } },
  'problem.initialization.v': { tex: 'v', symbol: 'v', word: 'every v', slider: { min: 0, max: 3, scale: 'linear' } },
  'problem.initialization.scale': { word: 'standard deviation', slider: { min: 0, max: 2, scale: 'linear' } },
  'problem.parametrization': { tex: '\\beta', symbol: 'β', word: 'parametrization' },
  'problem.parametrization.depth': {
    tex: 'L',
    symbol: 'L',
    word: 'depth',
    slider: { min: 2, max: 8, scale: 'linear' },
  },
  'problem.labelNoise': {
    tex: '\\sigma',
    symbol: 'σ',
    word: 'label noise',
    slider: { min: 0, max: 2, scale: 'linear' },
  },
  'problem.batchSize': {
    tex: 'm',
    symbol: 'm',
    word: 'batch size',
    unit: 'samples',
    slider: { min: 1, max: 256, scale: 'log2' },
  },
  'problem.features': { tex: 'x_i/\\sqrt{\\lambda_i}', symbol: 'xᵢ/√λᵢ', word: 'features' },
  'problem.features.degrees': { tex: '\\nu', symbol: 'ν', word: 'degrees of freedom' },
  stepSize: { tex: '\\gamma', symbol: 'γ', word: 'step size', slider: { min: 0.01, max: 4, scale: 'log' } },
  'stepSize.times': { word: 'times of change', unit: TIME_UNIT },
  'stepSize.values': { tex: '\\gamma', symbol: 'γ', word: 'step sizes' },
  'stepSize.initial': { tex: '\\gamma(0)', symbol: 'γ(0)', word: 'at the start' },
  'stepSize.exponent': { tex: 'p', symbol: 'p', word: 'exponent' },
  'stepSize.time': { tex: 't_0', symbol: 't₀', word: 'time scale', unit: TIME_UNIT },
  'stepSize.final': { tex: '\\gamma(T)', symbol: 'γ(T)', word: 'at the end' },
  'stepSize.eta': { tex: '\\eta', symbol: 'η', word: 'γ(0) times b₀', slider: { min: 0.01, max: 4, scale: 'log' } },
  'stepSize.b0': {
    tex: 'b_0',
    symbol: 'b₀',
    word: 'sum at the start, its root',
    slider: { min: 0.01, max: 4, scale: 'log' },
  },
  'stepSize.c': {
    tex: 'c',
    symbol: 'c',
    word: 'loss over c squared gradients',
    slider: { min: 0.25, max: 4, scale: 'log' },
  },
  'stepSize.min': { tex: '\\gamma_{\\min}', symbol: 'γ min', word: 'at least' },
  'stepSize.max': {
    tex: '\\gamma_{\\max}',
    symbol: 'γ max',
    word: 'at most',
    slider: { min: 0.01, max: 10, scale: 'log' },
  },
  'stepSize.expression': { tex: '\\gamma', symbol: 'γ', word: 'expression in statistics, t, integral(…)' },
  momentum: { word: 'momentum' },
  'momentum.value': { tex: '\\theta', symbol: 'θ', word: 'share kept', slider: { min: 0, max: 0.99, scale: 'linear' } },
  'problem.data': { word: 'samples' },
  'problem.data.samples': {
    tex: 'n',
    symbol: 'n',
    word: 'size of the dataset',
    unit: 'samples',
    slider: { min: 1, max: 65536, scale: 'log2' },
  },
  'problem.data.order': { word: 'order of the samples' },
  'problem.data.features': { word: 'file of the features' },
  'problem.data.labels': { word: 'file of the labels' },
  'problem.data.test': { word: 'test set' },
  'problem.data.standardize': { word: 'standardize the columns' },
  'problem.data.shared': { word: 'one dataset for all replicas' },
  horizon: { tex: 'T', symbol: 'T', word: 'horizon', unit: TIME_UNIT, slider: { min: 0.5, max: 100, scale: 'log' } },
  samples: { word: 'how many', unit: 'besides t = 0' },
  times: { word: 'save times', unit: TIME_UNIT },
  'methods[].replicas': { tex: 'n', symbol: 'n', word: 'replicas', slider: { min: 1, max: 256, scale: 'log2' } },
  'methods[].timeStep': { tex: 'h', symbol: 'h', word: 'time step', unit: TIME_UNIT },
  'methods[].coupling': { word: 'coupling' },
  'methods[].scheme': { word: 'scheme' },
  'methods[].tolerance': { tex: '\\varepsilon', symbol: 'ε', word: 'tolerance', unit: 'relative' },
  'methods[].varianceReduction': { word: 'variance reduction' },
  'methods[].until': { word: 'add replicas until a mean is known' },
  'methods[].until.statistic': { word: 'mean of' },
  'methods[].until.relativeError': { word: 'relative error' },
  'methods[].until.time': { word: 'at time', unit: TIME_UNIT },
  'methods[].until.most': { word: 'replicas at most' },
  'estimates[].statistic': { word: 'of' },
  'estimates[].statistics': { word: 'of two' },
  'estimates[].times': { word: 'save times', unit: TIME_UNIT },
  'estimates[].time': { word: 'at time', unit: TIME_UNIT },
  'estimates[].probabilities': { word: 'probabilities of the quantiles' },
  'estimates[].confidence': { word: 'confidence level' },
  'estimates[].interval': { word: 'interval' },
  'estimates[].bins': { word: 'bins' },
  'estimates[].range': { word: 'from, to' },
  'estimates[].scale': { word: 'scale' },
  'estimates[].above': { word: 'exceeds' },
  'estimates[].before': { word: 'before time', unit: TIME_UNIT },
  'estimates[].constant': { tex: 'C', symbol: 'C', word: 'constant' },
  'estimates[].rate': { tex: 'c', symbol: 'c', word: 'rate', unit: 'per unit of time' },
  'estimates[].from': { word: 'window from', unit: TIME_UNIT },
  'estimates[].to': { word: 'window to', unit: TIME_UNIT },
  densities: { word: 'densities of the limit, into result.json' },
  'densities.times': { word: 'times', unit: TIME_UNIT },
  'densities.of': { word: 'of' },
  'densities.points': { word: 'bins an axis' },
  'densities.classes': { word: 'of each class too' },
  'statistics[].name': { word: 'name' },
  'statistics[].expression': { word: 'expression in u, v, beta, b, lambda' },
  predict: { word: 'where training on finite data leads' },
  seed: { word: 'seed' },
};

/** Names of alternatives, where the file's own word says too little. */
const WORDS: Readonly<Record<string, string>> = {
  identity: 'identity: all 1',
  'power-law': 'power law',
  'marchenko-pastur': 'Marchenko–Pastur',
  'two-level': 'two levels',
  values: 'values one by one',
  sparse: 'sparse',
  constant: 'constant',
  gaussian: 'Gaussian',
  rademacher: 'Rademacher ±1',
  uniform: 'uniform',
  'student-t': 'Student t',
  strang: 'Strang, weak order 2',
  euler: 'Euler in ζ, weak order 1',
  'euler-uv': 'Euler in u, v, weak order 1',
  'control-variate': 'control variate',
  wilson: 'Wilson (score)',
  'clopper-pearson': 'Clopper–Pearson (exact)',
  beta: 'β',
  zeta: 'ζ = ½ log |p/q|',
  uv: '(u, v)',
};

const labelled = (rules: readonly { readonly kind: string; readonly label: string }[]) =>
  Object.fromEntries(rules.map(({ kind, label }) => [kind, label]));

/** By path: each of these is named by its own file. */
const OWN_WORDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'problem.parametrization': labelled(models),
  stepSize: labelled([...schedules, ...stateStepSizes]),
  momentum: labelled(momenta),
  'problem.data': labelled(samples),
};

/** The name of an alternative of a field. */
export function wordOf(pathText: string, word: string): string {
  return OWN_WORDS[pathText]?.[word] ?? WORDS[word] ?? word;
}

export function labelOf(pathText: string): Label {
  return LABELS[pathText.replace(/\[\d+\]/g, '[]')] ?? { word: pathText.replace(/^.*\./, '') };
}
