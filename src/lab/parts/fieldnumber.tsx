/** Numbers as controls: one, with its range and a slider over what is of use, or many. */
import { useId, useRef, useState } from 'preact/hooks';
import { aboutOf } from '../state/about.ts';
import { held, isInHand, released } from '../state/autorun.ts';
import { setField } from '../state/experiment.ts';
import { type Label, labelOf, rangeText, type Schema } from '../state/fields.ts';
import { criticalStepSize } from '../state/live.ts';
import { pathText } from '../state/paths.ts';
import { Caption, errorAt, FieldError, type TypedProps, valueAt } from './fieldparts.tsx';

/**
 * What was typed as a number, else as it stands, for the file's own rule to refuse. A decimal comma is understood, but not where it
 * may separate thousands: 1,500.
 */
export function asNumber(text: string): number | string {
  const trimmed = text.trim().replace('−', '-');
  const isComma = /^[-+]?\d*,\d+(e[-+]?\d+)?$/i.test(trimmed) && !/^[-+]?[1-9]\d{0,2},\d{3}$/.test(trimmed);
  const value = Number(isComma ? trimmed.replace(',', '.') : trimmed);
  return trimmed === '' || !Number.isFinite(value) ? text : value;
}

/** Numbers or names separated by spaces, commas or semicolons; where there are semicolons, commas are decimal. */
export function asNumbers(text: string): (number | string)[] {
  return text
    .split(text.includes(';') ? /[\s;]+/ : /[\s,]+/)
    .filter(Boolean)
    .map(asNumber);
}

/** Where arrow keys begin in a field that holds no number. */
function firstNumber({ default: fallback, minimum, exclusiveMinimum }: Schema): number {
  return typeof fallback === 'number' ? fallback : Math.max(0, minimum ?? exclusiveMinimum ?? 0);
}

/** A number moved by an arrow key: by a unit of its second digit, and never out of its range. */
function stepped(value: number, direction: number, { type, minimum, maximum, exclusiveMinimum }: Schema): number {
  const unit = type === 'integer' ? 1 : 10 ** (Math.floor(Math.log10(Math.abs(value) || 1)) - 1);
  const next = Number((value + direction * unit).toPrecision(12));
  if (exclusiveMinimum !== undefined && next <= exclusiveMinimum) return value;
  return Math.min(maximum ?? next, Math.max(minimum ?? next, next));
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
  const change = (next: number) => {
    setDraft('');
    setField(path, next);
  };
  const step = (direction: number) =>
    change(typeof value === 'number' ? stepped(value, direction, schema) : firstNumber(schema));
  const slider = useSlider(name, label, value);
  const range = rangeText(slider ? { minimum: slider.min, maximum: slider.max } : schema);
  const critical = name === 'stepSize' && slider ? criticalStepSize.value : null;
  return (
    <div class="field">
      <label for={id}>
        <Caption label={label} />
      </label>
      <input
        id={id}
        data-path={name}
        type="text"
        inputMode={schema.type === 'integer' ? 'numeric' : 'decimal'}
        autocomplete="off"
        spellcheck={false}
        value={shown}
        aria-invalid={error !== null}
        aria-describedby={`${id}-range${error === null ? '' : ` ${id}-error`}`}
        {...aboutOf(name, schema)}
        placeholder={schema.default === undefined ? 'by itself' : ''}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          setField(path, typed.trim() === '' && schema.default === undefined ? undefined : asNumber(typed));
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter') released();
          if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
          event.preventDefault();
          step(event.key === 'ArrowUp' ? 1 : -1);
          released();
        }}
      />
      {slider && (
        <input
          type="range"
          aria-label={`${label.word}, slider`}
          min={0}
          max={1}
          step="any"
          value={typeof value === 'number' ? toShare(value, slider) : 0}
          aria-valuetext={String(value)}
          onInput={(event) => {
            held();
            change(fromShare(Number(event.currentTarget.value), slider, schema.type === 'integer'));
          }}
          onChange={released}
          onKeyDown={(event) => {
            const direction = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
            if (direction === undefined || typeof value !== 'number') return;
            event.preventDefault();
            released();
            const share = toShare(value, slider) + direction * (slider.scale === 'log2' ? octave(slider) : 0.02);
            change(fromShare(Math.max(0, Math.min(1, share)), slider, schema.type === 'integer'));
          }}
        />
      )}
      <span class="range" id={`${id}-range`} title={`${rangeText(schema)} may be typed`}>
        {range}
      </span>
      {critical !== null && slider && critical <= slider.max && (
        <span class="critical" aria-hidden="true">
          <span style={{ left: `${100 * toShare(critical, slider)}%` }}>
            γ<sub>c</sub>
          </span>
        </span>
      )}
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}

