/** The methods side by side, for a terminal. */
import { shortLine } from '../problem/errors.ts';
import { describeStatistic } from '../statistics/index.ts';
import type { EstimateResult } from './estimates.ts';
import {
  type Curve,
  type InterpolationResult,
  isBelowFloor,
  type LayoutGap,
  methodName,
  type Result,
} from './format.ts';
import { WIDTH, wrap } from './wrap.ts';

/** Most rows of times a statistic. */
const MOST_ROWS = 6;

export function number(x: number | null | undefined, digits = 5): string {
  if (x === null || x === undefined) return '–';
  if (x === 0) return '0';
  return Math.abs(x) >= 1e-4 && Math.abs(x) < 1e6
    ? Number(x.toPrecision(digits)).toString()
    : x.toExponential(digits - 1);
}

/** Relative error from which the last of the digits shown may be wrong. */
const SHOWN_ERROR = 5e-5;

/** Mean ± standard error; of a PDE the value, with its numerical error where the digits shown are not all known. */
function value(curve: Curve, k: number): string {
  const mean = curve.mean[k];
  if (isBelowFloor(curve, k)) return `< ${number(curve.floor, 2)}`;
  const numerical = curve.error?.[k];
  if (curve.error && mean !== null && numerical === null) return `${number(mean)} ± ?`;
  const isRough = mean !== null && numerical && numerical > SHOWN_ERROR * Math.abs(mean);
  const error = curve.standardError?.[k] ?? (isRough ? numerical : null);
  return error === undefined || error === null ? number(mean) : `${number(mean)} ± ${number(error, 2)}`;
}

/**
 * (mean − reference)/standard error, of which the reference's numerical error is a part, less what the layout makes of it where that is
 * known; or the difference where there is no error to measure it by.
 */
function gap(curve: Curve, reference: Curve, k: number, layout: LayoutGap | undefined): string {
  const mean = curve.mean[k];
  if (isBelowFloor(curve, k) || isBelowFloor(reference, k)) return '–';
  const own = layout?.mean && k < layout.mean.length;
  const exact = own ? (k === 0 ? layout.value : layout.mean![k]) : reference.mean[k];
  const numerical = own ? (layout.error?.[k] ?? null) : reference.error ? reference.error[k] : 0;
  if (mean === null || exact === null || numerical === null) return '–';
  const spread = curve.standardError?.[k];
  const error = spread && Math.hypot(spread, numerical);
  const difference = mean - exact;
  // A spread of rounding errors only (all replicas start alike) measures nothing.
  const scale = 1e-13 * Math.max(Math.abs(mean), Math.abs(exact));
  if (Math.abs(difference) <= scale) return '0';
  const sign = difference < 0 ? '−' : '+';
  if (!error || error <= scale) return `${sign}${number(Math.abs(difference), 2)}`;
  const errors = Math.abs(difference) / error;
  return `${sign}${errors < 100 ? errors.toFixed(1) : errors.toPrecision(2)} s.e.`;
}

/** First, last and evenly spaced ones between; without repeats. */
function rows(count: number): number[] {
  const most = Math.min(count, MOST_ROWS);
  return Array.from({ length: most }, (_, i) => (most === 1 ? 0 : Math.round((i * (count - 1)) / (most - 1))));
}

/** What of a gap is the layout's; null where at t = 0 that is within rounding and the PDE's own error, or no ensemble shows a gap. */
function layoutLine({ value, limit, mean }: LayoutGap, curves: readonly Curve[]): string | null {
  if (value === null || limit === null || !curves.some(({ method }) => method === 'sgd' || method === 'sde'))
    return null;
  const difference = value - limit;
  const reference = curves.find(({ method }) => method === 'pde');
  const error = reference?.error?.[0] ?? 0;
  if (Math.abs(difference) <= Math.max(error, 1e-12 * Math.abs(limit))) return null;
  const part = (of: number, difference: number) => {
    const sign = difference < 0 ? '−' : '+';
    const share = of === 0 ? '' : `, ${sign}${number(Math.abs(100 * (difference / of)), 2)}%`;
    return `${sign}${number(Math.abs(difference), 2)}${share}`;
  };
  const words = `of the gap to the PDE the layout of the problem makes ${part(limit, difference)}, at t = 0`;
  const k = (reference?.times.length ?? 0) - 1;
  const [later, exact] = [mean?.[k] ?? null, reference?.mean[k] ?? null];
  if (!mean) return `${words}; later its part is not known, and no s.e. holds it`;
  const then =
    later === null || exact === null || k < 1
      ? ''
      : `, and ${part(exact, later - exact)}, at t = ${number(reference!.times[k])}`;
  return `${words}${then}; the s.e. tell the gap without it`;
}

