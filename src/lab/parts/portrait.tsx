/** The phase portrait: a canvas that the worker draws on from the GPU's memory, and the controls of its camera. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { readable } from '../../results/plot/axis.ts';
import { paletteNow } from '../plot/ink.ts';
import { captionOf, metadataOf } from '../plot/provenance.ts';
import type { Table } from '../plot/table.ts';
import { notDrawn } from '../portrait/drawable.ts';
import { figureOf } from '../portrait/figure.ts';
import type { PortraitData, PortraitState, PortraitView } from '../portrait/protocol.ts';
import { backend, isActive, type Run, start, surroundings } from '../state/runs.ts';
import { theme } from '../state/view.ts';
import { listen, post } from '../worker/client.ts';
import { Behind } from './behind.tsx';
import { Export } from './export.tsx';

let hear: ((state: PortraitState) => void) | null = null;
let last: PortraitState | null = null;
const asked: ((data: PortraitData) => void)[] = [];
listen((message) => {
  if (message.type === 'portrait-data') asked.shift()?.(message);
  if (message.type !== 'portrait') return;
  last = message;
  hear?.(message);
});

/** The limit's numbers at the time shown, and the picture where it is wanted. Answers come in the order of the questions. */
function ask(png: boolean): Promise<PortraitData> {
  return new Promise((resolve) => {
    asked.push(resolve);
    post({ type: 'portrait-data', png });
  });
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

interface Camera {
  readonly flat: boolean;
  readonly yaw: number;
  readonly pitch: number;
  readonly zoom: number;
  readonly shift: readonly [number, number];
}

const HOME: Camera = { flat: true, yaw: 0.6, pitch: 0.5, zoom: 1, shift: [0, 0] };

const HELP =
  'Drag turns (3-D) or moves (flat), arrow keys do the same; + and − zoom, as does the wheel with Ctrl; 0 goes back.';

export function Portrait({ run }: { readonly run: Run }) {
  const host = useRef<HTMLDivElement>(null);
  const camera = useSignal<Camera>(HOME);
  const state = useSignal<PortraitState | null>(last);
  const size = useSignal({ width: 0, height: 0 });
  const opened = useRef(false);
  const refusal = notDrawn(run.experiment);
  const onGpu = run.data.value.backend === 'gpu' && refusal === '';
  const here = surroundings.value;

  useEffect(() => {
    if (!onGpu) return;
    const element = host.current!;
    hear = (message) => {
      state.value = message;
    };
    const canvas = document.createElement('canvas');
    element.prepend(canvas);
    const measure = () => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    };
    measure();
    const offscreen = canvas.transferControlToOffscreen();
    post({ type: 'portrait-open', canvas: offscreen, view: viewOf(camera.value, size.value) }, [offscreen]);
    opened.current = true;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => {
      observer.disconnect();
      opened.current = false;
      hear = null;
      post({ type: 'portrait-close' });
      canvas.remove();
    };
  }, [onGpu]);

  const colors = theme();
  useEffect(() => {
    if (opened.current) post({ type: 'portrait-view', view: viewOf(camera.value, size.value) });
  }, [camera.value, size.value, colors]);

  if (refusal !== '')
    return (
      <div class="ask">
        <p data-testid="portrait-refusal">{refusal}</p>
      </div>
    );

  if (!onGpu) {
    const offered = (here?.adapters.length ?? 0) > 0;
    return (
      <div class="ask">
        <p>
          The phase portrait is drawn straight from the state that the GPU engine keeps in its memory, through WebGPU.{' '}
          {offered
            ? `This run is on the CPU. An adapter is here (${here?.adapters[0].name}); a software one is slow.`
            : `There is no WebGPU adapter here: ${here?.reason ?? 'looking'}.`}
        </p>
        {offered && (
          <button
            type="button"
            class="primary"
            onClick={() => {
              backend.value = 'gpu';
              start(run.experiment);
            }}
          >
            Run on that adapter
          </button>
        )}
      </div>
    );
  }

  const set = (change: Partial<Camera>) => {
    camera.value = { ...camera.value, ...change };
  };
  const turn = (dx: number, dy: number) => {
    const { flat, yaw, pitch, shift, zoom } = camera.value;
    if (flat) set({ shift: [shift[0] - (2 * dx) / zoom, shift[1] + (2 * dy) / zoom] });
    else set({ yaw: yaw - 3 * dx, pitch: Math.max(-1.5, Math.min(1.5, pitch + 3 * dy)) });
  };
  const scale = (factor: number) => set({ zoom: Math.max(0.2, Math.min(200, camera.value.zoom * factor)) });
  const keys = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Record<string, () => void> = {
      ArrowLeft: () => turn(-0.05, 0),
      ArrowRight: () => turn(0.05, 0),
      ArrowUp: () => turn(0, -0.05),
      ArrowDown: () => turn(0, 0.05),
      '+': () => scale(1.2),
      '=': () => scale(1.2),
      '-': () => scale(1 / 1.2),
      '0': () => set({ ...HOME, flat: camera.value.flat }),
    };
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  };
  const drag = (event: PointerEvent) => {
    const element = event.currentTarget as HTMLElement;
    element.setPointerCapture(event.pointerId);
    let [x, y] = [event.clientX, event.clientY];
    const move = (next: PointerEvent) => {
      const unit = Math.min(element.clientWidth, element.clientHeight);
      turn((next.clientX - x) / unit, (next.clientY - y) / unit);
      [x, y] = [next.clientX, next.clientY];
    };
    const up = () => {
      element.removeEventListener('pointermove', move);
      element.removeEventListener('pointerup', up);
    };
    element.addEventListener('pointermove', move);
    element.addEventListener('pointerup', up);
  };
  const now = state.value;
  const { flat } = camera.value;
  const title = `Phase portrait, replica 0 of SGD${now?.time ? ` at t = ${readable(now.time, 3)}` : ''}`;
  const caption = () => [now?.limit === 'drawn' ? KEY : '', ...captionOf([run])].filter(Boolean);
  const svg = async () => {
    const { canReadPixels, HIDDEN_PIXELS } = await import('../plot/pixels.ts');
    if (!canReadPixels())
      throw new Error(`The picture would be noise: ${HIDDEN_PIXELS}. Its numbers can be saved as CSV.`);
    const { png, labels } = await ask(true);
    if (png === null) throw new Error('There is no picture to save yet.');
    return figureOf({
      picture: await dataUrl(png),
      ...size.value,
      labels,
      title,
      caption: caption(),
      palette: paletteNow(),
      metadata: metadataOf([run]),
    });
  };
  return (
    <section class="plot" aria-label="Phase portrait">
      <div class="plot-bar">
        <fieldset class="buttons" aria-label="View">
          <button type="button" aria-pressed={flat} onClick={() => set({ flat: true })}>
            Flat (u, v)
          </button>
          <button type="button" aria-pressed={!flat} onClick={() => set({ flat: false })}>
            3-D (u, v, b)
          </button>
        </fieldset>
        <BetweenColors b={now?.b ?? null} />
        <span class="spring" />
        <output class="at">{now?.time == null ? '' : `t = ${readable(now.time, 3)}`}</output>
        <fieldset class="buttons" aria-label="Zoom">
          <button type="button" aria-label="Zoom in" onClick={() => scale(1.2)}>
            +
          </button>
          <button type="button" aria-label="Zoom out" onClick={() => scale(1 / 1.2)}>
            −
          </button>
          <button type="button" onClick={() => set({ ...HOME, flat })}>
            Reset
          </button>
        </fieldset>
      </div>
      <p class="portrait-words" data-testid="portrait-state">
        {now === null || now.time === null
          ? isActive(run)
            ? 'The first picture comes with the first state of SGD.'
            : 'Nothing was seen of this run: run it again with this tab open.'
          : `t = ${readable(now.time, 3)} · ${now.dimension.toLocaleString('en-US').replaceAll(',', '\u202f')} coordinates of replica 0 of SGD, drawn from the GPU’s memory. ` +
            { none: '', solving: 'The PDE is being solved.', drawn: KEY, failed: 'The PDE could not be drawn.' }[
              now.limit
            ]}
        {now?.message ? ` ${now.message}` : ''}
      </p>
      <div
        class={`canvas portrait${flat ? ' flat' : ''}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the picture is turned by keyboard
        tabIndex={0}
        role="application"
        aria-roledescription="picture"
        aria-label={`Phase portrait. ${HELP}`}
        title={HELP}
        onKeyDown={keys}
        onPointerDown={drag}
        onWheel={(event) => {
          if (!event.ctrlKey && !event.metaKey) return;
          event.preventDefault();
          scale(Math.exp(-Math.sign(event.deltaY) * 0.15));
        }}
      >
        <div class="portrait-picture" ref={host} />
        <div class="portrait-labels" aria-hidden="true">
          {now?.time != null &&
            now.labels.map(({ x, y, text, place }) => (
              // Places are set from a script: the page's policy allows no styles in its text.
              <span
                key={`${place} ${text}`}
                class={place}
                ref={(element) => {
                  if (!element) return;
                  element.style.left = `${100 * x}%`;
                  element.style.top = `${100 * y}%`;
                }}
              >
                {text}
              </span>
            ))}
        </div>
      </div>
      <p class="notes">{HELP}</p>
      <div class="plot-foot">
        <LimitTable title={title} time={now?.limit === 'drawn' ? now.time : null} />
        <Export title={title} runs={[run]} disabled={now?.time == null} table={async () => ask(false)} svg={svg} />
      </div>
    </section>
  );
}

const KEY =
  'Thin curves: the hyperbolas u² − v² = ±eˢ⁽ᵗ⁾ of the classes (the heaviest). Contours: regions that hold 50, 90 and 99% of the PDE’s mass, smoothed by 1% of the picture.';

/** What the two colours stand for. */
function BetweenColors({ b }: { b: readonly [number, number] | null }) {
  if (b === null) return null;
  return (
    <span class="between">
      b = {readable(b[0], 2)} <span class="between-bar" aria-hidden="true" /> {readable(b[1], 2)}
    </span>
  );
}

/** Where the limit's mass lies at the time shown, asked of the worker while the table is open. */
function LimitTable({ title, time }: { title: string; time: number | null }) {
  const table = useSignal<Table>({ columns: [], rows: [] });
  useEffect(() => {
    let wanted = true;
    ask(false).then((data) => {
      if (wanted) table.value = data;
    });
    return () => {
      wanted = false;
    };
  }, [time]);
  return <Behind title={`${title}: the PDE’s classes`} numbers={() => table.value} />;
}

function viewOf(camera: Camera, { width, height }: { width: number; height: number }): PortraitView {
  const palette = paletteNow();
  return {
    ...camera,
    width: Math.max(1, Math.round(width * devicePixelRatio)),
    height: Math.max(1, Math.round(height * devicePixelRatio)),
    ratio: devicePixelRatio,
    colors: {
      surface: palette.surface,
      text: palette.text,
      grid: palette.grid,
      near: palette.ink.sgd,
      far: palette.ink.noise,
    },
  };
}
