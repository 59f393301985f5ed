/** Statistics without a finite value at some save times: null in the result, and an event that says so. */
import type { ResultEvent } from '../results/index.ts';

export type NoValue = Omit<ResultEvent, 'method' | 'index'>;

/**
 * The event of one statistic; null where it has a value everywhere. `lacking[t]`: of `alive[t]` replicas, how many have none at save
 * time t (1 of 1 for PDE and flow). The same words on every engine.
 */
export function noValueOf(
  statistic: string,
  times: ArrayLike<number>,
  lacking: ArrayLike<number>,
  alive?: ArrayLike<number>,
): NoValue | null {
  const found = Array.from(lacking, (n, t) => ({ n, t })).filter(({ n }) => n > 0);
  if (found.length === 0) return null;
  const [{ n, t }] = found;
  const time = times[t];
  const who = alive ? `, there in ${n} of ${alive[t]} replicas` : '';
  const message = `${statistic} is not a finite number at ${found.length} of ${times.length} save times, first at t = ${Number(time.toPrecision(6))}${who}; its curve is null at those times`;
  return { kind: 'no-value', time, message };
}
