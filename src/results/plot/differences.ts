/** What differs between the settings of runs: names made from it, and a place on a scale of colours. */
import { formatPath } from '../../problem/errors.ts';
import type { Experiment } from '../../problem/index.ts';
import { nameOf, symbolOf } from './fieldnames.ts';
import type { Drawn } from './series.ts';

/** Longest value shown. */
const SHOWN = 40;
/** What a run without the field has. */
export const ABSENT = '–';

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
    out.set(formatPath(path), text.length > SHOWN ? `${text.slice(0, SHOWN)}… (${(value as unknown[]).length})` : text);
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
    .map((path) => ({ path, values: maps.map((map) => map.get(path) ?? ABSENT) }))
    .filter(({ values }) => new Set(values).size > 1);
}

/** A field by whose value runs are coloured. */
export interface ShadeField {
  readonly path: string;
  readonly label: string;
  readonly scale: 'linear' | 'log';
  readonly range: readonly [number, number];
}

export interface Apart {
  /** One a run, made from what differs; empty where nothing does. */
  readonly names: readonly string[];
  /** The one number that differs; null where there is none, or where several do. */
  readonly field: ShadeField | null;
  /** Places from 0 to 1 on its scale. */
  readonly shades: readonly number[];
}

/** Fields that differ along with another one, or say nothing of the problem: they tell runs apart only where nothing else does. */
const LATER: readonly RegExp[] = [
  /^(?:horizon|samples|times)\b/,
  /^(?:methods|statistics|estimates|densities)\b/,
  /^seed$/,
];

/** Values in a name at most. */
const MOST_WORDS = 3;

export function tellApart(experiments: readonly Experiment[]): Apart {
  const all = differences(experiments);
  const rank = (path: string) => 1 + LATER.findIndex((pattern) => pattern.test(path));
  const first = all.filter(({ path }) => rank(path) === 0);
  const least = Math.min(...all.map(({ path }) => rank(path)));
  // The seed stands beside whatever else differs, where that leaves two runs with one name.
  const telling = first.length > 0 ? first : all.filter(({ path }) => rank(path) === least);
  const named = (list: readonly Difference[]) =>
    experiments.map((_, k) =>
      list
        .filter(({ values }) => values[k] !== ABSENT)
        .slice(0, MOST_WORDS)
        .map(({ path, values }) => (path.endsWith('.kind') ? values[k] : `${symbolOf(path)} = ${values[k]}`))
        .join(', '),
    );
  let names = named(telling);
  const isTold = () => new Set(names).size === names.length;
  const seeds = all.filter(({ path }) => path === 'seed');
  if (!isTold() && telling !== seeds && seeds.length > 0)
    names = names.map((name, k) => [name, `seed ${seeds[0].values[k]}`].filter(Boolean).join(', '));
  names = names.map((name) => name.replace(/^seed = /, 'seed '));
  const field = shadeField(telling, first.length > 0 || least === 1);
  return { names, field, shades: field ? experiments.map((_, k) => placeOn(field, numberOf(telling[0], k))) : [] };
}

const numberOf = ({ values }: Difference, k: number) => Number(values[k]);

function shadeField(telling: readonly Difference[], isProblem: boolean): ShadeField | null {
  if (telling.length !== 1 || !isProblem) return null;
  const [{ path, values }] = telling;
  const numbers = values.map(Number);
  if (!numbers.every(Number.isFinite)) return null;
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const scale = low > 0 && high >= 4 * low ? 'log' : 'linear';
  return { path, label: nameOf(path), scale, range: [low, high] };
}

function placeOn({ scale, range: [low, high] }: ShadeField, value: number): number {
  const at = scale === 'log' ? Math.log : (x: number) => x;
  return (at(value) - at(low)) / (at(high) - at(low));
}

/** Several runs with names that tell them apart, and with their places on the scale of the field that does. */
export function nameApart(runs: readonly Drawn[], { names, shades }: Apart): Drawn[] {
  if (runs.length < 2) return [...runs];
  const isTold = new Set(names).size === names.length;
  return runs.map((run, k) => ({
    ...run,
    name: isTold ? names[k] : [names[k], run.name || `run ${k + 1}`].filter(Boolean).join(', '),
    ...(shades.length > 0 && { shade: shades[k] }),
  }));
}
