/**
 * `npm run bench [-- suite …] [--quick] [--list]`: runs the suites of bench/suites one after another and writes
 * results/bench/<suite>.json. A suite that throws, or measures anything that is not a finite number, makes the run fail.
 */
import { mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { Command } from 'commander';
import { describeCommit, describeMachine, describeVersions } from './machine.ts';
import type { Suite, SuiteResult } from './suite.ts';

const OUT = 'results/bench';

async function loadSuites(): Promise<Suite[]> {
  const folder = new URL('./suites/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  return Promise.all(files.sort().map(async (name) => (await import(new URL(name, folder).href)).default as Suite));
}

/** The first value that is not a finite number, by its place; undefined when all are. */
function firstNonFinite(result: SuiteResult): string | undefined {
  for (const [index, row] of result.rows.entries()) {
    for (const [key, value] of Object.entries(row)) {
      const bad = [value].flat().find((x) => typeof x === 'number' && !Number.isFinite(x));
      if (bad !== undefined) return `row ${index}, ${key}: ${bad}`;
    }
  }
  return undefined;
}

function cell(value: number | string | readonly number[] | undefined): string {
  if (value === undefined) return '';
  if (typeof value === 'string') return value;
  if (typeof value === 'object') return value.length > 3 ? `[${value.length} values]` : value.map(cell).join(' ');
  return Number.isInteger(value) && Math.abs(value) < 1e7 ? String(value) : String(Number(value.toPrecision(4)));
}

/** Rows as an aligned text table; a column for each key, in order of first appearance. */
function table(rows: SuiteResult['rows']): string {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const lines = [keys, ...rows.map((row) => keys.map((key) => cell(row[key])))];
  const widths = keys.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  return lines.map((line) => line.map((text, column) => text.padStart(widths[column])).join('  ')).join('\n');
}

async function runSuite(suite: Suite, quick: boolean): Promise<void> {
  const started = new Date();
  const log = (line: string) => void process.stderr.write(`[${suite.name}] ${line}\n`);
  const result = await suite.run({ quick, log });
  if (result.rows.length === 0) throw new Error('the suite measured nothing');
  const bad = firstNonFinite(result);
  if (bad !== undefined) throw new Error(`a measurement is not a finite number: ${bad}`);
  const report = {
    format: 'diagflow-bench',
    version: 1,
    suite: suite.name,
    title: suite.title,
    date: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    commit: describeCommit(),
    machine: describeMachine(),
    versions: describeVersions(),
    parameters: { quick },
    rows: result.rows,
    notes: result.notes,
  };
  mkdirSync(OUT, { recursive: true });
  const path = `${OUT}/${suite.name}.json`;
  writeFileSync(`${path}.part`, `${JSON.stringify(report, null, 1)}\n`);
  renameSync(`${path}.part`, path);
  const notes = result.notes.map((note) => `  - ${note}\n`).join('');
  process.stdout.write(
    `\n${suite.title} (${report.seconds.toFixed(1)} s)\n${table(result.rows)}\n${notes}  → ${path}\n`,
  );
}

async function main(names: readonly string[], options: { quick?: boolean; list?: boolean }): Promise<void> {
  const all = await loadSuites();
  if (options.list) {
    for (const suite of all) process.stdout.write(`${suite.name}: ${suite.title}\n`);
    return;
  }
  const unknown = names.find((name) => !all.some((suite) => suite.name === name));
  if (unknown !== undefined) {
    process.stderr.write(`no suite is called "${unknown}"; there are: ${all.map((suite) => suite.name).join(', ')}\n`);
    process.exitCode = 2;
    return;
  }
  for (const suite of all.filter((one) => names.length === 0 || names.includes(one.name))) {
    try {
      await runSuite(suite, options.quick ?? false);
    } catch (error) {
      process.stderr.write(`[${suite.name}] FAILED: ${error instanceof Error ? error.stack : String(error)}\n`);
      process.exitCode = 1;
    }
  }
}

await new Command('bench')
  .description('Measure accuracy and throughput; writes results/bench/<suite>.json')
  .argument('[suite...]', 'suites to run (default: all)')
  .option('--quick', 'small sizes: all suites together end in about two minutes on two cores')
  .option('--list', 'name the suites and stop')
  .action(main)
  .parseAsync();
