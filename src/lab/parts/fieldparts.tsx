/** What the controls of fields share: labels, errors, values. */
import { fieldOf, invalid } from '../state/experiment.ts';
import type { Label, Schema } from '../state/fields.ts';
import type { Path } from '../state/paths.ts';
import { Tex } from './tex.tsx';

export interface FieldProps {
  readonly path: Path;
  /** Of a union that is a plain number now, the number alone. */
  readonly isShort?: boolean;
}

export interface TypedProps extends FieldProps {
  readonly schema: Schema;
  /** Instead of the field's own label. */
  readonly word?: string;
}

/** What is wrong with this field, without its path; a leaf also answers for what lies inside it. */
export function errorAt(path: string, isLeaf: boolean): string | null {
  const wrong = invalid.value;
  if (wrong === null || wrong.path === '') return null;
  const inside = isLeaf && (wrong.path.startsWith(`${path}[`) || wrong.path.startsWith(`${path}.`));
  if (wrong.path !== path && !inside) return null;
  return wrong.message.startsWith(`${path}: `) ? wrong.message.slice(path.length + 2) : wrong.message;
}

export function FieldError({ id, message }: { readonly id: string; readonly message: string | null }) {
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
      {label.unit && <span class="unit">{label.unit}</span>}
    </>
  );
}

/** The file's own value, or the default that holds without one. */
export function valueAt(path: Path, schema: Schema | undefined): unknown {
  return fieldOf(path) ?? schema?.default;
}
