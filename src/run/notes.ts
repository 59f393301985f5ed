/** What a reader of a result should know of a method that ran as it was asked to. */
import { ruleOf } from '../dynamics/index.ts';
import type { Problem } from '../problem/index.ts';

/** What a limit makes of momentum, said in the result. */
export function momentumNotes({ momentum }: Pick<Problem, 'momentum'>): string[] {
  const { theta } = ruleOf(momentum);
  if (theta === 0) return [];
  const times = Number((1 / (1 - theta)).toPrecision(6));
  return [
    `momentum (θ = ${theta}) is its limit here, plain SGD with ${times}γ = γ/(1 − θ); SGD at finite d differs from it by O(1/((1 − θ)d)), and the predictions are for γ as in the file`,
  ];
}
