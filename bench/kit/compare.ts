/** Two bench files of one machine: what became worse beyond the noise. */
import type { Quantity } from '../suite.ts';
import { type BenchFile, RecordError, rowKey } from './record.ts';
import { median } from './statistics.ts';

export interface Change {
  readonly where: string;
  readonly quantity: string;
  readonly before: Quantity;
  readonly after: Quantity;
  /** How many times worse: above 1 is worse, whichever way the quantity is better. */
  readonly worse: number;
  readonly verdict: 'worse' | 'better' | 'same';
}

export interface Comparison {
  readonly changes: readonly Change[];
  /** Rows of this project that only one of the files has. */
  readonly missing: readonly string[];
  readonly added: readonly string[];
  /** Median factor by which other programs and the bare machine became slower: how far the machine itself drifted; null without any. */
  readonly drift: number | null;
}

export interface CompareOptions {
  /** Change of a median that is never called one, as a share: 0.05 is 5%. */
  readonly threshold: number;
  /** Compare files of different machines. */
  readonly anyMachine?: boolean;
}

/**
 * A quantity is worse, or better, if the intervals of the two runs do not meet and the medians differ by more than the threshold.
 * Intervals cover the noise within a run; of what differs between runs, `drift` tells.
 * @throws RecordError, one line, for files that cannot be compared.
 */
export function compareBench(before: BenchFile, after: BenchFile, options: CompareOptions): Comparison {
  const { threshold } = options;
  if (!(threshold >= 0 && Number.isFinite(threshold)))
    throw new RecordError(`the threshold must be a number from 0, not ${threshold}`);
  for (const [name, { failures }] of [
    ['the first', before],
    ['the second', after],
  ] as const) {
    if (failures.length > 0)
      throw new RecordError(`${name} file's run failed in ${failures[0].section}; run it again before comparing`);
  }
  const [one, other] = [placeOf(before), placeOf(after)];
  if (one !== other && !options.anyMachine) {
    throw new RecordError(
      `the files are of different machines: ${one} and ${other}; --any-machine compares them all the same`,
    );
  }
  const [rowsBefore, rowsAfter] = [rowsOf(before), rowsOf(after)];
  const changes: Change[] = [];
  const drifts: number[] = [];
  for (const [where, row] of rowsBefore) {
    const now = rowsAfter.get(where);
    if (!now) continue;
    for (const [quantity, was] of Object.entries(row.quantities)) {
      const is = now.quantities[quantity];
      if (!is || was.better === 'none' || was.better !== is.better || was.unit !== is.unit) continue;
      const change = changeOf(where, quantity, was, is, threshold);
      if (!row.foreign) changes.push(change);
      else if (was.samples.length > 0 && Number.isFinite(change.worse)) drifts.push(change.worse);
    }
  }
  if (changes.length === 0 && drifts.length === 0)
    throw new RecordError(
      'the files have no measurement in common (other sections, or other sizes: --quick against full)',
    );
  const own = (rows: Rows, not: Rows) =>
    [...rows].filter(([key, r]) => !r.foreign && !not.has(key)).map(([key]) => key);
  return {
    changes,
    missing: own(rowsBefore, rowsAfter),
    added: own(rowsAfter, rowsBefore),
    drift: drifts.length > 0 ? median(drifts) : null,
  };
}

type Rows = Map<string, BenchFile['sections'][number]['rows'][number]>;

const rowsOf = ({ sections }: BenchFile): Rows =>
  new Map(sections.flatMap(({ name, rows }) => rows.map((row) => [`${name}: ${rowKey(row)}`, row] as const)));

const placeOf = ({ machine, adapter }: BenchFile): string =>
  `${machine.cores} × ${machine.cpu}, ${adapter ? (adapter.description ?? adapter.vendor ?? 'GPU') : 'no GPU'}`;

function changeOf(where: string, quantity: string, before: Quantity, after: Quantity, threshold: number): Change {
  const [bad, good] = before.better === 'lower' ? [after.value, before.value] : [before.value, after.value];
  const worse = bad === good ? 1 : bad / good;
  const apart = before.high < after.low || after.high < before.low;
  const verdict = !apart ? 'same' : worse > 1 + threshold ? 'worse' : 1 / worse > 1 + threshold ? 'better' : 'same';
  return { where, quantity, before, after, worse, verdict };
}
