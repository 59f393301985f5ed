/** The middle of the page: tabs, and the plot of the one that is chosen. */
import { useComputed, useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { STATISTIC_NAMES } from '../../problem/index.ts';
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { readable } from '../plot/axis.ts';
import { againstDimension, widthModel } from '../plot/concentration.ts';
import { curvesModel } from '../plot/curves.ts';
import { densityExperiment, densityModel, edgesOf } from '../plot/density.ts';
import { residualModel } from '../plot/residual.ts';
import { statisticsOf } from '../plot/series.ts';
import { missingParts, slopeModel } from '../plot/slope.ts';
import { setField } from '../state/experiment.ts';
import { backend, current, drawn, forgetSide, isActive, type Run, runs, start, startSide } from '../state/runs.ts';
import { runSeries, seriesPresets } from '../state/series.ts';
import { SCALES, type ScaleKind, scrub, statistic, TAB_TITLE, TABS, tab, xScale, yScale } from '../state/view.ts';
import { gapWords } from './gap.tsx';
import { Plot } from './plot.tsx';
import { Portrait } from './portrait.tsx';

export function Tabs() {
  const move = (event: KeyboardEvent) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const next = TABS[(TABS.indexOf(tab.value) + by + TABS.length) % TABS.length];
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="Views" onKeyDown={move}>
      {TABS.map((name) => (
        <button
          type="button"
          role="tab"
          key={name}
          id={`tab-${name}`}
          aria-selected={tab.value === name}
          aria-controls="stage"
          tabIndex={tab.value === name ? 0 : -1}
          onClick={() => {
            tab.value = name;
          }}
        >
          {TAB_TITLE[name]}
        </button>
      ))}
    </div>
  );
}

/** The statistic looked at: the chosen one if the run has it, else its first. */
export function shownStatistic(run: Run): string {
  const names = statisticsOf(run);
  return names.includes(statistic.value) ? statistic.value : names[0];
}

export function Stage() {
  const run = current.value;
  const views = {
    curves: Curves,
    slope: Slope,
    residual: Residual,
    density: Density,
    concentration: Concentration,
    portrait: Portrait,
  };
  const View = views[tab.value];
  return (
    <div id="stage" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
      {run && <View run={run} key={tab.value} />}
    </div>
  );
}

interface ViewProps {
  readonly run: Run;
}

export function ScaleChoice({ axis }: { readonly axis: 'x' | 'y' }) {
  const wish = axis === 'x' ? xScale : yScale;
  return (
    <label class="inline">
      {axis}
      <select
        aria-label={`Scale of the ${axis} axis`}
        value={wish.value ?? ''}
        onChange={(event) => {
          const value = event.currentTarget.value;
          wish.value = value === '' ? null : (value as ScaleKind);
        }}
      >
        <option value="">auto</option>
        {SCALES.map((kind) => (
          <option value={kind} key={kind}>
            {kind}
          </option>
        ))}
      </select>
    </label>
  );
}

function StatisticChoice({ run }: ViewProps) {
  const names = statisticsOf(run);
  const others = STATISTIC_NAMES.filter((name) => !names.includes(name));
  return (
    <label class="inline">
      show
      <select
        aria-label="Statistic shown"
        value={shownStatistic(run)}
        onChange={(event) => {
          const name = event.currentTarget.value;
          statistic.value = name;
          if (!names.includes(name)) measure(run, [name]);
        }}
      >
        {names.map((name) => (
          <option value={name} key={name}>
            {describeStatistic(name).title}
          </option>
        ))}
        <optgroup label="run again to measure">
          {others.map((name) => (
            <option value={name} key={name}>
              {describeStatistic(name).title}
            </option>
          ))}
        </optgroup>
      </select>
    </label>
  );
}

/** Adds statistics to the file and runs it again: same seed, same paths. */
function measure(run: Run, names: readonly string[]): void {
  const next = {
    ...run.experiment,
    statistics: [...run.experiment.statistics, ...names] as Run['experiment']['statistics'],
  };
  setField(['statistics'], next.statistics);
  start(next, run.name.value);
}

function wishes() {
  return { xScale: xScale.value, yScale: yScale.value };
}

function Curves({ run }: ViewProps) {
  const name = shownStatistic(run);
  const cursor = useSignal<number | null>(null);
  const model = useComputed(() => curvesModel(drawn.value, shownStatistic(current.value ?? run), wishes()));
  return (
    <Plot
      model={model.value}
      runs={drawn.value}
      onCursor={(x) => {
        cursor.value = x;
      }}
      tools={
        <>
          <StatisticChoice run={run} />
          <ScaleChoice axis="y" />
          <ScaleChoice axis="x" />
        </>
      }
      below={gapWords(run, name, cursor.value ?? run.experiment.horizon)}
    />
  );
}

