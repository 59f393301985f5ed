/** One plot: canvas, legend with readout, keys, export, the table behind it. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef } from 'preact/hooks';
import { readable } from '../../results/plot/axis.ts';
import type { PlotModel, Zoom } from '../../results/plot/model.ts';
import { leftRoom } from '../../results/plot/panel.ts';
import { Chart } from '../plot/chart.ts';
import { paletteNow } from '../plot/ink.ts';
import { printed } from '../plot/print.ts';
import { tableOf } from '../plot/table.ts';
import { isLarge } from '../state/frame.ts';
import type { Run } from '../state/runs.ts';
import { hidden, theme } from '../state/view.ts';
import { say } from '../state/voice.ts';
import { Behind } from './behind.tsx';
import { Export, svgOfPlot } from './export.tsx';
import { type Cursor, Legend } from './legend.tsx';

interface PlotProps {
  readonly model: PlotModel;
  /** Under it, on the same horizontal axis. */
  readonly gap?: PlotModel | null;
  /** Runs whose numbers are shown, for captions. */
  readonly runs: readonly Run[];
  /** Told the x under the cursor; null when it leaves. */
  readonly onCursor?: (x: number | null) => void;
  /** Controls of this plot, above it. */
  readonly tools?: ComponentChildren;
  /** A line under the name of a series, by its id. */
  readonly below?: ReadonlyMap<string, string>;
  /** A line under the plot, whatever it says. */
  readonly said?: ComponentChildren;
  /** Said beside the data table. */
  readonly aside?: string;
  readonly size?: 'large' | 'small';
}

/** Of the gap's plot, with its axis. */
const GAP_HEIGHT = 120;

const HELP =
  'Arrow keys move the cursor, with Shift they pan; + and − zoom; 0 shows everything. Drag selects a window, Shift-drag pans, Ctrl-wheel zooms.';

