/** A model and a rule compiled to loops over blocks of coordinates, in f64. */
import { type Model, modelOf, ruleOf } from '../../../dynamics/index.ts';
import { modelTrees, PLANE_NAMES, planeTree } from '../../../dynamics/models/trees.ts';
import { parseTree } from '../../../expression/parse.ts';
import { substitute } from '../../../expression/substitute.ts';
import { blockLength, compileTape, type Tape } from '../../../expression/tape.ts';
import type { Tree } from '../../../expression/tree.ts';
import type { Problem } from '../../../problem/types.ts';

/** Arrays by name, from which a tape's registers are filled. */
export type Columns = Readonly<Record<string, Float64Array>>;

/** Expressions evaluated over coordinates lo ≤ i < hi in blocks; `out` is told the registers of each block. */
export class Loop {
  readonly #tape: Tape;

  constructor(trees: readonly Tree[]) {
    this.#tape = compileTape(trees);
  }

  run(
    columns: Columns,
    lo: number,
    hi: number,
    out: (values: readonly Float64Array[], first: number, count: number) => void,
  ): void {
    const { inputs, outputs } = this.#tape;
    for (let first = lo; first < hi; first += blockLength) {
      const count = Math.min(blockLength, hi - first);
      for (const [name, register] of inputs) {
        const column = columns[name];
        for (let i = 0; i < count; i++) register[i] = column[first + i];
      }
      this.#tape.run(count);
      out(outputs, first, count);
    }
  }
}

export interface GenericModel {
  readonly model: Model;
  /** Names of the planes there are. */
  readonly names: readonly ('p' | 'q')[];
  /** [plane] values at the start. */
  readonly start: readonly Float64Array[];
  /** β. */
  readonly beta: Loop;
  /** κ. */
  readonly kappa: Loop;
}

export function genericModel({ parametrization, u0, v0, dimension }: Problem): GenericModel {
  const model = modelOf(parametrization);
  const names = PLANE_NAMES.slice(0, model.planes.length);
  const trees = modelTrees(model);
  const starts = new Loop(model.planes.map(({ start }) => parseTree(start, ['u', 'v'])));
  const start = names.map(() => new Float64Array(dimension));
  starts.run({ u: u0, v: v0 }, 0, dimension, (values, first, count) => {
    for (let k = 0; k < names.length; k++) start[k].set(values[k].subarray(0, count), first);
  });
  return { model, names, start, beta: new Loop([trees.beta]), kappa: new Loop([trees.kappa]) };
}

/** How a step of SGD moves the planes: over p, q, their memories m0, m1, and the coordinate's x (its gradient over √d). */
export interface GenericRule {
  /** Arrays a plane remembers: 0 or 1. */
  readonly memories: 0 | 1;
  /** New memory of each plane (if any), then the step of each plane, to be multiplied by −γ. */
  readonly update: Loop;
}

export function genericRule({ parametrization, momentum }: Problem): GenericRule {
  const { planes } = modelOf(parametrization);
  const rule = ruleOf(momentum);
  const theta: Tree = { kind: 'number', value: rule.theta, key: String(rule.theta) };
  const memories: Tree[] = [];
  const steps = planes.map((plane, k) => {
    const direction = planeTree(plane, 'direction', PLANE_NAMES[k]);
    const g: Tree = {
      kind: 'binary',
      operator: 'multiply',
      left: { kind: 'variable', name: 'x', key: 'x' },
      right: direction,
      key: `(x multiply ${direction.key})`,
    };
    const old: Tree = { kind: 'variable', name: `m${k}`, key: `m${k}` };
    let next: Tree = old;
    if (rule.memory !== null) {
      next = substitute(parseTree(rule.memory, ['m', 'g', 'theta']), { m: old, g, theta });
      memories.push(next);
    }
    return substitute(parseTree(rule.step, ['m', 'g', 'theta']), { m: next, g, theta });
  });
  return { memories: rule.memory === null ? 0 : 1, update: new Loop([...memories, ...steps]) };
}
