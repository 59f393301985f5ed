/** The bench file: what a run of the harness leaves behind, checked where it is written and where it is read. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { type Quantity, type Row, SUITES } from '../suite.ts';

export const FORMAT = 'diagflow-bench';
/** 2: rows of quantities with intervals and raw samples. Version 1 was one file a suite. */
export const VERSION = 2;

const text = z.string().min(1);
const count = z.number().nonnegative();
const label = z.union([z.string(), z.number()]);
const quantity = z.strictObject({
  unit: text,
  better: z.enum(['lower', 'higher', 'none']),
  samples: z.array(z.number()).readonly(),
  value: z.number(),
  low: z.number(),
  high: z.number(),
  level: z.number().min(0).max(1),
});
const row = z.strictObject({
  table: text,
  labels: z.record(z.string(), label),
  foreign: z.boolean(),
  quantities: z.record(z.string(), quantity),
});
const plot = z.strictObject({
  table: text,
  title: text,
  x: text,
  y: text,
  series: z.array(text).readonly(),
  scales: z.tuple([z.enum(['linear', 'log']), z.enum(['linear', 'log'])]).readonly(),
  guide: z.union([z.strictObject({ slope: z.number() }), z.literal('diagonal')]).optional(),
});
const section = z.strictObject({
  suite: z.enum(SUITES),
  name: text,
  title: text,
  seconds: count,
  rows: z.array(row).min(1).readonly(),
  plots: z.array(plot).readonly(),
  notes: z.array(text).readonly(),
});

const bench = z.strictObject({
  format: z.literal(FORMAT),
  version: z.literal(VERSION),
  date: z.iso.datetime(),
  seconds: count,
  commit: text.nullable(),
  machine: z.strictObject({ cpu: text, cores: count, memoryBytes: count, system: text, loadAverage: z.array(count) }),
  /** The GPU engine's; null where there was none, or no section asked for one. */
  adapter: z.record(z.string(), z.union([label, z.boolean(), z.null()])).nullable(),
  versions: z.record(z.string(), text),
  parameters: z.strictObject({ quick: z.boolean(), sections: z.array(text) }),
  /** Every program asked to take part, and what came of it. */
  peers: z.array(z.strictObject({ name: text, state: z.enum(['ran', 'skipped']), detail: text })),
  sections: z.array(section),
  /** Sections that ended in an error; their numbers are not in the file. */
  failures: z.array(z.strictObject({ section: text, message: text })),
});

export type BenchFile = z.infer<typeof bench>;
export type BenchSection = BenchFile['sections'][number];

/** A file that cannot be used, in one line. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** What names a row. */
export const rowKey = ({ table, labels }: Pick<Row, 'table' | 'labels'>): string =>
  [
    table,
    ...Object.entries(labels)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => `${name} ${value}`),
  ].join(' · ');

/** The first thing wrong with rows that a section measured: a number that is not finite, an interval that misses its value, a name used twice. */
export function flawOf(rows: readonly Row[]): string | undefined {
  const seen = new Set<string>();
  for (const row of rows) {
    const key = rowKey(row);
    if (seen.has(key)) return `two rows are called "${key}"`;
    seen.add(key);
    const labels = Object.entries(row.labels).find(([, x]) => typeof x === 'number' && !Number.isFinite(x));
    if (labels) return `${key}: ${labels[0]} is ${labels[1]}, not a finite number`;
    for (const [name, { value, low, high, level, samples }] of Object.entries(row.quantities)) {
      const bad = [value, low, high, level, ...samples].find((x) => !Number.isFinite(x));
      if (bad !== undefined) return `${key}: ${name} is ${bad}, not a finite number`;
      if (!(low <= value && value <= high)) return `${key}: ${name} is ${value}, outside its interval ${low} … ${high}`;
    }
  }
  return undefined;
}

/** @throws RecordError, one line that names the place and what is wrong there. */
export function parseBench(content: unknown, name: string): BenchFile {
  const { format, version } = (typeof content === 'object' && content !== null ? content : {}) as Partial<BenchFile>;
  if (format !== FORMAT) throw new RecordError(`${name}: not a bench file ("format" must be "${FORMAT}")`);
  if (version !== VERSION) {
    throw new RecordError(
      `${name}: bench file of version ${JSON.stringify(version)}, this program reads ${VERSION}; record it again`,
    );
  }
  const parsed = bench.safeParse(content);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0];
    throw new RecordError(`${name}: ${path.join('.')}: ${message}`);
  }
  const names = parsed.data.sections.map((s) => s.name);
  if (new Set(names).size < names.length) throw new RecordError(`${name}: a section is there twice`);
  for (const { name: of, rows } of parsed.data.sections) {
    const flaw = flawOf(rows);
    if (flaw) throw new RecordError(`${name}: ${of}: ${flaw}`);
  }
  return parsed.data;
}

/** @throws RecordError, one line. */
export function readBench(path: string): BenchFile {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = error instanceof SyntaxError ? `not JSON (${error.message})` : (error as Error).message;
    throw new RecordError(`${path}: ${reason.replace(/\s+/g, ' ')}`);
  }
  return parseBench(content, path);
}

/** Whole or not at all. */
export function writeWhole(path: string, content: string): void {
  writeFileSync(`${path}.part`, content);
  renameSync(`${path}.part`, path);
}

/** JSON with a row a line: a file that is committed can be read, and its changes seen. */
export function formatBench(file: BenchFile): string {
  const { sections, ...rest } = parseBench(file, 'the run');
  const body = sections.map(({ rows, ...section }) => {
    const head = JSON.stringify(section).slice(0, -1);
    return `${head},"rows":[\n${rows.map((r) => JSON.stringify(r)).join(',\n')}\n]}`;
  });
  return `${JSON.stringify(rest, null, 1).slice(0, -2)},\n "sections": [\n${body.join(',\n')}\n ]\n}\n`;
}

export function quantityOf(file: BenchFile, section: string, key: string, name: string): Quantity {
  const row = file.sections.find((s) => s.name === section)?.rows.find((r) => rowKey(r) === key);
  const found = row?.quantities[name];
  if (!found) throw new RecordError(`the bench file has no ${name} of "${key}" in ${section}`);
  return found;
}
