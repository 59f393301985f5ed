/** Lists of the file whose entries have a kind: methods and estimates. */
import { useId } from 'preact/hooks';
import { fieldOf, invalid, setField } from '../state/experiment.ts';
import { alternatives, experimentSchema, kindOf } from '../state/fields.ts';
import { Field, newObject } from './field.tsx';

export const kindText = (value: unknown): string =>
  typeof value === 'object' && value !== null ? String((value as { kind?: unknown }).kind ?? '') : String(value ?? '');

/** A raw list of the file; empty where the text has none. */
export function listAt(name: 'methods' | 'statistics' | 'estimates'): readonly unknown[] {
  const value = fieldOf([name]);
  if (Array.isArray(value)) return value;
  return name === 'statistics' ? ['risk'] : [];
}

interface KindsProps {
  readonly name: 'methods' | 'estimates';
  readonly add: string;
  /** Word for a kind. */
  readonly title: (kind: string) => string;
}

/** A list of objects that have a kind: a card each, and a way to add one. */
export function Kinds({ name, add, title }: KindsProps) {
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
            const chosen = options.find((one) => kindOf(one) === kind);
            if (chosen) setField([name], [...entries, newObject(chosen)]);
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
