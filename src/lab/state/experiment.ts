/**
 * The experiment being edited. Its text is the one source of truth: controls change the text, the text view shows it, and both
 * read the same validation.
 */
import { computed, signal } from '@preact/signals';
import { type Experiment, ExperimentError } from '../../problem/index.ts';
import { parseExperimentText } from '../../run/index.ts';
import { schemaAt } from './fields.ts';
import { format } from './format.ts';
import { getAt, type Path, setAt } from './paths.ts';
import { type Preset, quickstart } from './presets.ts';

export const text = signal(withoutSchema(quickstart.text));

export interface Invalid {
  /** As in `problem.covariance.exponent`; empty where the text is no JSON or the whole file is meant. */
  readonly path: string;
  readonly message: string;
}

/** The value of the text; null where it is no JSON. */
const parsed = computed<{ readonly value: unknown } | null>(() => {
  try {
    return { value: JSON.parse(text.value) };
  } catch {
    return null;
  }
});

/** Whether the text is JSON: only then can a control change it. */
export const isJson = computed(() => parsed.value !== null);

let last: unknown;
/** The value of the text, or of the last text that was JSON: what the controls show while the reader is typing. */
export const raw = computed<unknown>(() => {
  if (parsed.value !== null) last = parsed.value.value;
  return last;
});

const validation = computed<{ readonly experiment: Experiment } | { readonly invalid: Invalid }>(() => {
  try {
    const experiment = parseExperimentText(text.value);
    // A page reads no files by name.
    if (experiment.problem.data?.kind === 'files')
      throw new ExperimentError('problem.data.kind', 'must not be "files" in the lab; run this file with the command');
    return { experiment };
  } catch (error) {
    if (!(error instanceof ExperimentError)) throw error;
    return { invalid: { path: error.path, message: error.message } };
  }
});

/** The resolved experiment; null while the text is not valid. */
export const experiment = computed(() => ('experiment' in validation.value ? validation.value.experiment : null));
export const invalid = computed(() => ('invalid' in validation.value ? validation.value.invalid : null));

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

/** The file with what it leaves to defaults above `path` written out: a part of a default cannot stand alone. */
function withParents(file: unknown, path: Path): unknown {
  let out = file;
  for (let depth = 1; depth < path.length; depth++) {
    const parent = path.slice(0, depth);
    if (getAt(out, parent) !== undefined) continue;
    const fallback = schemaAt(parent, out)?.default;
    if (typeof fallback === 'object' && fallback !== null) out = setAt(out, parent, fallback);
  }
  return out;
}

/** Sets one field; `undefined` removes it, so that its default holds again. Nothing happens while the text is no JSON. */
export function setField(path: Path, value: unknown): void {
  if (!isJson.value) return;
  text.value = format(setAt(value === undefined ? raw.value : withParents(raw.value, path), path, value));
}

export function fieldOf(path: Path): unknown {
  return getAt(raw.value, path);
}

/** The text of a preset as this page writes it, to know an unchanged one again. */
export const presetText = withoutSchema;
