/** One experiment → one result: engines, progress, cancel. */
export {
  BACKEND_CHOICES,
  type BackendChoice,
  type BackendOptions,
  BackendUnavailable,
  type Opened,
  openBackend,
} from './backends.ts';
export {
  CheckpointError,
  type MethodCheckpoint,
  type RunCheckpoint,
  readCheckpoint,
  writeCheckpoint,
} from './checkpoint.ts';
export { methodCosts } from './cost.ts';
export type { MethodCost, RunEvent } from './events.ts';
export { type RunOptions, runExperiment } from './experiment.ts';
export { MethodFailure } from './method.ts';
export type { MethodName } from './name.ts';
export type { ByteSource } from './packed/file.ts';
export { parseExperiment, parseExperimentText, parseSweep, parseSweepText } from './parse.ts';
export { describeRuntime } from './runtime.ts';
export { MOST_SHARDS, type Shard } from './shard.ts';
export { buildShardFile, readShard, SHARD_FORMAT, type ShardFile, writeShard } from './shard-file.ts';
export { type Labelled, MergeError, mergeShards } from './shard-merge.ts';
export { runSweep, type SweepEvent, type SweepOptions } from './sweep.ts';
export {
  journalHeader,
  journalLine,
  longestJournal,
  mergeSweeps,
  parseSweepResultText,
  readJournal,
  readSweepShard,
  SWEEP_SHARD_FORMAT,
  type SweepShardFile,
  sweepResult,
  writeSweepShard,
} from './sweep-file.ts';
export { parseExperiment as parseExperimentInput, parseSweep as parseSweepInput } from './typed.ts';
export { VERSION } from './version.ts';
