/** Experiment → limit law. */
import { kindOf, modelOf } from '../../dynamics/index.ts';
import { buildProblem } from '../../problem/build.ts';
import { distinctCoordinates } from '../../problem/coordinates.ts';
import type { Experiment } from '../../problem/experiment.ts';
import { toP, toQ } from '../../problem/hyperbolic.ts';
import { normalizeParametrization, normalizeStepSize } from '../../problem/schedule.ts';
import type { Parametrization, Problem } from '../../problem/types.ts';
import { gaussianStartRule, halfNormalStart } from './gaussianstart.ts';
import { atoms, gaussianRule, marchenkoPasturRule, powerLawRule, type Rule } from './rules.ts';
import type {
  ClassStart,
  Direction,
  LawEdges,
  LawResolution,
  LimitClass,
  LimitLaw,
  LimitSetting,
  View,
} from './types.ts';

/**
 * The limit of an experiment as d → ∞. With `values` anywhere, or with a power-law exponent ≤ −1 (whose limit does not exist), it is
 * the empirical law of the finite problem: every distinct (λ, b, u, v) with its share. Otherwise the product of the laws of
 * covariance, target and start, in which d does not appear.
 */
export function limitLaw(experiment: Experiment): LimitLaw {
  const { problem, horizon } = experiment;
  const { covariance, target, initialization: start } = problem;
  const parametrization = normalizeParametrization(problem.parametrization);
  const setting: LimitSetting = {
    parametrization,
    labelNoise: problem.labelNoise,
    batchSize: problem.batchSize,
    stepSize: normalizeStepSize(experiment.stepSize, experiment.statistics),
    ...(experiment.momentum && { momentum: experiment.momentum }),
    horizon,
  };
  if (
    covariance.kind === 'values' ||
    target.kind === 'values' ||
    start.kind === 'values' ||
    (covariance.kind === 'power-law' && covariance.exponent <= -1)
  )
    return lawOfClasses(setting, empiricalClasses(experiment));

  const directions: Direction[] = [];
  if ((covariance.kind === 'power-law' && covariance.exponent !== 0) || covariance.kind === 'marchenko-pastur')
    directions.push('covariance');
  if (target.kind === 'gaussian' && target.scale > 0) directions.push('target');
  if (start.kind === 'gaussian' && start.scale > 0 && parametrization !== 'square') directions.push('start');
  return {
    ...setting,
    directions,
    ...(directions.length > 0 && { edges: edgesOf(problem) }),
    classes(resolution) {
      const spectrum = covarianceRule(covariance, resolution);
      const starts = startNodes(start, parametrization, resolution);
      const classes: LimitClass[] = [];
      spectrum.nodes.forEach((lambda, i) => {
        for (const node of starts) {
          const share = spectrum.weights[i] * node.weight;
          const coefficients = targetRule(target, resolution, { lambda, s: node.s, density: node.density });
          coefficients.nodes.forEach((b, j) => {
            const weight = share * coefficients.weights[j];
            // Where start and target are symmetric, b and −b are one class seen from both sides.
            const isSymmetric = node.symmetric && target.kind === 'gaussian';
            if (isSymmetric && b < 0) return;
            const twoSided = isSymmetric && b > 0;
            classes.push({
              weight: twoSided ? 2 * weight : weight,
              lambda,
              b: node.exchanged ? -b : b,
              s: node.s,
              start: node.start,
              views: twoSided ? bothSides(node.views) : node.views,
            });
          });
        }
      });
      return directions.length > 1 ? withoutCorners(classes, resolution.cutoff) : classes;
    },
  };
}

/**
 * Without the classes of least weight in ⟨1⟩, ⟨λ⟩, ⟨λb²⟩ and their like, which together have less than `cutoff` of it: in the corners of a product of rules every
 * factor is rare, most of all the fast classes, which would decide how long a time step may be.
 */
function withoutCorners(classes: readonly LimitClass[], cutoff: number): LimitClass[] {
  const importance = classes.map(({ weight, lambda, b }) => weight * (1 + lambda * lambda) * (1 + b * b));
  const order = classes.map((_, i) => i).sort((i, j) => importance[i] - importance[j]);
  let left = cutoff * importance.reduce((sum, x) => sum + x, 0);
  const kept = new Uint8Array(classes.length).fill(1);
  for (const i of order) {
    left -= importance[i];
    if (left < 0) break;
    kept[i] = 0;
  }
  const rest = classes.filter((_, i) => kept[i] === 1);
  const mass = rest.reduce((sum, { weight }) => sum + weight, 0);
  return rest.map((c) => ({ ...c, weight: c.weight / mass }));
}

