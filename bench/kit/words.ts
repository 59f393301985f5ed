/** Numbers, tables and comparisons as text, for standard output and the report. */
import type { Quantity, Row } from '../suite.ts';
import type { Change, Comparison } from './compare.ts';
import type { BenchFile } from './record.ts';

export function number(x: number, digits = 4): string {
  if (Number.isInteger(x) && Math.abs(x) < 1e7) return String(x);
  const size = Math.abs(x);
  return size >= 1e6 || size < 1e-3
    ? x.toExponential(digits - 1).replace('e+', 'e')
    : String(Number(x.toPrecision(digits)));
}

/** Value and interval: `1.02 [1, 1.05]`; the value alone where it is exact. */
export function interval({ value, low, high }: Quantity): string {
  return low === high ? number(value) : `${number(value)} [${number(low, 3)}, ${number(high, 3)}]`;
}

export interface Table {
  readonly name: string;
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
}

/** Rows by table; a column for each label and quantity, in order of first appearance. */
export function tablesOf(rows: readonly Row[]): Table[] {
  return [...new Set(rows.map(({ table }) => table))].map((name) => {
    const own = rows.filter(({ table }) => table === name);
    const labels = [...new Set(own.flatMap((row) => Object.keys(row.labels)))];
    const units = new Map<string, Set<string>>();
    for (const { quantities } of own) {
      for (const [key, { unit }] of Object.entries(quantities)) units.set(key, (units.get(key) ?? new Set()).add(unit));
    }
    // A unit stands in the head where the whole column has it, else with each number.
    const shared = (key: string) => (units.get(key)!.size === 1 ? [...units.get(key)!][0] : undefined);
    return {
      name,
      head: [
        ...labels,
        ...[...units.keys()].map((key) => ((shared(key) ?? '1') === '1' ? key : `${key} (${shared(key)})`)),
      ],
      body: own.map((row) => [
        ...labels.map((key) => {
          const value = row.labels[key];
          return value === undefined ? '' : typeof value === 'number' ? number(value) : value;
        }),
        ...[...units.keys()].map((key) => {
          const found = row.quantities[key];
          if (!found) return '';
          return shared(key) === undefined ? `${interval(found)} ${found.unit}` : interval(found);
        }),
      ]),
    };
  });
}

/** Columns wide enough for their cells, two spaces apart. */
export function alignTable({ head, body }: Pick<Table, 'head' | 'body'>): string {
  const lines = [head, ...body];
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const verdicts: Record<Change['verdict'], string> = { worse: 'WORSE', better: 'better', same: 'same' };

/** What changed, worst first, and one line that sums up. */
export function comparisonText({ changes, missing, added, drift }: Comparison): string {
  const shown = changes.filter(({ verdict }) => verdict !== 'same').sort((a, b) => b.worse - a.worse);
  const lines = shown.map(({ where, quantity, before, after, worse, verdict }) => {
    const factor = worse >= 1 ? `${number(worse, 3)} times worse` : `${number(1 / worse, 3)} times better`;
    return `${verdicts[verdict]}  ${where}: ${quantity} ${interval(before)} → ${interval(after)} ${before.unit === '1' ? '' : before.unit} (${factor})`;
  });
  const named = (what: string, rows: readonly string[]) => rows.map((row) => `${what}  ${row}`);
  const count = (verdict: Change['verdict']) => changes.filter((change) => change.verdict === verdict).length;
  return [
    ...lines,
    ...named('only in the first', missing),
    ...named('only in the second', added),
    ...(drift === null
      ? []
      : [
          `the bare machine and other programs: ${number(drift, 3)} times as slow as before (median): what the machine itself changed`,
        ]),
    `${count('worse')} worse, ${count('better')} better, ${count('same')} within the noise`,
  ].join('\n');
}

/** A whole bench file for a terminal: what ran where, then every section's tables and notes. */
export function summaryOf(file: BenchFile): string {
  const sections = file.sections.map(({ suite, name, title, seconds, rows, notes }) => {
    const tables = tablesOf(rows).map((table) => `${table.name}\n${alignTable(table)}`);
    const words = notes.map((note) => `  - ${note}`).join('\n');
    return [`\n## ${suite} / ${name}: ${title} (${seconds.toFixed(1)} s)`, ...tables, ...(words ? [words] : [])].join(
      '\n\n',
    );
  });
  return [...headOf(file), ...sections].join('\n');
}

/** What the numbers were taken with, a line each. */
export function headOf({ date, seconds, commit, machine, adapter, versions, parameters, peers }: BenchFile): string[] {
  const { cpu, cores, memoryBytes, system, loadAverage } = machine;
  const load = loadAverage.map((x) => x.toFixed(2)).join(', ');
  return [
    `diagflow bench of ${date}${parameters.quick ? ' (--quick: small sizes)' : ''}, ${seconds.toFixed(0)} s, commit ${commit ?? 'unknown'}`,
    `machine: ${cores} × ${cpu}, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}; load when it began: ${load}`,
    `adapter: ${adapter?.name ?? 'none'}`,
    `versions: ${Object.entries(versions)
      .map((entry) => entry.join(' '))
      .join(', ')}`,
    ...peers.map(({ name, state, detail }) => `${name} ${state === 'ran' ? 'ran' : 'SKIPPED'}: ${detail}`),
  ];
}