/** The slider of a field; that of γ goes a little beyond the critical step size, and keeps its range while it is moved. */
function useSlider(name: string, { slider }: Label, value: unknown): Slider | undefined {
  const kept = useRef<{ readonly slider: Slider; readonly value: unknown } | null>(null);
  const critical = criticalStepSize.value;
  if (name !== 'stepSize' || !slider || critical === null) return slider;
  const reach = Number((1.3 * critical).toPrecision(2));
  const now = typeof value === 'number' ? value : 0;
  const before = kept.current;
  // Its own movement, which may move γ_c, does not move the scale under the hand.
  const stays = before !== null && isInHand();
  const max = stays ? before.slider.max : Math.max(reach, now);
  kept.current = { slider: { min: Number((max / 200).toPrecision(1)), max, scale: 'linear' }, value };
  return kept.current.slider;
}

type Slider = NonNullable<Label['slider']>;
const octave = ({ min, max }: Slider) => 1 / Math.log2(max / min);

function toShare(value: number, { min, max, scale }: Slider): number {
  const share =
    scale === 'linear' ? (value - min) / (max - min) : Math.log(Math.max(value, min) / min) / Math.log(max / min);
  return Math.max(0, Math.min(1, share));
}

function fromShare(share: number, { min, max, scale }: Slider, whole: boolean): number {
  // Two digits beyond the span's own: 0.01 on a slider from 0 to 3.
  const digits = Math.max(0, 2 - Math.floor(Math.log10(max - min)));
  if (scale === 'linear') return Number((min + share * (max - min)).toFixed(Math.min(12, digits)));
  if (scale === 'log2') return 2 ** Math.round(Math.log2(min) + share * Math.log2(max / min));
  const value = neat(min * (max / min) ** share);
  return whole ? Math.round(value) : value;
}

/** Many numbers (or names), separated as one likes. */
export function Numbers({ path, schema }: TypedProps) {
  const name = pathText(path);
  const id = useId();
  const value = valueAt(path, schema);
  const list = Array.isArray(value) ? value : [];
  const [draft, setDraft] = useState<string | null>(null);
  const isOwn = draft !== null && JSON.stringify(asNumbers(draft)) === JSON.stringify(list);
  const error = errorAt(name, true);
  const item = schema.items ?? schema.prefixItems?.[0] ?? {};
  const noun = item.type === 'string' ? 'name' : 'number';
  return (
    <div class="field wide">
      <label for={id}>
        <Caption label={labelOf(name)} />
      </label>
      <textarea
        id={id}
        data-path={name}
        rows={list.length > 8 ? 3 : 1}
        placeholder={schema.default === undefined ? 'by itself' : ''}
        spellcheck={false}
        {...aboutOf(name, schema)}
        value={isOwn ? draft : list.join(', ')}
        aria-invalid={error !== null}
        aria-describedby={`${id}-range${error === null ? '' : ` ${id}-error`}`}
        onInput={(event) => {
          const typed = event.currentTarget.value;
          setDraft(typed);
          // Save times that were taken away altogether would be replaced by evenly spaced ones, and this field with them.
          const isGone = typed.trim() === '' && schema.default === undefined && name !== 'times';
          setField(path, isGone ? undefined : asNumbers(typed));
        }}
      />
      <span class="range" id={`${id}-range`}>
        {[`${list.length} ${list.length === 1 ? noun : `${noun}s`}`, item.type === 'string' ? '' : rangeText(item)]
          .filter(Boolean)
          .join(' · ')}
      </span>
      <FieldError id={`${id}-error`} message={error} />
    </div>
  );
}
