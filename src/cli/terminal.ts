/** How wide what is printed may be. */
import { formatTable, type Result, WIDTH } from '../results/index.ts';

/** Narrower than this a terminal has no room for anything. */
const LEAST = 20;

/** Columns of a terminal; of a file or pipe those that the environment asks for, else 80. */
export function columnsOf(stream: NodeJS.WriteStream): number {
  const columns = stream.isTTY ? stream.columns : Number(process.env.COLUMNS);
  return Number.isSafeInteger(columns) && columns >= LEAST ? columns : WIDTH;
}

/** The table of a result, as wide as standard output. */
export function tableOf(result: Result): string {
  return formatTable(result, { width: columnsOf(process.stdout) });
}
