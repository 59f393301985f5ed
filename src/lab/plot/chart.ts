/** A plot model on a canvas: uPlot draws the lines, this file the bands, guides and marks, and turns gestures into zooms. */
import uPlot from 'uplot';
import type { Zoom } from '../state/view.ts';
import { type Aligned, align } from './align.ts';
import { fromPosition, positionOf, type Tick, ticksOf } from './axis.ts';
import type { Palette } from './ink.ts';
import type { Axis, PlotModel, Series } from './model.ts';

export interface ChartView {
  readonly zoom: Zoom | null;
  readonly hidden: ReadonlySet<string>;
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
}

export interface ChartEvents {
  zoom(zoom: Zoom | null): void;
  /** Place of the cursor among the drawn x, and the x; null when it leaves. */
  cursor(at: { readonly index: number; readonly x: number; readonly places: readonly Int32Array[] } | null): void;
}

const FONT = '12px system-ui, sans-serif';
const BAND_OPACITY = 0.2;

const scaleOf = (axis: Axis): uPlot.Scale => ({
  time: false,
  distr: 100,
  fwd: positionOf(axis.scale, axis.threshold),
  bwd: fromPosition(axis.scale, axis.threshold),
});

export class Chart {
  readonly #host: HTMLElement;
  readonly #events: ChartEvents;
  #plot: uPlot | null = null;
  #structure = '';
  #model!: PlotModel;
  #view!: ChartView;
  #aligned: Aligned = { data: [[]], places: [] };

  constructor(host: HTMLElement, events: ChartEvents) {
    this.#host = host;
    this.#events = events;
  }

