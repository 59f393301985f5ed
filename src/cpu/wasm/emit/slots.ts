/**
 * A problem's model, rule and step size as the functions that assembly/sgd-generic.ts leaves open, each over a stretch of coordinates, pairs of f64 at a
 * time. Two pairs a turn, so that two chains of additions run side by side; sums in an order that depends on the dimension alone.
 */
import { hyperbolicOf, modelOf, ruleOf, stateDefinition, stepSizeTrees } from '../../../dynamics/index.ts';
import { modelTrees, overPlanes, PLANE_NAMES } from '../../../dynamics/models/trees.ts';
import { MEMORY_NAMES, ruleTrees } from '../../../dynamics/rules/trees.ts';
import type { ParsedMoment } from '../../../expression/moment.ts';
import { parseTree } from '../../../expression/parse.ts';
import { substitute } from '../../../expression/substitute.ts';
import { binary, type Tree, variablesOf } from '../../../expression/tree.ts';
import type { Problem } from '../../../problem/types.ts';
import { Code, moduleOf } from './code.ts';
import { Imports, Values } from './expression.ts';

/** Offsets of the arrays of a replica and of the problem, all padded to whole groups of 16 coordinates: f64 but for √λ. */
export interface SlotPlaces {
  readonly planes: readonly number[];
  readonly memories: readonly number[];
  /** √λ (f32). */
  readonly root: number;
  readonly b: number;
}

/** What a problem's dynamics need of the kernel. */
export interface Shape {
  readonly memories: number;
  /** Means over coordinates that the step size reads. */
  readonly moments: readonly Tree[];
  readonly integrals: number;
  /** Whether γ comes from the state. */
  readonly readsState: boolean;
  readonly needsGradient: boolean;
}

const variable = (name: string): Tree => ({ kind: 'variable', name, key: name });
const ROOT = variable('root');
/** λ, of which a pass over coordinates has the root. */
const LAMBDA = parseTree('root^2', ['root']);

interface Dynamics extends Shape {
  readonly value: Tree | null;
  readonly increments: readonly Tree[];
}

function dynamicsOf(problem: Problem): Dynamics {
  const model = modelOf(problem.parametrization);
  const definition = stateDefinition(problem.stepSize);
  const trees = definition && stepSizeTrees(definition);
  const moments = (trees?.moments ?? []).map((moment) =>
    substitute(overPlanes((moment as ParsedMoment).tree, model), { lambda: LAMBDA }),
  );
  const increments = trees?.increments ?? [];
  const value = trees?.realized ?? null;
  return {
    memories: ruleOf(problem.momentum).memory === null ? 0 : model.planes.length,
    moments,
    integrals: increments.length,
    readsState: trees !== null,
    needsGradient: [...(value ? [value] : []), ...increments].some((tree) => variablesOf(tree).has('sampleGradient')),
    value,
    increments,
  };
}

/** Whether the kernel runs these dynamics: those of depth two, with formulas that do not read s. */
export function hasSlots(problem: Problem): boolean {
  if (hyperbolicOf(problem.parametrization) === null) return false;
  const definition = stateDefinition(problem.stepSize);
  const moments = definition === null ? [] : stepSizeTrees(definition).moments;
  return moments.every((moment) => !variablesOf((moment as ParsedMoment).tree).has('s'));
}

/** @throws ExpressionError where a formula is none. */
export function shapeOf(problem: Problem): Shape {
  return dynamicsOf(problem);
}

/** Pairs of coordinates a turn of a loop. */
const PAIRS = 2;

/** One function over coordinates i … end − 1, i its first parameter, end its second. */
class Pass {
  readonly code: Code;
  readonly #places: SlotPlaces;
  readonly #imports: Imports;
  readonly #at4: number;
  readonly #at8: number;

  constructor(code: Code, places: SlotPlaces, imports: Imports) {
    this.code = code;
    this.#places = places;
    this.#imports = imports;
    this.#at4 = code.local('i32');
    this.#at8 = code.local('i32');
  }

