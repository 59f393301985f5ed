/** The JSON of a packed file and the bytes of its parts → the data (./marks.ts). Nothing is taken on trust. */
import { preview } from '../../problem/errors.ts';
import { ARRAYS, type ArrayKind, isArrayKind, MARK, padded } from './marks.ts';

/** What data takes beside the file's JSON. */
export interface PackedSize {
  /** Of the parts. */
  readonly bytes: number;
  /** Objects, arrays, strings, booleans and nulls that are made of them, and entries of mixed arrays. */
  readonly items: number;
}

/** Data that contradicts itself; the reader says of what file. */
export class PackedContentError extends Error {}

/** Longest array that JavaScript has. */
const MOST_LENGTH = 2 ** 32 - 1;

type Mark = Readonly<Record<string, unknown>>;

export function isMark(value: object): value is Mark {
  return Object.hasOwn(value, MARK);
}

function lengthOf(mark: Mark, field: 'length' | 'total'): number {
  const length = mark[field];
  if (Number.isSafeInteger(length) && (length as number) >= 0 && (length as number) <= MOST_LENGTH)
    return length as number;
  throw new PackedContentError(`must say of an array how long it is; found ${preview(length)}`);
}

function kindIn(mark: Mark, field: typeof MARK | 'of'): ArrayKind {
  const kind = mark[field];
  if (isArrayKind(kind)) return kind;
  throw new PackedContentError(`must hold arrays of known kinds only; found ${preview(kind)}`);
}

function childrenOf(mark: Mark): readonly unknown[] {
  const { [MARK]: kind, columns, groups, entries } = mark;
  const children = kind === 'table' ? columns : kind === 'groups' ? groups : kind === 'arrays' ? [entries] : [];
  if (typeof children === 'object' && children !== null) return Object.values(children);
  throw new PackedContentError(`must give a ${kind} its arrays; found ${preview(children)}`);
}

/** Bytes of one mark itself, without those of the marks in it. */
function bytesOf(mark: Mark): number {
  switch (mark[MARK]) {
    case 'number':
    case 'nulls':
    case 'table':
      return 0;
    case 'booleans':
    case 'groups':
      return padded(lengthOf(mark, 'length'));
    case 'arrays':
      return padded(4 * lengthOf(mark, 'length'));
    case 'strings':
      return padded(4 * lengthOf(mark, 'length')) + padded(2 * lengthOf(mark, 'total'));
    case 'lists':
      return (
        padded(4 * lengthOf(mark, 'length')) +
        padded(ARRAYS[kindIn(mark, 'of')].BYTES_PER_ELEMENT * lengthOf(mark, 'total'))
      );
    default:
      return padded(ARRAYS[kindIn(mark, MARK)].BYTES_PER_ELEMENT * lengthOf(mark, 'length'));
  }
}

/** What a tree takes. Cost O(its JSON). @throws PackedContentError where it is none. */
export function sizeOf(tree: unknown): PackedSize {
  if (typeof tree !== 'object' || tree === null) return { bytes: 0, items: 0 };
  const own = isMark(tree);
  let bytes = own ? bytesOf(tree) : 0;
  let items = own && tree[MARK] !== 'number' && !isArrayKind(tree[MARK]) ? lengthOf(tree, 'length') : 0;
  for (const child of own ? childrenOf(tree) : Object.values(tree)) {
    const size = sizeOf(child);
    bytes += size.bytes;
    items += size.items;
  }
  return { bytes, items };
}

/** Bytes from `at` of all parts, one after the other; they may be kept, but must not be changed. */
export type BytesAt = (at: number, length: number) => Uint8Array<ArrayBuffer>;

/** The data of a tree whose first bytes are at `at`. @throws PackedContentError */
export function unpack(tree: unknown, at: number, bytesAt: BytesAt): unknown {
  return new Unpacker(at, bytesAt).walk(tree);
}

class Unpacker {
  #at: number;
  readonly #bytesAt: BytesAt;

  constructor(at: number, bytesAt: BytesAt) {
    this.#at = at;
    this.#bytesAt = bytesAt;
  }

  walk(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((entry) => this.walk(entry));
    if (isMark(value)) return this.#marked(value);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.walk(entry)]));
  }

