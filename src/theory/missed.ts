/** The words for a tolerance that was missed. */
import type { Statistic } from '../expression/statistic.ts';
import type { Comparison, Run } from './agreement.ts';

interface Asked {
  readonly times: Float64Array;
  readonly statistics: readonly Statistic[];
  readonly tolerance: number;
  readonly absoluteTolerance?: number;
}

/** What happened where not every value has the tolerance: which statistics miss it where, by how much at worst, and where the run ended. */
export function missedTolerance(
  { times, statistics, tolerance, absoluteTolerance: absolute }: Asked,
  { result, values }: Run,
  { errors, within, known }: Comparison,
): { readonly time: number; readonly message: string } {
  const asked = absolute ? `${tolerance} or ${absolute} absolute` : `${tolerance}`;
  const told = (x: number) => Number(x.toPrecision(2)).toString();
  const missed = statistics.flatMap(({ name }, k) => {
    const where = Array.from({ length: known }, (_, i) => i).filter((i) => !within[k][i]);
    return where.length > 0 ? [{ name, k, where }] : [];
  });
  const parts = missed.map(({ name, k, where }) => {
    const relative = (i: number) => errors[k][i] / Math.abs(values[k][i]);
    const worst = where.reduce((most, i) => (relative(i) > relative(most) ? i : most));
    const error = Number.isFinite(errors[k][worst]) ? `± ${told(errors[k][worst])}` : 'with an error that is not known';
    return `${name} misses it at ${where.length} of ${times.length} save times, most at t = ${told(times[worst])}: ${told(values[k][worst])} ${error}`;
  });
  const ended =
    known < times.length && result.stopped === 'stuck'
      ? [
          `no values after t = ${told(known > 0 ? times[known - 1] : 0)}, where the solver could not go on: ${result.message}`,
        ]
      : [];
  const first = missed.length > 0 ? Math.min(...missed.map(({ where }) => where[0])) : known;
  const agrees = parts.length + ended.length > 0 ? [] : ['two runs do not agree on the time of the blow-up'];
  return {
    time: times[Math.min(first, times.length - 1)],
    message: `the tolerance ${asked} was not reached everywhere: ${[...shortened(parts), ...ended, ...agrees].join('; ')}`,
  };
}

const MOST_NAMED = 3;

function shortened(parts: readonly string[]): string[] {
  if (parts.length <= MOST_NAMED) return [...parts];
  return [...parts.slice(0, MOST_NAMED), `and ${parts.length - MOST_NAMED} more statistics`];
}
