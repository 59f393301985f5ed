/** A rule of SGD on the planes of a model, as trees. */
import { parseTree } from '../../expression/parse.ts';
import { substitute } from '../../expression/substitute.ts';
import type { Tree } from '../../expression/tree.ts';
import { PLANE_NAMES, planeTree } from '../models/trees.ts';
import type { Model } from '../models/types.ts';
import type { Rule } from './types.ts';

/** Memories of the planes p and q. */
export const MEMORY_NAMES = ['m0', 'm1'] as const;

/** How a step of SGD moves the planes: over p, q, their memories m0, m1, and the coordinate's x (its gradient over √d). */
export interface RuleTrees {
  /** [plane] its next memory; empty where nothing is remembered. */
  readonly memories: readonly Tree[];
  /** [plane] its step, to be multiplied by −γ. */
  readonly steps: readonly Tree[];
}

/** @throws ExpressionError where one of them is no expression. */
export function ruleTrees({ planes }: Model, rule: Rule): RuleTrees {
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
    const old: Tree = { kind: 'variable', name: MEMORY_NAMES[k], key: MEMORY_NAMES[k] };
    let next: Tree = old;
    if (rule.memory !== null) {
      next = substitute(parseTree(rule.memory, ['m', 'g', 'theta']), { m: old, g, theta });
      memories.push(next);
    }
    return substitute(parseTree(rule.step, ['m', 'g', 'theta']), { m: next, g, theta });
  });
  return { memories, steps };
}
