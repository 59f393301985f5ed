/** The concentration presets run one after the other, kept and laid over each other. */
import { effect } from '@preact/signals';
import { parseExperimentText } from '../../run/index.ts';
import { loadPreset } from './experiment.ts';
import { presets } from './presets.ts';
import { isActive, type Run, start } from './runs.ts';

/** The same problem in growing dimension. */
export const seriesPresets = presets.filter(({ name }) => /^concentration-d\d+$/.test(name));

let turn = 0;

/** Stopping a run, or starting another, ends the series. */
export async function runSeries(): Promise<void> {
  const own = ++turn;
  for (const preset of seriesPresets) {
    if (own !== turn) return;
    loadPreset(preset);
    const run = start(parseExperimentText(preset.text), preset.title);
    run.overlaid.value = true;
    await ended(run);
    if (run.data.value.state !== 'finished') return;
  }
}

function ended(run: Run): Promise<void> {
  return new Promise((resolve) => {
    const stop = effect(() => {
      if (isActive(run)) return;
      resolve();
      // Not while the effect itself is being made.
      queueMicrotask(() => stop());
    });
  });
}
