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

/** All of them together: hidden as soon as one is shown. */
function toggleAll(ids: readonly string[]): void {
  const next = new Set(hidden.value);
  const isShown = ids.some((id) => !next.has(id));
  for (const id of ids) {
    if (isShown) next.add(id);
    else next.delete(id);
  }
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

/** Runs from which on they stand in the legend by themselves, and the methods once. */
const SEVERAL = 3;

interface Group {
  readonly name: string;
  /** Place in the series. */
  readonly members: readonly number[];
}

function groupsBy(series: readonly Series[], keyOf: (one: Series) => string): Group[] {
  const groups = new Map<string, number[]>();
  series.forEach((one, k) => {
    if (one.run === undefined || one.inLegend === false) return;
    groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), k]);
  });
  return [...groups].map(([name, members]) => ({ name, members }));
}

/** A name a run, with its colour or dash and the value of its first curve; then a name a method. */
function SeveralLegend({ series, cursor }: LegendProps) {
  const palette = paletteNow();
  const item = ({ name, members }: Group, swatch: Series, color: string, value: string) => {
    const ids = members.map((k) => series[k].id);
    const off = ids.every((id) => hidden.value.has(id));
    return (
      <li key={name}>
        <button
          type="button"
          aria-pressed={!off}
          class="legend-item"
          onClick={() => toggleAll(ids)}
          title={`${off ? 'Show' : 'Hide'} ${name}`}
        >
          <svg class="swatch" width="24" height="12" aria-hidden="true" style={{ color }}>
            {swatch.band && <rect width="24" height="12" class="swatch-band" />}
            <path d="M0 6H24" stroke-dasharray={swatch.dash.join(' ')} opacity={swatch.opacity} />
          </svg>
          <span>{name}</span>
        </button>
        <output class="value">{value}</output>
      </li>
    );
  };
  const valueAt = (k: number) => {
    const place = cursor ? (cursor.places[k]?.[cursor.index] ?? -1) : lastPlace(series[k]);
    return place >= 0 ? readable(series[k].y[place]) : '';
  };
  const byRun = groupsBy(series, ({ run }) => run ?? '').sort((a, b) => shadeOf(series, a) - shadeOf(series, b));
  const byMethod = groupsBy(series, methodOf);
  return (
    <ul class="legend several">
      {byRun.map((group) => {
        const [first] = group.members;
        const one = series[first];
        return item(group, { ...one, band: null }, colorOf(palette, { ...one, ink: 'muted' }), valueAt(first));
      })}
      {byMethod.map((group) => {
        const { shade, ...one } = series[group.members[0]];
        const color = shade === undefined ? colorOf(palette, one) : palette.ink.muted;
        return item(group, { ...one, opacity: 1, ...(shade === undefined && { dash: [] }) }, color, '');
      })}
    </ul>
  );
}

const shadeOf = (series: readonly Series[], { members }: Group) => series[members[0]].shade ?? 0;
/** `SGD` of `SGD, mean of 8 — γ = 0.5` */
const methodOf = ({ label }: Series) => label.replace(/ — .*$/, '').replace(/, mean of .*$/, '');

export function Legend(props: LegendProps) {
  const runs = new Set(props.series.flatMap(({ run }) => run ?? []));
  const isShaded = props.series.some(({ shade }) => shade !== undefined);
  return runs.size >= SEVERAL || (isShaded && runs.size > 1) ? (
    <SeveralLegend {...props} />
  ) : (
    <PlainLegend {...props} />
  );
}

function PlainLegend({ series, cursor, below }: LegendProps) {
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
