/** Axes: which scale suits the numbers, what it hides, where positions fall, and where labels stand. */
import type { Axis, ScaleKind, Series } from './model.ts';

interface Extent {
  min: number;
  max: number;
  /** Of the positive values, and of all magnitudes but 0. */
  minPositive: number;
  minMagnitude: number;
  count: number;
  zeros: number;
  negatives: number;
}

function extentOf(arrays: Iterable<ArrayLike<number>>): Extent {
  const extent: Extent = {
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    minPositive: Number.POSITIVE_INFINITY,
    minMagnitude: Number.POSITIVE_INFINITY,
    count: 0,
    zeros: 0,
    negatives: 0,
  };
  for (const array of arrays) {
    for (let i = 0; i < array.length; i++) {
      const x = array[i];
      if (!Number.isFinite(x)) continue;
      extent.count++;
      if (x < extent.min) extent.min = x;
      if (x > extent.max) extent.max = x;
      if (x === 0) extent.zeros++;
      else {
        if (x < 0) extent.negatives++;
        else if (x < extent.minPositive) extent.minPositive = x;
        const size = Math.abs(x);
        if (size < extent.minMagnitude) extent.minMagnitude = size;
      }
    }
  }
  return extent;
}

/** Span from which a logarithmic axis is the better one. */
const LOG_RATIO = 10;
/** Decades that a symlog axis shows below the largest magnitude. */
const SYMLOG_DECADES = 6;

export interface AxisRequest {
  readonly label: string;
  /** Null: what suits the numbers. */
  readonly wish: ScaleKind | null;
  /** Scale where the numbers do not decide. */
  readonly otherwise?: ScaleKind;
  /** Widened to hold these. */
  readonly include?: readonly number[];
  /** No room beyond the extreme values. */
  readonly tight?: boolean;
}

export interface ChosenAxis {
  readonly axis: Axis;
  /** What the scale hides, in words; empty if nothing. */
  readonly note: string;
}

function chooseScale(extent: Extent, otherwise: ScaleKind): ScaleKind {
  if (otherwise !== 'log') return otherwise;
  const isSigned = extent.zeros < extent.count / 2;
  if (isSigned && extent.negatives === 0 && extent.max / extent.minPositive >= LOG_RATIO) return 'log';
  // Below 0 throughout, and over decades: symlog is the logarithmic axis that keeps the sign.
  const isNegative = extent.negatives > 0 && extent.negatives + extent.zeros === extent.count;
  return isNegative && isSigned && -extent.min / extent.minMagnitude >= LOG_RATIO ? 'symlog' : 'linear';
}

export function chooseAxis(values: readonly ArrayLike<number>[], request: AxisRequest): ChosenAxis {
  const { label, wish, otherwise = 'log', include = [], tight = false } = request;
  const extent = extentOf([...values, include]);
  let scale = wish ?? chooseScale(extent, otherwise);
  let note = '';
  if (extent.count === 0)
    return { axis: { label, scale, threshold: 1, range: scale === 'log' ? [0.1, 1] : [0, 1] }, note };
  if (scale === 'log') {
    const lost = extent.zeros + extent.negatives;
    if (!(extent.max > 0)) {
      scale = 'symlog';
      note = `no value of “${label}” is positive: shown on a symlog axis`;
    } else if (lost > 0) {
      const what = extent.negatives === 0 ? 'equal to 0' : extent.zeros === 0 ? 'below 0' : 'at or below 0';
      note = `log axis: ${lost} ${lost === 1 ? 'value' : 'values'} ${what} not shown (symlog shows all)`;
    }
  }
  const largest = Math.max(Math.abs(extent.min), Math.abs(extent.max));
  const least = Math.min(extent.minMagnitude, largest);
  const threshold = largest > 0 ? 10 ** Math.ceil(Math.log10(Math.max(least, largest / 10 ** SYMLOG_DECADES))) : 1;
  if (scale === 'symlog') note ||= `symlog axis: linear between ±${tickLabel(threshold)}`;
  const low = scale === 'log' ? extent.minPositive : extent.min;
  return { axis: { label, scale, threshold, range: padded(low, extent.max, scale, threshold, tight) }, note };
}

/** Values whose spread is below this share of them are one value, and the noise of their rounding. */
const CONSTANT = 1e-6;

function padded(low: number, high: number, scale: ScaleKind, threshold: number, tight: boolean): [number, number] {
  const position = positionOf(scale, threshold);
  const value = fromPosition(scale, threshold);
  let [a, b] = [position(low), position(high)];
  if (!tight && !(high - low > CONSTANT * Math.max(Math.abs(low), Math.abs(high)))) {
    const room = scale === 'linear' ? Math.abs(high) * 0.1 || 1 : 0.5;
    a -= room;
    b += room;
  } else if (!tight) {
    const room = 0.04 * (b - a);
    a -= room;
    b += room;
  }
  return [value(a), value(b)];
}

/** Value → a number that grows evenly along the axis. */
export function positionOf(scale: ScaleKind, threshold: number): (value: number) => number {
  if (scale === 'log') return (x) => Math.log10(x);
  if (scale === 'symlog') return (x) => Math.asinh(x / (2 * threshold)) / Math.LN10;
  return (x) => x;
}