  /** Draws a model; what has not changed is kept. */
  update(model: PlotModel, view: ChartView): void {
    const before = this.#view;
    this.#model = model;
    this.#view = view;
    this.#aligned = align(model);
    const { series, x, y } = model;
    const structure = JSON.stringify([
      series.map(({ id, ink, width, dash, opacity, steps, points, fill }) => [
        id,
        ink,
        width,
        dash,
        opacity,
        steps,
        points,
        fill,
      ]),
      [x.scale, x.label, y.scale, y.threshold, y.label],
      view.palette,
    ]);
    if (this.#plot === null || structure !== this.#structure) {
      this.#structure = structure;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(), this.#aligned.data, this.#host);
      this.#plot.over.addEventListener('wheel', this.#wheel, { passive: false });
      this.#plot.over.addEventListener('pointerdown', this.#pointerDown, { capture: true });
      this.#plot.over.addEventListener('dblclick', () => this.#events.zoom(null));
    } else {
      this.#plot.batch(() => {
        if (before.width !== view.width || before.height !== view.height) this.#plot!.setSize(view);
        this.#plot!.setData(this.#aligned.data, true);
        series.forEach(({ id }, k) => {
          const show = !view.hidden.has(id);
          if (this.#plot!.series[k + 1].show !== show) this.#plot!.setSeries(k + 1, { show });
        });
      });
    }
  }

  destroy(): void {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** What is shown now. */
  get window(): Zoom {
    return this.#view.zoom ?? { x: this.#model.x.range, y: this.#model.y.range };
  }

  /** Moves the window by shares of its size (pan), or scales it about its middle or a point in it (zoom). */
  move(dx: number, dy: number, factor = 1, about: readonly [number, number] = [0.5, 0.5]): void {
    const { x, y } = this.window;
    const change = (
      axis: Axis,
      [low, high]: readonly [number, number],
      shift: number,
      at: number,
    ): [number, number] => {
      const position = positionOf(axis.scale, axis.threshold);
      const value = fromPosition(axis.scale, axis.threshold);
      const [a, b] = [position(low), position(high)];
      const pivot = a + at * (b - a);
      const offset = shift * (b - a);
      return [value(pivot + (a - pivot) * factor + offset), value(pivot + (b - pivot) * factor + offset)];
    };
    this.#events.zoom({
      x: change(this.#model.x, x, dx, about[0]),
      y: change(this.#model.y, y, dy, about[1]),
    });
  }

  /** Moves the cursor along the drawn x by keyboard. */
  step(by: number | 'first' | 'last'): void {
    const plot = this.#plot;
    if (!plot) return;
    const grid = plot.data[0];
    if (grid.length === 0) return;
    const at = plot.cursor.idx ?? (typeof by === 'number' && by < 0 ? grid.length : -1);
    const next = by === 'first' ? 0 : by === 'last' ? grid.length - 1 : Math.max(0, Math.min(grid.length - 1, at + by));
    plot.setCursor({ left: plot.valToPos(grid[next], 'x'), top: plot.over.clientHeight / 2 });
  }

  #options(): uPlot.Options {
    const { x, y, series } = this.#model;
    const { palette, width, height } = this.#view;
    const axis = (own: Axis, space: number): uPlot.Axis => {
      let ticks: Tick[] = [];
      return {
        label: own.label,
        labelFont: FONT,
        font: FONT,
        labelSize: 24,
        labelGap: 4,
        stroke: palette.quiet,
        grid: { stroke: palette.grid, width: 1 },
        ticks: { stroke: palette.grid, width: 1, size: 4 },
        splits: (plot, index, low, high) => {
          const room = (index === 0 ? plot.bbox.width : plot.bbox.height) / devicePixelRatio / space;
          ticks = ticksOf(own, low, high, Math.max(2, Math.floor(room)));
          return ticks.map(({ value }) => value);
        },
        values: () => ticks.map(({ label }) => label),
        filter: (_, values) => values,
      };
    };
    return {
      width,
      height,
      legend: { show: false },
      padding: [12, 16, 0, 0],
      scales: {
        x: { ...scaleOf(x), range: () => [...this.window.x] as [number, number] },
        y: { ...scaleOf(y), range: () => [...this.window.y] as [number, number] },
      },
      axes: [
        { ...axis(x, 60), size: 28 },
        {
          ...axis(y, 32),
          size: (_, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((text) => String(text).length)),
        },
      ],
      series: [{}, ...series.map((one) => this.#series(one))],
      cursor: {
        drag: { x: true, y: true, uni: 24, setScale: false },
        points: { size: 7, width: 2 },
        focus: { prox: -1 },
      },
      hooks: {
        drawAxes: [(plot) => this.#drawUnder(plot)],
        draw: [(plot) => this.#drawMarks(plot)],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [(plot) => this.#cursorMoved(plot)],
      },
    };
  }

  #series({ id, ink, width, dash, opacity, steps, points, fill }: Series): uPlot.Series {
    const color = this.#view.palette.ink[ink];
    return {
      show: !this.#view.hidden.has(id),
      stroke: color,
      width,
      alpha: opacity,
      dash: [...dash],
      spanGaps: false,
      ...(fill ? { fill: withAlpha(color, 0.18) } : {}),
      ...(steps ? { paths: uPlot.paths.stepped!({ align: 1 }) } : {}),
      ...(width === 0 ? { paths: () => null } : {}),
      points: points
        ? { show: true, size: width === 0 ? 4 : 6, fill: color, stroke: color, width: 0 }
        : { show: false },
    };
  }

  #visible(): Series[] {
    return this.#model.series.filter(({ id }) => !this.#view.hidden.has(id));
  }

  #drawUnder(plot: uPlot): void {
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    for (const { from, to } of this.#model.guides) {
      const [a, b] = [plot.valToPos(from, 'y', true), plot.valToPos(to, 'y', true)];
      ctx.fillStyle = this.#view.palette.grid;
      ctx.globalAlpha = from === to ? 1 : 0.5;
      ctx.fillRect(bbox.left, Math.min(a, b) - 0.5, bbox.width, Math.max(devicePixelRatio, Math.abs(a - b)));
    }
    const floor = plot.scales.y.min!;
    for (const { band, x, ink, opacity, steps } of this.#visible()) {
      if (band === null) continue;
      ctx.globalAlpha = BAND_OPACITY * opacity;
      ctx.fillStyle = this.#view.palette.ink[ink];
      for (const part of bandPolygons(x, band, steps ?? false, this.#model, floor)) {
        ctx.beginPath();
        for (const [px, py] of part) ctx.lineTo(plot.valToPos(px, 'x', true), plot.valToPos(py, 'y', true));
        ctx.closePath();
        ctx.fill();
      }
    }
    ctx.restore();
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio;
    ctx.save();
    ctx.font = FONT.replace('12', String(12 * unit));
    ctx.textBaseline = 'top';
    const [low, high] = this.window.x;
    for (const { x, label, ink } of this.#model.marks) {
      if (x < low || x > high) continue;
      const at = plot.valToPos(x, 'x', true);
      ctx.strokeStyle = this.#view.palette.ink[ink];
      ctx.fillStyle = this.#view.palette.ink[ink];
      ctx.lineWidth = unit;
      ctx.setLineDash(label === '' ? [] : [4 * unit, 3 * unit]);
      ctx.beginPath();
      // A replica's end is a tick at the foot; the limit's end a line.
      ctx.moveTo(at, label === '' ? bbox.top + bbox.height - 8 * unit : bbox.top);
      ctx.lineTo(at, bbox.top + bbox.height);
      ctx.stroke();
      if (label === '') continue;
      const room = at - bbox.left > bbox.width / 2;
      ctx.textAlign = room ? 'right' : 'left';
      ctx.fillText(label, at + (room ? -6 : 6) * unit, bbox.top + 6 * unit);
    }
    ctx.restore();
  }

  #selected(plot: uPlot): void {
    const { left, top, width, height } = plot.select;
    if (width < 8 && height < 8) return;
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    const { x, y } = this.window;
    // A drag that hardly moves one way selects along the other only; uPlot then gives the whole height or width.
    const wide = width >= 8;
    const tall = height >= 8;
    this.#events.zoom({
      x: wide ? [plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')] : x,
      y: tall ? [plot.posToVal(top + height, 'y'), plot.posToVal(top, 'y')] : y,
    });
  }

  #cursorMoved(plot: uPlot): void {
    const { idx, left } = plot.cursor;
    if (idx === null || idx === undefined || left === undefined || left < 0) this.#events.cursor(null);
    else this.#events.cursor({ index: idx, x: plot.data[0][idx], places: this.#aligned.places });
  }

  readonly #wheel = (event: WheelEvent) => {
    // Pages scroll by wheel: a plot takes it only with a modifier.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault();
    const box = this.#plot!.over.getBoundingClientRect();
    const about: [number, number] = [
      (event.clientX - box.left) / box.width,
      1 - (event.clientY - box.top) / box.height,
    ];
    this.move(0, 0, Math.exp(Math.sign(event.deltaY || event.deltaX) * 0.15), about);
  };

  readonly #pointerDown = (event: PointerEvent) => {
    // Shift or the middle button pans; without either uPlot selects a window.
    if (!(event.shiftKey || event.button === 1)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const over = this.#plot!.over;
    const swallow = (mouse: Event) => mouse.stopImmediatePropagation();
    over.addEventListener('mousedown', swallow, { capture: true, once: true });
    let [x, y] = [event.clientX, event.clientY];
    const move = (next: PointerEvent) => {
      const box = over.getBoundingClientRect();
      this.move((x - next.clientX) / box.width, (next.clientY - y) / box.height);
      [x, y] = [next.clientX, next.clientY];
    };
    const up = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
  };
}

