/** The page: controls, plot, runs. */
import { batch, useSignalEffect } from '@preact/signals';
import type { Experiment } from '../../problem/index.ts';
import { VERSION } from '../../run/index.ts';
import { linkMessage } from '../state/address.ts';
import { isAutoRun } from '../state/autorun.ts';
import { isChanged } from '../state/changed.ts';
import { experiment, invalid, loadPreset, setField } from '../state/experiment.ts';
import { presetNow, presets } from '../state/presetnow.ts';
import { current, isActive, pause, resume, start, stop } from '../state/runs.ts';
import { storyOf } from '../state/stories.ts';
import { touring } from '../state/tours.ts';
import { universalityHint } from '../state/universality.ts';
import { isNarrow, page, statistic, TAB_HINT, tab, theme, toggleTheme } from '../state/view.ts';
import { spoken } from '../state/voice.ts';
import { MathText } from './mathtext.tsx';
import { Rail } from './rail.tsx';
import { CopyTools, importFiles, importMessage, Runs } from './runs.tsx';
import { SelfTest } from './selftest.tsx';
import { Stage, Tabs } from './stage.tsx';
import { EngineNotice, Notices, Status } from './status.tsx';
import { WithTips } from './tip.tsx';
import { TourList, TourStep } from './tour.tsx';

function begin(): void {
  if (experiment.value) start(experiment.value);
}

/** Ctrl-Enter runs, Escape stops. */
function shortcuts(event: KeyboardEvent): void {
  const run = current.value;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    begin();
  } else if (event.key === 'Escape' && run && isActive(run)) stop(run);
}

export function App() {
  useSignalEffect(() => {
    document.documentElement.dataset.theme = theme();
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; the import button does the same
    <div
      class="app"
      onKeyDown={shortcuts}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (event.dataTransfer) importFiles([...event.dataTransfer.files], importMessage.tell);
      }}
    >
      <button type="button" class="skip" onClick={skip}>
        To the plot
      </button>
      <Head />
      {page.value === 'self-test' ? (
        <main class="main">
          <SelfTest />
        </main>
      ) : (
        <div class="places">
          <main class="main">
            {linkMessage.value !== '' && (
              <p class="notice wrong" role="alert">
                {linkMessage.value}
              </p>
            )}
            {/* What is seen without scrolling: it fills the window, and notices come below it, so that none moves the plot. */}
            {isNarrow.value && <TourStep />}
            <div class="screen">
              <Model />
              <Hint />
              <Tabs />
              <Stage />
              <Status />
            </div>
            <Notices />
            <EngineNotice />
          </main>
          <aside class="rail" aria-label="Controls">
            <WithTips>
              <Rail />
            </WithTips>
          </aside>
          <aside class="side" aria-label="Runs">
            {!isNarrow.value && <TourStep />}
            <TourList />
            <Runs />
            <CopyTools />
          </aside>
        </div>
      )}
      <p class="off-screen" role="status" aria-live="polite">
        {spoken.value}
      </p>
    </div>
  );
}

/** Past the header and the buttons. */
function skip(): void {
  const target = document.querySelector<HTMLElement>('.canvas') ?? document.getElementById('stage');
  target?.focus();
}

function Head() {
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

function RunBar() {
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

/** β and the step of SGD, by parametrization. */
const STEPS = {
  product: [
    '\\beta=u\\odot v',
    'u\\leftarrow u-\\gamma\\,r\\,x\\odot v/\\sqrt d,\\ v\\leftarrow v-\\gamma\\,r\\,x\\odot u/\\sqrt d',
  ],
  difference: [
    '\\beta=u^2-v^2',
    'u\\leftarrow u-2\\gamma\\,r\\,x\\odot u/\\sqrt d,\\ v\\leftarrow v+2\\gamma\\,r\\,x\\odot v/\\sqrt d',
  ],
  square: ['\\beta=u^2', 'u\\leftarrow u-2\\gamma\\,r\\,x\\odot u/\\sqrt d'],
} as const;

type Form = Experiment['problem']['parametrization'];

function stepOf(form: Form): readonly [beta: string, step: string] {
  if (typeof form === 'string') return STEPS[form];
  const { kind, depth: L } = form;
  const gradient = String.raw`u\leftarrow u-\gamma L\,r\,x\odot u^{L-1}/\sqrt d`;
  const beta = kind === 'power' ? `\\beta=u^{${L}}` : `\\beta=u^{${L}}-v^{${L}}`;
  return [beta, gradient.replaceAll('L', String(L)).replace(`{${L}-1}`, `{${L - 1}}`)];
}

/** The model in one line. */
function Model() {
  const form = experiment.value?.problem.parametrization ?? 'product';
  const [beta, step] = stepOf(form);
  return (
    <p class="model">
      <MathText
        text={`Learn $b$ by $${beta}$, one sample a step: $${step}$, with its error $r=\\langle x,\\beta-b\\rangle/\\sqrt d$. $\\gamma$: step size; $u_0$: start.`}
      />
    </p>
  );
}

/** What hinders a run, else what to look for. */
function Hint() {
  const wrong = invalid.value;
  const preset = presetNow.value;
  const story = preset && storyOf(preset.name);
  const hint = story && tab.value === (story.tab ?? 'curves') ? story.hint : TAB_HINT[tab.value];
  const tails = experiment.value && universalityHint(experiment.value.problem);
  return (
    <p class={wrong ? 'hint wrong' : 'hint'}>
      {wrong ? (
        `Cannot run: ${wrong.message}`
      ) : isChanged.value ? (
        'The settings differ from the run shown. PDE and gradient flow have followed; of the last run a shadow is left.'
      ) : (
        <MathText text={tails ? `${hint} ${tails}` : hint} />
      )}
    </p>
  );
}
