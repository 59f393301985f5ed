/**
 * Plain data with typed arrays ↔ the bytes of a file. One line names format, version, and length and checksum of the JSON that follows;
 * the JSON lists the parts that follow it, with theirs. All that grows with a run, numbers or not, lies in the parts (./marks.ts) with
 * every bit, so the JSON stays small and says what the file holds before any of that is read.
 */
import { preview } from '../../problem/errors.ts';
import { type JsonLimits, JsonSyntaxError, parseJson } from '../../problem/json.ts';
import { pack } from './pack.ts';
import { isMark, PackedContentError, type PackedSize, sizeOf, unpack } from './unpack.ts';

/** Which files these are. */
export interface PackedFormat {
  /** The first word of them. */
  readonly name: string;
  readonly version: number;
  /** What they are called in messages. */
  readonly what: string;
  /** Throws what readers catch. */
  refuse(message: string): never;
}

/** Where the bytes come from: a file, or memory. */
export interface ByteSource {
  readonly size: number;
  /** Bytes at … at + length − 1, which lie inside, in a buffer of their own. */
  read(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
}

const LONGEST_HEAD = 200;
/** Bytes of JSON at most, and what it may hold. */
const LONGEST_JSON = 2 ** 24;
const JSON_LIMITS: JsonLimits = { numbers: 2 ** 17, values: 2 ** 18 };

/** Pages that come over plain http from elsewhere than localhost have no `crypto.subtle`. */
async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const { subtle } = globalThis.crypto;
  const digest = subtle
    ? new Uint8Array(await subtle.digest('SHA-256', bytes))
    : (await import('@noble/hashes/sha2.js')).sha256(bytes);
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

interface Part {
  readonly bytes: number;
  readonly sha256: string;
}

/** The bytes of a file, in order. Throws what the format does where it would hold more than is read back. */
export async function writePacked(format: PackedFormat, data: unknown): Promise<Uint8Array<ArrayBuffer>[]> {
  const { tree, parts } = pack(data);
  const listed: Part[] = [];
  for (const part of parts) listed.push({ bytes: part.length, sha256: await sha256(part) });
  const text = JSON.stringify({ data: tree, parts: listed });
  const json = new TextEncoder().encode(text);
  parsed(format, text, json.length);
  const head = `${format.name} ${format.version} ${json.length} ${await sha256(json)}\n`;
  return [new TextEncoder().encode(head), json, ...parts];
}

/** Reads the JSON; the data only when it is asked for. Throws what the format does where it is another file, or a damaged one. */
export async function openPacked(format: PackedFormat, source: ByteSource): Promise<PackedFile> {
  const { name, version, what } = format;
  const start = new TextDecoder('latin1').decode(await source.read(0, Math.min(source.size, LONGEST_HEAD)));
  const found = new RegExp(`^${name} (\\d{1,6}) (?:(\\d{1,12}) ([0-9a-f]{64})\n)?`).exec(start);
  if (found && Number(found[1]) !== version) {
    format.refuse(`must be of version ${version}, the one that this software reads; found version ${found[1]}`);
  }
  if (found?.[2] === undefined) {
    return format.refuse(
      `must begin with "${name} ${version}", length and checksum: this is no ${what}, or a damaged one; found ${preview(start.split('\n')[0])}`,
    );
  }
  const [head, , length, sum] = found;
  const torn = (rule: string) => format.refuse(`is torn: it must have ${rule} bytes; found ${source.size}`);
  const bytes = Number(length);
  if (bytes > LONGEST_JSON) format.refuse(`must have at most ${LONGEST_JSON} bytes of JSON; found ${bytes}`);
  if (head.length + bytes > source.size) torn(`at least ${head.length + bytes}`);
  const json = await source.read(head.length, bytes);
  if ((await sha256(json)) !== sum) format.refuse('is damaged: its checksum is not that of what it holds');
  let text = '';
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(json);
  } catch {
    format.refuse('its JSON does not read: it is not UTF-8');
  }
  const { data, parts } = parsed(format, text, bytes);
  const total = parts.reduce((all, part) => all + part.bytes, head.length + bytes);
  if (total !== source.size) torn(String(total));
  return new PackedFile(format, data, new Parts(format, source, head.length + bytes, parts));
}

