/** The GPU engine: SGD and SDE ensembles in f32 (docs/gpu.md), one stream of events like every other engine. */
import {
  type EngineEvent,
  type EngineState,
  EngineStateError,
  type EnsembleEngine,
  type EnsembleRequest,
} from '../statistics/index.ts';
import type { AdapterChoice, AdapterInfo, ListedAdapter } from './adapters.ts';
import { Batch } from './batch.ts';
import { type BatchState, checkBatchState, runChunks } from './chunks.ts';
import { Device } from './device.ts';
import { GpuLimitError } from './errors.ts';
import { readableBytes } from './memory.ts';
import { Observer } from './observer.ts';
import { programOf } from './program.ts';
import { startOf } from './start.ts';
import type { StateObserver } from './state.ts';
import { stepperFor } from './steppers.ts';

export interface GpuEngineOptions {
  /** An open device to share; it stays open when the engine is disposed. Default: one of the engine's own. */
  readonly device?: Device;
  /** Which adapter; default: high-performance first. */
  readonly adapter?: AdapterChoice | ListedAdapter;
  /** Milliseconds of GPU time that one submission should take; default 25, so that none takes more than about 50. */
  readonly targetMilliseconds?: number;
  /** Bytes of GPU memory that replicas may take together; more are run in batches. Default 1 GiB. */
  readonly memory?: number;
  /** Threads a workgroup (a power of two); default: chosen for the adapter. Numbers do not depend on it. */
  readonly workgroupSize?: number;
  /** Whether reductions may use subgroups; default: where the adapter has them in one size. Numbers do not depend on it. */
  readonly subgroups?: boolean;
  /** Draws of a mini-batch that a workgroup makes in one dispatch at most; default 2¹⁶. Numbers do not depend on it. */
  readonly sliceDraws?: number;
  /**
   * Features of a pass of plain SGD (d > 8192, one sample a step) that are kept for the next one instead of drawn again, at most; default: for
   * the adapter. Numbers do not depend on it.
   */
  readonly keptFeatures?: 0 | 1 | 2;
  /** Steps a submission; default: from the time they take. Numbers do not depend on it. */
  readonly chunkSteps?: number;
  /** Workgroups a submission, so that steps and saves are cut; default: from the time they take. Numbers do not depend on it. */
  readonly chunkWorkgroups?: number;
  /** Replicas that run together at most; default: as many as memory holds. Numbers do not depend on it. */
  readonly replicasAtOnce?: number;
  /** Told after each submission what lies on the device, to draw it from there. */
  readonly onState?: StateObserver;
}

/**
 * Bytes of GPU memory that replicas and their problem take: 20 a coordinate of each replica (24 with a mini-batch that takes several
 * slices), rounded up to whole quads, with its block sums; 8 a coordinate for all replicas together.
 */
export interface MemoryUse {
  readonly perReplica: number;
  readonly shared: number;
}

export interface GpuEngine extends EnsembleEngine {
  readonly name: 'gpu';
  readonly adapter: AdapterInfo;
  readonly device: Device;
  /** Memory that a request takes, without what its save times hold. */
  memoryUse(request: EnsembleRequest): MemoryUse;
}

/**
 * Opens an engine on an adapter of this machine.
 * @throws GpuUnavailableError where there is none.
 */
export async function createGpuEngine(options: GpuEngineOptions = {}): Promise<GpuEngine> {
  return new Engine(options.device ?? (await Device.open(options.adapter)), options);
}

/** @throws EngineStateError where it is the state of another engine, or of other replicas. */
function batchStateOf({ engine, batch }: EngineState, replicas: EnsembleRequest['replicas']): BatchState {
  if (engine !== 'gpu') throw new EngineStateError(`the state must be that of a run on a GPU; found that of ${engine}`);
  return checkBatchState(batch, replicas);
}

class Engine implements GpuEngine {
  readonly name = 'gpu';
  readonly adapter: AdapterInfo;

