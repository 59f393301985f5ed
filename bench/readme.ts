/** The numbers of README.md: written from one committed bench file, and compared with it by a test. */
import { readFileSync } from 'node:fs';
import { type BenchFile, formatBench, RecordError, rowKey } from './kit/record.ts';
import { interval, number } from './kit/words.ts';
import type { Quantity, Row } from './suite.ts';

/** The line of README.md that names the file its numbers come from. */
const SOURCE = /<!-- numbers: (bench\/recorded\/[\w.-]+\.json) -->/;

/** The bench file that README.md names; null where it names none. */
export const sourceOf = (readme: string): string | null => readme.match(SOURCE)?.[1] ?? null;

/** README.md with the numbers of a file that lies at `path`, and what that file holds. @throws RecordError */
export function readmeWith(path: string, file: BenchFile, readme = readFileSync('README.md', 'utf8')) {
  if (file.failures.length > 0)
    throw new RecordError(`${path}: the run failed in ${file.failures[0].section}; record it again`);
  if (sourceOf(readme) === null) throw new RecordError('README.md has no line <!-- numbers: bench/recorded/….json -->');
  let text = readme.replace(SOURCE, `<!-- numbers: ${path} -->`);
  for (const [name, block] of Object.entries(BLOCKS)) {
    const marked = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`);
    if (!marked.test(text)) throw new RecordError(`README.md has no block <!-- ${name} --> … <!-- /${name} -->`);
    text = text.replace(marked, (_, begin, end) => `${begin}${block(path, file)}\n${end}`);
  }
  return { readme: text, content: formatBench(file) };
}

const BLOCKS: Record<string, (path: string, file: BenchFile) => string> = { result, measured };

/** The rows of a section's table whose labels have the given values. */
function find(file: BenchFile, section: string, table: string, labels: Row['labels'] = {}): Row[] {
  const rows = file.sections.find(({ name }) => name === section)?.rows ?? [];
  return rows.filter((row) => row.table === table && Object.entries(labels).every(([key, x]) => row.labels[key] === x));
}

function quantity(row: Row | undefined, name: string): Quantity | undefined {
  const found = row?.quantities[name];
  if (row && !found) throw new RecordError(`"${rowKey(row)}" has no ${name}`);
  return found;
}

const millions = (q: Quantity) => interval({ ...q, value: q.value / 1e6, low: q.low / 1e6, high: q.high / 1e6 });
const milliseconds = (q: Quantity) => interval({ ...q, value: 1e3 * q.value, low: 1e3 * q.low, high: 1e3 * q.high });

/** One line a finding; findings that the run has no numbers for are left out. */
function measured(path: string, file: BenchFile): string {
  const lines = [...accuracy(file), ...throughput(file)].map(([what, found]) => `| ${what} | ${found} |`);
  if (lines.length === 0) throw new RecordError(`${path}: nothing in it that README.md shows`);
  const { cpu, cores } = file.machine;
  const peers = file.peers.filter(({ state }) => state === 'ran').map(({ detail }) => detail.split(',')[0]);
  return [
    `${cores} × ${cpu}${file.adapter?.software === false ? `, ${file.adapter.name}` : ', no GPU'}; Node ${file.versions.node}; ${[...new Set(peers)].join(', ') || 'no other programs'}; ${file.date.slice(0, 10)}, commit ${(file.commit ?? 'unknown').slice(0, 7)}${file.parameters.quick ? ', `--quick` (small sizes)' : ''}. Medians [95% intervals]; ratios are taken repetition by repetition.`,
    '',
    '| what | measured |',
    '| --- | --- |',
    ...lines,
    '',
    `Source: [${path}](${path}), with raw samples; [docs/benchmarks.md](docs/benchmarks.md) says how. A test holds these numbers to the file.`,
  ].join('\n');
}

/** So many significant digits, with a typographic minus: `8.5e−5`. */
const digits = (x: number, of: number) => String(Number(x.toPrecision(of))).replace('-', '−');

/** The table of `npm start`. */
function result(path: string, file: BenchFile): string {
  const rows = find(file, 'quickstart', 'risk');
  const [whole] = find(file, 'quickstart', 'the whole run');
  if (!whole) throw new RecordError(`${path}: the section quickstart is missing; record a run of everything`);
  const lines = [...new Set(rows.map(({ labels }) => labels.time))].map((time) => {
    const [sgd, sde, pde, flow] = ['sgd', 'sde', 'pde', 'flow'].map(
      (method) => find(file, 'quickstart', 'risk', { time, method })[0],
    );
    const sampled = (row: Row) =>
      `${digits(quantity(row, 'risk')!.value, 5)} ± ${digits(quantity(row, 'standardError')!.value, 2)}`;
    const gap = (row: Row) => {
      const { value } = quantity(row, 'gapInErrors')!;
      return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} s.e.`;
    };
    const limits = [pde, flow].map((row) => digits(quantity(row, 'risk')!.value, 5));
    return `| ${[time, sampled(sgd), sampled(sde), ...limits, gap(sgd), gap(sde)].join(' | ')} |`;
  });
  const { seconds } = whole.quantities;
  return [
    `\`npm start\` on ${file.machine.cores} × ${file.machine.cpu} without a GPU (${file.date.slice(0, 10)}, seed 1; the whole run took ${digits(seconds.value, 2)} s). Case: d = 4096, λ = 1, b = 1 for half of the coordinates and 0 for the rest, u = 1, v = 0, γ = 0.5; eight replicas each of SGD and SDE, ± standard error:`,
    '',
    '| t | SGD | SDE | PDE | gradient flow | SGD − PDE | SDE − PDE |',
    '| --- | --- | --- | --- | --- | --- | --- |',
    ...lines,
  ].join('\n');
}