export function Plot({ model, gap = null, runs, onCursor, tools, below, said, aside = '', size = 'large' }: PlotProps) {
  const host = useRef<HTMLDivElement>(null);
  const gapHost = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | null>(null);
  const gapChart = useRef<Chart | null>(null);
  const sync = useId();
  const zoom = useSignal<Zoom | null>(null);
  const zoomKey = useRef(model.key);
  const cursor = useSignal<Cursor | null>(null);
  const box = useSignal({ width: 0, height: 0 });
  const told = useRef(onCursor);
  told.current = onCursor;
  // A window of one picture means nothing in another.
  if (zoomKey.current !== model.key) {
    zoomKey.current = model.key;
    zoom.value = null;
    cursor.value = null;
  }

  useLayoutEffect(() => {
    const element = host.current!;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      if (width !== box.value.width || height !== box.value.height) box.value = { width, height };
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useEffect(() => {
    const own = new Chart(host.current!, sync, {
      zoom: (next) => {
        zoom.value = next;
      },
      cursor: (at) => {
        cursor.value = at;
        told.current?.(at?.x ?? null);
      },
    });
    // Its window moves with the other's, in x only.
    const under = new Chart(gapHost.current!, sync, {
      zoom: (next) => {
        zoom.value = next && { x: next.x, y: chart.current!.window.y };
      },
      cursor: () => {},
    });
    chart.current = own;
    gapChart.current = under;
    return () => {
      own.destroy();
      under.destroy();
    };
  }, []);

  const { width, height } = box.value;
  const frame = useRef(0);
  const shown = { zoom: zoom.value, hidden: hidden.value, theme: theme(), large: isLarge.value };
  // At most one drawing a frame, however often numbers come.
  useEffect(() => {
    cancelAnimationFrame(frame.current);
    frame.current = requestAnimationFrame(() => {
      if (width === 0 || height === 0) return;
      const look = { hidden: shown.hidden, palette: paletteNow(), width, scale: shown.large ? 1.5 : 1 };
      if (gap === null) {
        chart.current?.update(model, { ...look, zoom: shown.zoom, height });
        return;
      }
      const left = Math.max(leftRoom(model, height, shown.zoom), leftRoom(gap, GAP_HEIGHT));
      chart.current?.update(model, { ...look, zoom: shown.zoom, height, left, xWords: false });
      const window = shown.zoom && { x: shown.zoom.x, y: gap.y.range };
      const under = gapHost.current?.clientHeight || GAP_HEIGHT;
      gapChart.current?.update(gap, { ...look, zoom: window, height: under, left });
    });
    return () => cancelAnimationFrame(frame.current);
  }, [model, gap, shown.zoom, shown.hidden, shown.theme, shown.large, width, height]);

  useEffect(
    () => printed(chart, () => svgOfPlot(model, gap, runs, zoom.value, `${sync}-`.replaceAll(':', ''))),
    [model, gap, runs],
  );

  const keys = (event: KeyboardEvent) => {
    const own = chart.current;
    if (!own || event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => (event.shiftKey ? own.move(-0.1, 0) : own.step(-1)),
      ArrowRight: () => (event.shiftKey ? own.move(0.1, 0) : own.step(1)),
      ArrowUp: () => event.shiftKey && own.move(0, 0.1),
      ArrowDown: () => event.shiftKey && own.move(0, -0.1),
      Home: () => own.step('first'),
      End: () => own.step('last'),
      '+': () => own.move(0, 0, 0.8),
      '=': () => own.move(0, 0, 0.8),
      '-': () => own.move(0, 0, 1.25),
      '0': () => {
        zoom.value = null;
      },
    };
    const action = actions[event.key];
    if (!action || ((event.key === 'ArrowUp' || event.key === 'ArrowDown') && !event.shiftKey)) return;
    event.preventDefault();
    action();
    const at = cursor.value;
    if (at && event.key.startsWith('Arrow') && !event.shiftKey) say(spokenAt(model, at));
  };

  const at = cursor.value?.x ?? null;
  const xName = model.x.label.split(' — ')[0];
  return (
    <section class={`plot ${size}`} aria-label={model.title}>
      <div class="plot-bar">
        {tools}
        <span class="spring" />
        <output class="at">{at === null ? 'latest' : `${xName} = ${readable(at)}`}</output>
        <fieldset class="buttons" aria-label="Zoom">
          <button type="button" title="Zoom in (+)" aria-label="Zoom in" onClick={() => chart.current?.move(0, 0, 0.8)}>
            +
          </button>
          <button
            type="button"
            title="Zoom out (−)"
            aria-label="Zoom out"
            onClick={() => chart.current?.move(0, 0, 1.25)}
          >
            −
          </button>
          <button
            type="button"
            title="Show everything (0, or double click)"
            disabled={zoom.value === null}
            onClick={() => {
              zoom.value = null;
            }}
          >
            Reset
          </button>
        </fieldset>
      </div>
      <Legend series={model.series} cursor={cursor.value} below={below} />
      {/* A canvas that takes keys: what it shows is in the table below it, what the keys do in its description. */}
      <div
        class="canvas"
        ref={host}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the plot is moved by keyboard
        tabIndex={0}
        role="application"
        aria-roledescription="plot"
        aria-label={`${model.title}. ${HELP}`}
        title={HELP}
        onKeyDown={keys}
      >
        {!model.series.some(({ x }) => x.length > 0) && <p class="empty">{model.empty}</p>}
      </div>
      {/* Its numbers are in the table of the Residual tab. */}
      <div class="gap-canvas" ref={gapHost} hidden={gap === null} aria-hidden="true" />
      {said !== undefined && <p class="said">{said}</p>}
      <p class="notes">{model.notes.join(' · ')}</p>
      <div class="plot-foot">
        <Behind title={model.title} numbers={() => tableOf(model)} />
        <p class="aside">{aside}</p>
        <Export
          title={model.title}
          runs={runs}
          disabled={!model.series.some(({ x }) => x.length > 0)}
          table={() => tableOf(model)}
          svg={() => svgOfPlot(model, gap, runs, zoom.value)}
        />
      </div>
    </section>
  );
}

function spokenAt({ series, x }: PlotModel, { index, x: at, places }: Cursor): string {
  const values = series.flatMap(({ label, y, id }, k) => {
    const place = places[k]?.[index] ?? -1;
    return place < 0 || hidden.value.has(id) ? [] : [`${label} ${readable(y[place], 3)}`];
  });
  return `${x.label.split(' — ')[0]} = ${readable(at, 3)}: ${values.join(', ')}`;
}
