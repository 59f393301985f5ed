/**
 * `npm run bench [-- NAME …] [--quick]`: runs the sections of bench/suites, named one by one or by their suite, and writes
 * results/bench/<names>.json and .html (docs/benchmarks.md). `-- compare A.json B.json`, `-- against FOLDER`, `-- report FILE`,
 * `-- readme FILE`.
 * Exit status: 0; 1 where a section failed, or `compare` found something worse; 2 for bad input.
 */
import { mkdirSync } from 'node:fs';
import { Command } from 'commander';
import { GPU_PAGE, gpuPage } from './gputable.ts';
import { compareBench } from './kit/compare.ts';
import { type BenchFile, formatBench, RecordError, readBench, writeWhole } from './kit/record.ts';
import { comparisonText, summaryOf } from './kit/words.ts';
import { readmeWith } from './readme.ts';

interface RunOptions {
  readonly quick?: boolean;
  readonly list?: boolean;
  readonly out: string;
  readonly record?: boolean;
}

async function run(names: readonly string[], options: RunOptions): Promise<void> {
  // Only a run needs the engines, the peers and all that the sections load.
  const [{ record }, { loadSections }] = await Promise.all([import('./run.ts'), import('./sections.ts')]);
  const all = await loadSections();
  if (options.list) {
    for (const { suite, name, title } of all) process.stdout.write(`${`${suite}  ${name}`.padEnd(28)}  ${title}\n`);
    return;
  }
  const unknown = names.find((name) => !all.some((one) => one.name === name || one.suite === name));
  if (unknown !== undefined) {
    const known = [...new Set(all.map(({ suite }) => suite)), ...all.map(({ name }) => name)].join(', ');
    throw new RecordError(`no suite or section is called "${unknown}"; there are: ${known}`);
  }
  const gpuOnly = names.length === 1 && names[0] === 'gpu';
  if (options.record && names.length > 0 && !gpuOnly) {
    throw new RecordError('--record takes a run of everything, or of gpu alone: give no names, or gpu');
  }
  const chosen = all.filter(({ name, suite }) => names.length === 0 || names.includes(name) || names.includes(suite));
  const name = names.length === 0 ? 'bench' : names.join('+');
  const file = await record(chosen, all, { quick: options.quick ?? false, path: `${options.out}/${name}.json` });
  process.stdout.write(`${summaryOf(file)}\n→ ${options.out}/${name}.json, ${name}.html\n`);
  for (const { section, message } of file.failures) process.stderr.write(`[${section}] FAILED: ${message}\n`);
  if (file.failures.length > 0) process.exitCode = 1;
  else if (options.record) process.stdout.write(`→ ${gpuOnly ? keepGpu(file) : keep(file)}\n`);
}

const pathOf = ({ date }: BenchFile, of: string): string =>
  `bench/recorded/${date.slice(0, 10)}-${of
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')}.json`;

/** Commits nothing: puts the file of a run of `gpu` beside the others, and its table into docs/. */
function keepGpu(file: BenchFile): string {
  const path = pathOf(file, `gpu-${file.adapter?.name ?? 'none'}`);
  const page = gpuPage(path, file);
  mkdirSync('bench/recorded', { recursive: true });
  writeWhole(path, formatBench(file));
  writeWhole(GPU_PAGE, page);
  return `${path}, ${GPU_PAGE}`;
}

/** Commits nothing: puts the file where README.md takes its numbers from, and the numbers into README.md. */
function keep(file: BenchFile): string {
  const path = pathOf(file, `${file.machine.cores}x-${file.machine.cpu}`);
  const { readme, content } = readmeWith(path, file);
  mkdirSync('bench/recorded', { recursive: true });
  writeWhole(path, content);
  writeWhole('README.md', readme);
  return `${path}, README.md`;
}

function compare(first: string, second: string, options: { threshold: string; anyMachine?: boolean }): void {
  const threshold = Number(options.threshold) / 100;
  const comparison = compareBench(readBench(first), readBench(second), { ...options, threshold });
  process.stdout.write(`${comparisonText(comparison)}\n`);
  if (comparison.changes.some(({ verdict }) => verdict === 'worse')) process.exitCode = 1;
}

const program = new Command('bench').description('Measure accuracy and throughput (docs/benchmarks.md)');
program
  .command('run', { isDefault: true })
  .description('run suites or sections (default: all) and write results/bench/')
  .argument('[names...]', 'accuracy, throughput, pde, or sections by name')
  .option('--quick', 'small sizes: everything ends in two to three minutes on two cores')
  .option('--list', 'name the sections and stop')
  .option('--out <folder>', 'where to write', 'results/bench')
  .option(
    '--record',
    'also put the file into bench/recorded/ and its numbers into README.md (gpu alone: into docs/gpu-throughput.md)',
  )
  .action(run);
program
  .command('compare')
  .description('what became worse from one bench file to another beyond the noise; exit status 1 if anything did')
  .argument('<before>')
  .argument('<after>')
  .option('--threshold <percent>', 'changes below this never count', '5')
  .option('--any-machine', 'compare files of different machines')
  .action(compare);
program
  .command('against')
  .description(
    'streamed SGD of this tree beside that of another one with its kernels built, in turns, on the GPU and the CPU',
  )
  .argument('<folder>')
  .option('--seconds <n>', 'length of a run, at about', '1')
  .option('--rounds <n>', 'repetitions', '9')
  .option('--only <engine>', 'cpu or gpu')
  .action(async (folder: string, options: { seconds: string; rounds: string; only?: string }) => {
    const { seconds, rounds, only } = options;
    if (!(Number(seconds) > 0) || !(Number(rounds) >= 1) || (only !== undefined && only !== 'cpu' && only !== 'gpu')) {
      throw new RecordError('against takes --seconds above 0, --rounds of at least 1, and --only cpu or gpu');
    }
    const { against } = await import('./against.ts');
    await against(folder, { seconds: Number(seconds), rounds: Number(rounds), only });
  });
program
  .command('report')
  .description('write the HTML report of a bench file beside it')
  .argument('<file>')
  .action(async (path: string) => {
    const { reportHtml } = await import('./report/html.ts');
    writeWhole(path.replace(/(\.json)?$/, '.html'), await reportHtml(readBench(path)));
  });
program
  .command('readme')
  .description('write the numbers of a file in bench/recorded/ into README.md')
  .argument('<file>')
  .action((path: string) => writeWhole('README.md', readmeWith(path, readBench(path)).readme));

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof RecordError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