/** `pde[2]`; beside finite data SDE and PDE say that they are the limit of fresh samples. */
function heading(curve: Curve, overSamples: boolean): string {
  const isFresh = overSamples && (curve.method === 'sde' || curve.method === 'pde');
  return `${methodName(curve)}${isFresh ? ' (fresh)' : ''}`;
}

function block(
  statistic: string,
  curves: readonly Curve[],
  layout: LayoutGap | undefined,
  width: number,
  overSamples: boolean,
): string[] {
  const { title, symbol } = describeStatistic(statistic);
  const caption = symbol === '⟨φ⟩' ? `mean of ${title}` : `${title} ${symbol}`;
  const reference = curves.find((curve) => curve.method === 'pde');
  const gaps = reference ? curves.filter((curve) => curve.method === 'sgd' || curve.method === 'sde') : [];
  const longest = curves.reduce((a, b) => (b.times.length > a.times.length ? b : a));
  const table = [
    [
      't',
      ...curves.map((curve) => `${heading(curve, overSamples)}${curve.quantiles ? ` ×${curve.count}` : ''}`),
      ...gaps.map((curve) => `${heading(curve, overSamples)} − ${heading(reference!, overSamples)}`),
    ],
    ...rows(longest.times.length).map((row) => {
      const time = longest.times[row];
      const at = (curve: Curve) => curve.times.indexOf(time);
      return [
        number(time),
        ...curves.map((curve) => value(curve, at(curve))),
        ...gaps.map((curve) => (at(reference!) < 0 || at(curve) < 0 ? '–' : gap(curve, reference!, at(curve), layout))),
      ];
    }),
  ];
  const widths = table[0].map((_, column) => Math.max(...table.map((cells) => cells[column].length)));
  const parts = columnsWithin(width - INDENT.length, widths).map((columns) =>
    table.map((cells) => `${INDENT}${columns.map((k) => cells[k].padStart(widths[k])).join(GAP)}`.trimEnd()),
  );
  const made = layout ? layoutLine(layout, curves) : null;
  return [
    ...wrap(caption, width, INDENT),
    ...parts.flatMap((lines, i) => (i === 0 ? lines : ['', ...lines])),
    ...(made === null ? [] : wrap(INDENT + made, width, INDENT)),
  ];
}

const INDENT = '  ';
const GAP = '   ';

/** Columns 1, 2, … in as few tables as fit into the width, in order; each begins with column 0, and has one other at least. */
function columnsWithin(width: number, widths: readonly number[]): number[][] {
  const tables: number[][] = [];
  let used = Number.POSITIVE_INFINITY;
  for (let k = 1; k < widths.length; k++) {
    if (used + GAP.length + widths[k] > width) {
      tables.push([0]);
      used = widths[0];
    }
    tables[tables.length - 1].push(k);
    used += GAP.length + widths[k];
  }
  return tables;
}

/** Estimates of a method that are one number (or one a save time, then the last), each with its interval, N used and N failed. */
function estimateLine(estimate: EstimateResult): string | null {
  const say = (what: string, middle: string, used: number) =>
    `${methodName(estimate)}: ${what} = ${middle}; ${used} used, ${estimate.failed} failed`;
  const last = (values: readonly (number | null)[]) => values[values.length - 1];
  const percent = 'confidence' in estimate ? `${number(100 * estimate.confidence)}%` : '';
  switch (estimate.kind) {
    case 'tail':
    case 'blow-up':
    case 'convergence': {
      const [low, high] = estimate.interval;
      const event = {
        tail: () => estimate.kind === 'tail' && `${estimate.statistic} > ${estimate.above} at t = ${estimate.time}`,
        'blow-up': () => estimate.kind === 'blow-up' && `blow-up by t = ${estimate.before}`,
        convergence: () =>
          estimate.kind === 'convergence' &&
          `R(t) ≤ ${estimate.constant} e^(−${estimate.rate}t) R(0) up to t = ${estimate.time}`,
      }[estimate.kind]();
      const value = `${number(estimate.probability)} [${number(low, 4)}, ${number(high, 4)}] (${percent} ${estimate.rule})`;
      return say(`P(${event})`, value, estimate.count);
    }
    case 'rate': {
      const { statistic, from, to, mean, standardError, standardDeviation, predicted } = estimate;
      const spread = `spread ${number(standardDeviation, 2)}`;
      const theory = predicted === null ? '' : `, predicted ${number(predicted)}`;
      // Nothing has diverged, and yet there is no slope: the values are 0, or below the rounding floor.
      const isLost = mean === null && estimate.unfitted > 0;
      const value = isLost
        ? `not known: fewer than two values above the rounding floor${theory}`
        : `${number(mean)} ± ${number(standardError, 2)}, ${spread}${theory}`;
      return say(`rate of ${statistic} over t = ${from} … ${to}`, value, estimate.count);
    }
    case 'distribution': {
      const middle = estimate.quantiles.map(
        ({ probability, values }) => `${number(100 * probability)}%: ${number(last(values))}`,
      );
      const used = last(estimate.counts) ?? 0;
      return say(`quantiles of ${estimate.statistic} at t = ${number(last(estimate.times))}`, middle.join('  '), used);
    }
    case 'covariance': {
      const [x, y] = estimate.statistics;
      const value = `${number(last(estimate.correlation), 4)} [${number(last(estimate.low), 4)}, ${number(last(estimate.high), 4)}] (${percent})`;
      return say(
        `correlation of ${x} and ${y} at t = ${number(last(estimate.times))}`,
        value,
        last(estimate.counts) ?? 0,
      );
    }
    default:
      return null; // histograms are in the file
  }
}

