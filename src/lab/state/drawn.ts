/** The page's runs as plots see them. */
import type { Drawn } from '../../results/plot/series.ts';
import type { Run } from './runs.ts';

export function drawnOf(run: Run): Drawn {
  const { curves, events, ending } = run.data.value;
  return {
    id: run.id,
    name: run.name.value,
    experiment: run.experiment,
    curves,
    events,
    prediction: ending?.prediction ?? null,
  };
}
