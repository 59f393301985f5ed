/** Packed files: every bit comes back, what is long lies outside the JSON, and what contradicts itself is refused unread. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openPacked, type PackedFormat, writePacked } from '../../src/run/packed/file.ts';
import { flaw } from '../hostile/hostile.ts';
import { joined, sourceOf } from './bytes.ts';

class Refused extends Error {
  override readonly name = 'Refused';
}
const format: PackedFormat = {
  name: 'diagflow-test',
  version: 3,
  what: 'test file',
  refuse: (message) => {
    throw new Refused(message);
  },
};

const bytesOf = async (data: unknown) => joined(await writePacked(format, data));
const open = (bytes: Uint8Array<ArrayBuffer>) => openPacked(format, sourceOf(bytes));
const again = async (data: unknown) => (await open(await bytesOf(data))).all();

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
}

/** A file with this JSON and these parts, right in every checksum. */
async function crafted(
  data: unknown,
  parts: readonly Uint8Array<ArrayBuffer>[] = [],
): Promise<Uint8Array<ArrayBuffer>> {
  const listed = await Promise.all(parts.map(async (part) => ({ bytes: part.length, sha256: await sha256(part) })));
  const json = new TextEncoder().encode(JSON.stringify({ data, parts: listed }));
  const head = new TextEncoder().encode(`diagflow-test 3 ${json.length} ${await sha256(json)}\n`);
  return joined([head, json, ...parts]);
}

/** Bytes of JSON. */
const jsonOf = (bytes: Uint8Array) => Number(new TextDecoder().decode(bytes.subarray(0, 40)).split(' ')[2]);

describe('data', () => {
  it('comes back with every bit', async () => {
    const data = {
      numbers: [0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1.7e308, 0.1, 3],
      short: [1, Number.NEGATIVE_INFINITY],
      mixed: [1, null, 'x', 4, 5, 6, 7, true, 9, [3], { a: 1 }, -0],
      f64: Float64Array.of(Number.NaN, -0, 1 / 3),
      f32: Float32Array.of(1e-40, 3.4e38, 0.1),
      u32: Uint32Array.of(2 ** 32 - 1),
      i32: Int32Array.of(-1, 7, 9),
      u8: Uint8Array.of(1, 2, 3),
      empty: [new Float64Array(0), [], {}],
      '7': { nested: { '2': [Float64Array.of(4)], a: -0 } },
      rows: Array.from({ length: 20 }, (_, i) => ({
        next: i,
        list: Array.from({ length: i % 4 }, (_, k) => k / 3),
        typed: Float64Array.of(i, -0),
        from: i % 3 ? null : Float64Array.of(i),
        nested: Array.from({ length: i % 3 }, (_, k) => [[k], i, 'x', { k }]),
        words: `${i} \ud800 \0 "é`,
        yes: i > 3,
        sketch: i % 2 ? [1, 2] : { negative: [], zeros: i, positive: [1, i] },
      })),
      after: Uint8Array.of(9),
    };
    // Long enough for a part of its own.
    const long = new Float64Array(600_000).fill(0.25);
    const { long: found, ...rest } = (await again({ before: [1], long, ...data })) as typeof data & {
      long: Float64Array;
    };
    expect(rest).toEqual({ before: [1], ...data });
    expect(found.length === long.length && found.every((x) => x === 0.25)).toBe(true);
    expect(Object.is(rest.numbers[1], -0) && Object.is(rest.f64[1], -0) && Object.is(rest.mixed[11], -0)).toBe(true);
    // Not views of what was read, which a transfer to a worker would take from each other.
    expect(rest.rows.every(({ typed }) => typed.byteLength === typed.buffer.byteLength)).toBe(true);
  });

  it('of any kind comes back (property)', async () => {
    const value = fc.letrec((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        fc.double(),
        fc.string({ unit: 'binary' }),
        fc.constant(null),
        fc.boolean(),
        fc.float64Array(),
        fc.array(fc.double(), { maxLength: 30 }),
        fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }),
        fc.array(fc.oneof(fc.array(fc.double(), { maxLength: 3 }), fc.constant(null)), { maxLength: 20 }),
        fc.array(tie('tree'), { maxLength: 12 }),
        fc.array(fc.record({ a: tie('tree'), b: tie('tree') }, { noNullPrototype: true }), { maxLength: 12 }),
        fc.dictionary(
          fc.string().filter((key) => key !== '$' && key !== '__proto__'),
          tie('tree'),
          { noNullPrototype: true, maxKeys: 5 },
        ),
      ),
    })).tree;
    await fc.assert(
      fc.asyncProperty(value, async (data) => {
        expect(await again(data)).toEqual(data);
      }),
      { seed: 3, numRuns: 300 },
    );
  });

  it('of a million entries leaves its JSON small', async () => {
    const failures = Array.from({ length: 200_000 }, (_, replica) => ({
      replica,
      time: replica / 7,
      message: `|r| = ${replica}e9`,
    }));
    const quantiles = Array.from({ length: 100_000 }, (_, k) =>
      k % 3 ? [k, k + 1] : { negative: [], zeros: 1, positive: [k, 2] },
    );
    const points = Array.from({ length: 50_000 }, (_, k) => ({
      values: [k],
      methods: [{ k, final: { risk: k } }, null],
    }));
    const bytes = await bytesOf({ failures, quantiles, points });
    expect(jsonOf(bytes)).toBeLessThan(5000);
    expect(await (await open(bytes)).all()).toEqual({ failures, quantiles, points });
  });
});

