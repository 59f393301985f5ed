/** A plot model on a canvas: uPlot keeps scales, axes and the cursor, this file draws what the model holds and turns gestures into zooms. */
import uPlot from 'uplot';
import { fromPosition, positionOf, type Tick, ticksOf } from '../../results/plot/axis.ts';
import type { Axis, PlotModel, Series, Zoom } from '../../results/plot/model.ts';
import { colorOf, type Palette } from '../../results/plot/palette.ts';
import { BAND_OPACITY, LOW, REPLICA_OPACITY } from '../../results/plot/panel.ts';
import { bandsOf, linesOf, type Place, stepsOf } from '../../results/plot/shapes.ts';
import { type Aligned, align } from './align.ts';
import { Gestures } from './gestures.ts';

export interface ChartView {
  readonly zoom: Zoom | null;
  readonly hidden: ReadonlySet<string>;
  readonly palette: Palette;
  readonly width: number;
  readonly height: number;
  /** Room for the numbers and the name of the y axis, where charts stand below each other. */
  readonly left?: number;
  /** Whether the x axis has numbers and a name. */
  readonly xWords?: boolean;
  /** Of letters and lines, for a screen that is looked at from afar. */
  readonly scale?: number;
}

export interface ChartEvents {
  zoom(zoom: Zoom | null): void;
  /** Place of the cursor among the drawn x, and the x; null when it leaves. */
  cursor(at: { readonly index: number; readonly x: number; readonly places: readonly Int32Array[] } | null): void;
}

const FONT = 12;

const scaleOf = (axis: Axis): uPlot.Scale => ({
  time: false,
  distr: 100,
  fwd: positionOf(axis.scale, axis.threshold),
  bwd: fromPosition(axis.scale, axis.threshold),
});

export class Chart {
  readonly #host: HTMLElement;
  readonly #sync: string;
  readonly #events: ChartEvents;
  readonly #gestures: Gestures;
  #plot: uPlot | null = null;
  #structure = '';
  #model!: PlotModel;
  #view!: ChartView;
  #aligned: Aligned = { data: [[]], places: [] };

  /** Charts of one `sync` share their cursor. */
  constructor(host: HTMLElement, sync: string, events: ChartEvents) {
    this.#host = host;
    this.#sync = sync;
    this.#events = events;
    this.#gestures = new Gestures((...change) => this.move(...change));
  }

