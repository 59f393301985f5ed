/** FILE → resolved experiment or sweep, or a Failure in one line. */
import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { formatPath } from '../problem/errors.ts';
import {
  type Experiment,
  ExperimentError,
  FILE_LIMITS,
  LONGEST_TEXT,
  type ParsedSweep,
  parseSweep,
} from '../problem/index.ts';
import { JsonSyntaxError, parseJson } from '../problem/json.ts';
import { parseExperiment } from '../run/parse.ts';
import { expressionChecks } from '../statistics/checks.ts';
import { exampleFile, exampleNames } from './examples.ts';
import { ExitStatus, Failure } from './failure.ts';
import { type Change, changed } from './set.ts';
import { readSource } from './source.ts';

export interface InputFlags {
  /** Replaces the file's. */
  readonly seed?: number;
  readonly set?: readonly Change[];
}

type Kind = 'experiment' | 'sweep' | 'result';

/** What a file is meant as: a sweep has axes, a result a format, and nothing else has. */
function kindOf(value: unknown): Kind {
  const has = (field: string) => typeof value === 'object' && value !== null && Object.hasOwn(value, field);
  return has('format') ? 'result' : has('axes') ? 'sweep' : 'experiment';
}

/** A file as it is, or the example of that name where there is no such file. */
function fileOf(file: string): string {
  if (file === '-' || existsSync(file)) return file;
  const example = exampleFile(file);
  // A name that is no path: what was meant is an example, or a file that was misspelt.
  if (example !== null || !/^[\w-]+$/.test(file)) return example ?? file;
  const names = (['experiment', 'sweep'] as const).flatMap(exampleNames).join(', ');
  throw new Failure(
    ExitStatus.input,
    `${file}: there is no such file, and no example of that name; examples: ${names}`,
  );
}

async function readValue(file: string) {
  const { label, name, text } = await readSource(fileOf(file), LONGEST_TEXT, FILE_LIMITS);
  try {
    return { label, name, value: parseJson(text, FILE_LIMITS) };
  } catch (error) {
    if (error instanceof JsonSyntaxError)
      throw new Failure(ExitStatus.input, `${label}: not valid JSON: ${error.message}`);
    throw error;
  }
}

function resolve<T>(label: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExperimentError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
    throw error;
  }
}

/** What can be read of a file before it is changed; undefined where it cannot be read without the changes. */
function asFarAsKnown<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExperimentError) return undefined;
    throw error;
  }
}

const sweepOf = (value: unknown, seed?: number) => parseSweep(value, expressionChecks, seed);

/** Files of samples that lie beside the experiment's file, named from where the command is run. */
function beside(file: string, experiment: Experiment): Experiment {
  const { data } = experiment.problem;
  if (data?.kind !== 'files') return experiment;
  const folder = file === '-' ? '.' : dirname(fileOf(file));
  const find = <T extends { readonly features: string; readonly labels: string }>(files: T): T => {
    const place = (name: string) => {
      const here = join(folder, name);
      return !isAbsolute(name) && existsSync(here) ? here : name;
    };
    return { ...files, features: place(files.features), labels: place(files.labels) };
  };
  const found = { ...find(data), ...(data.test && { test: find(data.test) }) };
  return { ...experiment, problem: { ...experiment.problem, data: found } };
}

/** The file as what it is, with every default written out and all changes made. */
async function readAny(file: string, { seed, set = [] }: InputFlags) {
  const { label, name, value } = await readValue(file);
  const kind = kindOf(value);
  const where = [label, ...set.map(({ path }) => `--set ${formatPath(path)}`)].join(' ');
  const make = (known: () => unknown) => changed(value, set, known, label);
  if (kind === 'result') return { kind } as const;
  if (kind === 'sweep') {
    const sweep = resolve(where, () =>
      sweepOf(
        make(() => asFarAsKnown(() => sweepOf(value).sweep)),
        seed,
      ),
    );
    return {
      kind,
      name,
      sweep: { ...sweep, sweep: { ...sweep.sweep, experiment: beside(file, sweep.sweep.experiment) } },
    } as const;
  }
  const experiment = beside(
    file,
    resolve(where, () => parseExperiment(make(() => asFarAsKnown(() => parseExperiment(value))))),
  );
  return { kind, name, experiment: seed === undefined ? experiment : { ...experiment, seed } } as const;
}

/** Which command a file is for, where another was given. */
function misplaced(kind: Kind, file: string): Failure {
  const words = {
    experiment: `is an experiment; run it with: diagflow run ${file}`,
    sweep: `is a sweep (it has axes); run it with: diagflow sweep ${file}`,
    result: `is a result, not an experiment; look at it with: diagflow lab ${file}`,
  };
  return new Failure(ExitStatus.input, `${file}: ${words[kind]}`);
}

/** `name` is what to call the results: the file's name without .json, or "stdin". */
export async function readExperiment(
  file: string,
  flags: InputFlags,
): Promise<{ experiment: Experiment; name: string }> {
  const found = await readAny(file, flags);
  if (found.kind !== 'experiment') throw misplaced(found.kind, file);
  return found;
}

export async function readSweep(file: string, flags: InputFlags): Promise<{ parsed: ParsedSweep; name: string }> {
  const found = await readAny(file, flags);
  if (found.kind !== 'sweep') throw misplaced(found.kind, file);
  return { parsed: found.sweep, name: found.name };
}

/** Either, resolved: plain JSON data. */
export async function readResolved(file: string, flags: InputFlags): Promise<unknown> {
  const found = await readAny(file, flags);
  if (found.kind === 'result') throw misplaced(found.kind, file);
  return found.kind === 'sweep' ? found.sweep.sweep : found.experiment;
}