  /** `body(pair)` for every pair; those beyond `dimension` by themselves, with a mask, where one is given. */
  over(dimension: number | null, body: (pair: number, mask: number | null) => void): void {
    const { code } = this;
    const [i, end] = [0, 1];
    const turn = (pairs: number, mask: number | null) => {
      code.get(i).i32(2).op('i32.shl').set(this.#at4);
      code.get(i).i32(3).op('i32.shl').set(this.#at8);
      for (let pair = 0; pair < pairs; pair++) body(pair, mask);
      code
        .get(i)
        .i32(2 * pairs)
        .op('i32.add')
        .set(i); // prettier-ignore
    };
    if (dimension === null) {
      code.whileBelow(i, end, () => turn(PAIRS, null));
      return;
    }
    const whole = dimension - (dimension % (2 * PAIRS));
    // The smaller of the two ends, without a branch: end is a multiple of 16, and only the last one exceeds `whole`.
    const inner = code.local('i32');
    code.get(end).i32(whole).get(end).i32(whole).op('i32.lt_u', 'select').set(inner);
    code.whileBelow(i, inner, () => turn(PAIRS, null));
    const mask = code.local('v128');
    code.whileBelow(i, end, () => {
      code.get(i).op('f64.convert_i32_u', 'f64x2.splat').pair(0, 1).op('f64x2.add');
      code.pair(dimension, dimension).op('f64x2.lt').set(mask);
      turn(1, mask);
    });
  }

  /** Names the coordinate's numbers for a pair: planes, √λ as `root`, b, and memories. */
  values(pair: number, withMemories: boolean): Values {
    const { code } = this;
    const { planes, memories, root, b } = this.#places;
    const values = new Values(code, this.#imports);
    const load = (name: string, offset: number) => {
      const place = code.local('v128');
      code
        .get(this.#at8)
        .memory('v128.load', offset + 16 * pair)
        .set(place);
      values.bind(name, place);
    };
    for (const [k, offset] of planes.entries()) load(PLANE_NAMES[k], offset);
    if (withMemories) for (const [k, offset] of memories.entries()) load(MEMORY_NAMES[k], offset);
    load('b', b);
    const place = code.local('v128');
    this.singles(root + 8 * pair).set(place);
    values.bind('root', place);
    return values;
  }

  /** Pushes two f32 at an offset, or at a pointer that belongs to coordinate 0, as f64. */
  singles(offset: number, pointer: number | null = null): Code {
    this.code.get(this.#at4);
    if (pointer !== null) this.code.get(pointer).op('i32.add');
    return this.code.memory('v128.load64_zero', offset).op('f64x2.promote_low_f32x4');
  }

  /** Stores a plane or a memory, and binds its name to what it now is. */
  store(values: Values, name: string, offset: number, pair: number, push: () => void): void {
    const place = this.code.local('v128');
    push();
    this.code.set(place);
    this.code
      .get(this.#at8)
      .get(place)
      .memory('v128.store', offset + 16 * pair);
    values.bind(name, place);
  }

  /** Stores two f32 at a pointer that belongs to coordinate 0. */
  storeSingles(pointer: number, pair: number, push: () => void): void {
    this.code.get(this.#at4).get(pointer).op('i32.add');
    push();
    this.code.op('f32x4.demote_f64x2_zero').storeLow(8 * pair);
  }

  /** A pair's accumulator, one for each place of a turn. */
  accumulators(): number[] {
    return Array.from({ length: PAIRS }, () => this.code.local('v128'));
  }

  /** Pushes the sum of accumulators, a number. */
  total(accumulators: readonly number[]): Code {
    const { code } = this;
    const sum = code.local('v128');
    code.get(accumulators[0]);
    for (const other of accumulators.slice(1)) code.get(other).op('f64x2.add');
    code.set(sum);
    return code.get(sum).lane(0).get(sum).lane(1).op('f64.add');
  }
}

/**
 * The module of a problem over a memory:
 * - `look(i, end, a, sums)`: a ← √λe (f32) of coordinates i … end − 1 (multiples of 16), and the sums of all moments added to `sums` (f64);
 * - `move(i, end, feature, a, sums, weight, gamma)`: the rule's step with x_i = weight·√λ_i·feature_i (f32), then as `look` for the new state;
 * - `gradient(i, end, feature)`: Σ κ_i λ_i feature_i²;
 * - `step(means, integrals, t, loss, gradient)`: γ, and 1/d of each integral's increment added to it; NaN where the formula has no value.
 * Pointers to f32 arrays of a stretch are those that coordinate 0 would have.
 */
export function emitSlots(problem: Problem, places: SlotPlaces, isShared: boolean): Uint8Array<ArrayBuffer> {
  const dynamics = dynamicsOf(problem);
  const imports = new Imports();
  const functions = {
    look: lookOrMove(problem, dynamics, places, imports, false),
    move: lookOrMove(problem, dynamics, places, imports, true),
    gradient: gradientOf(problem, places, imports),
    step: stepOf(problem, dynamics, imports),
  };
  return moduleOf(imports.list, functions, isShared);
}

function lookOrMove(
  problem: Problem,
  { moments }: Dynamics,
  places: SlotPlaces,
  imports: Imports,
  moves: boolean,
): Code {
  const model = modelOf(problem.parametrization);
  const rule = ruleTrees(model, ruleOf(problem.momentum));
  const error = binary('subtract', modelTrees(model).beta, variable('b'));
  const weightedError = binary('multiply', ROOT, error);
  const code = new Code(['i32', 'i32', 'i32', 'i32', ...(moves ? (['i32', 'f64', 'f64'] as const) : [])], null);
  const [feature, a, sums, weight, gamma] = moves ? [2, 3, 4, 5, 6] : [-1, 2, 3, -1, -1];
  const pass = new Pass(code, places, imports);
  const accumulators = moments.map(() => pass.accumulators());
  const weights = code.local('v128');
  const gammas = code.local('v128');
  if (moves) code.get(weight).op('f64x2.splat').set(weights).get(gamma).op('f64x2.splat').set(gammas);
  pass.over(moments.length > 0 ? problem.dimension : null, (pair, mask) => {
    let values = pass.values(pair, moves);
    if (moves) values = step(pass, values, pair);
    pass.storeSingles(a, pair, () => values.push(weightedError));
    for (const [k, moment] of moments.entries()) {
      values.push(moment);
      if (mask !== null) code.get(mask).op('v128.and');
      code.get(accumulators[k][pair]).op('f64x2.add').set(accumulators[k][pair]);
    }
  });
  for (const [k, parts] of accumulators.entries()) {
    code
      .get(sums)
      .get(sums)
      .memory('f64.load', 8 * k);
    pass
      .total(parts)
      .op('f64.add')
      .memory('f64.store', 8 * k);
  }
  return code;

  /** Moves the pair; the values of its new state. */
  function step(pass: Pass, old: Values, pair: number): Values {
    const x = code.local('v128');
    pass
      .singles(8 * pair, feature)
      .get(weights)
      .op('f64x2.mul');
    old.push(ROOT).op('f64x2.mul').set(x);
    old.bind('x', x);
    const fresh = old.keeping(['b', 'root']);
    for (const [k, tree] of rule.memories.entries())
      pass.store(fresh, MEMORY_NAMES[k], places.memories[k], pair, () => old.push(tree));
    for (const [k, tree] of rule.steps.entries()) {
      pass.store(fresh, PLANE_NAMES[k], places.planes[k], pair, () => {
        old.push(variable(PLANE_NAMES[k]));
        code.get(gammas);
        old.push(tree).op('f64x2.mul', 'f64x2.sub');
      });
    }
    return fresh;
  }
}

function gradientOf(problem: Problem, places: SlotPlaces, imports: Imports): Code {
  const { kappa } = modelTrees(modelOf(problem.parametrization));
  const code = new Code(['i32', 'i32', 'i32'], 'f64');
  const pass = new Pass(code, places, imports);
  const accumulators = pass.accumulators();
  pass.over(null, (pair) => {
    const values = pass.values(pair, false);
    const x = code.local('v128');
    values.push(ROOT);
    pass
      .singles(8 * pair, 2)
      .op('f64x2.mul')
      .set(x);
    values.push(kappa).get(x).get(x).op('f64x2.mul', 'f64x2.mul');
    code.get(accumulators[pair]).op('f64x2.add').set(accumulators[pair]);
  });
  pass.total(accumulators);
  return code;
}

function stepOf(problem: Problem, { moments, value, increments }: Dynamics, imports: Imports): Code {
  const code = new Code(['i32', 'i32', 'f64', 'f64', 'f64'], 'f64');
  const [means, integrals, t, loss, gradient] = [0, 1, 2, 3, 4];
  const values = new Values(code, imports);
  const bind = (name: string, push: () => void) => {
    const place = code.local('v128');
    push();
    code.op('f64x2.splat').set(place);
    values.bind(name, place);
  };
  for (const k of moments.keys()) bind(`mean_${k}`, () => code.get(means).memory('f64.load', 8 * k));
  for (const k of increments.keys()) bind(`integral_${k}`, () => code.get(integrals).memory('f64.load', 8 * k));
  bind('t', () => code.get(t));
  bind('sampleLoss', () => code.get(loss));
  bind('sampleGradient', () => code.get(gradient));
  for (const name of ['labelNoise', 'batchSize', 'horizon'] as const) bind(name, () => code.f64(problem[name]));
  if (value === null) return code.f64(Number.NaN);
  const gamma = code.local('v128');
  values.push(value).set(gamma);
  const rates = increments.map((tree) => {
    const rate = code.local('v128');
    values.push(tree).set(rate);
    return rate;
  });
  for (const [k, rate] of rates.entries()) {
    code.get(integrals);
    code.get(integrals).memory('f64.load', 8 * k);
    code.get(rate).pair(problem.dimension, problem.dimension).op('f64x2.div').lane(0).op('f64.add');
    code.memory('f64.store', 8 * k);
  }
  code.get(gamma).lane(0);
  return code;
}
