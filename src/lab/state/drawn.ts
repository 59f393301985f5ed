/** The page's runs as plots see them: several are named after what differs, and coloured by it where it is one number. */
import { computed } from '@preact/signals';
import { type Apart, tellApart } from '../../results/plot/differences.ts';
import type { Drawn } from '../../results/plot/series.ts';
import { describe, drawn, type Run } from './runs.ts';

/** What tells the drawn runs apart; null for a single one. */
export const apart = computed<Apart | null>(() =>
  drawn.value.length < 2 ? null : tellApart(drawn.value.map(({ experiment }) => experiment)),
);

interface Told {
  readonly name: string;
  readonly shade?: number;
}

/** Of a run among those that are drawn. A name that the reader gave stays, where no other has it too. */
export function told(run: Run): Told {
  const own = run.name.value;
  const k = drawn.value.indexOf(run);
  if (apart.value === null || k < 0) return { name: own };
  const { names, shades } = apart.value;
  const isGiven = own !== describe(run.experiment) && drawn.value.every((one) => one === run || one.name.value !== own);
  return {
    name: isGiven || names[k] === '' ? own : names[k],
    ...(shades.length > 0 && { shade: shades[k] }),
  };
}

export function drawnOf(run: Run): Drawn {
  const { curves, events, ending } = run.data.value;
  return {
    id: run.id,
    experiment: run.experiment,
    curves,
    events,
    prediction: ending?.prediction ?? null,
    ...told(run),
  };
}
