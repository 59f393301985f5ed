/** The rules of SGD: one tuple; schema, lab and twin tests iterate it. */
import { heavyBall } from './heavy-ball.ts';
import { nesterov } from './nesterov.ts';
import { sgd } from './sgd.ts';
import type { MomentumRule, Rule } from './types.ts';

export const momenta = [heavyBall, nesterov] as const;

type SpecOf<R> = R extends MomentumRule<infer M> ? M : never;

/** As in the file; or, from outside, the rule itself. */
export type Momentum = SpecOf<(typeof momenta)[number]> | Rule;

/** The rule of a momentum; plain SGD where there is none, or θ = 0. */
export function ruleOf(momentum: Momentum | undefined): Rule {
  if (momentum === undefined) return sgd;
  if ('step' in momentum) return momentum;
  const found = momenta.find(({ kind }) => kind === momentum.kind) as unknown as MomentumRule<Momentum>;
  const rule = found.rule(momentum);
  return rule.theta === 0 ? sgd : rule;
}
