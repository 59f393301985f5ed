/** Names, colours, and the values at the cursor, without one the last values. */
import { readable } from '../../results/plot/axis.ts';
import type { Series } from '../../results/plot/model.ts';
import { colorOf } from '../../results/plot/palette.ts';
import { paletteNow } from '../plot/ink.ts';
import { hidden } from '../state/view.ts';

/** The last value of a series that has one. */
function lastPlace({ y }: Series): number {
  let k = y.length - 1;
  while (k >= 0 && !Number.isFinite(y[k])) k--;
  return k;
}

export function toggleHidden(id: string): void {
  const next = new Set(hidden.value);
  if (!next.delete(id)) next.add(id);
  hidden.value = next;
}

/** Where the cursor of a plot is. */
export interface Cursor {
  readonly index: number;
  readonly x: number;
  readonly places: readonly Int32Array[];
}

interface LegendProps {
  readonly series: readonly Series[];
  readonly cursor: Cursor | null;
  readonly below: ReadonlyMap<string, string> | undefined;
}

export function Legend({ series, cursor, below }: LegendProps) {
  const palette = paletteNow();
  return (
    <ul class="legend">
      {series.map((one, k) => {
        if (one.inLegend === false) return null;
        const { id, label, dash, y, error, opacity, band, points, width } = one;
        const place = cursor ? (cursor.places[k]?.[cursor.index] ?? -1) : one.steps ? -1 : lastPlace(one);
        const value = place >= 0 ? readable(y[place]) : '';
        const off = hidden.value.has(id);
        return (
          <li key={id}>
            <button
              type="button"
              aria-pressed={!off}
              class={`legend-item${y.length === 0 ? ' waiting' : ''}`}
              onClick={() => toggleHidden(id)}
              title={`${off ? 'Show' : 'Hide'} ${label}`}
            >
              <svg class="swatch" width="24" height="12" aria-hidden="true" style={{ color: colorOf(palette, one) }}>
                {band && <rect width="24" height="12" class="swatch-band" />}
                {width > 0 && (
                  <path d="M0 6H24" stroke-width={width} stroke-dasharray={dash.join(' ')} opacity={opacity} />
                )}
                {points && [4, 12, 20].map((x) => <circle key={x} cx={x} cy={6} r={2} class="swatch-point" />)}
              </svg>
              <span>{label}</span>
            </button>
            <output class="value">
              {value}
              {value !== '' && error && Number.isFinite(error[place]) ? ` ± ${readable(error[place], 2)}` : ''}
            </output>
            {below && (
              <output class="value gap" data-testid={below.has(id) ? 'gap' : undefined}>
                {below.get(id) ?? ''}
              </output>
            )}
          </li>
        );
      })}
    </ul>
  );
}
