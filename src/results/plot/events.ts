/** Marks of what went wrong during a run. */
import type { ResultEvent } from '../format.ts';
import { FAILURE_COLOR, METHOD_LABEL } from './palette.ts';

/** Marks of diverged replicas drawn a panel. */
const MOST_MARKS = 200;
/** Labelled rules drawn a panel. */
const MOST_RULES = 8;

/** A labelled rule where the limit ends; a tick at the foot of the panel for each diverged replica. `x` encodes the field t. */
export function eventLayers(events: readonly ResultEvent[], x: object, horizon: number, height: number): unknown[] {
  const times = (kind: ResultEvent['kind']) =>
    events.flatMap(({ kind: found, time, method }) => (found === kind && time !== null ? [{ t: time, method }] : []));
  const layers: unknown[] = times('blow-up')
    .slice(0, MOST_RULES)
    .flatMap(({ t, method }, i) => {
      const data = { values: [{ t, label: `${METHOD_LABEL[method]} blows up, t = ${Number(t.toPrecision(4))}` }] };
      // The label stands on the side that has room; the next one below it.
      const side = t < horizon / 2 ? { align: 'left', dx: 4 } : { align: 'right', dx: -4 };
      return [
        { data, mark: { type: 'rule', color: FAILURE_COLOR, strokeDash: [4, 3], strokeWidth: 1.5 }, encoding: { x } },
        {
          data,
          mark: { type: 'text', color: FAILURE_COLOR, baseline: 'top', fontSize: 11, clip: true, ...side },
          encoding: { x, y: { value: 4 + 14 * i }, text: { field: 'label' } },
        },
      ];
    });
  const ticks = times('diverged').slice(0, MOST_MARKS);
  if (ticks.length > 0) {
    layers.push({
      data: { values: ticks },
      mark: { type: 'rule', color: FAILURE_COLOR, strokeWidth: 1, opacity: 0.6 },
      encoding: { x, y: { value: height }, y2: { value: height - 8 } },
    });
  }
  return layers;
}
