/** `diagflow run`: one experiment file → result.json, curves.csv, plot.svg, and a table on stdout. */
import { join } from 'node:path';
import { oneLine } from '../problem/errors.ts';
import type { Experiment } from '../problem/index.ts';
import {
  LONGEST_RESULT,
  methodName,
  parseResultText,
  plotSvg,
  type Result,
  ResultError,
  toCsv,
} from '../results/index.ts';
import {
  type BackendChoice,
  BackendUnavailable,
  buildShardFile,
  CheckpointError,
  MethodFailure,
  type RunCheckpoint,
  runExperiment,
  type Shard,
  writeShard,
} from '../run/index.ts';
import { CHECKPOINT, dropCheckpoint, isUnfinished, loadCheckpoint, saveCheckpoint } from './checkpoint.ts';
import { ExitStatus, Failure } from './failure.ts';
import { type InputFlags, readExperiment } from './input.ts';
import { LastCheckpoint } from './lastcheckpoint.ts';
import { type Content, claimFolder, drawn, writeOrRescue, wrote } from './output.ts';
import { createReporter, type Reporter } from './progress.ts';
import { SHARD } from './shard.ts';
import { isThere, readSource } from './source.ts';
import { stopOnSignal } from './stop.ts';
import { tableOf } from './terminal.ts';

export interface RunFlags extends InputFlags {
  readonly out?: string;
  readonly backend: BackendChoice;
  readonly quiet?: boolean;
  readonly shard?: Shard;
  /** Milliseconds. */
  readonly checkpointEvery?: number;
  readonly npz?: boolean;
}

/** What a run is: from a file, or from the checkpoint that it goes on from. */
interface Plan {
  readonly experiment: Experiment;
  readonly folder: string;
  readonly backend: BackendChoice;
  readonly shard?: Shard;
  readonly checkpointEvery?: number;
  readonly from?: RunCheckpoint;
  readonly npz?: boolean;
  /** Gives the folder back; where it has been claimed already. */
  readonly unlock?: () => Promise<void>;
}

/** Runs to the end, telling the reporter; the result, which methods failed, and whether trying again may help those. */
async function follow(
  events: ReturnType<typeof runExperiment>,
  folder: string,
  reporter: Reporter,
  last: LastCheckpoint,
  onStart: () => Promise<void>,
) {
  const failures: string[] = [];
  const ensembles: Parameters<typeof buildShardFile>[2][number][] = [];
  let isFinal = true;
  for (;;) {
    const step = await events.next();
    if (step.done) return { result: step.value, failures, ensembles, isFinal };
    const event = step.value;
    // The first event comes when the experiment is known to be able to run, and before anything is computed.
    if (event.type === 'start') {
      await onStart();
      reporter.line(`backend ${event.backend} (${event.reason})`);
    }
    if (event.type === 'checkpoint') await keep(folder, event.checkpoint, reporter);
    last.event(event);
    reporter.event(event);
    if (event.type === 'ensemble') ensembles.push(event);
    if (event.type === 'method-end' && event.outcome === 'failed') failures.push(`${event.method}[${event.index}]`);
    if (event.type === 'failure' && event.error && !(event.error instanceof MethodFailure)) isFinal = false;
  }
}

/** A checkpoint that cannot be written is no reason to lose the run: the one before stays, the next one may fit. */
async function keep(folder: string, checkpoint: RunCheckpoint, reporter: Reporter): Promise<void> {
  try {
    await saveCheckpoint(folder, checkpoint);
  } catch (error) {
    if (!(error instanceof Failure || error instanceof CheckpointError)) throw error;
    reporter.line(`no checkpoint this time: ${error.message}; the run goes on`);
  }
}

/** The files of a run; `npz`: the one for NumPy as well. */
export async function filesOf(result: Result, npz = false): Promise<Record<string, Content>> {
  return {
    'result.json': `${JSON.stringify(result, null, 1)}\n`,
    'curves.csv': toCsv(result),
    ...(npz && { 'curves.npz': [(await import('../results/npz.ts')).toNpz(result)] }),
    ...(await drawn('plot.svg', () => plotSvg(result))),
  };
}

/** Runs a file. Returns the exit status; throws a Failure where nothing could be written. */
export async function run(file: string, flags: RunFlags): Promise<ExitStatus> {
  const { experiment, name } = await readExperiment(file, flags);
  const { shard, backend, checkpointEvery, npz, quiet } = flags;
  const folder = flags.out ?? join('results', shard ? `${name}-${shard.index}-of-${shard.of}` : name);
  const open = experiment.methods.findIndex((method) => 'until' in method && method.until);
  if (shard && open >= 0) {
    throw new Failure(
      ExitStatus.input,
      `--shard ${shard.index}/${shard.of}: methods[${open}].until decides by all replicas when to stop, which no shard sees; give replicas instead`,
    );
  }
  if (await isUnfinished(folder)) {
    // Its owner may be at work.
    await (await claimFolder(folder))();
    throw new Failure(
      ExitStatus.input,
      `--out ${folder}: holds a run that has not come to its end; go on with: diagflow run --resume ${folder}; or choose another folder, or delete ${join(folder, CHECKPOINT)}`,
    );
  }
  return execute({ experiment, folder, backend, shard, checkpointEvery, npz }, quiet);
}

