/** The controls for the whole experiment file, in groups; a closed group says what it holds. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { STATISTIC_NAMES, statisticNamesOf } from '../../problem/index.ts';
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { BACKEND_CHOICES } from '../../run/index.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { experiment, fieldOf, invalid, isJson, raw, setField, text } from '../state/experiment.ts';
import { experimentSchema } from '../state/fields.ts';
import { format } from '../state/format.ts';
import { backend } from '../state/runs.ts';
import { Field } from './field.tsx';
import { Kinds, kindText, listAt } from './kinds.tsx';
import { TextView } from './textview.tsx';

interface GroupProps {
  readonly title: string;
  /** What it holds, for when it is closed. */
  readonly holds: string;
  /** Paths of the file that are set here: an error there opens the eye to this group. */
  readonly paths: readonly string[];
  readonly open?: boolean;
  readonly children: ComponentChildren;
}

/** On a phone the plot is far from the controls: groups begin closed there. */
const isWide = matchMedia('(min-width: 761px)').matches;

function Group({ title, holds, paths, open = false, children }: GroupProps) {
  const wrong = paths.some((path) => invalid.value?.path.startsWith(path));
  return (
    <details class={`group${wrong ? ' has-error' : ''}`} open={open && isWide}>
      <summary>
        <span class="group-title">{title}</span>
        <span class="group-holds">{wrong ? 'has an error' : holds}</span>
      </summary>
      <div class="group-body">{children}</div>
    </details>
  );
}

/** What of the problem stands in the first group; the rest is the data. */
const PROBLEM: readonly string[] = ['dimension', 'parametrization', 'initialization', 'target', 'covariance'];

/** Fields of the file that have a group of their own, and the name of a schema, which only editors read. */
const PLACED = [
  '$schema',
  'problem',
  'stepSize',
  'momentum',
  'horizon',
  'samples',
  'times',
  'statistics',
  'methods',
  'estimates',
  'densities',
  'seed',
];

export function Rail() {
  const data = Object.keys(experimentSchema().properties!.problem.properties!).filter((key) => !PROBLEM.includes(key));
  const others = Object.keys(experimentSchema().properties ?? {}).filter((key) => !PLACED.includes(key));

  const now = experiment.value;
  const step = now?.stepSize;
  return (
    <>
      <fieldset class="bare" disabled={!isJson.value} aria-label="Settings">
        <Group
          title="Step size and time"
          holds={
            now
              ? `γ ${typeof step === 'number' ? `= ${step}` : `: ${kindText(step)}`}${now.momentum ? `, θ = ${now.momentum.value}` : ''}, T = ${now.horizon}`
              : ''
          }
          paths={['stepSize', 'momentum', 'horizon', 'samples', 'times']}
          open
        >
          <Field path={['stepSize']} />
          <Field path={['momentum']} />
          <Field path={['horizon']} />
          <SaveTimes />
        </Group>
        <Group
          title="Problem"
          holds={
            now ? `d = ${now.problem.dimension}, ${now.problem.covariance.kind}, ${now.problem.target.kind} target` : ''
          }
          paths={PROBLEM.map((key) => `problem.${key}`)}
          open
        >
          {PROBLEM.map((key) => (
            <Field path={['problem', key]} key={key} />
          ))}
        </Group>
        <Group
          title="Data"
          holds={
            now ? `σ = ${now.problem.labelNoise}, m = ${now.problem.batchSize}, ${kindText(now.problem.features)}` : ''
          }
          paths={data.map((key) => `problem.${key}`)}
        >
          {data.map((key) => (
            <Field path={['problem', key]} key={key} />
          ))}
        </Group>
        <Group title="Methods" holds={listAt('methods').map(kindText).join(', ')} paths={['methods']}>
          <Kinds name="methods" add="add a method" title={methodTitle} />
        </Group>
        <Group
          title="Statistics"
          holds={listAt('statistics')
            .map((entry) => (typeof entry === 'string' ? entry : (entry as { name?: string }).name))
            .join(', ')}
          paths={['statistics']}
        >
          <Statistics />
        </Group>
        <Group
          title="Estimates"
          holds={listAt('estimates').map(kindText).join(', ') || 'none; they go into result.json'}
          paths={['estimates']}
        >
          <Kinds name="estimates" add="add an estimate" title={plainWords} />
        </Group>
        <Group
          title="Densities"
          holds={
            now?.densities ? `of ${now.densities.of.join(', ')}, into result.json` : 'none; they go into result.json'
          }
          paths={['densities']}
        >
          <Field path={['densities']} />
        </Group>
        {/* Fields that the schema has gained and no group above knows. */}
        {others.length > 0 && (
          <Group title="More" holds={others.join(', ')} paths={others}>
            {others.map((key) => (
              <Field path={[key]} key={key} />
            ))}
          </Group>
        )}
        <Group title="Seed and engine" holds={`seed ${now?.seed ?? '?'}, ${backend.value}`} paths={['seed']}>
          <Field path={['seed']} />
          <Engine />
        </Group>
      </fieldset>
      <TextView />
    </>
  );
}

