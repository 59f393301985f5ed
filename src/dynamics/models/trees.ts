/** The expressions of a model as trees over its planes p and q. */

import { parseTree } from '../../expression/parse.ts';
import { substitute } from '../../expression/substitute.ts';
import type { Tree } from '../../expression/tree.ts';
import type { Model, Plane } from './types.ts';

const variable = (name: string): Tree => ({ kind: 'variable', name, key: name });

export const PLANE_NAMES = ['p', 'q'] as const;

export interface ModelTrees {
  readonly u: Tree;
  readonly v: Tree;
  readonly beta: Tree;
  readonly kappa: Tree;
  readonly bend: Tree;
}

const cache = new WeakMap<Model, ModelTrees>();

/** Of p and q. @throws ExpressionError where one of them is no expression. */
export function modelTrees(model: Model): ModelTrees {
  const known = cache.get(model);
  if (known) return known;
  const names = PLANE_NAMES.slice(0, model.planes.length);
  const tree = (text: string) => parseTree(text, names);
  const made = {
    u: tree(model.u),
    v: tree(model.v),
    beta: tree(model.beta),
    kappa: tree(model.kappa),
    bend: tree(model.bend),
  };
  cache.set(model, made);
  return made;
}

/** One of a plane's expressions; `w` by the plane's own name, and other names by those given. */
export function planeTree(
  plane: Plane,
  part: Exclude<keyof Plane, 'start'>,
  name: string,
  others: Readonly<Record<string, string>> = {},
): Tree {
  const own = part === 'moved' ? ['w', 'd'] : part === 'flow' ? ['w', 's'] : ['w'];
  const by = Object.fromEntries(Object.entries({ w: name, ...others }).map(([from, to]) => [from, variable(to)]));
  return substitute(parseTree(plane[part], own), by);
}

/** A moment over u, v, beta, b, lambda, e, kappa, bend → the same over p, q, b, lambda. s, which only depth two has, stays, and e where `keepsError`. */
export function overPlanes(tree: Tree, model: Model, keepsError = false): Tree {
  const { u, v, beta, kappa, bend } = modelTrees(model);
  if (keepsError) return substitute(tree, { u, v, beta, kappa, bend });
  const e: Tree = {
    kind: 'binary',
    operator: 'subtract',
    left: beta,
    right: variable('b'),
    key: `(${beta.key} subtract b)`,
  };
  return substitute(tree, { u, v, beta, kappa, bend, e });
}
