/** `diagflow sweep`: one sweep file → sweep.json, sweep.csv and sweep.svg; points are kept as they end, so it can be gone on with. */
import { appendFile, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { shortLine } from '../problem/errors.ts';
import type { ParsedSweep } from '../problem/index.ts';
import { type Runtimes, type SweepPoint, type SweepResult, sweepCsv, sweepSvg, withOthers } from '../results/index.ts';
import {
  type BackendChoice,
  BackendUnavailable,
  describeRuntime,
  journalHeader,
  journalLine,
  longestJournal,
  openBackend,
  readJournal,
  runSweep,
  type Shard,
  sweepResult,
  VERSION,
  writeSweepShard,
} from '../run/index.ts';
import { ExitStatus, Failure, systemReason } from './failure.ts';
import { type InputFlags, readSweep } from './input.ts';
import { type Content, claimFolder, drawn, dropKept, writeFiles, wrote } from './output.ts';
import { duration } from './progress.ts';
import { SHARD } from './shard.ts';
import { isThere } from './source.ts';
import { stopOnSignal } from './stop.ts';
import { TimeLeft } from './timeleft.ts';

export interface SweepFlags extends InputFlags {
  readonly out?: string;
  readonly backend: BackendChoice;
  readonly quiet?: boolean;
  readonly shard?: Shard;
}

const JOURNAL = 'points.jsonl';
/** Seconds between two lines of progress. */
const LINE_EVERY = 5;

/** As JSON in pieces: a string holds only so much. */
function jsonOf({ points, ...head }: SweepResult): Uint8Array[] {
  const bytes = new TextEncoder();
  const [before, after] = JSON.stringify({ ...head, points: [] }, null, 1).split(/(?<="points": \[)(?=\]\n\}$)/);
  const pieces = points.map((point, i) => {
    const text = JSON.stringify(point, null, 1).replaceAll('\n', '\n  ');
    return bytes.encode(`${i > 0 ? ',' : ''}\n  ${text}`);
  });
  return [bytes.encode(before), ...pieces, bytes.encode(`${points.length > 0 ? '\n ' : ''}${after}\n`)];
}

/** The files of a sweep, and of a shard the one that merge reads, written last. */
export async function sweepFiles(result: SweepResult, shard?: Shard): Promise<Record<string, Content>> {
  return {
    'sweep.json': jsonOf(result),
    'sweep.csv': sweepCsv(result),
    ...(await drawn('sweep.svg', () => sweepSvg(result))),
    ...(shard && { [SHARD]: await writeSweepShard({ shard, result }) }),
  };
}

/** Returns the exit status; throws a Failure where nothing could be written. */
export async function sweep(file: string, flags: SweepFlags): Promise<ExitStatus> {
  const { shard } = flags;
  const { name, parsed } = await readSweep(file, flags);
  const folder = flags.out ?? join('results', shard ? `${name}-${shard.index}-of-${shard.of}` : name);
  const { engine, adapter } = await open(flags.backend);
  const backend = engine.name;
  await engine.dispose();
  const unlock = await claimFolder(folder);
  return sweepInto(folder, parsed, { backend, adapter }, flags).finally(unlock);
}