/** Its inverse. */
export function fromPosition(scale: ScaleKind, threshold: number): (position: number) => number {
  if (scale === 'log') return (x) => 10 ** x;
  if (scale === 'symlog') return (x) => 2 * threshold * Math.sinh(x * Math.LN10);
  return (x) => x;
}

/** All y-like arrays of the series that the axis follows: all of them, where it would follow none. */
export function valuesOf(series: readonly Series[]): ArrayLike<number>[] {
  const followed = series.filter(({ aside, x }) => !aside && x.length > 0);
  return (followed.length > 0 ? followed : series).flatMap(({ y, band }) => (band ? [y, band.low, band.high] : [y]));
}

export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** Places for about `wanted` labels between low and high. */
export function ticksOf(
  axis: Pick<Axis, 'scale' | 'threshold' | 'at'>,
  low: number,
  high: number,
  wanted: number,
): Tick[] {
  if (axis.at)
    return axis.at
      .filter((value) => value >= low && value <= high)
      .map((value) => ({ value, label: tickLabel(Number(value.toPrecision(4))) }));
  const values =
    axis.scale === 'linear'
      ? linearTicks(low, high, wanted)
      : axis.scale === 'log'
        ? logTicks(low, high, wanted)
        : symlogTicks(axis.threshold, low, high, wanted);
  // Whole decades read as powers of ten as soon as one of them has to.
  const powers =
    axis.scale === 'log' &&
    values.some((value) => value < 1e-3 || value >= 1e5) &&
    values.every((value) => Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9);
  return values.map((value) => ({
    value,
    label: powers ? `10${superscript(Math.round(Math.log10(value)))}` : tickLabel(value),
  }));
}

function linearTicks(low: number, high: number, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const rough = span / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((m) => m * power >= rough) ?? 10);
  const ticks: number[] = [];
  // Rounded to the step's own digits: 0.30000000000000004 is no label.
  const digits = Math.max(0, Math.min(20, 1 - Math.floor(Math.log10(step))));
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
    ticks.push(Number((k * step).toFixed(digits)) + 0);
  }
  return ticks;
}

function logTicks(low: number, high: number, wanted: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const decades = last - first + 1;
  if (decades >= 3) {
    const step = Math.max(1, Math.ceil(decades / wanted));
    const ticks: number[] = [];
    for (let n = Math.ceil(first / step) * step; n <= last; n += step) ticks.push(Number(`1e${n}`));
    return ticks;
  }
  const fine: number[] = [];
  for (let n = first - 1; n <= last; n++) {
    for (const m of [1, 2, 5]) {
      const value = Number(`${m}e${n}`);
      if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9)) fine.push(value);
    }
  }
  // A window of less than a step of 1, 2, 5 is as good as linear.
  return fine.length >= 2 ? fine : linearTicks(low, high, wanted);
}

/** 0 and the decades on both sides, thinned to the room there is. */
function symlogTicks(threshold: number, low: number, high: number, wanted: number): number[] {
  const position = positionOf('symlog', threshold);
  const apart = (position(high) - position(low)) / Math.max(1, wanted);
  const first = Math.ceil(Math.log10(threshold) - 1e-9);
  const last = Math.floor(Math.log10(Math.max(Math.abs(low), Math.abs(high))) + 1e-9);
  const step = Math.max(1, Math.ceil(apart));
  const all: number[] = [0];
  for (let n = first; n <= last; n++) {
    const value = Number(`1e${n}`);
    // Counted from the largest decade, and never on top of 0.
    if ((last - n) % step !== 0 || position(value) < 0.9 * apart) continue;
    all.push(-value, value);
  }
  const shown = all.filter((x) => x >= low && x <= high).sort((a, b) => a - b);
  return shown.length >= 2 ? shown : linearTicks(low, high, wanted);
}

const SUPERSCRIPT = '⁰¹²³⁴⁵⁶⁷⁸⁹';

export function superscript(n: number): string {
  return String(n).replace(/./g, (c) => (c === '-' ? '⁻' : SUPERSCRIPT[Number(c)]));
}

/** 0.01, 2·10⁻⁵: short, with a true minus sign. */
export function tickLabel(value: number): string {
  if (value === 0) return '0';
  const sign = value < 0 ? '−' : '';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) return sign + String(Number(size.toPrecision(10)));
  const [mantissa, exponent] = size.toExponential(10).split('e');
  const m = Number(Number(mantissa).toPrecision(6));
  return `${sign}${m === 1 ? '' : `${m}·`}10${superscript(Number(exponent))}`;
}

/** A value for reading: `digits` significant ones, and no more than there are before the point. */
export function readable(value: number, digits = 4): string {
  if (Number.isNaN(value)) return '–';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  if (value === 0) return '0';
  const sign = value < 0 ? '−' : '';
  const size = Math.abs(value);
  if (size >= 1e-3 && size < 1e5) {
    const places = digits - 1 - Math.floor(Math.log10(size));
    return sign + (places < 0 ? size.toFixed(0) : size.toPrecision(digits));
  }
  const [mantissa, exponent] = size.toExponential(digits - 1).split('e');
  return `${sign}${mantissa}·10${superscript(Number(exponent))}`;
}