type Finding = readonly [what: string, found: string];

function accuracy(file: BenchFile): Finding[] {
  const findings: Finding[] = [];
  const names = { risk: 'risk', curvature: 'curvature', distance: 'distance' };
  const slopes = Object.values(names).flatMap((name) => {
    const slope = quantity(
      find(file, 'concentration', 'slope of log gap against log d', { of: `${name}: SGD − PDE` })[0],
      'slope',
    );
    return slope ? [`${name} ${interval(slope)}`] : [];
  });
  if (slopes.length > 0)
    findings.push([
      'sup over t of the relative gap between SGD and PDE: slope in log d (−½ expected)',
      slopes.join('; '),
    ]);
  const gaps = find(file, 'concentration', 'largest relative gap up to t = 2', { of: 'risk: SGD − PDE' });
  const last = gaps[gaps.length - 1];
  if (last) findings.push([`that gap of the risk at d = ${last.labels.dimension}`, interval(last.quantities.gap)]);
  const errors = find(file, 'rates', 'terminal rate').map((row) => quantity(row, 'pdeError')!.value);
  if (errors.length > 0)
    findings.push([
      `terminal rate, predicted against the PDE's over ${errors.length} pairs of γ and α`,
      `within ${number(100 * Math.max(...errors), 2)}%`,
    ]);
  for (const row of find(file, 'precision', 'agreement to 1%', { method: 'sgd' })) {
    const { agreesDownTo, reached } = row.quantities;
    const end = agreesDownTo.value === reached.value ? ', where the run ended' : '';
    findings.push([
      `SGD of the ${row.labels.engine} engine follows f64 to 1%`,
      `down to ${number(agreesDownTo.value, 2)} R(0)${end}`,
    ]);
  }
  return findings;
}

function throughput(file: BenchFile): Finding[] {
  const findings: Finding[] = [];
  const beside = (rows: readonly Row[]) =>
    rows
      .filter(({ foreign }) => foreign)
      .map((row) => `${interval(quantity(row, 'firstTimesAsFast')!)} × ${String(row.labels.contestant).split(',')[0]}`)
      .join(', ');
  const sgd = find(file, 'cpu', 'SGD on the CPU');
  for (const dimension of [...new Set(sgd.map(({ labels }) => labels.dimension))]) {
    const own = sgd.filter(({ labels }) => labels.dimension === dimension);
    const others = beside(own);
    findings.push([
      `SGD on the CPU, two workers, d = ${dimension}, ${own[0].labels.replicas} replicas`,
      `${millions(quantity(own[0], 'rate')!)} M coordinate-steps/s${others ? `; ${others}` : ''}`,
    ]);
  }
  const estimate = find(file, 'cpu', 'mean-field SDE: one estimate of the risk at t = 4 to 1%');
  if (estimate.length > 0) {
    const others = beside(estimate);
    findings.push([
      'mean-field SDE, R(4) to 1%',
      `${milliseconds(quantity(estimate[0], 'seconds')!)} ms${others ? `; ${others}` : ''}`,
    ]);
  }
  for (const row of find(file, 'page', 'time to the first curve')) {
    findings.push([
      `the lab in headless Chromium: from ${row.labels.from} to the first curve`,
      `${milliseconds(quantity(row, 'seconds')!)} ms`,
    ]);
  }
  const pde = find(file, 'work', 'work and precision', { method: 'diagflow', case: 'A' });
  const fine = pde[pde.length - 1];
  if (fine)
    findings.push([
      `PDE, case A to t = 40, error ${number(fine.quantities.error.value, 2)}`,
      `${milliseconds(fine.quantities.seconds)} ms`,
    ]);
  for (const row of find(file, 'work', 'SciPy over this solver at no larger error', {
    method: 'SciPy, the better of both',
  }))
    findings.push([
      `SciPy (the faster of BDF and LSODA, on finite volumes) at an error of ${number(Number(row.labels.error), 1)}`,
      `${interval(row.quantities.timesTheSeconds)} times as long as the PDE solver`,
    ]);
  return findings;
}
