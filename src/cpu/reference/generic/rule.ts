/** A rule of SGD compiled to a loop over coordinates, in f64. */
import { modelOf, ruleOf } from '../../../dynamics/index.ts';
import { PLANE_NAMES, planeTree } from '../../../dynamics/models/trees.ts';
import { Loop } from '../../../expression/loop.ts';
import { parseTree } from '../../../expression/parse.ts';
import { substitute } from '../../../expression/substitute.ts';
import type { Tree } from '../../../expression/tree.ts';
import type { Problem } from '../../../problem/types.ts';

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
