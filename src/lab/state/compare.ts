/** What differs between the settings of runs. */
import type { Experiment } from '../../problem/index.ts';
import { pathText } from './paths.ts';

/** Longest value shown. */
const SHOWN = 40;

/** `problem.dimension` → `4096`; arrays of numbers as one value. */
export function flatten(experiment: Experiment): Map<string, string> {
  const out = new Map<string, string>();
  const walk = (value: unknown, path: (string | number)[]) => {
    const isBranch =
      typeof value === 'object' && value !== null && !(Array.isArray(value) && typeof value[0] === 'number');
    if (isBranch) {
      for (const [key, entry] of Object.entries(value))
        walk(entry, [...path, Array.isArray(value) ? Number(key) : key]);
      return;
    }
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    out.set(pathText(path), text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${(value as unknown[]).length})` : text);
  };
  walk(experiment, []);
  return out;
}

export interface Difference {
  readonly path: string;
  /** One a run; '–' where it has no such field. */
  readonly values: readonly string[];
}

export function differences(experiments: readonly Experiment[]): Difference[] {
  const maps = experiments.map(flatten);
  const paths = [...new Set(maps.flatMap((map) => [...map.keys()]))];
  return paths
    .map((path) => ({ path, values: maps.map((map) => map.get(path) ?? '–') }))
    .filter(({ values }) => new Set(values).size > 1);
}
