/** One field of the experiment file as a control: which one follows from its schema. */
import { useId, useState } from 'preact/hooks';
import { fieldOf, invalid, raw, setField } from '../state/experiment.ts';
import {
  alternativeOf,
  alternatives,
  kindOf,
  type Label,
  labelOf,
  rangeText,
  type Schema,
  schemaAt,
  WORDS,
} from '../state/fields.ts';
import { type Path, pathText } from '../state/paths.ts';
import { Tex } from './tex.tsx';

interface FieldProps {
  readonly path: Path;
}

/** What is wrong with this field, without its path; a leaf also answers for what lies inside it. */
function errorAt(path: string, isLeaf: boolean): string | null {
  const wrong = invalid.value;
  if (wrong === null || wrong.path === '') return null;
  const inside = isLeaf && (wrong.path.startsWith(`${path}[`) || wrong.path.startsWith(`${path}.`));
  if (wrong.path !== path && !inside) return null;
  return wrong.message.startsWith(`${path}: `) ? wrong.message.slice(path.length + 2) : wrong.message;
}

function FieldError({ id, message }: { readonly id: string; readonly message: string | null }) {
  return message === null ? null : (
    <p class="field-error" id={id}>
      {message}
    </p>
  );
}

export function Caption({ label }: { readonly label: Label }) {
  return (
    <>
      {label.tex && (
        <>
          <Tex tex={label.tex} plain={label.symbol ?? ''} /> <span aria-hidden="true">—</span>{' '}
        </>
      )}
      {label.word}
    </>
  );
}

/** The file's own value, or the default that holds without one. */
function valueAt(path: Path, schema: Schema | undefined): unknown {
  return fieldOf(path) ?? schema?.default;
}

export function Field({ path }: FieldProps) {
  const schema = schemaAt(path, raw.value);
  if (!schema) return null;
  const all = alternatives(schema);
  if (all.length > 1 || kindOf(all[0]) !== undefined) return <Choice path={path} schema={schema} />;
  if (schema.enum) return <Words path={path} schema={schema} />;
  if (schema.type === 'array') return <Numbers path={path} schema={schema} />;
  if (schema.type === 'object') return <Optional path={path} schema={schema} />;
  if (schema.type === 'string') return <Text path={path} schema={schema} />;
  return <Numeric path={path} schema={schema} />;
}

interface TypedProps extends FieldProps {
  readonly schema: Schema;
  /** Instead of the field's own label. */
  readonly word?: string;
}

function asNumber(text: string): number | string {
  const trimmed = text.trim().replace('−', '-');
  const value = Number(trimmed);
  return trimmed === '' || Number.isNaN(value) ? text : value;
}

/** Nearest value of some two digits, so that a slider gives numbers that people would write. */
function neat(x: number): number {
  return Number(x.toPrecision(2));
}

export function Numeric({ path, schema, word }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const own = labelOf(name);
  const label = word === undefined ? own : { ...own, word };
  const value = valueAt(path, schema);
  // What is being typed, while it still means the value in the file: "1." is no other number than "1".
  const [draft, setDraft] = useState('');
  const shown = draft !== '' && asNumber(draft) === value ? draft : String(value ?? '');
  const error = errorAt(name, true);
  const range = rangeText(schema);
  const change = (next: number) => {
    setDraft('');
    setField(path, next);
  };
  const step = (direction: number) => {
    if (typeof value !== 'number') return;
    const unit = schema.type === 'integer' ? 1 : 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 1);
    change(Number((value + direction * unit).toPrecision(12)));
  };
  const { slider } = label;
  return (
    <div class="field">
      <label for={id}>
        <Caption label={label} />
      </label>
      <input
        id={id}
        type="text"
        inputMode={schema.type === 'integer' ? 'numeric' : 'decimal'}
        autocomplete="off"
        spellcheck={false}
        value={shown}
        aria-invalid={error !== null}
        aria-describedby={`${id}-range${error === null ? '' : ` ${id}-error`}`}
        title={schema.description}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          setField(path, typed.trim() === '' && schema.default === undefined ? undefined : asNumber(typed));
        }}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
          event.preventDefault();
          step(event.key === 'ArrowUp' ? 1 : -1);
        }}
      />
      <span class="range" id={`${id}-range`}>
        {[range, label.unit].filter(Boolean).join(' · ')}
      </span>
      {slider && (
        <input
          type="range"
          aria-label={`${label.word}, slider`}
          min={0}
          max={1}
          step="any"
          value={typeof value === 'number' ? toShare(value, slider) : 0}
          aria-valuetext={String(value)}
          onInput={(event) => change(fromShare(Number(event.currentTarget.value), slider, schema.type === 'integer'))}
          onKeyDown={(event) => {
            const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
            if (direction === undefined || typeof value !== 'number') return;
            event.preventDefault();
            const share = toShare(value, slider) + direction * (slider.scale === 'log2' ? octave(slider) : 0.02);
            change(fromShare(Math.max(0, Math.min(1, share)), slider, schema.type === 'integer'));
          }}
        />
      )}
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

type Slider = NonNullable<Label['slider']>;
const octave = ({ min, max }: Slider) => 1 / Math.log2(max / min);

function toShare(value: number, { min, max, scale }: Slider): number {
  const share =
    scale === 'linear' ? (value - min) / (max - min) : Math.log(Math.max(value, min) / min) / Math.log(max / min);
  return Math.max(0, Math.min(1, share));
}

