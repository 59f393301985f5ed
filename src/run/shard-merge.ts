/** The shards of one experiment → its result, with the numbers of the run that was not divided. */
import { EnsembleSummary } from '../ensemble/index.ts';
import { formatPath, preview, shortLine } from '../problem/errors.ts';
import { type Experiment, saveTimes } from '../problem/index.ts';
import { problemOf } from '../random/index.ts';
import {
  buildResult,
  type Curve,
  ensembleCurves,
  type InterpolationResult,
  methodName,
  type Result,
  type ResultEvent,
  type Runtimes,
  withOthers,
} from '../results/index.ts';
import { resolveStatistics } from '../statistics/index.ts';
import { allDiverged, noValues } from './ensemble.ts';
import { type EstimatePlan, estimateResults, planEstimates } from './estimates.ts';
import { roundingFloors, steppingOf } from './floor.ts';
import { ensembleInterpolation } from './interpolation.ts';
import { toldEvents } from './order.ts';
import { type Shard, shareOf } from './shard.ts';
import type { ShardFile } from './shard-file.ts';

/** Shards that do not belong together; `message` is one line. */
export class MergeError extends Error {
  override readonly name = 'MergeError';
  constructor(message: string) {
    super(shortLine(message));
  }
}

/** A shard and what to call it in messages. */
export interface Labelled<T> {
  readonly label: string;
  readonly file: T;
}

/** The path of the first difference between two JSON values, with both; null where they are equal. */
function difference(a: unknown, b: unknown, path: readonly PropertyKey[] = []): string | null {
  if (Object.is(a, b)) return null;
  const isObject = (x: unknown): x is Record<string, unknown> => typeof x === 'object' && x !== null;
  if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
      const own = (x: Record<string, unknown>) => (Object.hasOwn(x, key) ? x[key] : undefined);
      const found = difference(own(a), own(b), [...path, Array.isArray(a) ? Number(key) : key]);
      if (found) return found;
    }
    return null;
  }
  const show = (x: unknown) => (isObject(x) ? '…' : preview(x));
  return `${formatPath(path)} (${show(a)} and ${show(b)})`;
}

/**
 * Whether these are all the shards of one run, once each; returns them by index.
 * @throws MergeError
 */
export function complete<T extends { readonly shard: Shard }>(
  files: readonly Labelled<T>[],
  /** What must be equal in all, by name. */
  common: Readonly<Record<string, (file: T) => unknown>>,
): T[] {
  const [first] = files;
  if (first === undefined) throw new MergeError('no shards to merge');
  const { of } = first.file.shard;
  const seen = new Map<number, string>();
  for (const { label, file } of files) {
    if (file.shard.of !== of) {
      throw new MergeError(
        `shards of one run must be parts of the same number: ${first.label} is one of ${of}, ${label} one of ${file.shard.of}`,
      );
    }
    for (const [name, of] of Object.entries(common)) {
      const found = difference(of(first.file), of(file));
      if (found) {
        throw new MergeError(
          `${first.label} and ${label} are not shards of the same ${name}: they differ${found.startsWith(' ') ? '' : ' in '}${found}`,
        );
      }
    }
    const twin = seen.get(file.shard.index);
    if (twin !== undefined) throw new MergeError(`${twin} and ${label} are the same shard, ${file.shard.index}/${of}`);
    seen.set(file.shard.index, label);
  }
  const missing = Array.from({ length: of }, (_, i) => i + 1).filter((index) => !seen.has(index));
  if (missing.length > 0) {
    const shown = missing.slice(0, 10).map((index) => `${index}/${of}`);
    throw new MergeError(
      `${missing.length} of ${of} shards missing: ${shown.join(', ')}${missing.length > 10 ? ', …' : ''}; run them and merge all`,
    );
  }
  return files.map(({ file }) => file).sort((a, b) => a.shard.index - b.shard.index);
}

/**
 * The result of the whole run: counts exactly, means to 10⁻¹² (the order of summation differs), quantiles exactly, or within the
 * sketch's bound where the whole run would have kept a sketch.
 * @throws MergeError where the files are not all the shards of one run.
 */
