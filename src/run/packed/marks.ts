/**
 * What stands in the JSON of a packed file (./file.ts) for data that does not lie in it: an object whose field `$` says of what kind it
 * is. What a kind holds lies in the file's parts, in the order in which the JSON mentions it, each piece padded to 8 bytes, little-endian:
 *
 * - `f64`, `f32`, `i32`, `u32`, `u8`, `numbers` (a plain array): `length` numbers;
 * - `booleans`: `length` bytes;
 * - `nulls`: nothing;
 * - `strings`: `length` lengths as u32, then all their `total` UTF-16 units;
 * - `lists`, an array of arrays of the kind `of`: `length` lengths as u32, then all their `total` numbers;
 * - `arrays`, an array of other arrays: `length` lengths as u32, then the array `entries` of all that they hold;
 * - `table`, an array of objects with the same fields: the arrays `columns`, a field each;
 * - `groups`, an array of entries of several kinds: of each entry, as u8, which of `groups` it is the next entry of; then those arrays.
 *
 * A `number` is one that JSON has no word for.
 */

export const ARRAYS = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
  numbers: Float64Array,
} as const;
export type ArrayKind = keyof typeof ARRAYS;

/** The key that says: not a plain object, but what it is an entry for. */
export const MARK = '$';

export function isArrayKind(kind: unknown): kind is ArrayKind {
  return typeof kind === 'string' && Object.hasOwn(ARRAYS, kind);
}

export function padded(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}