function fromShare(share: number, { min, max, scale }: Slider, whole: boolean): number {
  if (scale === 'linear') return Number((min + share * (max - min)).toFixed(2));
  if (scale === 'log2') return 2 ** Math.round(Math.log2(min) + share * Math.log2(max / min));
  const value = neat(min * (max / min) ** share);
  return whole ? Math.round(value) : value;
}

function Text({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const error = errorAt(name, true);
  return (
    <div class="field wide">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <input
        id={id}
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={String(valueAt(path, schema) ?? '')}
        title={schema.description}
        aria-invalid={error !== null}
        aria-describedby={error === null ? undefined : `${id}-error`}
        onInput={(event) => setField(path, event.currentTarget.value)}
      />
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** Many numbers, separated as one likes. */
export function Numbers({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const value = valueAt(path, schema);
  const list = Array.isArray(value) ? value : [];
  const [draft, setDraft] = useState<string | null>(null);
  const parse = (text: string) =>
    text
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(asNumber);
  const isOwn = draft !== null && JSON.stringify(parse(draft)) === JSON.stringify(list);
  const error = errorAt(name, true);
  return (
    <div class="field wide">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <textarea
        id={id}
        rows={2}
        spellcheck={false}
        title={schema.description}
        value={isOwn ? draft : list.join(', ')}
        aria-invalid={error !== null}
        aria-describedby={`${id}-range${error === null ? '' : ` ${id}-error`}`}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          setField(path, typed.trim() === '' && schema.default === undefined ? undefined : parse(typed));
        }}
      />
      <span class="range" id={`${id}-range`}>
        {list.length} {list.length === 1 ? 'number' : 'numbers'} · {labelOf(name).unit ?? rangeText(schema.items ?? {})}
      </span>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** What a required field of a new object begins with; the reader sets it next. */
function firstValue(schema: Schema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (schema.type === 'string') return 'risk';
  return schema.exclusiveMinimum === undefined ? (schema.minimum ?? 0) : schema.exclusiveMinimum + 0.01;
}

/** An object that may be absent: a switch, and its fields while it is there. */
function Optional({ path, schema }: TypedProps) {
  const name = pathText(path);
  const isThere = fieldOf(path) !== undefined;
  const properties = schema.properties ?? {};
  const error = errorAt(name, false);
  const begin = () => Object.fromEntries((schema.required ?? []).map((key) => [key, firstValue(properties[key])]));
  return (
    <div class="choice">
      <label class="check" title={schema.description}>
        <input
          type="checkbox"
          checked={isThere}
          onChange={(event) => setField(path, event.currentTarget.checked ? begin() : undefined)}
        />
        <Caption label={labelOf(name)} />
      </label>
      {error !== null && <p class="field-error">{error}</p>}
      {isThere && Object.keys(properties).map((key) => <Field path={[...path, key]} key={key} />)}
    </div>
  );
}

function Words({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const error = errorAt(name, true);
  const value = String(valueAt(path, schema));
  return (
    <div class="field">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <select
        id={id}
        title={schema.description}
        value={value}
        aria-invalid={error !== null}
        onChange={(event) => setField(path, event.currentTarget.value)}
      >
        {!schema.enum!.includes(value) && <option value={value}>{value}</option>}
        {schema.enum!.map((word) => (
          <option value={word} key={word}>
            {WORDS[word] ?? word}
          </option>
        ))}
      </select>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** Stands for a plain number among alternatives that have a kind. */
const PLAIN = 'constant';

/** A union: which alternative, and below it the alternative's own fields. */
function Choice({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const value = valueAt(path, schema);
  const all = alternatives(schema);
  const here = alternativeOf(schema, value);
  const names = all.flatMap((one) => one.enum ?? [kindOf(one) ?? PLAIN]);
  const selected = here === undefined ? '' : here.enum ? String(value) : (kindOf(here) ?? PLAIN);
  const error = errorAt(name, false) ?? errorAt(`${name}.kind`, false);
  const pick = (word: string) => {
    const one = all.find((candidate) => candidate.enum?.includes(word) || (kindOf(candidate) ?? PLAIN) === word);
    if (!one) return;
    setField(path, one.enum ? word : kindOf(one) === undefined ? (schema.default ?? 1) : { kind: word });
  };
  const inner = here?.properties ? Object.keys(here.properties).filter((key) => key !== 'kind') : [];
  return (
    <div class="choice">
      <div class="field">
        <label for={id}>
          <Caption label={labelOf(name)} />
        </label>
        <select
          id={id}
          value={selected}
          title={here?.description ?? schema.description}
          aria-invalid={error !== null}
          aria-describedby={error === null ? undefined : `${id}-error`}
          onChange={(event) => pick(event.currentTarget.value)}
        >
          {selected === '' && <option value="">not one of these</option>}
          {names.map((word) => (
            <option value={word} key={word}>
              {WORDS[word] ?? word}
            </option>
          ))}
        </select>
        <FieldError id={`${id}-error`} message={error} />
      </div>
      {here && kindOf(here) === undefined && here.type === 'number' && (
        <Numeric path={path} schema={{ ...here, default: schema.default }} word="value" />
      )}
      {inner.map((key) => (
        <Field path={[...path, key]} key={`${selected}.${key}`} />
      ))}
    </div>
  );
}
