/** The files of `problem.data` → samples in memory, or one error that names the field, the file, and where in it. */
import { ExperimentError } from '../problem/errors.ts';
import type { ExperimentProblem } from '../problem/experiment.ts';
import type { Table } from '../problem/table.ts';
import type { Samples } from '../problem/types.ts';
import { type Bytes, DataError, type Shape, type Take } from './bytes.ts';
import { readCsv } from './csv.ts';
import { isNpy, openNpy } from './npy.ts';

/** Opens a file by the name that the experiment has for it. */
export type Opener = (name: string) => Promise<Bytes & { close?(): Promise<void> }>;

type Files = Extract<NonNullable<ExperimentProblem['data']>, { kind: 'files' }>;

/** Reads every file once, in pieces. Throws ExperimentError. */
export async function loadTable(
  { dimension, data }: { readonly dimension: number; readonly data: Files },
  open: Opener,
): Promise<Table> {
  const train = await samplesOf('problem.data', data, dimension, open);
  const test = data.test ? await samplesOf('problem.data.test', data.test, dimension, open) : null;
  if (data.standardize) standardize(train, test, dimension);
  return { train, test };
}

async function samplesOf(
  path: string,
  { features: featuresName, labels: labelsName }: { readonly features: string; readonly labels: string },
  dimension: number,
  open: Opener,
): Promise<Samples> {
  let features = new Float32Array(0);
  const { rows } = await readFile(`${path}.features`, featuresName, open, {
    begin({ rows, columns }) {
      if (columns !== dimension) throw new DataError(`must have ${dimension} columns, the dimension; found ${columns}`);
      if (rows < 1) throw new DataError('must have at least one row; found none');
      if (rows > MOST_ROWS) throw new DataError(`must have at most ${MOST_ROWS} rows; found ${rows}`);
      features = allocated(rows * columns);
    },
    take(value, row, column) {
      const single = Math.fround(value);
      if (!Number.isFinite(single)) throw notFinite(value, row, column);
      features[row * dimension + column] = single;
    },
  });
  let labels = new Float64Array(0);
  await readFile(`${path}.labels`, labelsName, open, {
    begin(shape) {
      if (shape.columns !== 1) throw new DataError(`must have one label a row; found ${shape.columns} columns`);
      if (shape.rows !== rows)
        throw new DataError(`must have ${rows} labels, one for each row of features; found ${shape.rows}`);
      labels = new Float64Array(rows);
    },
    take(value, row) {
      if (!Number.isFinite(Math.fround(value))) throw notFinite(value, row, 0);
      labels[row] = value;
    },
  });
  return { samples: rows, features, labels };
}

/** As of drawn data. */
const MOST_ROWS = 2 ** 24;

function notFinite(value: number, row: number, column: number): DataError {
  return new DataError(
    `must hold finite numbers up to 3.4e38 in size; found ${value} in row ${row}, column ${column}, counted from 0`,
  );
}

function allocated(numbers: number): Float32Array<ArrayBuffer> {
  try {
    return new Float32Array(numbers);
  } catch {
    throw new DataError(`must fit in memory, which cannot give the ${(4 * numbers) / 1e9} GB needed in f32`);
  }
}

interface Reader {
  begin(shape: Shape): void;
  take: Take;
}

async function readFile(path: string, name: string, open: Opener, { begin, take }: Reader): Promise<Shape> {
  const refuse = (reason: string) => new ExperimentError(path, `${JSON.stringify(name)} ${reason}`);
  let file: Awaited<ReturnType<Opener>>;
  try {
    file = await open(name);
  } catch (error) {
    throw refuse(`cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
  try {
    if (!(await isNpy(file))) {
      if (/\.npy$/i.test(name)) throw new DataError('is no .npy file: it does not begin as one');
      return await readCsv(file, take, begin);
    }
    const npy = await openNpy(file);
    begin(npy);
    await npy.read(take);
    return npy;
  } catch (error) {
    if (error instanceof DataError) throw refuse(error.message);
    throw error;
  } finally {
    await file.close?.();
  }
}

/** Every column to mean 0 and mean square 1 over the training set, the test set by the same numbers; a constant column becomes 0. */
function standardize(train: Samples, test: Samples | null, d: number): void {
  const n = train.samples;
  const mean = new Float64Array(d);
  const square = new Float64Array(d);
  for (let j = 0; j < n; j++) for (let i = 0; i < d; i++) mean[i] += train.features[j * d + i] / n;
  for (let j = 0; j < n; j++) for (let i = 0; i < d; i++) square[i] += (train.features[j * d + i] - mean[i]) ** 2 / n;
  for (const { samples, features } of test ? [train, test] : [train])
    for (let j = 0; j < samples; j++)
      for (let i = 0; i < d; i++) {
        const at = j * d + i;
        // What rounding leaves of a constant column is no spread.
        const isConstant = square[i] <= 1e-12 * mean[i] * mean[i];
        features[at] = isConstant ? 0 : (features[at] - mean[i]) / Math.sqrt(square[i]);
      }
}