describe('a file', () => {
  it('changed, cut or lengthened is refused, whatever changed (property)', async () => {
    const bytes = await bytesOf({ a: Float64Array.from({ length: 40 }, Math.sqrt), b: 'words', c: [1, 2] });
    const change = fc.oneof(
      fc.record({ at: fc.nat(bytes.length - 1), bit: fc.nat(7) }).map(({ at, bit }) => {
        const copy = bytes.slice();
        copy[at] ^= 1 << bit;
        return copy;
      }),
      fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length)),
      fc.uint8Array({ minLength: 1 }).map((more) => Uint8Array.from([...bytes, ...more])),
      fc.uint8Array().map((other) => Uint8Array.from(other)),
    );
    await fc.assert(
      fc.asyncProperty(change, async (changed) => {
        await expect(open(changed).then((file) => file.all())).rejects.toMatchObject({
          name: 'Refused',
          message: expect.not.stringContaining('\n'),
        });
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it.each([
    ['more bytes than there are', { $: 'f64', length: 3 }, 16, /must hold the 24 bytes of arrays.*found 16/],
    ['fewer', { $: 'f64', length: 1 }, 16, /must hold the 8 bytes of arrays.*found 16/],
    ['a kind that is none', { $: 'toString', length: 2 }, 16, /known kinds/],
    ['lists of a kind that is none', { $: 'lists', of: 'table', length: 2, total: 1 }, 16, /known kinds/],
    ['a length that is none', { $: 'u8', length: -3 }, 8, /how long it is; found -3/],
    ['one beyond any array', { $: 'nulls', length: 2 ** 32 }, 0, /how long it is; found 4294967296/],
    ['a table without columns', { $: 'table', length: 2 }, 0, /must give a table its arrays/],
    ['one with a short column', { $: 'table', length: 2, columns: { a: [1] } }, 0, /2 rows of a table; found 1/],
    [
      'one of what is no array',
      { $: 'table', length: 2, columns: { a: 'xy' } },
      0,
      /tables, groups and arrays of arrays/,
    ],
    ['groups without entries', { $: 'groups', length: 2, groups: [[1]] }, 8, /an entry for each place/],
    ['groups with too many', { $: 'groups', length: 2, groups: [[1, 2, 3]] }, 8, /a place for each entry/],
    ['lists longer than all', { $: 'lists', of: 'u8', length: 2, total: 1 }, 16, /1 entries in its lists; found 0/],
    ['arrays of what is no array', { $: 'arrays', length: 2, entries: 7 }, 8, /arrays of arrays/],
    ['arrays longer than all', { $: 'arrays', length: 2, entries: [7] }, 8, /1 entries in its lists; found 0/],
    ['strings longer than all', { $: 'strings', length: 1, total: 3 }, 16, /3 entries in its lists; found 0/],
  ])('that mentions %s is refused', async (_, data, bytes, reason) => {
    const parts = bytes > 0 ? [new Uint8Array(bytes)] : [];
    await expect(
      crafted({ data }, parts)
        .then(open)
        .then((file) => file.all()),
    ).rejects.toThrow(reason);
  });

  it('whose arrays cross its parts is refused', async () => {
    const bytes = await crafted([{ $: 'f64', length: 3 }], [new Uint8Array(16), new Uint8Array(8)]);
    await expect(open(bytes).then((file) => file.all())).rejects.toThrow(/within one of its parts/);
  });

  it('of any marks is read, or refused in a line (property)', async () => {
    const length = fc.oneof(fc.nat(4), fc.constantFrom(-1, 0.5, 2 ** 40, '1', null));
    const tree = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom<unknown>(null, 1, 'x', [], {}, [1, 2]),
        fc.record({ $: fc.constantFrom('f64', 'u8', 'numbers', 'nulls', 'booleans'), length }),
        fc.record({ $: fc.constant('number'), value: fc.constantFrom('NaN', 1, null) }),
        fc.record({ $: fc.constantFrom('strings', 'lists'), of: fc.constantFrom('u8', 'x'), length, total: length }),
        fc.record({ $: fc.constant('arrays'), length, entries: tie('node') }),
        fc.record({ $: fc.constant('table'), length, columns: fc.dictionary(fc.string(), tie('node')) }),
        fc.record({ $: fc.constant('groups'), length, groups: fc.array(tie('node'), { maxLength: 3 }) }),
        fc.array(tie('node'), { maxLength: 3 }),
        fc.dictionary(fc.string(), fc.anything(), { maxKeys: 3 }),
      ),
    })).node;
    const content = fc.array(
      fc.uint8Array({ minLength: 8, maxLength: 8 }).map((word) => Uint8Array.from(word, (x) => x % 3)),
      { maxLength: 4 },
    );
    let read = 0;
    let unpacked = 0;
    await fc.assert(
      fc.asyncProperty(tree, content, async (data, parts) => {
        try {
          const file = await open(await crafted(data, parts.length > 0 ? [joined(parts)] : []));
          read++;
          await file.all();
          unpacked++;
        } catch (error) {
          if (!(error instanceof Refused)) throw error;
          expect(flaw(error.message)).toBeNull();
        }
      }),
      { seed: 7, numRuns: 3000 },
    );
    expect(unpacked).toBeGreaterThan(100);
    expect(read).toBeGreaterThan(unpacked);
  });

  it('tells what its fields take and gives one without reading the others', async () => {
    const long = new Float64Array(600_000);
    const bytes = await bytesOf({ first: 1, own: Array.from({ length: 9 }, (_, i) => `${i}`), long });
    // The long one's bytes are not what they were.
    bytes[bytes.length - 1] ^= 1;
    const file = await open(bytes);
    expect(file.sizeOf('own')).toEqual({ bytes: 40 + 24, items: 9 });
    expect(file.sizeOf('none')).toEqual({ bytes: 0, items: 0 });
    expect(file.size).toEqual({ bytes: 64 + 8 * 600_000, items: 9 });
    expect(await file.field('own')).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8']);
    expect(await file.field('none')).toBeUndefined();
    await expect(file.all()).rejects.toThrow(/checksum of part 2 of 2/);
  });

  it.each([
    ['numbers', `[${'0,'.repeat(2 ** 17)}0]`, /more than 131072 numbers/],
    ['values', `[${'"",'.repeat(2 ** 18)}0]`, /more than 262144 values/],
    ['bytes', `"${'x'.repeat(2 ** 24)}"`, /at most 16777216 bytes of JSON/],
  ])('whose JSON has too many %s is refused', async (_, data, reason) => {
    const json = new TextEncoder().encode(`{"data":${data},"parts":[]}`);
    const head = new TextEncoder().encode(`diagflow-test 3 ${json.length} ${await sha256(json)}\n`);
    await expect(open(joined([head, json]))).rejects.toThrow(reason);
  });
});