export function mergeShards(files: readonly Labelled<ShardFile>[]): Result {
  const shards = complete(files, {
    experiment: ({ result }) => result.experiment,
    software: ({ result }) => ({ version: result.provenance.software }),
    backend: ({ result }) => ({ backend: result.provenance.backend }),
  });
  for (const { label, file } of files) {
    const stopped = file.result.events.find(({ kind }) => kind === 'interrupted');
    if (stopped) throw new MergeError(`${label}: ${methodName(stopped)} was interrupted; run this shard again`);
  }
  const { experiment, provenance } = shards[0].result;
  const times = saveTimes(experiment);
  // Data from files is not at hand where shards are merged: no floors are told then.
  const problem = experiment.problem.data?.kind === 'files' ? null : problemOf(experiment);
  const plan = planEstimates(experiment, times, resolveStatistics(experiment.statistics));
  const seconds: Record<string, number> = {};
  for (const { result } of shards) {
    for (const [name, time] of Object.entries(result.provenance.seconds)) seconds[name] = (seconds[name] ?? 0) + time;
  }
  const curves: Curve[] = shards.flatMap(({ result }) => result.curves.filter(isLimit));
  // Whether a statistic has a value is known only of all replicas together.
  const isOfEnsemble = (event: ResultEvent) => event.kind === 'no-value' && !isLimit(event);
  const events: ResultEvent[] = shards.flatMap(({ result }) => result.events.filter((event) => !isOfEnsemble(event)));
  const layout = shards.find(({ result }) => result.layout)?.result.layout;
  const prediction = shards.find(({ result }) => result.prediction)?.result.prediction ?? null;
  const interpolation: InterpolationResult[] = shards.flatMap(({ result }) =>
    (result.interpolation ?? []).filter(isLimit),
  );
  const estimates: NonNullable<Result['estimates']>[number][] = [];
  experiment.methods.forEach((method, index) => {
    if (isLimit({ method: method.kind })) return;
    const name = { method: method.kind, index };
    // A method that failed as a whole in some shard has no ensemble there, and the reason is among the events.
    const merged = mergeEnsembles(files, index, experiment, times, plan);
    if (merged === null) return;
    const { summary, count, failed } = merged;
    const stepping = steppingOf(method, experiment.problem.dimension, provenance.backend);
    const floors = problem
      ? roundingFloors(problem, plan.statistics.slice(0, plan.curves), times, stepping)
      : undefined;
    const source = { ...name, statistics: plan.statistics.slice(0, plan.curves).map((one) => one.name), times, floors };
    curves.push(...ensembleCurves(source, summary.curves(), count, failed));
    for (const event of noValues(source.statistics, times, summary.curves())) events.push({ ...name, ...event });
    const diverged = events.filter((event) => event.index === index && event.kind === 'diverged');
    const all = allDiverged(
      diverged.map(({ time }) => ({ time: time ?? 0 })),
      count,
      failed,
    );
    if (all) events.push({ ...name, kind: all.kind, time: all.time, message: all.message });
    const ran = { times, count, failed, terminalRate: prediction?.terminalRate ?? null };
    estimates.push(...estimateResults(name, experiment, summary, ran));
    interpolation.push(...ensembleInterpolation(name, experiment, summary, times[times.length - 1]));
  });
  const started = shards.map(({ result }) => result.provenance.started).sort()[0];
  return buildResult({
    experiment,
    provenance: { ...provenance, ...ranOn(shards), started, seconds },
    curves: curves.sort((a, b) => a.index - b.index),
    estimates: experiment.estimates && estimates,
    densities: experiment.densities && shards.flatMap(({ result }) => result.densities ?? []),
    layout,
    interpolation: experiment.predict && interpolation.sort((a, b) => a.index - b.index),
    events: toldEvents(events, experiment.methods),
    prediction,
  });
}

/** The first shard's runtime, which computed the limits, and the others that differ from it. */
export function ranOn(shards: readonly { readonly result: { readonly provenance: Runtimes } }[]): Runtimes {
  const [first, ...others] = shards.map(({ result }) => result.provenance);
  return withOthers(first.runtime, [{ otherRuntimes: first.otherRuntimes }, ...others]);
}

const isLimit = ({ method }: Pick<Curve, 'method'>) => method === 'pde' || method === 'flow';

function mergeEnsembles(
  files: readonly Labelled<ShardFile>[],
  index: number,
  experiment: Experiment,
  times: Float64Array,
  plan: EstimatePlan,
) {
  const whole = new EnsembleSummary(times.length, plan.curves, plan.specs);
  let count = 0;
  let failed = 0;
  const { replicas } = experiment.methods[index] as { readonly replicas: number };
  for (const { label, file } of [...files].sort((a, b) => a.file.shard.index - b.file.shard.index)) {
    const part = file.ensembles.find((ensemble) => ensemble.index === index);
    if (part === undefined) return null;
    const share = shareOf(replicas, file.shard);
    if (part.first !== share.first || part.count !== share.count) {
      throw new MergeError(
        `${label}: must hold replicas ${share.first} … ${share.first + share.count - 1} of method ${index}; found ${part.count} from ${part.first} on`,
      );
    }
    try {
      whole.merge(EnsembleSummary.of(part.summary, times.length, plan.curves, plan.specs));
    } catch (error) {
      // What a damaged file holds can break any of the readers.
      throw new MergeError(`${label}: the ensemble of method ${index} cannot be read: ${(error as Error).message}`);
    }
    count += part.count;
    failed += part.failed;
  }
  return { summary: whole, count, failed };
}