  constructor(
    readonly device: Device,
    readonly options: GpuEngineOptions,
  ) {
    this.adapter = device.info;
  }

  /**
   * @throws GpuLimitError if one replica does not fit, DeviceLostError if the device goes away, ShaderCompileError if the
   * adapter refuses a kernel; the signal's reason when aborted.
   */
  async *run(request: EnsembleRequest): AsyncGenerator<EngineEvent, void, void> {
    const { problem, replicas, signal, times, checkpointDue } = request;
    signal?.throwIfAborted();
    if (problem.data && request.method.kind === 'sgd')
      throw new Error('the gpu engine does not train on finite data: take the cpu or the reference engine');
    this.device.check();
    let atOnce = this.#replicasAtOnce(request);
    const start = startOf(problem);
    const program = programOf(request);
    const observer = await Observer.of(this.device, request, start);
    const { targetMilliseconds = 25, chunkSteps, chunkWorkgroups, onState } = this.options;
    const fixed = { steps: chunkSteps, workgroups: chunkWorkgroups };
    const end = replicas.first + replicas.count;
    let from = request.from && batchStateOf(request.from, replicas);
    for (let first = from?.first ?? replicas.first; first < end; ) {
      // A stepper counts dispatches, so each batch has its own; pipelines are shared.
      const count: number = from?.count ?? Math.min(atOnce, end - first);
      const stepper = await stepperFor(this.device, request, count, this.options);
      let batch: Batch;
      try {
        batch = await Batch.of(this.device, request, start, program, stepper, observer, first, count);
      } catch (error) {
        // Free memory is not known beforehand: try again with fewer.
        if (!(error instanceof GpuLimitError) || count === 1 || from) throw error;
        atOnce = Math.ceil(count / 2);
        continue;
      }
      try {
        const onSubmit =
          onState &&
          ((step: number, atRest: boolean, last: boolean) => onState(batch.state(request, step, atRest, last)));
        yield* runChunks(batch, times, { targetMilliseconds, fixed, onSubmit, checkpointDue, from }, signal);
      } finally {
        batch.dispose();
      }
      first += count;
      from = undefined;
    }
  }

  memoryUse(request: EnsembleRequest): MemoryUse {
    const perReplica = Batch.replicaBytes(this.device, request, request.replicas.count, this.options);
    return { perReplica, shared: 2 * 16 * Math.ceil(request.problem.dimension / 4) };
  }

  dispose(): void {
    if (this.options.device === undefined) this.device.dispose();
  }

  #replicasAtOnce(request: EnsembleRequest): number {
    const { problem, replicas } = request;
    const quads = Math.ceil(problem.dimension / 4);
    const { maxBufferSize, maxStorageBufferBindingSize, maxComputeWorkgroupsPerDimension } = this.device.limits;
    const binding = Math.min(maxBufferSize, maxStorageBufferBindingSize);
    // The largest buffer holds P, Q and E of all replicas.
    const fitting = Math.floor(binding / (48 * quads));
    if (fitting < 1) {
      throw new GpuLimitError(
        `one replica of dimension ${problem.dimension}`,
        48 * quads,
        binding,
        maxBufferSize < maxStorageBufferBindingSize ? 'maxBufferSize' : 'maxStorageBufferBindingSize',
        `This adapter holds at most dimension ${4 * Math.floor(binding / 48)} (${readableBytes(binding)} a buffer): take a smaller dimension, or the CPU engines.`,
      );
    }
    const { memory = 2 ** 30, replicasAtOnce = Number.POSITIVE_INFINITY } = this.options;
    const affordable = Math.max(
      1,
      Math.floor(memory / Batch.replicaBytes(this.device, request, replicas.count, this.options)),
    );
    return Math.max(1, Math.min(replicas.count, fitting, affordable, maxComputeWorkgroupsPerDimension, replicasAtOnce));
  }
}
