/** Numbers from comma-separated text, by Papa Parse; a first line that holds no number is a header. */
import Papa from 'papaparse';
import { type Bytes, DataError, type Shape, type Take } from './bytes.ts';

/** Longest text, in bytes: what a string holds. */
const LONGEST = 2 ** 28;

/** All numbers; the shape is known when they have been read. Throws DataError. */
export async function readCsv(file: Bytes, take: Take, begin: (shape: Shape) => void): Promise<Shape> {
  if (file.size > LONGEST)
    throw new DataError(`must have at most ${LONGEST} bytes as text; found ${file.size}: take a .npy file`);
  const bytes = await file.read(0, file.size);
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new DataError('must be UTF-8 text, or a .npy file');
  }
  const { data, errors } = Papa.parse<string[]>(text.replace(/^\uFEFF/, ''), { skipEmptyLines: 'greedy' });
  const broken = errors.find(({ type }) => type !== 'Delimiter');
  if (broken) throw new DataError(`row ${broken.row ?? 0}: ${broken.message}`);
  const isNumber = (field: string) => field.trim() !== '' && !Number.isNaN(Number(field));
  const hasHeader =
    data.length > 0 && data[0].every((field) => !isNumber(field) && !/^\s*[+-]?(nan|inf(inity)?)?\s*$/i.test(field));
  const rows = hasHeader ? data.slice(1) : data;
  const columns = rows[0]?.length ?? 0;
  begin({ rows: rows.length, columns });
  rows.forEach((fields, row) => {
    if (fields.length !== columns)
      throw new DataError(`must have ${columns} columns in every row; found ${fields.length} in row ${row}`);
    fields.forEach((field, column) => {
      if (!isNumber(field) && !/^\s*[+-]?(nan|inf(inity)?)\s*$/i.test(field))
        throw new DataError(
          `must hold numbers; found ${JSON.stringify(field.slice(0, 40))} in row ${row}, column ${column}`,
        );
      take(isNumber(field) ? Number(field) : Number.NaN, row, column);
    });
  });
  return { rows: rows.length, columns };
}
