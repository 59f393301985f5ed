/** NumPy's .npy files (NEP 1), versions 1 to 3, read in pieces: real numbers of every size and byte order, in C and Fortran order. */
import { type Bytes, DataError, type Shape, type Take } from './bytes.ts';

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];
/** Bytes of a header at most: NumPy's own are 128. */
const LONGEST_HEADER = 2 ** 20;
/** Bytes read at a time: a multiple of every size of a number. */
const PIECE = 2 ** 22;

type Read = (view: DataView, at: number, little: boolean) => number;

const DTYPES: Readonly<Record<string, Read>> = {
  f2: (view, at, little) => half(view.getUint16(at, little)),
  f4: (view, at, little) => view.getFloat32(at, little),
  f8: (view, at, little) => view.getFloat64(at, little),
  i1: (view, at) => view.getInt8(at),
  i2: (view, at, little) => view.getInt16(at, little),
  i4: (view, at, little) => view.getInt32(at, little),
  i8: (view, at, little) => Number(view.getBigInt64(at, little)),
  u1: (view, at) => view.getUint8(at),
  u2: (view, at, little) => view.getUint16(at, little),
  u4: (view, at, little) => view.getUint32(at, little),
  u8: (view, at, little) => Number(view.getBigUint64(at, little)),
};

/** binary16 → number. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

export interface Npy extends Shape {
  /** One axis or two; one axis of n has n rows and one column. */
  readonly axes: 1 | 2;
  /** All numbers, in the order of the file. Throws DataError. */
  read(take: Take): Promise<void>;
}

/** Whether a file begins as one of NumPy's does. */
export async function isNpy(file: Bytes): Promise<boolean> {
  if (file.size < MAGIC.length) return false;
  const head = await file.read(0, MAGIC.length);
  return MAGIC.every((byte, i) => head[i] === byte);
}

/** The header, read and checked against the size of the file. Throws DataError. */
export async function openNpy(file: Bytes): Promise<Npy> {
  const torn = () => new DataError(`is torn: it ends after ${file.size} bytes, inside its header`);
  if (file.size < 10) throw torn();
  const head = new DataView((await file.read(0, Math.min(12, file.size))).buffer);
  const version = head.getUint8(6);
  if (version < 1 || version > 3 || head.getUint8(7) !== 0)
    throw new DataError(`must be a .npy file of version 1.0, 2.0 or 3.0; found version ${version}.${head.getUint8(7)}`);
  if (version > 1 && file.size < 12) throw torn();
  const length = version === 1 ? head.getUint16(8, true) : head.getUint32(8, true);
  if (length > LONGEST_HEADER)
    throw new DataError(`must have a header of at most ${LONGEST_HEADER} bytes; found ${length}`);
  const start = (version === 1 ? 10 : 12) + length;
  if (file.size < start) throw torn();
  const text = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(await file.read(start - length, length));
  const { read, size, little, fortran, shape } = headerOf(text);
  const [rows, columns = 1] = shape;
  const count = rows * columns;
  const found = file.size - start;
  const needed = count * size;
  if (found < needed)
    throw new DataError(
      `is torn: its shape (${shape.join(', ')}) needs ${needed} bytes of numbers, and it holds ${found}`,
    );
  if (found > needed)
    throw new DataError(
      `must end after its numbers: its shape (${shape.join(', ')}) needs ${needed} bytes, and it holds ${found}`,
    );
  return {
    rows,
    columns,
    axes: shape.length as 1 | 2,
    async read(take) {
      const [inner, outer] = fortran ? [rows, columns] : [columns, rows];
      if (inner * outer === 0) return;
      let [i, j] = [0, 0];
      for (let at = start; at < file.size; at += PIECE) {
        const bytes = await file.read(at, Math.min(PIECE, file.size - at));
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        for (let k = 0; k < bytes.byteLength; k += size) {
          const value = read(view, k, little);
          if (fortran) take(value, i, j);
          else take(value, j, i);
          if (++i < inner) continue;
          i = 0;
          j++;
        }
      }
    },
  };
}

function headerOf(text: string) {
  const shown = text.trim().slice(0, 80);
  const dtype = /['"]descr['"]\s*:\s*(['"])([^'"]*)\1/.exec(text)?.[2];
  const order = /['"]fortran_order['"]\s*:\s*(True|False)\b/.exec(text)?.[1];
  const shapeText = /['"]shape['"]\s*:\s*\(([^()]*)\)/.exec(text)?.[1];
  if (!/^\s*\{/.test(text) || order === undefined || shapeText === undefined)
    throw new DataError(`must have a header with descr, fortran_order and shape; found ${JSON.stringify(shown)}`);
  const [, mark, kind] = /^([<>|=]?)([a-zA-Z]\d+)$/.exec(dtype ?? '') ?? [];
  const read = kind === undefined ? undefined : DTYPES[kind];
  if (read === undefined)
    throw new DataError(
      `must hold real numbers, of dtype ${Object.keys(DTYPES).join(', ')}; found ${dtype === undefined ? JSON.stringify(shown) : JSON.stringify(dtype.slice(0, 40))}`,
    );
  const parts = shapeText.split(',').map((part) => part.trim());
  if (parts.at(-1) === '') parts.pop();
  const shape = parts.map((part) => Number(part.replace(/L$/, '')));
  const good = parts.every((part) => /^\d+L?$/.test(part)) && shape.every(Number.isSafeInteger);
  if (!good || shape.length < 1 || shape.length > 2)
    throw new DataError(`must have one or two axes; found the shape (${shapeText.slice(0, 40)})`);
  return { read, size: Number(kind.slice(1)), little: mark !== '>', fortran: order === 'True', shape };
}