function withAlpha(color: string, alpha: number): string {
  return `color-mix(in srgb, ${color} ${alpha * 100}%, transparent)`;
}

/** The band's outline, cut where a value is missing; what a log axis cannot hold ends at the floor of the window. */
export function bandPolygons(
  x: ArrayLike<number>,
  { low, high }: NonNullable<Series['band']>,
  steps: boolean,
  { x: xAxis, y: yAxis }: Pick<PlotModel, 'x' | 'y'>,
  floor: number,
): [number, number][][] {
  const parts: [number, number][][] = [];
  let top: [number, number][] = [];
  let bottom: [number, number][] = [];
  const close = () => {
    if (top.length > 1) parts.push([...top, ...bottom.reverse()]);
    top = [];
    bottom = [];
  };
  const onAxis = (value: number) => (yAxis.scale === 'log' && !(value > 0) ? floor : value);
  for (let i = 0; i < x.length; i++) {
    if (xAxis.scale === 'log' && !(x[i] > 0)) continue;
    if (!Number.isFinite(low[i]) || !Number.isFinite(high[i])) {
      close();
      continue;
    }
    top.push([x[i], onAxis(high[i])]);
    bottom.push([x[i], onAxis(low[i])]);
    if (steps && i + 1 < x.length) {
      top.push([x[i + 1], onAxis(high[i])]);
      bottom.push([x[i + 1], onAxis(low[i])]);
    }
  }
  close();
  return parts;
}
