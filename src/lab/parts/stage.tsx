/** The middle of the page: tabs, and the plot of the one that is chosen. */
import { useComputed, useSignal } from '@preact/signals';
import { againstDimension, widthModel } from '../../results/plot/concentration.ts';
import { curvesModel } from '../../results/plot/curves.ts';
import { residualModel } from '../../results/plot/residual.ts';
import { statisticsOf } from '../../results/plot/series.ts';
import { missingParts, slopeModel } from '../../results/plot/slope.ts';
import { shownCurves } from '../plot/livecurves.ts';
import { isChanged } from '../state/changed.ts';
import { drawnOf } from '../state/drawn.ts';
import { drawnLive, latest } from '../state/live.ts';
import { current, drawn, runs } from '../state/runs.ts';
import { runSeries, seriesPresets } from '../state/series.ts';
import { ALL, isWhole, scrub, statistic, TAB_TITLE, TABS, tab, xScale, yScale } from '../state/view.ts';
import { measure, ScaleChoice, Scrubber, StatisticChoice, shownStatistic, type ViewProps } from './choices.tsx';
import { Density } from './densityview.tsx';
import { gapWords } from './gap.tsx';
import { Plot } from './plot.tsx';
import { Portrait } from './portrait.tsx';
import { Predictions } from './predictions.tsx';

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

function wishes() {
  return { xScale: xScale.value, yScale: yScale.value, whole: isWhole.value };
}

function Curves({ run }: ViewProps) {
  return statistic.value === ALL ? <Multiples run={run} /> : <OneStatistic run={run} />;
}

/** Small multiples: every statistic of the run, on one time axis. */
function Multiples({ run }: ViewProps) {
  const models = useComputed(() =>
    statisticsOf(current.value ?? run).map((name) => curvesModel(drawn.value.map(drawnOf), name, wishes())),
  );
  const tools = (
    <>
      <StatisticChoice run={run} all />
      <ScaleChoice axis="y" />
      <ScaleChoice axis="x" />
    </>
  );
  return (
    <div class="multiples">
      {models.value.map((model, k) => (
        <Plot key={model.title} model={model} runs={drawn.value} size="small" tools={k === 0 && tools} />
      ))}
    </div>
  );
}

function OneStatistic({ run }: ViewProps) {
  const name = shownStatistic(run);
  const cursor = useSignal<number | null>(null);
  const shown = useComputed(() =>
    shownCurves(drawn.value, latest.value, isChanged.value, shownStatistic(current.value ?? run), wishes()),
  );
  const hasFlow = run.experiment.methods.some(({ kind }) => kind === 'flow') && run.experiment.methods.length > 1;
  const { model, gap, isLive } = shown.value;
  return (
    <Plot
      model={model}
      gap={gap}
      runs={drawn.value}
      onCursor={(x) => {
        cursor.value = x;
      }}
      tools={
        <>
          <StatisticChoice run={run} all />
          <ScaleChoice axis="y" whole={hasFlow} />
          <ScaleChoice axis="x" />
        </>
      }
      below={isLive ? NO_GAPS : gapWords(run, name, cursor.value ?? run.experiment.horizon)}
      said={<Predictions run={run} />}
    />
  );
}

const NO_GAPS: ReadonlyMap<string, string> = new Map();

function Residual({ run }: ViewProps) {
  const cursor = useSignal<number | null>(null);
  const model = useComputed(() =>
    residualModel(drawn.value.map(drawnOf), shownStatistic(current.value ?? run), wishes()),
  );
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
  const model = useComputed(() =>
    slopeModel(isChanged.value && latest.value ? drawnLive(latest.value) : drawnOf(current.value ?? run), wishes()),
  );
  const missing = missingParts(drawnOf(run));
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

function Concentration({ run }: ViewProps) {
  const name = shownStatistic(run);
  const time = scrub.value * run.experiment.horizon;
  const [own, all] = [drawnOf(run), runs.value.map(drawnOf)];
  return (
    <div class="pair">
      <Plot
        model={againstDimension(own, all, name, time, wishes())}
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
      <Plot model={widthModel(own, all, name, time)} runs={runs.value} size="small" />
    </div>
  );
}
