/** Numbers in states, which come from files. */

/** The numbers of an array. @throws RangeError */
export function numbersOf(value: unknown, length: number, what: string): readonly number[] {
  if (!Array.isArray(value) || value.length !== length || !value.every(Number.isFinite)) {
    throw new RangeError(`${what} must be an array of ${length} finite numbers`);
  }
  return value;
}

/** The same for one number. @throws RangeError */
export function numberOf(value: unknown, what: string): number {
  if (!Number.isFinite(value)) throw new RangeError(`${what} must be a finite number`);
  return value as number;
}
