/** Fields of a JSON value by path. Paths are written as errors name them: `methods[1].timeStep`. */
export type Path = readonly (string | number)[];

export function pathText(path: Path): string {
  return path.reduce<string>(
    (text, key) => text + (typeof key === 'number' ? `[${key}]` : text === '' ? key : `.${key}`),
    '',
  );
}

export function getAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined;
    at = (at as Record<string | number, unknown>)[key];
  }
  return at;
}

/** The path that a text names. */
export function pathOf(text: string): Path {
  return text.split(/[.[\]]+/).flatMap((key) => (key === '' ? [] : [/^\d+$/.test(key) ? Number(key) : key]));
}

/** A copy with one field set, parents made where they are missing; `undefined` removes the field (or the entry of an array). */
export function setAt(value: unknown, path: Path, next: unknown): unknown {
  if (path.length === 0) return next;
  const [key, ...rest] = path;
  if (Array.isArray(value)) {
    const copy = [...value];
    if (rest.length === 0 && next === undefined) copy.splice(Number(key), 1);
    else copy[Number(key)] = setAt(copy[Number(key)], rest, next);
    return copy;
  }
  const copy: Record<string, unknown> = typeof value === 'object' && value !== null ? { ...value } : {};
  if (rest.length === 0 && next === undefined) delete copy[String(key)];
  else copy[String(key)] = setAt(copy[String(key)], rest, next);
  return copy;
}
