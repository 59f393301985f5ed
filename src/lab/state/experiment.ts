/**
 * The experiment being edited. Its text is the one source of truth: controls change the text, the text view shows it, and both
 * read the same validation.
 */
import { computed, signal } from '@preact/signals';
import { type Experiment, ExperimentError } from '../../problem/index.ts';
import { parseExperimentText } from '../../run/index.ts';
import { getAt, type Path, setAt } from './paths.ts';
import { type Preset, quickstart } from './presets.ts';

export const text = signal(withoutSchema(quickstart.text));

export interface Invalid {
  /** As in `problem.covariance.exponent`; empty where the text is no JSON or the whole file is meant. */
  readonly path: string;
  readonly message: string;
}

/** The value of the text; undefined where it is no JSON. */
export const raw = computed<unknown>(() => {
  try {
    return JSON.parse(text.value);
  } catch {
    return undefined;
  }
});

const validation = computed<{ readonly experiment: Experiment } | { readonly invalid: Invalid }>(() => {
  try {
    return { experiment: parseExperimentText(text.value) };
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return { invalid: { path: error.path, message: error.message } };
  }
});

/** The resolved experiment; null while the text is not valid. */
export const experiment = computed(() => ('experiment' in validation.value ? validation.value.experiment : null));
export const invalid = computed(() => ('invalid' in validation.value ? validation.value.invalid : null));

/** JSON as the examples are written: two spaces, short objects and arrays on one line. */
export function format(value: unknown): string {
  return write(value, '');
}

const WIDTH = 100;

function write(value: unknown, indent: string): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const flat = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  const isLeaf = Object.values(value).every((entry) => typeof entry !== 'object' || entry === null);
  if (isLeaf && indent.length + flat.length <= WIDTH && indent !== '')
    return flat.replace(/^\[ (.*) \]$/, '[$1]').replace(/^\[ \]$/, '[]');
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    // Long lists of numbers are wrapped, not one a line.
    const items = value.map((entry) => write(entry, inner));
    if (isLeaf) return `[\n${wrap(items, inner)}\n${indent}]`;
    return `[\n${items.map((item) => inner + item).join(',\n')}\n${indent}]`;
  }
  const lines = Object.entries(value).map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${write(entry, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}

function wrap(items: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = indent;
  items.forEach((item, i) => {
    const piece = i < items.length - 1 ? `${item}, ` : item;
    if (line.length + piece.length > WIDTH && line !== indent) {
      lines.push(line.trimEnd());
      line = indent;
    }
    line += piece;
  });
  lines.push(line.trimEnd());
  return lines.join('\n');
}

/** Examples name their schema for editors; the page has its own. */
function withoutSchema(source: string): string {
  const { $schema: _, ...rest } = JSON.parse(source) as Record<string, unknown>;
  return format(rest);
}

export function loadPreset(preset: Preset): void {
  text.value = withoutSchema(preset.text);
}

export function loadExperiment(value: unknown): void {
  text.value = format(value);
}

/** Sets one field; `undefined` removes it, so that its default holds again. Nothing happens while the text is no JSON. */
export function setField(path: Path, value: unknown): void {
  if (raw.value === undefined) return;
  text.value = format(setAt(raw.value, path, value));
}

export function fieldOf(path: Path): unknown {
  return getAt(raw.value, path);
}

/** The text of a preset as this page writes it, to know an unchanged one again. */
export const presetText = withoutSchema;
