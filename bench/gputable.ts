/** docs/gpu-throughput.md: what a hardware GPU did, as a dated table written from one bench file of the section `gpu`. */
import { type BenchFile, RecordError } from './kit/record.ts';
import { interval, number } from './kit/words.ts';
import type { Row } from './suite.ts';

export const GPU_PAGE = 'docs/gpu-throughput.md';

const COLUMNS: Readonly<Record<string, string>> = {
  rate: 'rate',
  dispatchesPerStep: 'dispatches a step',
  bytesPerCoordinateStep: 'bytes a coordinate-step',
  shareOfNormals: 'of the normals rate',
  shareOfCopy: 'of the bandwidth',
  firstTimesAsFast: 'diagflow is … times as fast',
};

/** One Markdown table of the rows of one kind; columns that no row has are left out. */
function tableOf(rows: readonly Row[]): string {
  const labels = Object.keys(rows[0].labels);
  const columns = Object.keys(COLUMNS).filter((name) => rows.some(({ quantities }) => quantities[name]));
  const cell = (row: Row, name: string) => {
    const found = row.quantities[name];
    if (!found) return '';
    if (name === 'rate') return `${interval(found)} ${found.unit}`;
    return name.startsWith('share') ? `${(100 * found.value).toFixed(0)}%` : number(found.value);
  };
  const lines = rows.map((row) => [...labels.map((key) => row.labels[key]), ...columns.map((name) => cell(row, name))]);
  const head = [...labels, ...columns.map((name) => COLUMNS[name])];
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Short, and saying so where the tree had changes that were not committed. */
function commitOf({ commit }: BenchFile): string {
  if (commit === null) return 'unknown';
  const [hash, changes] = commit.split('+');
  return `${hash.slice(0, 7)}${changes === undefined ? '' : ` with ${changes}`}`;
}

/** The page's text for the bench file that lies at `path`. @throws RecordError where it is no whole run of `gpu` on a hardware adapter. */
export function gpuPage(path: string, file: BenchFile): string {
  const section = file.sections.find(({ name }) => name === 'gpu');
  if (file.failures.length > 0 || !section) throw new RecordError(`${path}: the section gpu did not run to its end`);
  if (!file.adapter || file.adapter.software) {
    const found = file.adapter ? `a software adapter, ${file.adapter.name}` : 'no adapter';
    throw new RecordError(`${GPU_PAGE} is for hardware GPUs; this run had ${found}`);
  }
  const tables = [...new Set(section.rows.map(({ table }) => table))].filter((name) => name !== 'clocks');
  const peers = file.peers.map(({ name, state, detail }) => `${name} ${state}: ${detail}`);
  return `${[
    `# Throughput on ${file.adapter.name}`,
    `${file.date.slice(0, 10)}, commit ${commitOf(file)}, ${file.machine.cores} × ${file.machine.cpu}, Node ${file.versions.node}. Medians [95% intervals]. Written by \`npm run bench -- gpu --record\` from [${path}](../${path}), which holds the raw samples; [benchmarks.md](benchmarks.md) says how.`,
    ...tables.flatMap((name) => [`## ${name}`, tableOf(section.rows.filter(({ table }) => table === name))]),
    ...(peers.length > 0 ? ['## Programs', peers.map((peer) => `- ${peer}`).join('\n')] : []),
    '## Notes',
    section.notes.map((note) => `- ${note}`).join('\n'),
  ].join('\n\n')}\n`;
}