function parsed(format: PackedFormat, text: string, bytes: number): { data: unknown; parts: readonly Part[] } {
  if (bytes > LONGEST_JSON) format.refuse(`must have at most ${LONGEST_JSON} bytes of JSON; found ${bytes}`);
  let value: unknown;
  try {
    value = parseJson(text, JSON_LIMITS);
  } catch (error) {
    if (error instanceof JsonSyntaxError) format.refuse(`its JSON does not read: ${error.message}`);
    throw error;
  }
  const good = (part: Partial<Part> | null) =>
    Number.isSafeInteger(part?.bytes) && part!.bytes! > 0 && part!.bytes! % 8 === 0 && typeof part!.sha256 === 'string';
  const { data, parts } = (value ?? {}) as { readonly data?: unknown; readonly parts?: unknown };
  if (!Array.isArray(parts) || !parts.every(good)) {
    return format.refuse('must list its parts, each with its bytes and checksum');
  }
  return { data, parts };
}

/** The parts, read and checked once each. */
class Parts {
  readonly size: number;
  readonly #format: PackedFormat;
  readonly #source: ByteSource;
  readonly #from: number;
  readonly #parts: readonly Part[];
  /** Where each begins, among all of them. */
  readonly #starts: Float64Array;
  readonly #read = new Map<number, Uint8Array<ArrayBuffer>>();

  constructor(format: PackedFormat, source: ByteSource, from: number, parts: readonly Part[]) {
    this.#format = format;
    this.#source = source;
    this.#from = from;
    this.#parts = parts;
    this.#starts = new Float64Array(parts.length);
    let size = 0;
    for (const [i, { bytes }] of parts.entries()) {
      this.#starts[i] = size;
      size += bytes;
    }
    this.size = size;
  }

  /** The part that a byte lies in. */
  #partAt(at: number): number {
    let low = 0;
    for (let high = this.#parts.length - 1; low < high; ) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle] <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  async load(at: number, length: number): Promise<void> {
    if (length === 0) return;
    for (let i = this.#partAt(at); i < this.#parts.length && this.#starts[i] < at + length; i++) {
      if (this.#read.has(i)) continue;
      const { bytes, sha256: sum } = this.#parts[i];
      const part = await this.#source.read(this.#from + this.#starts[i], bytes);
      if ((await sha256(part)) !== sum) {
        this.#format.refuse(
          `is damaged: the checksum of part ${i + 1} of ${this.#parts.length} is not that of what it holds`,
        );
      }
      this.#read.set(i, part);
    }
  }

  /** Of what has been loaded. */
  bytesAt = (at: number, length: number): Uint8Array<ArrayBuffer> => {
    if (length === 0) return new Uint8Array(0);
    const i = this.#partAt(at);
    const begin = at - this.#starts[i];
    const part = this.#read.get(i);
    if (part === undefined || begin + length > part.length)
      throw new PackedContentError('must hold every array within one of its parts');
    return part.subarray(begin, begin + length);
  };
}

/** A file whose JSON has been read. */
export class PackedFile {
  /** Of all of it. */
  readonly size: PackedSize;
  readonly #format: PackedFormat;
  readonly #data: unknown;
  readonly #parts: Parts;

  constructor(format: PackedFormat, data: unknown, parts: Parts) {
    this.#format = format;
    this.#data = data;
    this.#parts = parts;
    this.size = this.#said(() => sizeOf(data));
    if (this.size.bytes !== parts.size) {
      format.refuse(`must hold the ${this.size.bytes} bytes of arrays that its JSON mentions; found ${parts.size}`);
    }
  }

  /** What a field takes, by its path. Cost O(the JSON). */
  sizeOf(...path: readonly string[]): PackedSize {
    return this.#said(() => sizeOf(this.#find(path)?.tree));
  }

  /** A field of the data, of which nothing else is read; undefined where there is none. */
  async field(...path: readonly string[]): Promise<unknown> {
    const found = this.#said(() => this.#find(path));
    return found && this.#unpacked(found.tree, found.at);
  }

  /** The data. */
  all(): Promise<unknown> {
    return this.#unpacked(this.#data, 0);
  }

  #find(path: readonly string[]): { readonly tree: unknown; readonly at: number } | undefined {
    let tree = this.#data;
    let at = 0;
    for (const field of path) {
      if (typeof tree !== 'object' || tree === null || !Object.hasOwn(tree, field) || isMark(tree)) return undefined;
      for (const [key, child] of Object.entries(tree)) {
        if (key === field) break;
        at += sizeOf(child).bytes;
      }
      tree = (tree as Readonly<Record<string, unknown>>)[field];
    }
    return { tree, at };
  }

  async #unpacked(tree: unknown, at: number): Promise<unknown> {
    await this.#parts.load(at, this.#said(() => sizeOf(tree)).bytes);
    return this.#said(() => unpack(tree, at, this.#parts.bytesAt));
  }

  #said<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof PackedContentError) return this.#format.refuse(error.message);
      throw error;
    }
  }
}
