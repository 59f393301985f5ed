/** A problem's model, rule and step size as what fills the markers of the generic kernels. */
import { isSchedule, type Model, modelOf, ruleOf, stateDefinition, stepSizeTrees } from '../dynamics/index.ts';
import { modelTrees, planeTree } from '../dynamics/models/trees.ts';
import { parseTree } from '../expression/parse.ts';
import { substitute } from '../expression/substitute.ts';
import { toWgsl } from '../expression/wgsl.ts';
import type { Problem } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Variant } from './shaders.ts';

/** Planes of `deltas` of a generic kernel: dp, dq, the gradient and two memories of SGD, then the globals. */
const SGD_PLANES = 5;
const SDE_PLANES = 2;

export interface GenericShape {
  /** Moments of the step size, in fours. */
  readonly momentFours: number;
  readonly integrals: number;
  /** Numbers a replica that a step hands on. */
  readonly globals: number;
  /** Planes of `deltas` without globals, and with them. */
  readonly globalPlane: number;
  readonly planes: number;
  readonly readsState: boolean;
}

/** Whether γ comes from the path itself: a mean-field path has it from the PDE. */
function stepSizeOf({ problem, method }: Pick<EnsembleRequest, 'problem' | 'method'>) {
  const isOwn = method.kind === 'sgd' || method.coupling === 'interacting';
  const definition = isOwn && !isSchedule(problem.stepSize) ? stateDefinition(problem.stepSize) : null;
  return definition && { definition, trees: stepSizeTrees(definition) };
}

export function genericShape(request: Pick<EnsembleRequest, 'problem' | 'method'>): GenericShape {
  const { method, problem } = request;
  const own = stepSizeOf(request);
  const integrals = own?.trees.rates.length ?? 0;
  const globals = method.kind === 'sgd' ? 2 * integrals : 3 * integrals + 2;
  const globalPlane = method.kind === 'sgd' ? SGD_PLANES : SDE_PLANES;
  const quads = Math.ceil(problem.dimension / 4);
  return {
    momentFours: Math.ceil((own?.trees.moments.length ?? 0) / 4),
    integrals,
    globals,
    globalPlane,
    planes: globalPlane + Math.ceil((2 * globals + 1) / 4 / quads),
    readsState: own !== null,
  };
}

const RETURN_NOTHING = 'return 0f;';

/** The functions of a model. */
export function modelSlots(model: Model): Record<string, string> {
  const trees = modelTrees(model);
  const [p, q] = model.planes;
  const part = (plane: typeof p | undefined, name: 'direction' | 'slope' | 'moved' | 'flow') =>
    plane ? `return ${toWgsl(planeTree(plane, name, 'w'))};` : RETURN_NOTHING;
  const parts = (['direction', 'slope', 'moved', 'flow'] as const).flatMap((name) => [
    [`${name} p`, part(p, name)],
    [`${name} q`, part(q, name)],
  ]);
  const whole = Object.entries(trees).map(([name, tree]) => [name, `return ${toWgsl(tree)};`]);
  return Object.fromEntries([...whole, ...parts]);
}

function ruleSlots(problem: Problem): Record<string, string> {
  const rule = ruleOf(problem.momentum);
  const theta = { kind: 'number', value: rule.theta, key: String(rule.theta) } as const;
  const text = (source: string) => `return ${toWgsl(substitute(parseTree(source, ['m', 'g', 'theta']), { theta }))};`;
  return { memory: rule.memory === null ? RETURN_NOTHING : text(rule.memory), step: text(rule.step) };
}

function stepSizeSlots(request: Pick<EnsembleRequest, 'problem' | 'method'>): Record<string, string> {
  const own = stepSizeOf(request);
  if (own === null) return {};
  const { moments, value, realized, rates, increments } = own.trees;
  const isSgd = request.method.kind === 'sgd';
  return {
    'step moments': moments.map(({ wgsl }, k) => `values[${k}] = valued(${wgsl});`).join('\n  '),
    'step value': [
      ...moments.map((_, k) => `let mean_${k} = mean[${k}];`),
      ...rates.map((_, k) => `let integral_${k} = integral[${k}];`),
      `step.gamma = ${toWgsl(isSgd ? realized : value)};`,
      ...(isSgd ? increments : rates).map((tree, k) => `step.increments[${k}] = ${toWgsl(tree)};`),
    ].join('\n  '),
  };
}

/** Markers and constants that all generic kernels of a request share. */
export function genericVariant(request: Pick<EnsembleRequest, 'problem' | 'method'>): Variant {
  const { problem } = request;
  const { momentFours, integrals, globals, globalPlane, readsState } = genericShape(request);
  return {
    slots: { ...modelSlots(modelOf(problem.parametrization)), ...ruleSlots(problem), ...stepSizeSlots(request) },
    constants: {
      MOMENT_FOURS: momentFours,
      INTEGRALS: integrals,
      GLOBALS: globals,
      GLOBAL_PLANE: globalPlane,
      STATE_STEP: readsState,
      HORIZON: { f32: problem.horizon },
    },
  };
}

/** Whether some formula of the step size reads the squared norm of the step's gradient, or γ has bounds: what only one kernel needs. */
export function sgdConstants(request: Pick<EnsembleRequest, 'problem' | 'method'>): NonNullable<Variant['constants']> {
  const text = stepSizeSlots(request)['step value'] ?? '';
  return { NEEDS_GRADIENT: /\bsampleGradient\b/.test(text), MEMORY: ruleOf(request.problem.momentum).memory !== null };
}

export function sdeConstants(request: Pick<EnsembleRequest, 'problem' | 'method'>): NonNullable<Variant['constants']> {
  const { problem, method } = request;
  const definition = stepSizeOf(request)?.definition;
  return {
    FACTOR: { f32: 1 / (1 - ruleOf(problem.momentum).theta) },
    LEAST_STEP: { f32: definition?.min ?? 0 },
    LARGEST_STEP: { f32: definition?.max ?? 1 },
    INTERACTING: method.kind === 'sde' && method.coupling === 'interacting',
  };
}
