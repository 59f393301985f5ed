/** A file of samples, wherever it lies. */
export interface Bytes {
  readonly size: number;
  /** Bytes at … at + length − 1, which lie inside, in a buffer of their own. */
  read(at: number, length: number): Promise<Uint8Array>;
}

/** A file that cannot be used; `message` is one line without the file's name. */
export class DataError extends Error {
  override readonly name = 'DataError';
}

/** Numbers read one after the other: called for each in the order of the file, with its place in row and column. */
export type Take = (value: number, row: number, column: number) => void;

export interface Shape {
  readonly rows: number;
  readonly columns: number;
}