function edgesOf({ covariance, target, initialization, ...rest }: Experiment['problem']): LawEdges {
  const parametrization = normalizeParametrization(rest.parametrization);
  const s =
    initialization.kind === 'constant'
      ? startAt(parametrization, initialization.u, initialization.v).s
      : Number.NEGATIVE_INFINITY;
  const none = { levels: { covariance: 0, target: 0, start: 0 }, clock: 0, drift: 0, cutoff: 0.1 };
  const b =
    target.kind === 'gaussian'
      ? 0
      : Math.min(...targetRule(target, none, { lambda: 1, s: 0, density: 1 }).nodes.map(Math.abs));
  switch (covariance.kind) {
    case 'marchenko-pastur': {
      const rho = Math.sqrt(covariance.ratio);
      return { lambda: [(1 - rho) ** 2, (1 + rho) ** 2], moments: Number.POSITIVE_INFINITY, b, s };
    }
    case 'power-law':
      return covariance.exponent < 0
        ? { lambda: [covariance.exponent + 1, Number.POSITIVE_INFINITY], moments: -1 / covariance.exponent, b, s }
        : {
            lambda: covariance.exponent > 0 ? [0, covariance.exponent + 1] : [1, 1],
            moments: Number.POSITIVE_INFINITY,
            b,
            s,
          };
    default: {
      const { nodes } = covarianceRule(covariance, none);
      return { lambda: [Math.min(...nodes), Math.max(...nodes)], moments: Number.POSITIVE_INFINITY, b, s };
    }
  }
}

/** A law that is a finite sum of classes already. */
export function lawOfClasses(setting: LimitSetting, classes: readonly LimitClass[]): LimitLaw {
  return { ...setting, directions: [], classes: () => classes };
}

/** The class of coordinates that all start at (u, v). */
export function pointClass(
  parametrization: Parametrization,
  c: { readonly weight: number; readonly lambda: number; readonly b: number; readonly u: number; readonly v: number },
): LimitClass {
  const start = startAt(parametrization, c.u, c.v);
  return {
    weight: c.weight,
    lambda: c.lambda,
    b: start.exchanged ? -c.b : c.b,
    s: start.s,
    start: start.start,
    views: start.views,
  };
}

/** The limit of a finite problem by itself: each of its distinct coordinates is a class, with its share of them. O(d) time. */
export function lawOfProblem(problem: Problem): LimitLaw {
  const { parametrization, labelNoise, batchSize, stepSize, momentum, horizon } = problem;
  const setting = { parametrization, labelNoise, batchSize, stepSize, ...(momentum && { momentum }), horizon };
  return lawOfClasses(setting, classesOf(problem));
}

function empiricalClasses(experiment: Experiment): LimitClass[] {
  // A law, not a draw of it.
  return classesOf(buildProblem({ ...experiment, problem: { ...experiment.problem, layout: 'quantiles' } }));
}

function classesOf(problem: Problem): LimitClass[] {
  const { lambda, b, u0, v0, count } = distinctCoordinates(problem);
  return Array.from(lambda, (_, i) =>
    pointClass(problem.parametrization, {
      weight: count[i] / problem.dimension,
      lambda: lambda[i],
      b: b[i],
      u: u0[i],
      v: v0[i],
    }),
  );
}

function covarianceRule(law: Experiment['problem']['covariance'], { levels, cutoff }: LawResolution): Rule {
  switch (law.kind) {
    case 'two-level':
      return law.low === law.high
        ? atoms([[law.low, 1]])
        : atoms([
            [law.low, 1 - law.fraction],
            [law.high, law.fraction],
          ]);
    case 'power-law':
      return powerLawRule(law.exponent, levels.covariance, cutoff);
    case 'marchenko-pastur':
      return marchenkoPasturRule(law.ratio, levels.covariance);
    default:
      return atoms([[1, 1]]);
  }
}

