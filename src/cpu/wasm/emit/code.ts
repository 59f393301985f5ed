/** WebAssembly written instruction by instruction: what is known only when a problem is (its dynamics, its layout in memory). */

export type ValueType = 'i32' | 'f64' | 'v128';

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, f64: 0x7c, v128: 0x7b };

/** Instructions without immediates, by their names in the specification. */
const PLAIN = {
  end: [0x0b],
  select: [0x1b],
  'i32.lt_u': [0x49],
  'i32.ge_u': [0x4f],
  'i32.add': [0x6a],
  'i32.shl': [0x74],
  'f64.add': [0xa0],
  'f64.convert_i32_u': [0xb8],
  'f64x2.splat': [0xfd, 0x14],
  'f64x2.eq': [0xfd, 0x47],
  'f64x2.lt': [0xfd, 0x49],
  'v128.and': [0xfd, 0x4e],
  'v128.or': [0xfd, 0x50],
  'f32x4.demote_f64x2_zero': [0xfd, 0x5e],
  'f64x2.promote_low_f32x4': [0xfd, 0x5f],
  'f64x2.abs': [0xfd, 0xec, 0x01],
  'f64x2.neg': [0xfd, 0xed, 0x01],
  'f64x2.sqrt': [0xfd, 0xef, 0x01],
  'f64x2.add': [0xfd, 0xf0, 0x01],
  'f64x2.sub': [0xfd, 0xf1, 0x01],
  'f64x2.mul': [0xfd, 0xf2, 0x01],
  'f64x2.div': [0xfd, 0xf3, 0x01],
  'f64x2.min': [0xfd, 0xf4, 0x01],
  'f64x2.max': [0xfd, 0xf5, 0x01],
} as const;

/** Loads and stores: opcode, and the binary logarithm of the bytes they are naturally aligned to. */
const MEMORY = {
  'v128.load': [[0xfd, 0x00], 4],
  'v128.store': [[0xfd, 0x0b], 4],
  'v128.load64_zero': [[0xfd, 0x5d], 3],
  'f64.load': [[0x2b], 3],
  'f64.store': [[0x39], 3],
} as const;

export type Plain = keyof typeof PLAIN;

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const byte = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? byte + 128 : byte);
  } while (rest > 0);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value | 0; ; rest >>= 7) {
    const byte = rest & 127;
    const isLast = rest >> 6 === 0 || rest >> 6 === -1;
    bytes.push(isLast ? byte : byte | 128);
    if (isLast) return bytes;
  }
}

const vector = (items: readonly (readonly number[])[]) => [...unsigned(items.length), ...items.flat()];
const text = (name: string) => vector([...new TextEncoder().encode(name)].map((byte) => [byte]));

function f64(value: number): number[] {
  return [...new Uint8Array(Float64Array.of(value).buffer)];
}

/** The body of one function. Places of memory are static offsets: 0 ≤ offset < 2³². */
export class Code {
  readonly #bytes: number[] = [];
  readonly #locals: ValueType[] = [];
  readonly parameters: readonly ValueType[];
  readonly result: ValueType | null;

  constructor(parameters: readonly ValueType[], result: ValueType | null) {
    this.parameters = parameters;
    this.result = result;
  }

  /** A new local, 0 at first; its index. */
  local(type: ValueType): number {
    this.#locals.push(type);
    return this.parameters.length + this.#locals.length - 1;
  }

  get(local: number): this {
    this.#bytes.push(0x20, ...unsigned(local));
    return this;
  }

  set(local: number): this {
    this.#bytes.push(0x21, ...unsigned(local));
    return this;
  }

  /** Sets a local and leaves the value. */
  tee(local: number): this {
    this.#bytes.push(0x22, ...unsigned(local));
    return this;
  }

  op(...names: readonly Plain[]): this {
    for (const name of names) this.#bytes.push(...PLAIN[name]);
    return this;
  }

  i32(value: number): this {
    this.#bytes.push(0x41, ...signed(value));
    return this;
  }

  f64(value: number): this {
    this.#bytes.push(0x44, ...f64(value));
    return this;
  }

  /** Two f64 constants. */
  pair(low: number, high: number): this {
    this.#bytes.push(0xfd, 0x0c, ...f64(low), ...f64(high));
    return this;
  }

  memory(name: keyof typeof MEMORY, offset = 0): this {
    const [opcode, alignment] = MEMORY[name];
    this.#bytes.push(...opcode, alignment, ...unsigned(offset));
    return this;
  }

  /** Stores the lower half of a vector. */
  storeLow(offset = 0): this {
    this.#bytes.push(0xfd, 0x5b, 3, ...unsigned(offset), 0);
    return this;
  }

  lane(index: 0 | 1): this {
    this.#bytes.push(0xfd, 0x21, index);
    return this;
  }

  replaceLane(index: 0 | 1): this {
    this.#bytes.push(0xfd, 0x22, index);
    return this;
  }

  call(index: number): this {
    this.#bytes.push(0x10, ...unsigned(index));
    return this;
  }

  /** `body` while local `at` is below local `end` (i32, unsigned), which it must bring about. */
  whileBelow(at: number, end: number, body: () => void): this {
    this.#bytes.push(0x02, 0x40);
    this.get(at).get(end).op('i32.ge_u');
    this.#bytes.push(0x0d, 0, 0x03, 0x40);
    body();
    this.get(at).get(end).op('i32.lt_u');
    this.#bytes.push(0x0d, 0);
    return this.op('end', 'end');
  }

  /** Of the code section: its size, locals and instructions. */
  entry(): number[] {
    const locals = vector(this.#locals.map((type) => [1, TYPES[type]]));
    const body = [...locals, ...this.#bytes, ...PLAIN.end];
    return [...unsigned(body.length), ...body];
  }
}

/** A function of JavaScript, two f64 to f64. */
export interface Imported {
  readonly name: string;
  readonly call: (x: number, y: number) => number;
}

/** A module over an imported memory: functions of JavaScript have the first indices, those of `functions`, all exported, the next. */
export function moduleOf(
  imports: readonly Imported[],
  functions: Readonly<Record<string, Code>>,
  isShared: boolean,
): Uint8Array<ArrayBuffer> {
  const codes = Object.values(functions);
  const type = (parameters: readonly ValueType[], result: ValueType | null) => [
    0x60,
    ...vector(parameters.map((name) => [TYPES[name]])),
    ...vector(result === null ? [] : [[TYPES[result]]]),
  ];
  const section = (id: number, body: number[]) => [id, ...unsigned(body.length), ...body];
  // A shared memory has a maximum; the host's is at most that of the kernels, 4 GiB.
  const limits = isShared ? [0x03, 0, ...unsigned(65536)] : [0x00, 0];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector([type(['f64', 'f64'], 'f64'), ...codes.map((code) => type(code.parameters, code.result))])),
    ...section(
      2,
      vector([
        [...text('env'), ...text('memory'), 0x02, ...limits],
        ...imports.map(({ name }) => [...text('functions'), ...text(name), 0x00, 0]),
      ]),
    ),
    ...section(3, vector(codes.map((_, k) => unsigned(k + 1)))),
    ...section(
      7,
      vector(Object.keys(functions).map((name, k) => [...text(name), 0x00, ...unsigned(imports.length + k)])),
    ),
    ...section(10, vector(codes.map((code) => code.entry()))),
  ]);
}
