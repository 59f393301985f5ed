/** Plain data with typed arrays → JSON in which all that is long is a mark (./marks.ts), and the bytes of what they stand for. */
import { ARRAYS, type ArrayKind, isArrayKind, MARK, padded } from './marks.ts';

/** Arrays from this length on are packed. */
const LONG = 8;
/** Arrays of arrays longer than that on average stay apart: gigabytes are not copied. */
const LONG_LIST = 1024;
/** Small pieces are gathered into parts of about this size. */
const PART_BYTES = 4 << 20;
/** Kinds of entries in one array at most; with more it is written entry by entry. */
const MOST_GROUPS = 64;

type Typed = Float64Array | Float32Array | Int32Array | Uint32Array | Uint16Array | Uint8Array;

export interface Packed {
  readonly tree: unknown;
  /** Each a multiple of 8 bytes. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[];
}

/** Data: null, booleans, numbers, strings, arrays, plain objects and typed arrays; undefined fields are left out. */
export function pack(data: unknown): Packed {
  const packer = new Packer();
  const tree = packer.walk(data);
  return { tree, parts: packer.end() };
}

/** An entry's kind: those of one kind can be packed together. */
function kindOf(value: unknown): string {
  if (value === null || value === undefined) return 'nulls';
  if (typeof value !== 'object') return `${typeof value}s`;
  if (Array.isArray(value)) return value.every((entry) => typeof entry === 'number') ? 'lists of numbers' : 'arrays';
  const typed = typedKind(value);
  if (typed) return `lists of ${typed}`;
  return `table of ${JSON.stringify(fieldsOf(value))}`;
}

function typedKind(value: object): ArrayKind | undefined {
  if (!ArrayBuffer.isView(value)) return undefined;
  return (Object.keys(ARRAYS) as ArrayKind[]).find((name) => value instanceof ARRAYS[name]);
}

function fieldsOf(value: object): string[] {
  if (Object.hasOwn(value, MARK)) throw new Error(`a packed file cannot hold a field named ${MARK}`);
  return Object.keys(value).filter((key) => (value as Record<string, unknown>)[key] !== undefined);
}

class Packer {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #open: Uint8Array<ArrayBuffer>[] = [];
  #size = 0;

  end(): readonly Uint8Array<ArrayBuffer>[] {
    this.#flush();
    return this.#parts;
  }

  walk(value: unknown): unknown {
    if (typeof value === 'number') {
      const isPlain = Number.isFinite(value) && !Object.is(value, -0);
      return isPlain ? value : { [MARK]: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.length < LONG ? value.map((entry) => this.walk(entry)) : this.#long(value);
    const typed = typedKind(value);
    if (typed) {
      this.#keep(value as Typed);
      return { [MARK]: typed, length: (value as Typed).length };
    }
    return Object.fromEntries(fieldsOf(value).map((key) => [key, this.walk((value as Record<string, unknown>)[key])]));
  }

  #long(values: readonly unknown[]): unknown {
    const kinds = values.map(kindOf);
    const all = [...new Set(kinds)];
    if (all.length === 1) return this.#sameKind(all[0], values);
    if (all.length > MOST_GROUPS) return values.map((entry) => this.walk(entry));
    const places = new Map(all.map((kind, i) => [kind, i]));
    this.#keep(Uint8Array.from(kinds, (kind) => places.get(kind)!));
    const groups = all.map((kind) =>
      this.#sameKind(
        kind,
        values.filter((_, i) => kinds[i] === kind),
      ),
    );
    return { [MARK]: 'groups', length: values.length, groups };
  }

  #sameKind(kind: string, values: readonly unknown[]): unknown {
    const { length } = values;
    switch (kind) {
      case 'nulls':
        return { [MARK]: 'nulls', length };
      case 'numbers':
        this.#keep(Float64Array.from(values as number[]));
        return { [MARK]: 'numbers', length };
      case 'booleans':
        this.#keep(Uint8Array.from(values as boolean[], Number));
        return { [MARK]: 'booleans', length };
      case 'strings':
        return this.#strings(values as string[]);
      case 'arrays':
        this.#keep(Uint32Array.from(values as unknown[][], ({ length }) => length));
        return { [MARK]: 'arrays', length, entries: this.#long((values as unknown[][]).flat()) };
    }
    const of = kind.replace('lists of ', '');
    if (isArrayKind(of)) return this.#lists(of, values as (Typed | number[])[]);
    const columns = fieldsOf(values[0] as object).map((key) => [
      key,
      this.#long(values.map((row) => (row as Record<string, unknown>)[key])),
    ]);
    return { [MARK]: 'table', length, columns: Object.fromEntries(columns) };
  }

  #strings(values: readonly string[]): unknown {
    this.#keep(Uint32Array.from(values, ({ length }) => length));
    const total = values.reduce((sum, { length }) => sum + length, 0);
    const units = new Uint16Array(total);
    let at = 0;
    for (const value of values) for (let i = 0; i < value.length; i++) units[at++] = value.charCodeAt(i);
    this.#keep(units);
    return { [MARK]: 'strings', length: values.length, total };
  }

  #lists(of: ArrayKind, values: readonly (Typed | number[])[]): unknown {
    const total = values.reduce((sum, { length }) => sum + length, 0);
    if (total > LONG_LIST * values.length) {
      return values.map((list) => {
        this.#keep(Array.isArray(list) ? Float64Array.from(list) : list);
        return { [MARK]: of, length: list.length };
      });
    }
    this.#keep(Uint32Array.from(values, ({ length }) => length));
    const numbers = new ARRAYS[of](total);
    let at = 0;
    for (const list of values) {
      numbers.set(list, at);
      at += list.length;
    }
    this.#keep(numbers);
    return { [MARK]: 'lists', of, length: values.length, total };
  }

  #keep(array: Typed): void {
    const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
    if (bytes.length >= PART_BYTES && bytes.length % 8 === 0) {
      // A part as it is, not copied.
      this.#flush();
      this.#parts.push(bytes);
      return;
    }
    this.#open.push(bytes);
    this.#size += padded(bytes.length);
    if (this.#size >= PART_BYTES) this.#flush();
  }

  #flush(): void {
    if (this.#size === 0) return;
    const part = new Uint8Array(this.#size);
    let at = 0;
    for (const piece of this.#open) {
      part.set(piece, at);
      at += padded(piece.length);
    }
    this.#parts.push(part);
    this.#open = [];
    this.#size = 0;
  }
}