/** The target's rule for the coordinates that have this λ and s(0), `density` as often as the most frequent s(0). */
function targetRule(
  law: Experiment['problem']['target'],
  { levels, clock, drift, cutoff }: LawResolution,
  { lambda, s, density }: { readonly lambda: number; readonly s: number; readonly density: number },
): Rule {
  switch (law.kind) {
    case 'sparse':
      return law.value === 0
        ? atoms([[0, 1]])
        : atoms([
            [law.value, law.fraction],
            [0, 1 - law.fraction],
          ]);
    case 'constant':
      return atoms([[law.value, 1]]);
    case 'gaussian':
      // Averages vary on b ~ h at the end of the run, or, where h is tiny, on that b which has had time to escape.
      return gaussianRule(law.scale, levels.target, {
        logScale: Math.log(Math.exp(s - 2 * lambda * clock) + 1 / (1 + lambda * drift)),
        cutoff,
        density,
      });
    default:
      throw new Error(`a target of kind ${law.kind} has no limit law of its own`);
  }
}

interface StartClass {
  readonly weight: number;
  /** How often such coordinates are, relative to the most frequent: 0 to 1, whatever the number of nodes. */
  readonly density: number;
  readonly s: number;
  readonly start: ClassStart;
  readonly views: readonly View[];
  readonly exchanged: boolean;
  /** The law is unchanged when p and q are exchanged. */
  readonly symmetric: boolean;
}

function startNodes(
  law: Experiment['problem']['initialization'],
  parametrization: Parametrization,
  { levels, cutoff }: LawResolution,
): StartClass[] {
  if (law.kind === 'constant') return [startAt(parametrization, law.u, law.v)];
  if (law.kind !== 'gaussian') throw new Error(`a start of kind ${law.kind} has no limit law of its own`);
  if (law.scale === 0) return [pointStart(0, 0)];
  if (parametrization === 'square')
    return [
      {
        weight: 1,
        density: 1,
        s: Number.NEGATIVE_INFINITY,
        start: halfNormalStart(2 * law.scale),
        views: [1, -1].map((p) => ({ exchanged: false, p: p as 1 | -1, q: 1 as const, share: 0.5 })),
        exchanged: false,
        symmetric: false,
      },
    ];
  const sigma = (parametrization === 'product' ? Math.SQRT2 : 2) * law.scale;
  const views: View[] = [];
  for (const p of [1, -1] as const)
    for (const q of [1, -1] as const) views.push({ exchanged: false, p, q, share: 0.25 });
  return gaussianStartRule(sigma, levels.start, cutoff).map((node) => ({
    ...node,
    views,
    exchanged: false,
    symmetric: true,
  }));
}

/** Coordinates that start at (u, v). @throws RangeError for a model without a reduction to one dimension. */
function startAt(parametrization: Parametrization, u: number, v: number): StartClass {
  const { hyperbolic, line, withoutLimit } = modelOf(parametrization);
  if (line) {
    if (!(u > 0))
      throw new RangeError(`u is ${u}; with parametrization "${kindOf(parametrization)}" it must be above 0`);
    return pointStart(u, 0);
  }
  if (!hyperbolic)
    throw new RangeError(
      `parametrization "${kindOf(parametrization)}" has no PDE: ${withoutLimit ?? 'no one-dimensional reduction of it is known'}`,
    );
  return pointStart(toP(parametrization, u, v), toQ(parametrization, u, v));
}

function pointStart(p: number, q: number): StartClass {
  const sign = (x: number) => (x < 0 ? (-1 as const) : (1 as const));
  const exchanged = p === 0 && q !== 0;
  const main = Math.log(Math.abs(exchanged ? q : p));
  const other = Math.log(Math.abs(exchanged ? p : q));
  return {
    weight: 1,
    density: 1,
    s: main + other,
    start: { kind: 'point', logP: main },
    views: [{ exchanged, p: sign(p), q: sign(q), share: 1 }],
    exchanged,
    symmetric: p !== 0 && Math.abs(p) === Math.abs(q),
  };
}

/** Half as it is, half exchanged: the signs stay with the problem's p and q. */
function bothSides(views: readonly View[]): View[] {
  return views.flatMap((view) => [
    { ...view, share: view.share / 2 },
    { ...view, exchanged: !view.exchanged, share: view.share / 2 },
  ]);
}
