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

/** What SDE and PDE are beside finite data, said in the result. */
export function freshNotes({ data }: Pick<Problem, 'data'>, method: 'sde' | 'pde'): string[] {
  if (data === undefined) return [];
  const own = method === 'pde' ? ', and so are the predictions' : '';
  return [
    `describes fresh samples, the limit n/d → ∞, not training again and again on these n = ${data.samples} samples${own}`,
  ];
}

/** What gradient flow is on finite data, said in the result. */
export function flowNotes({ data }: Pick<Problem, 'data'>): string[] {
  return data === undefined
    ? []
    : [`gradient flow on the training risk of the n = ${data.samples} samples, integrated to 1e-10 a step in log|w|`];
}
