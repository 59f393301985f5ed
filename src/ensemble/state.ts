/** Numbers in states, which come from files. */

/** The numbers of an array. @throws RangeError */
export function numbersOf(value: unknown, length: number, what: string): readonly number[] {
  if (!Array.isArray(value) || value.length !== length || !value.every(Number.isFinite)) {
    throw new RangeError(`${what} must be an array of ${length} finite numbers`);
  }
  return value;
}

/** One count. @throws RangeError */
export function countOf(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0)
    throw new RangeError(`${what} must be an integer of 0 or more`);
  return value as number;
}

/** The counts of an array. @throws RangeError */
export function countsOf(value: unknown, length: number, what: string): readonly number[] {
  const counts = numbersOf(value, length, what);
  counts.forEach((count, i) => void countOf(count, `${what}[${i}]`));
  return counts;
}

/** How many of how many. @throws RangeError */
export function hitsOf({ hits, count }: { readonly hits?: unknown; readonly count?: unknown }) {
  const found = { hits: countOf(hits, 'hits'), count: countOf(count, 'count') };
  if (found.hits > found.count)
    throw new RangeError(`hits must be at most count (${found.count}); found ${found.hits}`);
  return found;
}