async function sweepInto(
  folder: string,
  parsed: ParsedSweep,
  on: Pick<SweepResult['provenance'], 'backend' | 'adapter'>,
  { backend: choice, shard, quiet }: SweepFlags,
): Promise<ExitStatus> {
  const journal = join(folder, JOURNAL);
  const line = (text: string) => void (quiet || process.stderr.write(`${shortLine(text)}\n`));
  // What an earlier, unfinished run left counts only if it was made by the same engine.
  const runtime = await describeRuntime();
  const header = {
    sweep: parsed.sweep,
    shard: shard ?? null,
    provenance: { software: `diagflow ${VERSION}`, ...on, runtime, started: new Date().toISOString() },
  };
  const kept = await readKept(journal, header);
  const points = new Map<number, SweepPoint>(kept.points.map((point) => [point.index, point]));
  const { provenance } = header;
  const whole = {
    sweep: parsed.sweep,
    provenance: { ...provenance, ...withOthers(runtime, [kept.ran]), started: kept.started },
  };
  // Written anew, so that a line cut off by a crash is gone.
  await writeFiles(folder, {
    [JOURNAL]: journalHeader({ ...header, ...whole }) + kept.points.map(journalLine).join(''),
  });
  if (!kept.fresh) line(`going on with ${points.size} points of ${folder}`);
  const controller = new AbortController();
  const release = stopOnSignal(controller, line);
  const done = new Set(points.keys());
  const timeLeft = new TimeLeft();
  let told = performance.now();
  let total = 0;
  try {
    for await (const event of runSweep(parsed, { backend: choice, signal: controller.signal, shard, done })) {
      if (event.type === 'start') {
        ({ total } = event);
        line(`${event.ahead} of ${total} points ahead, on ${event.backend} (${event.reason})`);
        continue;
      }
      const { point } = event;
      points.set(point.index, point);
      await append(journal, journalLine(point));
      for (const problem of point.problems) line(`point ${point.index}: ${problem}`);
      const now = performance.now();
      const left = timeLeft.at(now / 1000, points.size, total);
      if (now - told < 1000 * LINE_EVERY && points.size < total) continue;
      told = now;
      line(
        `${points.size} of ${total} points${left === null || points.size === total ? '' : `, ${duration(left)} left`}`,
      );
    }
  } finally {
    release();
  }
  if (controller.signal.aborted) {
    line(`${points.size} of ${total} points are kept in ${journal}; the same command goes on from there`);
    return (controller.signal.reason as Failure).status;
  }
  const result = sweepResult(whole, points.values());
  const paths = await writeFiles(folder, await sweepFiles(result, shard));
  process.stdout.write(wrote(paths));
  await dropKept(journal);
  return sweepStatus(result);
}

/** 3 where a method failed at some point for another reason than divergence, which a phase diagram is there to show. */
export function sweepStatus({ points }: SweepResult): ExitStatus {
  const failed = points.filter(({ problems }) => problems.length > 0);
  if (failed.length === 0) return ExitStatus.ok;
  process.stderr.write(
    `diagflow: a method failed at ${failed.length} points, first: ${shortLine(failed[0].problems[0])}; the others were written\n`,
  );
  return ExitStatus.method;
}

async function open(backend: BackendChoice) {
  try {
    return await openBackend(backend);
  } catch (error) {
    if (error instanceof BackendUnavailable)
      throw new Failure(ExitStatus.input, `--backend ${backend}: ${error.message}`);
    throw error;
  }
}

/** The points that an unfinished run of this very sweep left. */
async function readKept(
  journal: string,
  header: Parameters<typeof readJournal>[1],
): Promise<{ points: readonly SweepPoint[]; started: string; ran: Runtimes; fresh: boolean }> {
  if (!(await isThere(journal))) return { points: [], started: header.provenance.started, ran: {}, fresh: true };
  const { size } = await stat(journal);
  const most = longestJournal(header);
  if (size > most)
    throw new Failure(ExitStatus.input, `${journal}: must have at most ${most} bytes, for its sweep; it has ${size}`);
  let text: string;
  try {
    text = await readFile(journal, 'utf8');
  } catch (error) {
    throw new Failure(ExitStatus.input, `${journal}: cannot be read: ${systemReason(error)}`);
  }
  const kept = readJournal(text, header);
  if (kept !== null) return { ...kept, fresh: false };
  throw new Failure(
    ExitStatus.input,
    `${journal}: holds points of another sweep, shard, backend, adapter or version; choose another --out, or delete the file to start anew`,
  );
}

async function append(path: string, text: string): Promise<void> {
  try {
    await appendFile(path, text, { flush: true } as never);
  } catch (error) {
    throw new Failure(ExitStatus.system, `${path}: could not be written: ${systemReason(error)}`);
  }
}