/** Goes on with the run in a folder; one that has come to its end is told again, and left as it is. */
export async function resume(
  folder: string,
  { checkpointEvery, npz, quiet }: Pick<RunFlags, 'checkpointEvery' | 'npz' | 'quiet'>,
): Promise<ExitStatus> {
  if (!(await isUnfinished(folder))) return tellFinished(folder, quiet);
  // Before it is read: whoever is at work may be about to end.
  const unlock = await claimFolder(folder);
  try {
    const from = await loadCheckpoint(folder);
    if (from === null) return await tellFinished(folder, quiet);
    const { experiment, backend, every } = from;
    const shard = from.shard ?? undefined;
    const plan = { experiment, folder, backend, shard, checkpointEvery: checkpointEvery ?? every, from, npz, unlock };
    return await execute(plan, quiet);
  } finally {
    await unlock();
  }
}

async function tellFinished(folder: string, quiet = false): Promise<ExitStatus> {
  const refuse = (reason: string) => new Failure(ExitStatus.input, `--resume ${folder}: ${reason}`);
  const none = `there is no ${CHECKPOINT}; only a run with --checkpoint-every can be gone on with`;
  const path = join(folder, 'result.json');
  if (!(await isThere(path))) throw refuse(none);
  let result: Result;
  try {
    result = parseResultText((await readSource(path, LONGEST_RESULT)).text);
  } catch (error) {
    if (!(error instanceof ResultError || error instanceof Failure)) throw error;
    throw refuse(`${none} (and result.json does not read: ${error.message})`);
  }
  if (result.events.some(({ kind }) => kind === 'interrupted')) throw refuse(`the run was interrupted, but ${none}`);
  if (!quiet) process.stderr.write(`${oneLine(folder)}: the run has come to its end already; nothing was changed\n`);
  process.stdout.write(`${tableOf(result)}\n`);
  const failed = result.events.filter(({ kind }) => kind === 'failed' || kind === 'blow-up').map(methodName);
  return failed.length > 0 ? tellFailed([...new Set(failed)]) : ExitStatus.ok;
}

function tellFailed(names: readonly string[], what = ''): ExitStatus {
  process.stderr.write(`diagflow: failed: ${names.join(', ')}; the results of the other methods were written${what}\n`);
  return ExitStatus.method;
}

async function execute(plan: Plan, quiet = false): Promise<ExitStatus> {
  const { experiment, folder, backend, shard, checkpointEvery, from } = plan;
  const reporter = createReporter(process.stderr, quiet);
  const controller = new AbortController();
  const { signal } = controller;
  // Until then there is nothing to be kept, and the arrays of the problem may take seconds: a signal then ends the process.
  let release = () => {};
  let { unlock } = plan;
  const last = new LastCheckpoint();
  const onStart = async () => {
    unlock ??= await claimFolder(folder);
    const before = checkpointEvery === undefined ? undefined : (abort: () => void) => last.stopAfter(abort);
    release = stopOnSignal(controller, reporter.line, before);
  };
  try {
    const events = runExperiment(experiment, { ...plan, signal, costs: !quiet, checkpointNow: last.wanted });
    const { result, failures, ensembles, isFinal } = await follow(events, folder, reporter, last, onStart);
    // A signal that came when all was done has stopped nothing; a predicted rate is the last thing to be done.
    const isCut = result.events.some(({ kind }) => kind === 'interrupted');
    const isOwed = result.prediction === null && experiment.estimates?.some(({ kind }) => kind === 'rate');
    const isStopped = signal.aborted && (isCut || isOwed === true);
    const files = await filesOf(result, plan.npz);
    // Last, and only of a run that came to its end, so that a shard that can be merged is a whole one.
    if (shard && !isStopped) files[SHARD] = await writeShard(buildShardFile(shard, result, ensembles));
    const table = `${tableOf(result)}\n`;
    const paths = await writeOrRescue(folder, files, () => process.stdout.write(table));
    const isOver = isFinal && !isStopped;
    reporter.stop();
    process.stdout.write(table + wrote(paths));
    if (checkpointEvery !== undefined && isOver) await dropCheckpoint(folder);
    const again =
      checkpointEvery === undefined || isOver ? '' : `; go on with: diagflow run --resume ${oneLine(folder)}`;
    if (isStopped) {
      if (again && !quiet) process.stderr.write(`diagflow: the last checkpoint is kept${again}\n`);
      return (signal.reason as Failure).status;
    }
    return failures.length === 0 ? ExitStatus.ok : tellFailed(failures, again);
  } catch (error) {
    const where = from ? `--resume ${folder}` : `--backend ${backend}`;
    if (error instanceof BackendUnavailable) throw new Failure(ExitStatus.input, `${where}: ${error.message}`);
    if (error instanceof CheckpointError)
      throw new Failure(ExitStatus.input, `${join(folder, CHECKPOINT)}: ${error.message}`);
    throw error;
  } finally {
    reporter.stop();
    last.end();
    release();
    await unlock?.();
  }
}
