/** The controls for the whole experiment file, in groups; a closed group says what it holds. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { STATISTIC_NAMES } from '../../problem/index.ts';
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { BACKEND_CHOICES } from '../../run/index.ts';
import { describeStatistic } from '../../statistics/index.ts';
import { experiment, fieldOf, invalid, raw, setField, text } from '../state/experiment.ts';
import { alternatives, experimentSchema, kindOf } from '../state/fields.ts';
import { format } from '../state/format.ts';
import { backend } from '../state/runs.ts';
import { Field } from './field.tsx';

interface GroupProps {
  readonly title: string;
  /** What it holds, for when it is closed. */
  readonly holds: string;
  /** Paths of the file that are set here: an error there opens the eye to this group. */
  readonly paths: readonly string[];
  readonly open?: boolean;
  readonly children: ComponentChildren;
}

function Group({ title, holds, paths, open = false, children }: GroupProps) {
  const wrong = paths.some((path) => invalid.value?.path.startsWith(path));
  return (
    <details class={`group${wrong ? ' wrong' : ''}`} open={open}>
      <summary>
        <span class="group-title">{title}</span>
        <span class="group-holds">{wrong ? 'has an error' : holds}</span>
      </summary>
      <div class="group-body">{children}</div>
    </details>
  );
}

const kindText = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String((value as { kind?: unknown }).kind ?? '') : String(value ?? '');

/** A raw list of the file; empty where the text has none. */
function listAt(name: 'methods' | 'statistics' | 'estimates'): readonly unknown[] {
  const value = fieldOf([name]);
  if (Array.isArray(value)) return value;
  return name === 'statistics' ? ['risk'] : [];
}

export function Rail() {
  const now = experiment.value;
  if (raw.value === undefined) {
    return (
      <>
        <p class="notice wrong" role="status">
          The text below is not JSON, so the controls rest: {invalid.value?.message}
        </p>
        <TextView open />
      </>
    );
  }
  const step = now?.stepSize;
  return (
    <>
      <Group
        title="Problem"
        holds={
          now ? `d = ${now.problem.dimension}, ${now.problem.covariance.kind}, ${now.problem.target.kind} target` : ''
        }
        paths={[
          'problem.dimension',
          'problem.covariance',
          'problem.target',
          'problem.initialization',
          'problem.parametrization',
        ]}
        open
      >
        {['dimension', 'parametrization', 'initialization', 'target', 'covariance'].map((key) => (
          <Field path={['problem', key]} key={key} />
        ))}
      </Group>
      <Group
        title="Step size and time"
        holds={now ? `γ ${typeof step === 'number' ? `= ${step}` : `: ${kindText(step)}`}, T = ${now.horizon}` : ''}
        paths={['stepSize', 'horizon', 'samples', 'times']}
        open
      >
        <Field path={['stepSize']} />
        <Field path={['horizon']} />
        <SaveTimes />
      </Group>
      <Group
        title="Data"
        holds={
          now ? `σ = ${now.problem.labelNoise}, m = ${now.problem.batchSize}, ${kindText(now.problem.features)}` : ''
        }
        paths={['problem.labelNoise', 'problem.batchSize', 'problem.features']}
      >
        {['labelNoise', 'batchSize', 'features'].map((key) => (
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
      <Group title="Seed and engine" holds={`seed ${now?.seed ?? '?'}, ${backend.value}`} paths={['seed']}>
        <Field path={['seed']} />
        <Engine />
      </Group>
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
          <option value="samples">equally spaced</option>
          <option value="times">given one by one</option>
        </select>
      </div>
      <Field path={[byTimes ? 'times' : 'samples']} />
    </>
  );
}

interface KindsProps {
  readonly name: 'methods' | 'estimates';
  readonly add: string;
  /** Word for a kind. */
  readonly title: (kind: string) => string;
}

/** A list of objects that have a kind: a card each, and a way to add one. */
function Kinds({ name, add, title }: KindsProps) {
  const id = useId();
  const entries = listAt(name);
  const options = alternatives(experimentSchema().properties![name].items!);
  return (
    <>
      {entries.map((entry, i) => {
        const kind = kindText(entry);
        const fields = Object.keys(options.find((one) => kindOf(one) === kind)?.properties ?? {});
        return (
          // Entries have no names of their own: their place is what an error names.
          <fieldset class={`card ink-${kind}`} key={`${i}-${kind}`}>
            <legend>{title(kind)}</legend>
            {fields
              .filter((key) => key !== 'kind')
              .map((key) => (
                <Field path={[name, i, key]} key={key} />
              ))}
            <button
              type="button"
              class="small"
              aria-label={`Remove ${title(kind)}, number ${i + 1} of ${name}`}
              onClick={() => setField(entries.length === 1 && name === 'estimates' ? [name] : [name, i], undefined)}
            >
              Remove
            </button>
          </fieldset>
        );
      })}
      {invalid.value?.path === name && <p class="field-error">{invalid.value.message}</p>}
      <div class="field">
        <label for={id}>{add}</label>
        <select
          id={id}
          value=""
          onChange={(event) => {
            const kind = event.currentTarget.value;
            if (kind !== '') setField([name], [...entries, { kind }]);
            event.currentTarget.value = '';
          }}
        >
          <option value="">choose …</option>
          {options.map((one) => (
            <option value={kindOf(one)} key={kindOf(one)}>
              {title(kindOf(one) ?? '')}
            </option>
          ))}
        </select>
      </div>
    </>
  );
}

const methodTitle = (kind: string) => METHOD_LABEL[kind as keyof typeof METHOD_LABEL] ?? kind;
const plainWords = (kind: string) => kind.replaceAll('-', ' ');

function Statistics() {
  const chosen = listAt('statistics');
  const toggle = (name: string, on: boolean) =>
    setField(['statistics'], on ? [...chosen, name] : chosen.filter((entry) => entry !== name));
  return (
    <>
      {STATISTIC_NAMES.map((name) => {
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

function TextView({ open = false }: { readonly open?: boolean }) {
  const id = useId();
  return (
    <details class="group" open={open}>
      <summary>
        <span class="group-title">Text of the file</span>
        <span class="group-holds">JSON, editable</span>
      </summary>
      <div class="group-body">
        <label class="hidden-label" for={id}>
          The experiment file as JSON
        </label>
        <textarea
          id={id}
          class="code"
          rows={18}
          spellcheck={false}
          value={text.value}
          aria-invalid={invalid.value !== null}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
      </div>
    </details>
  );
}
