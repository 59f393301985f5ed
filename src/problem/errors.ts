/** What is wrong with an experiment file, in one line. */
import type { z } from 'zod';

/**
 * An experiment file that cannot be used. `message` is one line, `path: rule; found value`; `path` names the field as in
 * `problem.covariance.exponent` or `methods[1].timeStep`, and is empty where the text is no JSON or the whole file is meant.
 */
export class ExperimentError extends Error {
  override readonly name = 'ExperimentError';
  readonly path: string;
  constructor(path: string, rule: string, found?: string) {
    super(oneLine(`${path === '' ? '' : `${path}: `}${rule}${found === undefined ? '' : `; found ${found}`}`));
    this.path = path;
  }
}

type Path = readonly PropertyKey[];

/** `['methods', 1, 'timeStep']` → `methods[1].timeStep`; keys that are no identifiers are quoted and shortened. */
export function formatPath(path: Path): string {
  let text = '';
  for (const key of path) {
    if (typeof key === 'number') text += `[${key}]`;
    else if (/^[A-Za-z_$][\w$]{0,39}$/.test(String(key))) text += text === '' ? String(key) : `.${String(key)}`;
    else text += `[${preview(String(key))}]`;
  }
  return text;
}

/**
 * What ends a line, steers a terminal, reorders text or is not seen: C0, C1, DEL, line separators, format characters (bidirectional, tags), other
 * code points of no width, private and unassigned ones, lone surrogates.
 */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** The text with everything that does not belong on a line of its own written as escapes, as JSON has them. */
export function oneLine(text: string): string {
  return text.replace(UNSAFE, (c) =>
    Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join(''),
  );
}

/** A line of bounded length, whatever was quoted in it. */
export function shortLine(text: string): string {
  return oneLine(text.length > LONGEST_LINE ? `${text.slice(0, LONGEST_LINE)}…` : text);
}

const LONGEST_LINE = 500;
const SHOWN = 60;

/** A value as it would stand in a file, on one line, at most about 60 characters. Cost bounded whatever the value. */
export function preview(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string') {
    const text = value.length > SHOWN ? `${value.slice(0, SHOWN)}…` : value;
    return oneLine(JSON.stringify(text));
  }
  if (typeof value === 'number' || typeof value === 'boolean' || value === null) return String(value);
  if (Array.isArray(value)) {
    const shown = value
      .slice(0, 4)
      .map((entry) => (typeof entry === 'object' && entry !== null ? '…' : preview(entry)));
    const text = `[${shown.join(', ')}${value.length > 4 ? ', …' : ''}]`;
    return text.length <= SHOWN ? text : `an array of ${value.length}`;
  }
  if (typeof value === 'object') {
    const keys = Object.keys(value);
    const text = `{${keys
      .slice(0, 4)
      .map((key) => preview(key))
      .join(', ')}${keys.length > 4 ? ', …' : ''}}`;
    return text.length <= SHOWN ? `an object ${text}` : `an object of ${keys.length} fields`;
  }
  return `a ${typeof value}`;
}

/** The first thing wrong, from the issues of the schema library. `input` is what was validated. */
export function toExperimentError(
  issues: readonly z.core.$ZodIssue[],
  input: unknown,
  base: Path = [],
): ExperimentError {
  const { path, issue } = settle(pick(issues), [], input);
  const found = valueAt(input, path);
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0];
    const value = valueAt(found, [key]);
    // The library's own words would quote the key, whatever its length.
    const rule = issue.message.startsWith('Unrecognized') ? 'is no field of this object' : issue.message;
    return new ExperimentError(formatPath([...base, ...path, key]), rule, preview(value));
  }
  const shown = issue.code === 'custom' ? (issue.params?.found as string | undefined) : undefined;
  const missing = found === undefined && shown === undefined;
  return new ExperimentError(
    formatPath([...base, ...path]),
    missing ? `is missing; it ${issue.message}` : issue.message,
    missing ? undefined : (shown ?? preview(found)),
  );
}

/** The first issue, unless an unknown field beside it (a misspelling, often) explains it better. */
function pick(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const first = issues[0];
  const parent = formatPath(first.path.slice(0, -1));
  return issues.find((i) => i.code === 'unrecognized_keys' && formatPath(i.path) === parent) ?? first;
}

/** Goes down into the one alternative of a union that the value is of the right type for. */
function settle(issue: z.core.$ZodIssue, base: Path, input: unknown): { path: Path; issue: z.core.$ZodIssue } {
  const path = [...base, ...issue.path];
  if (issue.code === 'invalid_union' && valueAt(input, path) !== undefined) {
    const wrongType = (i: z.core.$ZodIssue) =>
      i.path.length === 0 && (i.code === 'invalid_type' || i.code === 'invalid_value');
    const fitting = issue.errors.filter((branch) => !branch.some(wrongType));
    if (fitting.length === 1) return settle(pick(fitting[0]), path, input);
  }
  return { path, issue };
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<PropertyKey, unknown>)[key];
  }
  return at;
}
