/**
 * Plain data with typed arrays ↔ the bytes of a checkpoint file. One line names format, version, and length and checksum of the JSON
 * that follows; the JSON lists the parts that follow it, with theirs. Numbers keep every bit: arrays of them lie in the parts, in the
 * order in which the JSON mentions them (little-endian, each padded to 8 bytes), so what is read never takes more room than the file.
 */
import { preview, shortLine } from '../problem/errors.ts';
import { JsonSyntaxError, parseJson, SHARD_LIMITS } from '../problem/json.ts';

export const CHECKPOINT_FORMAT = 'diagflow-checkpoint';
export const CHECKPOINT_VERSION = 1;

/** A checkpoint that cannot be gone on with; `message` is one line. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  constructor(message: string) {
    super(shortLine(message));
  }
}

/** Where the bytes come from: a file, or memory. */
export interface ByteSource {
  readonly size: number;
  /** Bytes at … at + length − 1, which lie inside. */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

const ARRAYS = {
  f64: Float64Array,
  f32: Float32Array,
  i32: Int32Array,
  u32: Uint32Array,
  u8: Uint8Array,
  /** A plain array of numbers. */
  numbers: Float64Array,
} as const;
type ArrayKind = keyof typeof ARRAYS;

/** Plain arrays of numbers from this length on lie in the parts. */
const LONG = 8;
/** Small arrays are gathered into parts of about this size. */
const PART_BYTES = 4 << 20;
const LONGEST_HEAD = 200;
/** Bytes of JSON at most. */
const LONGEST_JSON = 1 << 28;
/** The key that says: not a plain object, but what it is an entry for. */
const MARK = '$';

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The bytes of a file, in order. Data: null, booleans, numbers, strings, arrays, plain objects and typed arrays; undefined fields are left out. */
export async function encodeCheckpoint(data: unknown): Promise<Uint8Array<ArrayBuffer>[]> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let open: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const flush = () => {
    if (size === 0) return;
    const part = new Uint8Array(size);
    let at = 0;
    for (const piece of open) {
      part.set(piece, at);
      at += padded(piece.length);
    }
    parts.push(part);
    open = [];
    size = 0;
  };
  const keep = (kind: ArrayKind, array: ArrayLike<number> & ArrayBufferView) => {
    const bytes = new Uint8Array(array.buffer as ArrayBuffer, array.byteOffset, array.byteLength);
    if (bytes.length >= PART_BYTES && bytes.length % 8 === 0) {
      // A part as it is: gigabytes are not copied.
      flush();
      parts.push(bytes);
    } else {
      open.push(bytes);
      size += padded(bytes.length);
      if (size >= PART_BYTES) flush();
    }
    return { [MARK]: kind, length: array.length };
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'number') {
      const isPlain = Number.isFinite(value) && !Object.is(value, -0);
      return isPlain ? value : { [MARK]: 'number', value: Object.is(value, -0) ? '-0' : String(value) };
    }
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) {
      if (value.length >= LONG && value.every((x) => typeof x === 'number'))
        return keep('numbers', Float64Array.from(value));
      return value.map(walk);
    }
    if (ArrayBuffer.isView(value)) {
      const kind = (Object.keys(ARRAYS) as ArrayKind[]).find((name) => value instanceof ARRAYS[name]);
      if (kind) return keep(kind, value as Float64Array);
    }
    const entries = Object.entries(value).filter(([, x]) => x !== undefined);
    if (Object.hasOwn(value, MARK)) throw new Error(`a checkpoint cannot hold a field named ${MARK}`);
    return Object.fromEntries(entries.map(([key, x]) => [key, walk(x)]));
  };
  const tree = walk(data);
  flush();
  const listed: { bytes: number; sha256: string }[] = [];
  for (const part of parts) listed.push({ bytes: part.length, sha256: await sha256(part) });
  const json = new TextEncoder().encode(JSON.stringify({ data: tree, parts: listed }));
  if (json.length > LONGEST_JSON) {
    throw new CheckpointError(`a checkpoint must have at most ${LONGEST_JSON} bytes of JSON; found ${json.length}`);
  }
  const head = `${CHECKPOINT_FORMAT} ${CHECKPOINT_VERSION} ${json.length} ${await sha256(json)}\n`;
  return [new TextEncoder().encode(head), json, ...parts];
}

function padded(bytes: number): number {
  return 8 * Math.ceil(bytes / 8);
}

