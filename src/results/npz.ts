/** The curves as NumPy arrays: an uncompressed .npz, which `numpy.load` reads. */
import { type Zippable, zipSync } from 'fflate';
import type { Numbers } from './fields.ts';
import type { Result } from './format.ts';

/** Earliest time that a zip can tell, so that equal results are equal bytes. */
const NEVER = new Date(1980, 0, 1);

/**
 * One-dimensional little-endian float64 in the .npy format, version 1.0 (NumPy's NEP 1): magic, version, length of the header, the
 * header padded so that the data begins at a multiple of 64, the data. null becomes NaN.
 */
function npy(values: Numbers): Uint8Array {
  const dictionary = `{'descr': '<f8', 'fortran_order': False, 'shape': (${values.length},), }`;
  const begins = Math.ceil((10 + dictionary.length + 1) / 64) * 64;
  const bytes = new Uint8Array(begins + 8 * values.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0]);
  view.setUint16(8, begins - 10, true);
  bytes.set(new TextEncoder().encode(`${dictionary.padEnd(begins - 11)}\n`), 10);
  values.forEach((value, i) => {
    view.setFloat64(begins + 8 * i, value ?? Number.NaN, true);
  });
  return bytes;
}

/**
 * For each method k of the file `sgd[k].times`, and for each of its statistics `sgd[k].risk` (the mean), `sgd[k].risk.standardError`,
 * `.q10`, `.q90` where there are any, and `.count`, the replicas that the mean at each time is over. All of one length, float64.
 */
export function toNpz(result: Pick<Result, 'curves'>): Uint8Array {
  const files: Zippable = {};
  const add = (name: string, values: Numbers | null | undefined) => {
    if (values) files[`${name}.npy`] = [npy(values), { level: 0, mtime: NEVER }];
  };
  for (const { method, index, statistic, times, mean, standardError, quantiles, counts, count } of result.curves) {
    const name = `${method}[${index}]`;
    add(`${name}.times`, times);
    add(`${name}.${statistic}`, mean);
    add(`${name}.${statistic}.standardError`, standardError);
    add(`${name}.${statistic}.q10`, quantiles?.['0.1']);
    add(`${name}.${statistic}.q90`, quantiles?.['0.9']);
    add(`${name}.${statistic}.count`, counts ?? times.map(() => count));
  }
  return zipSync(files);
}