  /** Draws a model; what has not changed is kept. */
  update(model: PlotModel, view: ChartView): void {
    const before = this.#view;
    this.#model = model;
    this.#view = view;
    this.#aligned = align(model);
    const { series, x, y } = model;
    const structure = JSON.stringify([
      series.map(({ id }) => id),
      [x.scale, x.label, y.scale, y.threshold, y.label],
      [view.palette.text, view.left, view.xWords, view.scale],
    ]);
    if (this.#plot === null || structure !== this.#structure) {
      this.#structure = structure;
      this.#plot?.destroy();
      this.#plot = new uPlot(this.#options(), this.#aligned.data, this.#host);
      this.#gestures.attach(this.#plot.over);
      this.#plot.over.addEventListener('dblclick', () => this.#events.zoom(null));
    } else {
      this.#plot.batch(() => {
        if (before.width !== view.width || before.height !== view.height) this.#plot!.setSize(view);
        this.#plot!.setData(this.#aligned.data, true);
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
    const { palette, width, height, left, xWords = true, scale = 1 } = this.#view;
    const font = `${FONT * scale}px system-ui, sans-serif`;
    const axis = (own: Axis, space: number): uPlot.Axis => {
      let ticks: Tick[] = [];
      return {
        label: own.label,
        labelFont: font,
        font,
        labelSize: 24 * scale,
        labelGap: 4,
        stroke: palette.quiet,
        grid: { stroke: palette.grid, width: 1 },
        ticks: { stroke: palette.grid, width: 1, size: 4 },
        splits: (plot, index, low, high) => {
          const room = (index === 0 ? plot.bbox.width : plot.bbox.height) / devicePixelRatio / (space * scale);
          ticks = ticksOf(own, low, high, Math.max(2, Math.floor(room)));
          return ticks.map(({ value }) => value);
        },
        values: () => ticks.map(({ label }) => label),
        filter: (_, values) => values,
      };
    };
    const bare = { label: undefined, labelSize: 0, values: (_: uPlot, splits: number[]) => splits.map(() => '') };
    const sized = (_: uPlot, values: string[] | null) =>
      left === undefined
        ? 16 + 7 * scale * Math.max(3, ...(values ?? []).map((text) => String(text).length))
        : left * scale - 24 * scale;
    return {
      width,
      height,
      legend: { show: false },
      padding: [8, 16, 0, 0],
      scales: {
        x: { ...scaleOf(x), range: () => [...this.window.x] as [number, number] },
        y: { ...scaleOf(y), range: () => [...this.window.y] as [number, number] },
      },
      axes: [
        { ...axis(x, 60), size: 28 * scale, ...(xWords ? {} : { ...bare, size: 6 }) },
        { ...axis(y, height < LOW ? 20 : 32), size: sized },
      ],
      // The cursor's points need the series; the lines are drawn below, from the same shapes as in files.
      series: [{}, ...series.map(() => ({ paths: () => null, points: { show: false } }))],
      cursor: {
        drag: { x: true, y: true, uni: 24, setScale: false },
        points: {
          size: 7 * scale,
          width: 2,
          stroke: (_, k) => colorOf(palette, this.#model.series[k - 1] ?? series[k - 1]),
          fill: (_, k) => colorOf(palette, this.#model.series[k - 1] ?? series[k - 1]),
        },
        focus: { prox: -1 },
        sync: { key: this.#sync, scales: ['x', null] },
      },
      hooks: {
        drawAxes: [(plot) => this.#draw(plot)],
        draw: [(plot) => this.#drawMarks(plot)],
        setSelect: [(plot) => this.#selected(plot)],
        setCursor: [(plot) => this.#cursorMoved(plot)],
      },
    };
  }

  #visible(): Series[] {
    return this.#model.series.filter(({ id, x }) => !this.#view.hidden.has(id) && x.length > 0);
  }

  /** Guides, then bands, then lines in the order of the model, all inside the frame. */
  #draw(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio * (this.#view.scale ?? 1);
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.lineJoin = 'round';
    for (const { from, to } of this.#model.guides) {
      const [a, b] = [plot.valToPos(from, 'y', true), plot.valToPos(to, 'y', true)];
      ctx.fillStyle = this.#view.palette.grid;
      ctx.globalAlpha = from === to ? 1 : 0.5;
      ctx.fillRect(bbox.left, Math.min(a, b) - 0.5, bbox.width, Math.max(devicePixelRatio, Math.abs(a - b)));
    }
    const place = ([x, y]: Place): Place => [plot.valToPos(x, 'x', true), plot.valToPos(y, 'y', true)];
    const visible = this.#visible();
    for (const one of visible) this.#drawBand(ctx, one, place, plot.scales.y.min!, unit);
    for (const one of visible) this.#drawLine(ctx, one, place, plot.scales.y.min!, unit);
    ctx.restore();
  }

  #drawBand(
    ctx: CanvasRenderingContext2D,
    one: Series,
    place: (at: Place) => Place,
    floor: number,
    unit: number,
  ): void {
    ctx.globalAlpha = BAND_OPACITY * one.opacity;
    ctx.fillStyle = colorOf(this.#view.palette, one);
    ctx.strokeStyle = ctx.fillStyle;
    for (const part of bandsOf(one, this.#model, floor)) {
      const shape = pathOf([part], place, true);
      // One save time: a bar as wide as a line.
      ctx.lineWidth = 5 * unit;
      if (part.length === 2) ctx.stroke(shape);
      else ctx.fill(shape);
    }
  }

  #drawLine(
    ctx: CanvasRenderingContext2D,
    one: Series,
    place: (at: Place) => Place,
    floor: number,
    unit: number,
  ): void {
    const color = colorOf(this.#view.palette, one);
    ctx.strokeStyle = color;
    ctx.fillStyle = color;
    ctx.lineWidth = 0.75 * unit;
    ctx.globalAlpha = REPLICA_OPACITY * one.opacity;
    for (const replica of one.replicas ?? [])
      ctx.stroke(pathOf(linesOf(one.x, replica, this.#model).pieces, place, false));
    ctx.globalAlpha = one.opacity;
    ctx.lineWidth = one.width * unit;
    ctx.setLineDash(one.dash.map((length) => length * unit));
    if (one.steps) {
      const shape = pathOf(stepsOf(one.x, one.y, this.#model.y.scale === 'log' ? floor : 0, this.#model), place, false);
      ctx.stroke(shape);
      ctx.globalAlpha = 0.18 * one.opacity;
      if (one.fill) ctx.fill(shape);
    } else {
      const { pieces, single } = linesOf(one.x, one.y, this.#model);
      if (one.width > 0) ctx.stroke(pathOf(pieces, place, false));
      // A value without neighbours would not be seen as a line.
      for (const at of one.points ? [...pieces.flat(), ...single] : single) {
        const [x, y] = place(at);
        ctx.beginPath();
        ctx.arc(x, y, 2.5 * unit, 0, 2 * Math.PI);
        ctx.fill();
      }
    }
    ctx.setLineDash([]);
  }

  #drawMarks(plot: uPlot): void {
    const { ctx, bbox } = plot;
    const unit = devicePixelRatio * (this.#view.scale ?? 1);
    ctx.save();
    ctx.font = `${FONT * unit}px system-ui, sans-serif`;
    ctx.textBaseline = 'top';
    const [low, high] = this.window.x;
    let row = 0;
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
      ctx.fillText(label, at + (room ? -6 : 6) * unit, bbox.top + (6 + 16 * row++) * unit);
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
}

function pathOf(pieces: readonly (readonly Place[])[], place: (at: Place) => Place, closed: boolean): Path2D {
  const path = new Path2D();
  for (const piece of pieces) {
    piece.forEach((at, i) => {
      const [x, y] = place(at);
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
    });
    if (closed) path.closePath();
  }
  return path;
}
