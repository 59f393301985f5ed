/** .npy files that NumPy wrote (npy.py), and what is wrong with others. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../src/data/bytes.ts';
import { openNpy } from '../../src/data/npy.ts';

interface Written {
  readonly name: string;
  readonly base64: string;
  readonly numbers: readonly number[] | readonly number[][] | null;
}

const { files } = JSON.parse(readFileSync(new URL('npy.json', import.meta.url), 'utf8')) as {
  readonly files: readonly Written[];
};
const bytesOf = (name: string) =>
  new Uint8Array(Buffer.from(files.find((file) => file.name === name)!.base64, 'base64'));
const refused = ['bool', 'complex', 'structured', 'text', 'three axes', 'no axis', 'long double'];

/** Counts how many bytes are asked for at a time. */
function sourceOf(bytes: Uint8Array, sizes: number[] = []): Bytes {
  return {
    size: bytes.length,
    read: async (at, length) => {
      if (at < 0 || at + length > bytes.length) throw new Error('outside of the file');
      sizes.push(length);
      return bytes.slice(at, at + length);
    },
  };
}

async function numbersOf(bytes: Uint8Array) {
  const npy = await openNpy(sourceOf(bytes));
  const found = Array.from({ length: npy.rows }, () => new Array<number>(npy.columns).fill(Number.NaN));
  await npy.read((value, row, column) => {
    found[row][column] = value;
  });
  return { axes: npy.axes, numbers: npy.axes === 1 ? found.map(([value]) => value) : found };
}

const good = files.filter(({ name }) => !refused.includes(name));

describe('files of NumPy', () => {
  it('are all here: dtypes, byte orders, orders of the axes, versions', () => {
    expect(good.length).toBeGreaterThan(44 + 6);
  });
  it.each(good.map(({ name, numbers }) => [name, numbers] as const))('%s', async (name, numbers) => {
    expect((await numbersOf(bytesOf(name))).numbers).toEqual(numbers);
  });
  it.each(refused)('refuses %s in one line', async (name) => {
    await expect(openNpy(sourceOf(bytesOf(name)))).rejects.toThrow(
      /^must (hold real numbers|have one or two axes|have a header)[^\n]*found/,
    );
  });
});

/** A header of one's own. */
function file(header: string, data: Uint8Array, version = 1): Uint8Array {
  const text = new TextEncoder().encode(header);
  const head = version === 1 ? [text.length & 255, text.length >> 8] : [text.length & 255, text.length >> 8, 0, 0];
  return Uint8Array.from([0x93, ...new TextEncoder().encode('NUMPY'), version, 0, ...head, ...text, ...data]);
}

describe('others', () => {
  it('reads headers in other words: double quotes, long integers, no final comma', async () => {
    const data = new Uint8Array(new Float64Array([1, 2]).buffer);
    for (const header of [
      '{"shape": (1L, 2L), "fortran_order": False, "descr": "<f8"}\n',
      "{'shape':(2,), 'descr':'=f8', 'fortran_order':True}",
    ])
      expect((await numbersOf(file(header, data))).numbers.flat()).toEqual([1, 2]);
  });

  it('every cut of a file is refused, and every byte too many', async () => {
    const bytes = bytesOf('>f4 F');
    for (let end = 6; end < bytes.length; end++)
      await expect(openNpy(sourceOf(bytes.slice(0, end))), `${end} bytes`).rejects.toThrow(/^is torn: /);
    await expect(openNpy(sourceOf(Uint8Array.from([...bytes, 0])))).rejects.toThrow(/must end after its numbers/);
  });

  it.each([
    ['a version to come', file('', new Uint8Array(4), 4), /version 1.0, 2.0 or 3.0; found version 4.0/],
    ['no dictionary', file('[1, 2]', new Uint8Array(0)), /header with descr/],
    [
      'a negative size',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", new Uint8Array(0)),
      /one or two axes/,
    ],
    [
      'a size of no number',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (x,), }", new Uint8Array(0)),
      /one or two axes/,
    ],
    [
      'a size beyond all files',
      file("{'descr': '<f8', 'fortran_order': False, 'shape': (9007199254740991, 4), }", new Uint8Array(8)),
      /torn/,
    ],
    ['f3', file("{'descr': '<f3', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(3)), /dtype f2, f4/],
    ['f16', file("{'descr': '<f16', 'fortran_order': False, 'shape': (1,), }", new Uint8Array(16)), /found "<f16"/],
  ])('refuses %s', async (_, bytes, message) => {
    await expect(openNpy(sourceOf(bytes))).rejects.toThrow(message);
  });

  it('is read in pieces', async () => {
    const n = 1_200_003;
    const data = new Uint8Array(new Float64Array(n).map((_, i) => i).buffer);
    const bytes = file(`{'descr': '<f8', 'fortran_order': False, 'shape': (${n},), }`, data);
    const sizes: number[] = [];
    let [sum, count] = [0, 0];
    await (await openNpy(sourceOf(bytes, sizes))).read((value, row) => {
      if (value !== row) throw new Error(`found ${value} in row ${row}`);
      sum += value;
      count++;
    });
    expect([count, sum]).toEqual([n, (n * (n - 1)) / 2]);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(2 ** 22);
  });
});
