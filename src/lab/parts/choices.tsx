/** What a plot shows and how: its statistic, its scales, its time. */
import { batch } from '@preact/signals';
import { statisticNamesOf } from '../../problem/index.ts';
import { readable } from '../../results/plot/axis.ts';
import { SCALES, type ScaleKind } from '../../results/plot/model.ts';
import { statisticsOf } from '../../results/plot/series.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { setField } from '../state/experiment.ts';
import { type Run, start } from '../state/runs.ts';
import { ALL, isWhole, scrub, statistic, xScale, yScale } from '../state/view.ts';

export interface ViewProps {
  readonly run: Run;
}

/** The statistic looked at: the chosen one if the run has it, else its first. */
export function shownStatistic(run: Run): string {
  const names = statisticsOf(run);
  return names.includes(statistic.value) ? statistic.value : names[0];
}

const WHOLE = 'whole';

interface ScaleChoiceProps {
  readonly axis: 'x' | 'y';
  /** Whether there is a gradient flow that the axis does not follow by itself. */
  readonly whole?: boolean;
}

export function ScaleChoice({ axis, whole = false }: ScaleChoiceProps) {
  const wish = axis === 'x' ? xScale : yScale;
  return (
    <label class="inline scale">
      {axis}
      <select
        aria-label={`Scale of the ${axis} axis`}
        value={whole && isWhole.value ? WHOLE : (wish.value ?? '')}
        onChange={(event) => {
          const { value } = event.currentTarget;
          batch(() => {
            if (axis === 'y') isWhole.value = value === WHOLE;
            wish.value = value === '' || value === WHOLE ? null : (value as ScaleKind);
          });
        }}
      >
        <option value="">auto</option>
        {whole && <option value={WHOLE}>auto, all of flow</option>}
        {SCALES.map((kind) => (
          <option value={kind} key={kind}>
            {kind}
          </option>
        ))}
      </select>
    </label>
  );
}

interface StatisticProps extends ViewProps {
  /** Whether all of them can be shown beside each other. */
  readonly all?: boolean;
}

export function StatisticChoice({ run, all = false }: StatisticProps) {
  const names = statisticsOf(run);
  const others = statisticNamesOf(run.experiment.problem.data).filter((name) => !names.includes(name));
  return (
    <label class="inline">
      show
      <select
        aria-label="Statistic shown"
        value={all && statistic.value === ALL ? ALL : shownStatistic(run)}
        onChange={(event) => {
          const name = event.currentTarget.value;
          statistic.value = name;
          if (name !== ALL && !names.includes(name)) measure(run, [name]);
        }}
      >
        {names.map((name) => (
          <option value={name} key={name}>
            {describeStatistic(name).title}
          </option>
        ))}
        {all && names.length > 1 && <option value={ALL}>all, side by side</option>}
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
export function measure(run: Run, names: readonly string[]): void {
  const next = {
    ...run.experiment,
    statistics: [...run.experiment.statistics, ...names] as Run['experiment']['statistics'],
  };
  setField(['statistics'], next.statistics);
  start(next, run.name.value);
}

/** Time looked at, as a share of the horizon. */
export function Scrubber({ run }: ViewProps) {
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
