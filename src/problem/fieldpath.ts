/** Fields of a file by their path, as `methods[1].timeStep`: the axes of a sweep, and `--set` on the command line. */

export type FieldPath = readonly (string | number)[];

/** `methods[1].timeStep` → ['methods', 1, 'timeStep']; empty where it is no path. */
export function parsePath(field: string): FieldPath {
  if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*|\[\d{1,6}\])*$/.test(field)) return [];
  return [...field.matchAll(/([A-Za-z]\w*)|\[(\d+)\]/g)].map(([, name, place]) => name ?? Number(place));
}

/** What stands at a path; undefined where nothing does. */
export function at(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, key)) return undefined;
    found = (found as Record<string | number, unknown>)[key];
  }
  return found;
}

/**
 * A copy of `file` with another value at a path, or without the field or entry where the value is undefined; objects that the file leaves out
 * are taken from `defaults`. An array keeps its length: what is not in it is left alone.
 */
export function replaced(file: unknown, path: FieldPath, value: unknown, defaults: unknown): unknown {
  if (path.length === 0) return value;
  const [key, ...rest] = path;
  const here = file ?? defaults;
  if (typeof here !== 'object' || here === null) return { [key]: replaced(undefined, rest, value, undefined) };
  const inner = (x: unknown) =>
    typeof x === 'object' && x !== null ? (x as Record<string | number, unknown>)[key] : undefined;
  const next = replaced(inner(here), rest, value, inner(defaults));
  if (Array.isArray(here)) return here.flatMap((entry, i) => (i !== key ? [entry] : next === undefined ? [] : [next]));
  if (next === undefined) return Object.fromEntries(Object.entries(here).filter(([name]) => name !== key));
  return { ...here, [key]: next };
}
