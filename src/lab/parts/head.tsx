/** The top of the page: presets, what a run is told, themes. */
import { batch } from '@preact/signals';
import { VERSION } from '../../run/index.ts';
import { isAutoRun } from '../state/autorun.ts';
import { isChanged } from '../state/changed.ts';
import { experiment, invalid, loadPreset, setField } from '../state/experiment.ts';
import { frame, isLarge } from '../state/frame.ts';
import { presetNow, presets } from '../state/presetnow.ts';
import { current, isActive, pause, resume, start, stop } from '../state/runs.ts';
import { storyOf } from '../state/stories.ts';
import { touring } from '../state/tours.ts';
import { page, statistic, tab, theme, toggleTheme } from '../state/view.ts';

/** Runs the settings as they are. */
export function begin(): void {
  if (experiment.value) start(experiment.value);
}

export function Head() {
  const name = presetNow.value?.name ?? '';
  return (
    <header class="head">
      <h1>
        diagflow <span class="light">lab</span>
      </h1>
      <p class="tagline">SGD on diagonal linear networks, beside its limit</p>
      <label class="inline preset">
        <span>preset</span>
        <select
          aria-label="Preset"
          value={name}
          onChange={(event) => {
            const preset = presets.find((one) => one.name === event.currentTarget.value);
            if (!preset) return;
            const story = storyOf(preset.name);
            batch(() => {
              loadPreset(preset);
              page.value = 'lab';
              touring.value = null;
              tab.value = story?.tab ?? 'curves';
              statistic.value = story?.statistic ?? 'risk';
            });
            if (experiment.value) start(experiment.value, preset.title);
          }}
        >
          {name === '' && <option value="">your own</option>}
          {presets.map((preset) => (
            <option value={preset.name} key={preset.name}>
              {preset.title}
            </option>
          ))}
        </select>
      </label>
      {page.value === 'lab' && <RunBar />}
      <span class="spring" />
      <button
        type="button"
        aria-pressed={isLarge.value}
        title="The plot over the whole page, in letters for a projector"
        onClick={() => {
          frame.value = { ...frame.value, large: !isLarge.value };
        }}
      >
        Slide
      </button>
      <button
        type="button"
        onClick={() => {
          page.value = page.value === 'lab' ? 'self-test' : 'lab';
        }}
      >
        {page.value === 'lab' ? 'Self-test' : 'Back to the lab'}
      </button>
      <button
        type="button"
        onClick={toggleTheme}
        aria-label={`Switch to the ${theme() === 'dark' ? 'light' : 'dark'} theme`}
      >
        {theme() === 'dark' ? 'Light' : 'Dark'}
      </button>
      <span class="version">{VERSION}</span>
    </header>
  );
}

export function RunBar() {
  const run = current.value;
  const active = run !== null && isActive(run);
  const paused = run?.data.value.state === 'paused';
  const wrong = invalid.value;
  return (
    <fieldset class="buttons run-bar" aria-label="Run">
      <button
        type="button"
        class={isChanged.value || !active ? 'primary' : ''}
        disabled={wrong !== null}
        onClick={begin}
        title="Ctrl-Enter"
      >
        {run === null ? 'Run' : 'Run again'}
      </button>
      <button
        type="button"
        disabled={wrong !== null}
        onClick={() => {
          setField(['seed'], (experiment.value?.seed ?? 0) + 1);
          begin();
        }}
      >
        Another seed
      </button>
      <button type="button" disabled={!active} onClick={() => run && (paused ? resume(run) : pause(run))}>
        {paused ? 'Resume' : 'Pause'}
      </button>
      <button type="button" disabled={!active} onClick={() => run && stop(run)} title="Escape">
        Stop
      </button>
      <label class="check auto" title="SGD and SDE run again by themselves when a slider is let go">
        <input
          type="checkbox"
          checked={isAutoRun.value}
          onChange={(event) => {
            isAutoRun.value = event.currentTarget.checked;
          }}
        />
        run on release
      </label>
    </fieldset>
  );
}
