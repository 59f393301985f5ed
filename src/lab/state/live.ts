/** The limit of the settings as they are now, before anything is run: it follows the controls. */
import { computed, effect, signal } from '@preact/signals';
import type { Drawn } from '../../results/plot/series.ts';
import { statisticsOf } from '../../results/plot/series.ts';
import { edgesOf } from '../plot/density.ts';
import type { PreviewAnswer, PreviewRequest } from '../worker/preview.ts';
import { experiment } from './experiment.ts';
import { scrub, statistic, tab } from './view.ts';

export interface Live extends PreviewAnswer {
  readonly experiment: PreviewRequest['experiment'];
}

/** The last answer. */
const answered = signal<Live | null>(null);
/** γ_c of the last settings that had one: it does not vanish beyond it. */
export const criticalStepSize = signal<number | null>(null);

/** That of the settings as they are; null while it is being found, and where they are not valid. */
export const live = computed(() => (answered.value?.experiment === experiment.value ? answered.value : null));
/** The latest one, of whichever settings: what is drawn while the next one is being found. */
export const latest = computed(() => answered.value);

export function drawnLive({ experiment, curves, blowUp, prediction }: Live): Drawn {
  const method = { method: 'pde', index: experiment.methods.findIndex(({ kind }) => kind === 'pde') } as const;
  const events = blowUp === null ? [] : [{ ...method, kind: 'blow-up' as const, time: blowUp, message: '' }];
  return { id: 'live', name: 'now', experiment, curves, events, prediction };
}

let worker: Worker | null = null;
let isReady = false;
let isBusy = false;
let waiting: PreviewRequest | null = null;
let asked: PreviewRequest | null = null;
let counter = 0;

function wake(): void {
  if (worker !== null) return;
  worker = new Worker(new URL('../worker/previewer.ts', import.meta.url), { type: 'module', name: 'diagflow preview' });
  worker.addEventListener('message', ({ data }: MessageEvent<PreviewAnswer | { ready: true }>) => {
    if ('ready' in data) isReady = true;
    else {
      isBusy = false;
      if (asked !== null && data.id === asked.id) {
        const critical = data.prediction?.criticalStepSize ?? null;
        if (critical !== null) criticalStepSize.value = critical;
        answered.value = { ...data, experiment: asked.experiment };
      }
    }
    send();
  });
  // Without it the page is what it was: the run shows everything.
  worker.addEventListener('error', () => {
    isReady = false;
  });
}

/** The last request goes out when the worker is free; one that has waited long tells it to give up what it is at. */
function send(): void {
  if (!isReady || waiting === null) return;
  if (isBusy && performance.now() - since < 300) return;
  asked = waiting;
  waiting = null;
  isBusy = true;
  since = performance.now();
  worker?.postMessage(asked);
}
let since = 0;

/** Begins to follow the controls; the worker starts when the page has nothing more urgent to do. */
export function followControls(): void {
  effect(() => {
    const now = experiment.value;
    if (now === null) return;
    const names = statisticsOf({ experiment: now });
    const shown = names.includes(statistic.value) ? statistic.value : names[0];
    const parts = tab.value === 'slope' ? ['risk', 'riskDrift', 'riskNoise'] : [shown];
    const time = Math.round(scrub.value * 32) * (now.horizon / 32);
    const density = tab.value === 'density' ? { edges: edgesOf(now), time } : null;
    waiting = { id: ++counter, experiment: now, statistics: parts, density };
    send();
  });
  // A page that is put to sleep with a worker keeps what its other worker held, in Firefox: runs that were left would not be offered.
  addEventListener('pagehide', () => {
    worker?.terminate();
    worker = null;
    isReady = false;
    isBusy = false;
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) wake();
  });
  const start = () => wake();
  if ('requestIdleCallback' in window) requestIdleCallback(start, { timeout: 3000 });
  else setTimeout(start, 1000);
}
