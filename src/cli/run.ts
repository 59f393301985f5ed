/** `diagflow run`: one experiment file → result.json, curves.csv, plot.svg, and a table on stdout. */
import { join } from 'node:path';
import { formatTable, plotSvg, type Result, toCsv } from '../results/index.ts';
import { type BackendChoice, BackendUnavailable, buildShardFile, runExperiment, type Shard } from '../run/index.ts';
import { ExitStatus, Failure } from './failure.ts';
import { readExperiment } from './input.ts';
import { claimFolder, writeOrRescue } from './output.ts';
import { createReporter, type Reporter } from './progress.ts';
import { stopOnSignal } from './stop.ts';

export interface RunFlags {
  readonly out?: string;
  readonly backend: BackendChoice;
  readonly seed?: number;
  readonly quiet?: boolean;
  readonly shard?: Shard;
}

/** Runs to the end, telling the reporter; the result, and whether every method came to its end. */
async function follow(events: ReturnType<typeof runExperiment>, folder: string, reporter: Reporter) {
  const failures: string[] = [];
  const ensembles: Parameters<typeof buildShardFile>[2][number][] = [];
  for (;;) {
    const step = await events.next();
    if (step.done) return { result: step.value, failures, ensembles };
    const event = step.value;
    // The first event comes when the experiment is known to be able to run, and before anything is computed.
    if (event.type === 'start') await claimFolder(folder);
    reporter.event(event);
    if (event.type === 'ensemble') ensembles.push(event);
    if (event.type === 'method-end' && event.outcome === 'failed') failures.push(`${event.method}[${event.index}]`);
  }
}

export async function filesOf(result: Result): Promise<Record<string, string>> {
  return {
    'result.json': `${JSON.stringify(result, null, 1)}\n`,
    'curves.csv': toCsv(result),
    'plot.svg': await plotSvg(result),
  };
}

/** Returns the exit status; throws a Failure where nothing could be written. */
export async function run(file: string, flags: RunFlags): Promise<ExitStatus> {
  const { experiment, name } = await readExperiment(file, flags.seed);
  const { shard } = flags;
  const folder = flags.out ?? join('results', shard ? `${name}-${shard.index}-of-${shard.of}` : name);
  const open = experiment.methods.findIndex((method) => 'until' in method && method.until);
  if (shard && open >= 0) {
    throw new Failure(
      ExitStatus.input,
      `--shard ${shard.index}/${shard.of}: methods[${open}].until decides by all replicas when to stop, which no shard sees; give replicas instead`,
    );
  }
  const reporter = createReporter(process.stderr, flags.quiet ?? false);
  const controller = new AbortController();
  const release = stopOnSignal(controller, reporter.line);
  try {
    const events = runExperiment(experiment, { backend: flags.backend, signal: controller.signal, shard });
    const { result, failures, ensembles } = await follow(events, folder, reporter);
    const files = await filesOf(result);
    // Last, and only of a run that came to its end, so that a shard that can be merged is a whole one.
    if (shard && !controller.signal.aborted)
      files['shard.json'] = `${JSON.stringify(buildShardFile(shard, result, ensembles))}\n`;
    const table = `${formatTable(result)}\n`;
    const paths = await writeOrRescue(folder, files, () => process.stdout.write(table));
    reporter.stop();
    process.stdout.write(table + paths.map((path) => `wrote ${path}\n`).join(''));
    if (controller.signal.aborted) return (controller.signal.reason as Failure).status;
    if (failures.length === 0) return ExitStatus.ok;
    process.stderr.write(`diagflow: failed: ${failures.join(', ')}; the results of the other methods were written\n`);
    return ExitStatus.method;
  } catch (error) {
    if (error instanceof BackendUnavailable)
      throw new Failure(ExitStatus.input, `--backend ${flags.backend}: ${error.message}`);
    throw error;
  } finally {
    reporter.stop();
    release();
  }
}
