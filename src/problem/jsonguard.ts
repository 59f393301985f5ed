/**
 * Bytes of a JSON text as they are read → refused as soon as they hold more than any file may, so that a hostile file costs neither
 * the time to read and parse the rest of it nor the memory. What it lets through need not be JSON.
 */
import { type JsonLimits, JsonSyntaxError, LONGEST_TOKEN, MOST_DEPTH } from './json.ts';

const LINE_END = 0x0a;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** What a byte outside strings means; everything else is 0. */
const CLASSES = new Uint8Array(256);
const [LINE, STRING, COMMA, OPEN, CLOSE, COLON] = [1, 2, 3, 4, 5, 6];
CLASSES[LINE_END] = LINE;
CLASSES[QUOTE] = STRING;
CLASSES[0x2c] = COMMA;
CLASSES[0x3a] = COLON;
for (const open of '[{') CLASSES[open.charCodeAt(0)] = OPEN;
for (const close of ']}') CLASSES[close.charCodeAt(0)] = CLOSE;

/** The last of bytes start … end − 1 that is no space; undefined where there is none. */
function lastOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  for (let i = end - 1; i >= start; i--) if (bytes[i] > 0x20) return bytes[i];
  return undefined;
}

/** Whether a byte may end a number or null; other values end in quotes, brackets, "e". */
function endsNumber(byte: number): boolean {
  return (byte >= 0x30 && byte <= 0x39) || byte === 0x6c;
}

export class JsonGuard {
  readonly #limits: JsonLimits;
  #depth = 0;
  #numbers = 0;
  #values = 0;
  #inString = false;
  #isEscaped = false;
  /** Bytes before this chunk; where the present token began; where the present line began, and its number. */
  #before = 0;
  #token = 0;
  #lineStart = 0;
  #line = 1;
  /** The last byte that is no space. */
  #last = 0;

  constructor(limits: JsonLimits) {
    this.#limits = limits;
  }

  /** Reads on. Throws JsonSyntaxError, its columns in bytes. O(length). */
  push(bytes: Uint8Array): void {
    const { length } = bytes;
    const base = this.#before;
    let i = 0;
    while (i < length) {
      if (this.#inString) i = this.#endOfString(bytes, i);
      else {
        const start = i;
        while (i < length && CLASSES[bytes[i]] === 0) i++;
        this.#last = lastOf(bytes, start, i) ?? this.#last;
      }
      if (base + i - this.#token > LONGEST_TOKEN) this.#tooLong(base + i);
      if (i === length) break;
      this.#token = base + i;
      const byte = bytes[i++];
      this.#meet(CLASSES[byte], base + i - 1);
      if (byte !== LINE_END) this.#last = byte;
    }
    this.#before += length;
  }

  /** A byte that means something. */
  #meet(kind: number, at: number): void {
    if (kind === LINE) {
      this.#line++;
      this.#lineStart = at + 1;
    } else if (kind === STRING) this.#inString = !this.#inString;
    else if (kind === COMMA) this.#count(endsNumber(this.#last), at);
    else if (kind === CLOSE) this.#depth--;
    else if (kind === OPEN && ++this.#depth > MOST_DEPTH) this.#refuse(`nested deeper than ${MOST_DEPTH} levels`, at);
  }

  /** Index of the closing quote; the length where it is not among the bytes. */
  #endOfString(bytes: Uint8Array, from: number): number {
    for (let i = from; i < bytes.length; i++) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (bytes[i] === BACKSLASH) this.#isEscaped = true;
      else if (bytes[i] === QUOTE) return i;
    }
    return bytes.length;
  }

  #count(isNumber: boolean, at: number): void {
    const { numbers, values } = this.#limits;
    // Numbers outside arrays count as values only where the text is parsed.
    if (isNumber && ++this.#numbers > numbers + values) this.#refuse(`more than ${numbers} numbers`, at);
    if (!isNumber && ++this.#values > values) this.#refuse(`more than ${values} values`, at);
  }

  #tooLong(at: number): never {
    return this.#refuse(`a string, number or stretch of spaces is longer than ${LONGEST_TOKEN} bytes`, at);
  }

  #refuse(what: string, at: number): never {
    throw new JsonSyntaxError({ line: this.#line, column: at - this.#lineStart + 1 }, what);
  }
}