function SaveTimes() {
  const id = useId();
  const byTimes = fieldOf(['times']) !== undefined;
  const change = (given: boolean) => {
    const value = { ...(raw.value as Record<string, unknown>) };
    const horizon = experiment.value?.horizon ?? 1;
    if (given) {
      delete value.samples;
      value.times = [1, 2, 4].map((k) => (horizon * k) / 4);
    } else {
      delete value.times;
      value.samples = 100;
    }
    text.value = format(value);
  };
  return (
    <>
      <div class="field">
        <label for={id}>save times</label>
        <select
          id={id}
          value={byTimes ? 'times' : 'samples'}
          onChange={(event) => change(event.currentTarget.value === 'times')}
        >
          <option value="samples">evenly</option>
          <option value="times">one by one</option>
        </select>
      </div>
      <Field path={[byTimes ? 'times' : 'samples']} />
    </>
  );
}

const methodTitle = (kind: string) => METHOD_LABEL[kind as keyof typeof METHOD_LABEL] ?? kind;
const plainWords = (kind: string) => kind.replaceAll('-', ' ');

function Statistics() {
  const chosen = listAt('statistics');
  const here: readonly string[] = statisticNamesOf(fieldOf(['problem', 'data']) as { kind?: unknown } | undefined);
  const offered = STATISTIC_NAMES.filter((name) => here.includes(name) || chosen.includes(name));
  const toggle = (name: string, on: boolean) =>
    setField(['statistics'], on ? [...chosen, name] : chosen.filter((entry) => entry !== name));
  return (
    <>
      {offered.map((name) => {
        const { title, symbol } = describeStatistic(name);
        return (
          <label class="check" key={name}>
            <input
              type="checkbox"
              checked={chosen.includes(name)}
              onChange={(event) => toggle(name, event.currentTarget.checked)}
            />
            <span>
              {title} <span class="quiet">{symbol}</span>
            </span>
          </label>
        );
      })}
      {chosen.map((entry, i) =>
        typeof entry === 'string' ? null : (
          <fieldset class="card" key={i}>
            <legend>statistic of your own</legend>
            <Field path={['statistics', i, 'name']} />
            <Field path={['statistics', i, 'expression']} />
            <button type="button" class="small" onClick={() => setField(['statistics', i], undefined)}>
              Remove
            </button>
          </fieldset>
        ),
      )}
      <button
        type="button"
        class="small"
        onClick={() =>
          setField(['statistics'], [...chosen, { name: `own${chosen.length}`, expression: '(beta - b)^4' }])
        }
      >
        Add a statistic of your own
      </button>
      {invalid.value?.path === 'statistics' && <p class="field-error">{invalid.value.message}</p>}
    </>
  );
}

const ENGINE_WORDS = {
  auto: 'automatic: a GPU if there is one',
  gpu: 'GPU, a software adapter too',
  cpu: 'CPU, WebAssembly',
  reference: 'reference, f64 TypeScript',
} as const;

function Engine() {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>engine</label>
      <select
        id={id}
        value={backend.value}
        onChange={(event) => {
          backend.value = event.currentTarget.value as typeof backend.value;
        }}
      >
        {BACKEND_CHOICES.map((choice) => (
          <option value={choice} key={choice}>
            {ENGINE_WORDS[choice]}
          </option>
        ))}
      </select>
    </div>
  );
}