/** What `encodeCheckpoint` was given. @throws CheckpointError where it is another file, one of another version, or a damaged one. */
export async function decodeCheckpoint(source: ByteSource): Promise<unknown> {
  const start = new TextDecoder('latin1').decode(await source.read(0, Math.min(source.size, LONGEST_HEAD)));
  const found = /^diagflow-checkpoint (\d{1,6}) (\d{1,12}) ([0-9a-f]{64})\n/.exec(start);
  const named = /^diagflow-checkpoint (\d{1,6}) /.exec(start);
  if (named && Number(named[1]) !== CHECKPOINT_VERSION) {
    throw new CheckpointError(
      `must be of version ${CHECKPOINT_VERSION}, the one that this software reads; found version ${named[1]}`,
    );
  }
  if (!found) {
    throw new CheckpointError(
      `must begin with "${CHECKPOINT_FORMAT} ${CHECKPOINT_VERSION}", length and checksum: this is no checkpoint, or a damaged one; found ${preview(start.split('\n')[0])}`,
    );
  }
  const [head, , length, sum] = found;
  const torn = (rule: string, value: number) =>
    new CheckpointError(`is torn: it must have ${rule} bytes; found ${value}`);
  const jsonBytes = Number(length);
  if (jsonBytes > LONGEST_JSON || head.length + jsonBytes > source.size) {
    throw torn(`at least ${head.length + jsonBytes}`, source.size);
  }
  const json = await source.read(head.length, jsonBytes);
  if ((await sha256(json)) !== sum) throw new CheckpointError('is damaged: its checksum is not that of what it holds');
  const { data, parts } = parsed(json);
  const total = parts.reduce((all, { bytes }) => all + bytes, head.length + jsonBytes);
  if (total !== source.size) throw torn(String(total), source.size);
  return new Reader(await readParts(source, head.length + jsonBytes, parts)).walk(data);
}

interface Part {
  readonly bytes: number;
  readonly sha256: string;
}

function parsed(json: Uint8Array): { readonly data: unknown; readonly parts: readonly Part[] } {
  let value: { data?: unknown; parts?: unknown };
  try {
    value = parseJson(new TextDecoder('utf-8', { fatal: true }).decode(json), SHARD_LIMITS) as typeof value;
  } catch (error) {
    if (error instanceof JsonSyntaxError || error instanceof TypeError) {
      throw new CheckpointError(`its JSON does not read: ${error.message}`);
    }
    throw error;
  }
  const good = (part: Partial<Part>) =>
    Number.isSafeInteger(part?.bytes) && part.bytes! > 0 && part.bytes! % 8 === 0 && typeof part.sha256 === 'string';
  if (!Array.isArray(value?.parts) || !value.parts.every(good)) {
    throw new CheckpointError('must list its parts, each with its bytes and checksum');
  }
  return { data: value.data, parts: value.parts };
}

async function readParts(source: ByteSource, from: number, parts: readonly Part[]): Promise<Uint8Array<ArrayBuffer>[]> {
  const read: Uint8Array<ArrayBuffer>[] = [];
  let at = from;
  for (const [i, { bytes, sha256: sum }] of parts.entries()) {
    const part = await source.read(at, bytes);
    if ((await sha256(part)) !== sum) {
      throw new CheckpointError(
        `is damaged: the checksum of part ${i + 1} of ${parts.length} is not that of what it holds`,
      );
    }
    read.push(part);
    at += bytes;
  }
  return read;
}

/** Puts the arrays back where the JSON mentions them. */
class Reader {
  #part = 0;
  #at = 0;

  constructor(readonly parts: readonly Uint8Array<ArrayBuffer>[]) {}

  walk(value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((entry) => this.walk(entry));
    if (Object.hasOwn(value, MARK)) return this.#marked(value as Record<string, unknown>);
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, this.walk(entry)]));
  }

  #marked({ [MARK]: kind, length, value }: Record<string, unknown>): unknown {
    if (kind === 'number') return Number(value);
    if (typeof kind !== 'string' || !Object.hasOwn(ARRAYS, kind) || !Number.isSafeInteger(length)) {
      throw new CheckpointError(`holds an array of an unknown kind; found ${preview(kind)}`);
    }
    const Kind = ARRAYS[kind as ArrayKind];
    const bytes = (length as number) * Kind.BYTES_PER_ELEMENT;
    if (bytes === 0) return kind === 'numbers' ? [] : new Kind(0);
    if (this.#at === this.parts[this.#part]?.length) {
      this.#part++;
      this.#at = 0;
    }
    const part = this.parts[this.#part];
    if (part === undefined || bytes < 0 || this.#at + bytes > part.length) {
      throw new CheckpointError('mentions more numbers than it holds');
    }
    const begin = part.byteOffset + this.#at;
    this.#at += padded(bytes);
    const array = new Kind(part.buffer.slice(begin, begin + bytes));
    return kind === 'numbers' ? Array.from(array) : array;
  }
}
