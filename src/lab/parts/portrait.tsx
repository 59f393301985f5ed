/** The phase portrait: a canvas that the worker draws on from the GPU's memory, and the controls of its camera. */
import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { readable } from '../plot/axis.ts';
import { paletteNow } from '../plot/ink.ts';
import type { PortraitState, PortraitView } from '../portrait/protocol.ts';
import { backend, isActive, type Run, start, surroundings } from '../state/runs.ts';
import { theme } from '../state/view.ts';
import { listen, post } from '../worker/client.ts';

let hear: ((state: PortraitState) => void) | null = null;
let last: PortraitState | null = null;
listen((message) => {
  if (message.type !== 'portrait') return;
  last = message;
  hear?.(message);
});

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
  const onGpu = run.data.value.backend === 'gpu';
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
  const { flat, zoom } = camera.value;
  const half = now ? now.reach / zoom : 0;
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
        <span class="spring" />
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
        {now?.time === null || now === null
          ? isActive(run)
            ? 'The first picture comes with the first state of SGD.'
            : 'Nothing was seen of this run: run again with this tab open.'
          : `t = ${readable(now.time, 3)} · ${now.dimension.toLocaleString('en-US').replaceAll(',', '\u202f')} coordinates of replica 0 of SGD, drawn from the GPU’s memory; colour: b. ` +
            `${flat ? `|v| ≤ ${readable(half, 2)} in view. ` : ''}` +
            {
              none: '',
              solving: 'The PDE is being solved.',
              drawn:
                'Curves: u² − v² = ±eˢ⁽ᵗ⁾; grey sleeve: the PDE’s mass, wider within 0.5, 1, 2 and 3 normal quantiles of a class.',
              failed: 'The PDE could not be drawn.',
            }[now.limit]}
        {now?.message ? ` ${now.message}` : ''}
      </p>
      <div
        class="canvas portrait"
        ref={host}
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
      />
      <p class="notes">{HELP}</p>
    </section>
  );
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
