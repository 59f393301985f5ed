/** `--set FIELD=VALUE`: fields of a file changed on the command line, before it is validated. */
import { InvalidArgumentError } from 'commander';
import { preview } from '../problem/errors.ts';
import { at, type FieldPath, parsePath, replaced } from '../problem/fieldpath.ts';
import { JsonSyntaxError, parseJson } from '../problem/json.ts';
import { ExitStatus, Failure } from './failure.ts';

export interface Change {
  /** As typed. */
  readonly text: string;
  readonly path: FieldPath;
  /** Undefined: the field is taken out, so that its default applies. */
  readonly value: unknown;
}

/** Arguments of one command line are short; a large array belongs into a file. */
const LIMITS = { numbers: 2 ** 16, values: 2 ** 12 };

/**
 * `problem.dimension=10000`, `problem.target={"kind": "constant"}`, `problem.parametrization=square` (a word that is no JSON is a string),
 * `samples=` (nothing: the field is taken out). Throws InvalidArgumentError in one line. Adds to those given before.
 */
export function parseChange(text: string, before: readonly Change[] = []): Change[] {
  const sign = text.indexOf('=');
  const path = sign > 0 ? parsePath(text.slice(0, sign).trim()) : [];
  if (path.length === 0)
    throw new InvalidArgumentError(
      'It must be FIELD=VALUE, for instance problem.dimension=10000, stepSize=0.8 or methods[0].replicas=64.',
    );
  const value = text.slice(sign + 1).trim();
  return [...before, { text, path, value: value === '' ? undefined : readValue(value) }];
}

function readValue(text: string): unknown {
  try {
    return parseJson(text, LIMITS);
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    // A word, as parametrizations and laws are; what was meant as JSON is told as such.
    if (/^[A-Za-z][\w-]*$/.test(text)) return text;
    throw new InvalidArgumentError(`The value is neither JSON nor a single word: ${error.message}.`);
  }
}

/**
 * The file's value with the changes made in turn. `defaults` gives what the file leaves out, as far as it can be read. Throws a Failure
 * where a list has no such entry.
 */
export function changed(file: unknown, changes: readonly Change[], defaults: () => unknown, label: string): unknown {
  if (changes.length === 0) return file;
  const known = defaults();
  return changes.reduce((value, { text, path, value: next }) => {
    path.forEach((key, i) => {
      if (typeof key !== 'number') return;
      const list = at(value, path.slice(0, i)) ?? at(known, path.slice(0, i));
      if (Array.isArray(list) && key < list.length) return;
      throw new Failure(
        ExitStatus.input,
        `${label}: --set ${preview(text)}: ${Array.isArray(list) ? `the list has ${list.length} entries, the first is [0]` : `there is no list to take [${key}] of`}`,
      );
    });
    return replaced(value, path, next, known);
  }, file);
}