function Residual({ run }: ViewProps) {
  const cursor = useSignal<number | null>(null);
  const model = useComputed(() => residualModel(drawn.value, shownStatistic(current.value ?? run), wishes()));
  return (
    <Plot
      model={model.value}
      runs={drawn.value}
      onCursor={(x) => {
        cursor.value = x;
      }}
      tools={
        <>
          <StatisticChoice run={run} />
          <ScaleChoice axis="x" />
        </>
      }
      below={gapWords(run, shownStatistic(run), cursor.value ?? run.experiment.horizon)}
    />
  );
}

function Slope({ run }: ViewProps) {
  const model = useComputed(() => slopeModel(current.value ?? run, wishes()));
  const missing = missingParts(run);
  if (missing.length > 0) {
    return (
      <div class="ask">
        <p>
          The slope of the risk splits into a drift and a gradient-noise part, dR/dt = D_R + N_R. This run did not
          measure {missing.join(', ')}.
        </p>
        <button type="button" class="primary" onClick={() => measure(run, missing)}>
          Measure them: same seed, same paths
        </button>
      </div>
    );
  }
  return (
    <Plot
      model={model.value}
      runs={[run]}
      tools={
        <>
          <ScaleChoice axis="y" />
          <ScaleChoice axis="x" />
        </>
      }
    />
  );
}

/** Time looked at, as a share of the horizon. */
function Scrubber({ run }: ViewProps) {
  const { horizon } = run.experiment;
  return (
    <label class="scrub">
      <span>t = {readable(scrub.value * horizon, 3)}</span>
      <input
        type="range"
        min={0}
        max={1}
        step={1 / 32}
        value={scrub.value}
        aria-label="Time looked at"
        aria-valuetext={`t = ${readable(scrub.value * horizon, 3)}`}
        onInput={(event) => {
          scrub.value = Number(event.currentTarget.value);
        }}
      />
    </label>
  );
}

/** Side runs of the density, kept with the run that they belong to. */
const densities = new WeakMap<Run, Run>();

function Density({ run }: ViewProps) {
  const side = useSignal<Run | null>(densities.get(run) ?? null);
  const busy = isActive(run);
  // Both at once would share the machine and slow the curves down.
  useEffect(() => {
    if (busy) return;
    let own = densities.get(run);
    if (!own) {
      const hasLimit = run.experiment.methods.some(({ kind }) => kind === 'pde');
      own = startSide(
        densityExperiment(run.experiment),
        run.choice ?? backend.value,
        hasLimit ? edgesOf(run.experiment) : null,
      );
      densities.set(run, own);
    }
    side.value = own;
    return () => {
      // One that is not finished when the reader leaves starts again when he comes back.
      if (isActive(own)) {
        forgetSide(own);
        densities.delete(run);
      }
    };
  }, [run, busy]);
  const own = side.value;
  if (busy || own === null || own.data.value.curves.length === 0) {
    return (
      <div class="ask">
        <p role="status">
          {busy
            ? 'The density is measured on the same paths when the run has ended.'
            : own && !isActive(own)
              ? `The density could not be measured: ${own.data.value.notices.join(' ') || own.data.value.events.map(({ message }) => message).join(' ')}`
              : 'Measuring the density on the same paths, one statistic a bin.'}
        </p>
        <Scrubber run={run} />
      </div>
    );
  }
  const measured = own.data.value.methods.filter(({ outcome }) => outcome === 'running');
  const progress = measured
    .map(({ method, done, total }) => `${METHOD_LABEL[method]} ${Math.floor((100 * done) / total)}%`)
    .join(', ');
  return (
    <Plot
      model={densityModel(own, scrub.value, { xScale: null, yScale: yScale.value })}
      runs={[own]}
      tools={
        <>
          <Scrubber run={run} />
          <ScaleChoice axis="y" />
        </>
      }
      aside={progress && `being measured: ${progress}`}
    />
  );
}

function Concentration({ run }: ViewProps) {
  const name = shownStatistic(run);
  const time = scrub.value * run.experiment.horizon;
  return (
    <div class="pair">
      <Plot
        model={againstDimension(run, runs.value, name, time, wishes())}
        runs={runs.value}
        tools={
          <>
            <StatisticChoice run={run} />
            <Scrubber run={run} />
            <button type="button" onClick={() => runSeries()}>
              Run {seriesPresets.map(({ name: preset }) => preset.replace(/^.*-d/, '')).join(', ')}
            </button>
          </>
        }
      />
      <Plot model={widthModel(run, runs.value, name, time)} runs={runs.value} size="small" />
    </div>
  );
}
