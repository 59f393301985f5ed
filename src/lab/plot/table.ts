/** The numbers behind a plot: rows for the table and lines of CSV. */
import type { PlotModel, Series } from '../../results/plot/model.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

/** One row an x, one column a series, with its standard error and band where it has them. NaN where there is no value. */
export function tableOf({ series: all, x }: PlotModel): Table {
  const series = all.filter((one) => one.x.length > 0);
  const parts = series.flatMap((one) => columnsOf(one).map(([name, values]) => ({ one, name, values })));
  const grid = [...new Set(series.flatMap((one) => Array.from(one.x)))].sort((a, b) => a - b);
  const places = new Map(series.map((one) => [one, new Map(Array.from(one.x, (value, i) => [value, i]))]));
  return {
    columns: [x.label, ...parts.map(({ name }) => name)],
    rows: grid.map((value) => [
      value,
      ...parts.map(({ one, values }) => {
        const at = places.get(one)!.get(value);
        return at === undefined ? Number.NaN : values[at];
      }),
    ]),
  };
}

function columnsOf({ label, y, error, band }: Series): [string, ArrayLike<number>][] {
  return [
    [label, y],
    ...(error ? ([[`${label}: standard error`, error]] as [string, ArrayLike<number>][]) : []),
    ...(band
      ? ([
          [`${label}: 10% quantile`, band.low],
          [`${label}: 90% quantile`, band.high],
        ] as [string, ArrayLike<number>][])
      : []),
  ];
}

const cell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** RFC 4180, with lines of comment on top that begin with #. */
export function csvOf({ columns, rows }: Table, comments: readonly string[]): string {
  const lines = rows.map((row) => row.map((x) => (Number.isFinite(x) ? String(x) : '')).join(','));
  return `${[...comments.map((line) => `# ${line.replaceAll('\n', ' ')}`), columns.map(cell).join(','), ...lines].join('\n')}\n`;
}