/** Where a method ended, and the solutions that it leads to, a line each. */
function interpolationLines(found: InterpolationResult): string[] {
  const { own, initial, final } = found;
  const say = ({ mean, standardError }: (typeof own)['l1']) =>
    standardError === null ? number(mean) : `${number(mean)} ± ${number(standardError, 2)}`;
  const of = (what: string, solution: typeof initial) =>
    solution
      ? [
          `${methodName(found)}: solution for |u² − v²| ${what}: ‖β‖₁/d = ${say(solution.l1)}, R = ${say(solution.risk)}, mean square distance to the end ${say(solution.distance)}`,
        ]
      : [];
  return [
    `${methodName(found)}: at t = ${number(found.time)} ‖β‖₁/d = ${say(own.l1)}, R = ${say(own.risk)}`,
    ...of('at the start', initial),
    ...of('at the end', final),
  ];
}

/**
 * One block a statistic: a handful of save times down, methods across (mean ± standard error), then the gap of each ensemble to the
 * PDE in standard errors of its mean. Below, the estimates asked for, and what diverged or failed. Pure text, no colours, lines ended by \n.
 * Where the methods are wider than `width` characters, a statistic has several tables below each other.
 */
export function formatTable(
  result: Pick<Result, 'curves' | 'events' | 'estimates' | 'layout' | 'interpolation'> &
    Partial<Pick<Result, 'experiment'>>,
  { width = WIDTH }: { readonly width?: number } = {},
): string {
  const names = [...new Set(result.curves.map((curve) => curve.statistic))];
  const overSamples = (result.experiment?.problem.data?.kind ?? 'fresh') !== 'fresh';
  const blocks = names.map((name) =>
    block(
      name,
      result.curves.filter((curve) => curve.statistic === name),
      result.layout?.find(({ statistic }) => statistic === name),
      width,
      overSamples,
    ).join('\n'),
  );
  const notes = new Set<string>();
  for (const curve of result.curves) {
    if (curve.failed > 0) {
      notes.add(
        `${methodName(curve)}: ${curve.failed} of ${curve.count} replicas diverged and left the averages from then on`,
      );
    }
  }
  for (const curve of result.curves) {
    const k = curve.times.findIndex((_, i) => isBelowFloor(curve, i));
    if (k < 0) continue;
    notes.add(
      `${methodName(curve)}: ${curve.statistic} is below its rounding floor, ${number(curve.floor, 2)}, from t = ${number(curve.times[k])} on; values there say how the engine rounds`,
    );
  }
  for (const event of result.events) {
    if (event.kind !== 'diverged') notes.add(`${methodName(event)}: ${event.message.replace(/\s+/g, ' ')}`);
  }
  const ends = (result.interpolation ?? []).flatMap(interpolationLines);
  if (ends.length > 0)
    blocks.push(['interpolation', ...ends.flatMap((line) => wrap(INDENT + line, width, INDENT + INDENT))].join('\n'));
  const estimates = (result.estimates ?? []).map(estimateLine).filter((line) => line !== null);
  if (estimates.length > 0)
    blocks.push(
      ['estimates', ...estimates.flatMap((line) => wrap(INDENT + shortLine(line), width, INDENT + INDENT))].join('\n'),
    );
  if (blocks.length === 0) blocks.push('no curves');
  return `${[...blocks, ...(notes.size ? [[...notes].flatMap((note) => wrap(shortLine(note), width, INDENT)).join('\n')] : [])].join('\n\n')}\n`;
}
