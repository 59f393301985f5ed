/** Ensembles run again by themselves when a control is let go; a switch turns it off. */
import { effect, signal } from '@preact/signals';
import { experiment } from './experiment.ts';
import { current, start } from './runs.ts';

const STORED = 'diagflow-autorun';

function stored(): boolean {
  try {
    return localStorage.getItem(STORED) !== 'off';
  } catch {
    return true;
  }
}

export const isAutoRun = signal(stored());

effect(() => {
  try {
    localStorage.setItem(STORED, isAutoRun.value ? 'on' : 'off');
  } catch {
    // It then holds until the page is closed.
  }
});

/** Between the last change and the run: arrow keys come one by one. */
const DELAY = 250;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Whether a slider is in the hand. */
let isHeld = false;
export const isInHand = () => isHeld;

/** While a control moves: the run waits. */
export function held(): void {
  isHeld = true;
  clearTimeout(timer);
}

/** A control was let go. */
export function released(): void {
  isHeld = false;
  clearTimeout(timer);
  if (!isAutoRun.value) return;
  timer = setTimeout(() => {
    const now = experiment.value;
    if (now === null || JSON.stringify(now) === JSON.stringify(current.value?.experiment)) return;
    start(now, undefined, true);
  }, DELAY);
}