  #marked(mark: Mark): unknown {
    const kind = mark[MARK];
    if (kind === 'number') return Number(mark.value);
    const length = lengthOf(mark, 'length');
    switch (kind) {
      case 'nulls':
        return new Array(length).fill(null);
      case 'booleans':
        return Array.from(this.#take('u8', length), (byte) => byte !== 0);
      case 'strings':
        return this.#strings(length, lengthOf(mark, 'total'));
      case 'lists':
        return this.#lists(kindIn(mark, 'of'), length, lengthOf(mark, 'total'));
      case 'arrays':
        return this.#arrays(mark.entries, length);
      case 'table':
        return this.#table(mark, length);
      case 'groups':
        return this.#groups(mark, length);
      default:
        return this.#array(kindIn(mark, MARK), length);
    }
  }

  #take<K extends ArrayKind>(kind: K, length: number): InstanceType<(typeof ARRAYS)[K]> {
    const Kind = ARRAYS[kind];
    const bytes = this.#piece(length * Kind.BYTES_PER_ELEMENT);
    return new Kind(bytes.buffer, bytes.byteOffset, length) as InstanceType<(typeof ARRAYS)[K]>;
  }

  #piece(length: number): Uint8Array<ArrayBuffer> {
    const at = this.#at;
    this.#at += padded(length);
    return this.#bytesAt(at, length);
  }

  #array(kind: ArrayKind, length: number): unknown {
    const array = this.#take(kind, length);
    if (kind === 'numbers') return Array.from(array);
    // Of a buffer of its own: one that fills its part has it already.
    return array.byteLength === array.buffer.byteLength ? array : array.slice();
  }

  /** Where each of some pieces ends. */
  #ends(length: number): Float64Array {
    let end = 0;
    return Float64Array.from(this.#take('u32', length), (one) => {
      end += one;
      return end;
    });
  }

  /** The pieces of `total` entries that end there. */
  #pieces<T>(ends: Float64Array, total: number, piece: (begin: number, end: number) => T): T[] {
    const last = ends.length > 0 ? ends[ends.length - 1] : 0;
    if (last !== total) throw new PackedContentError(`must hold ${total} entries in its lists; found ${last}`);
    return Array.from(ends, (end, i) => piece(i > 0 ? ends[i - 1] : 0, end));
  }

  #strings(length: number, total: number): string[] {
    const ends = this.#ends(length);
    const bytes = this.#piece(2 * total);
    const units = new Uint16Array(bytes.buffer, bytes.byteOffset, total);
    return this.#pieces(ends, total, (begin, end) => {
      let text = '';
      for (let at = begin; at < end; at += 4096)
        text += String.fromCharCode(...units.subarray(at, Math.min(end, at + 4096)));
      return text;
    });
  }

  #lists(of: ArrayKind, length: number, total: number): unknown[] {
    const ends = this.#ends(length);
    const numbers = this.#take(of, total);
    return this.#pieces(ends, total, (begin, end) => {
      const list = numbers.slice(begin, end);
      return of === 'numbers' ? Array.from(list) : list;
    });
  }

  #arrays(tree: unknown, length: number): unknown[] {
    const ends = this.#ends(length);
    const entries = this.#entries(tree);
    return this.#pieces(ends, entries.length, (begin, end) => entries.slice(begin, end));
  }

  /** Entries of a mark's own arrays. */
  #entries(tree: unknown): readonly unknown[] {
    const entries = this.walk(tree);
    if (Array.isArray(entries)) return entries;
    throw new PackedContentError('must make tables, groups and arrays of arrays');
  }

  #table(mark: Mark, length: number): unknown[] {
    childrenOf(mark);
    const columns = Object.entries(mark.columns as object).map(([key, tree]) => {
      const entries = this.#entries(tree);
      if (entries.length === length) return { key, entries };
      throw new PackedContentError(
        `must fill the ${length} rows of a table; found ${entries.length} of ${preview(key)}`,
      );
    });
    return Array.from({ length }, (_, row) =>
      Object.fromEntries(columns.map(({ key, entries }) => [key, entries[row]])),
    );
  }

  #groups(mark: Mark, length: number): unknown[] {
    const which = this.#take('u8', length);
    const groups = childrenOf(mark).map((tree) => ({ entries: this.#entries(tree), next: 0 }));
    const values = Array.from(which, (k) => {
      const group = groups[k];
      if (group && group.next < group.entries.length) return group.entries[group.next++];
      throw new PackedContentError('must hold an entry for each place of a mixed array');
    });
    if (groups.some(({ entries, next }) => next < entries.length))
      throw new PackedContentError('must have a place for each entry of a mixed array');
    return values;
  }
}
