/** Some replicas on the device: their buffers, and the chunks of work that are submitted one after another. */
import { type DivergenceLimits, divergenceLimits } from '../problem/divergence.ts';
import { EngineStateError, type EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import type { Arena } from './memory.ts';
import type { Observer } from './observer.ts';
import { Flag, layout } from './params.ts';
import { PIECE_WORDS, PLANES, type Planes, readBuffer } from './planes.ts';
import type { Program } from './program.ts';
import { scratchOf } from './scratch.ts';
import { type Start, spreadStart } from './start.ts';
import type { StateView } from './state.ts';
import type { Stepper, StepperOptions, Work } from './stepper.ts';
import { scratchOptions } from './tuning.ts';

/** Steps a chunk has at most: room for their coefficients. */
export const LARGEST_CHUNK_STEPS = 8192;
/** Dispatches a chunk has at most: room for their table. */
export const LARGEST_CHUNK_DISPATCHES = 4096;
const RESULT_BYTES = 4 << 20;
/** Two timestamps, at the head of every readback. */
const TICK_BYTES = 16;
const LARGEST_ROWS = 256;

/** What a chunk's readback holds. */
export interface ChunkResult {
  /** [save][group] → sums of that save time. */
  readonly rows: readonly { readonly save: number; part(group: number): Float32Array }[];
  /** Milliseconds that it took on the GPU; null where the device has no clock. */
  readonly milliseconds: number | null;
  /** For each failed replica of the batch (from 0), the step it failed in and the value that exceeded the limit. */
  readonly failures: ReadonlyMap<number, { readonly step: number; readonly value: number }>;
}

/** The device's own clock: what a submission took without the time to make it and to read it back. */
interface Clock {
  readonly queries: GPUQuerySet;
  readonly ticks: GPUBuffer;
}

interface Staging {
  readonly buffer: GPUBuffer;
  busy: boolean;
}

export class Batch {
  readonly #staging: Staging[] = [];
  readonly #groups = new Map<GPUComputePipeline, GPUBindGroup>();
  #table = new Uint32Array(0);
  #entries = new Float32Array(0);
  readonly #zeros = new Uint32Array(layout().counterWords);

  private constructor(
    readonly device: Device,
    readonly arena: Arena,
    /** First replica and their number. */
    readonly first: number,
    readonly count: number,
    readonly program: Program,
    readonly stepper: Stepper,
    readonly observer: Observer,
    /** Save times a chunk can hold. */
    readonly rows: number,
    readonly limits: DivergenceLimits,
    private readonly buffers: {
      readonly dispatches: GPUBuffer;
      readonly schedule: GPUBuffer;
      readonly status: GPUBuffer;
      readonly results: readonly GPUBuffer[];
      readonly anchors: GPUBuffer;
      readonly deltas: GPUBuffer;
      readonly coefficients: GPUBuffer;
      readonly sums: GPUBuffer;
      readonly counter: GPUBuffer;
    },
    private readonly clock: Clock | null,
    private readonly stride: number,
    step: GPUBindGroup,
    saves: readonly GPUBindGroup[],
  ) {
    for (const [g, { pipeline }] of observer.groups.entries()) this.#groups.set(pipeline, saves[g]);
    this.#step = step;
  }
  readonly #step: GPUBindGroup;

  /** Bytes of GPU memory a replica takes among `replicas` that run together, without what save times hold. */
  static replicaBytes(
    device: Device,
    request: Pick<EnsembleRequest, 'problem' | 'method'>,
    replicas: number,
    options: StepperOptions,
  ): number {
    const { sums, planes } = scratchOf(request, replicas, scratchOptions(device, options));
    return (3 + planes) * 16 * Math.ceil(request.problem.dimension / 4) + sums + 4 * layout().status.length;
  }

  /** Makes the buffers and writes the start. */
  static async of(
    device: Device,
    request: EnsembleRequest,
    start: Start,
    program: Program,
    stepper: Stepper,
    observer: Observer,
    first: number,
    count: number,
  ): Promise<Batch> {
    const { gpu } = device;
    const arena = device.arena(`${request.method.kind} replicas ${first}…${first + count - 1}`);
    try {
      const storage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST;
      const stride = Math.max(4 * layout().dispatch.length, device.limits.minUniformBufferOffsetAlignment);
      const plane = 16 * start.quads;
      const rowBytes = 4 * observer.rowLength(count);
      const rows = Math.max(1, Math.min(LARGEST_ROWS, program.saves.length, Math.floor(RESULT_BYTES / rowBytes)));
      const params = await arena.allocate(
        'params',
        layout().paramsBytes,
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      );
      const dispatches = await arena.allocate(
        'dispatches',
        stride * LARGEST_CHUNK_DISPATCHES,
        GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
      );
      const schedule = await arena.allocate(
        'schedule',
        4 * layout().schedule.entries + 16 * (LARGEST_CHUNK_STEPS + 1),
        storage,
      );
      const status = await arena.allocate(
        'status',
        4 * layout().status.length * count,
        storage | GPUBufferUsage.COPY_SRC,
      );
      const seen = storage | GPUBufferUsage.COPY_SRC;
      const anchors = await arena.allocate('P, Q, E', 3 * plane * count, seen);
      const { scratch } = stepper;
      const deltas = await arena.allocate('dp, dq', scratch.planes * plane * count, seen);
      const coefficients = await arena.allocate('sqrt(lambda), b', 2 * plane, seen);
      const sums = await arena.allocate(
        stepper.kernel === 'sgd-two-pass' ? 'block residuals' : 'block sums',
        scratch.sums * count,
        seen,
      );
      const counter = await arena.allocate('counter', 4 * layout().counterWords, storage);
      const results: GPUBuffer[] = [];
      for (const { count: moments } of observer.groups) {
        const size = 4 * rows * count * observer.slices * moments;
        results.push(await arena.allocate('results', size, storage | GPUBufferUsage.COPY_SRC));
      }
      const clock = device.features.has('timestamp-query')
        ? {
            queries: arena.timestamps('clock'),
            ticks: await arena.allocate('ticks', 16, GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC),
          }
        : null;
      const buffers = [params, dispatches, schedule, status, anchors, deltas, coefficients];
      const bind = (label: string, last: GPUBuffer) =>
        gpu.createBindGroup({
          label,
          layout: device.groupLayout,
          entries: [...buffers, last, counter].map((buffer, binding) => ({
            binding,
            resource: binding === 1 ? { buffer, size: 4 * layout().dispatch.length } : { buffer },
          })),
        });
      const limits = divergenceLimits(start.twiceRisk);
      // Beyond f32's range a path counts as diverged anyway.
      const limit = Math.min(3e38, request.method.kind === 'sgd' ? limits.residual : limits.twiceRisk);
      await device.guard(`the start of ${arena.label}`, () => {
        const { problem, seed } = request;
        const d = problem.dimension;
        const bytes = layout().packParams({
          dimension: d,
          quads: start.quads,
          replicas: count,
          first_replica: first,
          seed_low: seed % 2 ** 32,
          seed_high: Math.floor(seed / 2 ** 32),
          block_quads: stepper.blockQuads,
          blocks: stepper.blocks,
          block_stride: 4 * Math.ceil(stepper.blocks / 4),
          batch: problem.batchSize,
          sigma: problem.labelNoise,
          inverse_root_d: 1 / Math.sqrt(d),
          inverse_d: 1 / d,
          inverse_batch: 1 / problem.batchSize,
          limit,
          slices: observer.slices,
          slice_quads: observer.sliceQuads,
          slice_samples: scratch.slice,
        });
        gpu.queue.writeBuffer(params, 0, bytes);
        gpu.queue.writeBuffer(coefficients, 0, start.coefficients);
        // WebGPU copies between different buffers only: several replicas take their start from `deltas`, which has room for it.
        gpu.queue.writeBuffer(count > 1 ? deltas : anchors, 0, start.anchors);
      });
      if (count > 1) await spreadStart(device, arena.label, deltas, anchors, plane, count);
      return await device.guard(
        `the bindings of ${arena.label}`,
        () =>
          new Batch(
            device,
            arena,
            first,
            count,
            program,
            stepper,
            observer,
            rows,
            limits,
            { dispatches, schedule, status, results, anchors, deltas, coefficients, sums, counter },
            clock,
            stride,
            bind('steps', sums),
            results.map((buffer) => bind('statistics', buffer)),
          ),
      );
    } catch (error) {
      arena.dispose();
      throw error;
    }
  }

  /**
   * Submits one chunk: `work` in order, with the coefficients of `steps` steps from `step` on (and of the one after), and the
   * readback of the sums of `saves` (indices of save times, in the order of their rows). Resolves when the GPU has done it.
   */
  submit(step: number, steps: number, work: readonly Work[], saves: readonly number[]): Promise<ChunkResult> {
    const { gpu } = this.device;
    const { dispatches, schedule, status, results, counter } = this.buffers;
    const { groups, slices } = this.observer;
    const rowBytes = groups.map(({ count }) => 4 * this.count * slices * count);
    const statusBytes = 4 * layout().status.length * this.count;
    return this.device.guard(`a chunk of ${this.arena.label}`, async () => {
      this.#writeSchedule(schedule, step, steps);
      this.#writeTable(dispatches, step, work);
      gpu.queue.writeBuffer(counter, 0, this.#zeros);
      const encoder = gpu.createCommandEncoder({ label: `steps ${step}…${step + steps - 1} of ${this.arena.label}` });
      const { clock } = this;
      const timestampWrites = clock
        ? { querySet: clock.queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 }
        : undefined;
      const pass = encoder.beginComputePass({ label: this.stepper.kernel, timestampWrites });
      let pipeline: GPUComputePipeline | null = null;
      work.forEach((item, k) => {
        if (item.pipeline !== pipeline) pass.setPipeline(item.pipeline);
        pipeline = item.pipeline;
        pass.setBindGroup(0, this.#groups.get(pipeline) ?? this.#step, [k * this.stride]);
        for (let n = item.times ?? 1; n > 0; n--) pass.dispatchWorkgroups(item.x, item.y);
      });
      pass.end();
      const staging = this.#takeStaging();
      if (clock) {
        encoder.resolveQuerySet(clock.queries, 0, 2, clock.ticks, 0);
        encoder.copyBufferToBuffer(clock.ticks, 0, staging.buffer, 0, TICK_BYTES);
      }
      encoder.copyBufferToBuffer(status, 0, staging.buffer, TICK_BYTES, statusBytes);
      const offsets: number[] = [];
      let at = TICK_BYTES + statusBytes;
      results.forEach((buffer, g) => {
        offsets.push(at);
        const size = rowBytes[g] * saves.length;
        if (size > 0) encoder.copyBufferToBuffer(buffer, 0, staging.buffer, at, size);
        at += size;
      });
      gpu.queue.submit([encoder.finish()]);
      await staging.buffer.mapAsync(GPUMapMode.READ, 0, at);
      const bytes = staging.buffer.getMappedRange(0, at).slice(0);
      staging.buffer.unmap();
      staging.busy = false;
      const rows = saves.map((save, row) => ({
        save,
        part: (g: number) => new Float32Array(bytes, offsets[g] + row * rowBytes[g], rowBytes[g] / 4),
      }));
      const [begin, end] = new BigUint64Array(bytes, 0, 2);
      return {
        rows,
        milliseconds: end > begin ? Number(end - begin) / 1e6 : null,
        failures: this.#failures(new Uint32Array(bytes, TICK_BYTES, statusBytes / 4)),
      };
    });
  }

  /** What is on the device after everything submitted so far: the state after `step` steps. */
  state(request: EnsembleRequest, step: number, atRest: boolean, last: boolean): StateView {
    const { anchors, deltas, coefficients } = this.buffers;
    const { problem, method } = request;
    return {
      device: this.device,
      method: method.kind,
      parametrization: problem.parametrization,
      dimension: problem.dimension,
      quads: Math.ceil(problem.dimension / 4),
      first: this.first,
      count: this.count,
      anchors,
      deltas,
      coefficients,
      time: this.program.timeOf(step),
      atRest,
      last,
    };
  }

  /** What the steps have written so far, read back once everything submitted is done: the planes, the block sums and who has failed. */
  async planes(): Promise<Planes> {
    const { anchors, deltas, sums, status } = this.buffers;
    const read = (buffer: GPUBuffer) => readBuffer(this.device, buffer);
    return {
      anchors: await read(anchors),
      deltas: await read(deltas),
      sums: await read(sums),
      status: await read(status),
    };
  }

  /** Puts the batch where another of the same replicas was. @throws EngineStateError where the sizes differ. */
  async takeUp(planes: Planes): Promise<void> {
    for (const name of PLANES) {
      const words = planes[name];
      const buffer = this.buffers[name];
      if (!(words instanceof Uint32Array) || words.byteLength !== buffer.size) {
        const found = words instanceof Uint32Array ? words.byteLength : 'none';
        throw new EngineStateError(`the state's ${name} must have ${buffer.size} bytes; found ${found}`);
      }
    }
    await this.device.guard(`taking up ${this.arena.label}`, () => {
      for (const name of PLANES) {
        const words = planes[name];
        for (let at = 0; at < words.length; at += PIECE_WORDS) {
          const count = Math.min(PIECE_WORDS, words.length - at);
          this.device.gpu.queue.writeBuffer(this.buffers[name], 4 * at, words, at, count);
        }
      }
    });
  }

  dispose(): void {
    this.arena.dispose();
    for (const { buffer } of this.#staging) buffer.destroy();
    this.#staging.length = 0;
  }

  #takeStaging(): Staging {
    let free = this.#staging.find(({ busy }) => !busy);
    if (free === undefined) {
      const size =
        TICK_BYTES + 4 * layout().status.length * this.count + 4 * this.rows * this.observer.rowLength(this.count);
      const buffer = this.device.gpu.createBuffer({
        label: `${this.arena.label} readback ${this.#staging.length}`,
        size,
        usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
      });
      free = { buffer, busy: false };
      this.#staging.push(free);
    }
    free.busy = true;
    return free;
  }

  #writeSchedule(buffer: GPUBuffer, step: number, steps: number): void {
    const { entries: head, stepLow, stepHigh } = layout().schedule;
    const words = head + 4 * (steps + 1);
    if (this.#entries.length < words) this.#entries = new Float32Array(words);
    const entries = this.#entries;
    this.program.coefficients(step, steps + 1, entries.subarray(head, words));
    const integers = new Uint32Array(entries.buffer);
    integers[stepLow] = step % 2 ** 32;
    integers[stepHigh] = Math.floor(step / 2 ** 32);
    this.device.gpu.queue.writeBuffer(buffer, 0, entries, 0, words);
  }

  #writeTable(buffer: GPUBuffer, step: number, work: readonly Work[]): void {
    const stride = this.stride / 4;
    const at = layout().dispatch;
    if (this.#table.length < stride * work.length) this.#table = new Uint32Array(stride * work.length);
    let counted = 0;
    work.forEach(({ save, groupX, groupY, first, count, flags, sample = 0, times = 1 }, k) => {
      // What the GPU will have counted before is added to both there.
      const before = times > 1 ? counted : 0;
      this.#table[k * stride + at.groupX] = groupX;
      this.#table[k * stride + at.groupY] = groupY;
      this.#table[k * stride + at.first] = save ? first : first - step - before * count;
      this.#table[k * stride + at.count] = count;
      this.#table[k * stride + at.flags] =
        times > 1 ? (flags ^ (before % 2 === 1 ? Flag.parity : 0)) | Flag.counted : flags;
      this.#table[k * stride + at.sample] = sample;
      if (times > 1) counted += times;
    });
    this.device.gpu.queue.writeBuffer(buffer, 0, this.#table, 0, stride * work.length);
  }

  #failures(words: Uint32Array<ArrayBuffer>): Map<number, { step: number; value: number }> {
    const { failed, stepLow, stepHigh, value, length } = layout().status;
    const floats = new Float32Array(words.buffer, words.byteOffset, words.length);
    const failures = new Map<number, { step: number; value: number }>();
    for (let replica = 0; replica < this.count; replica++) {
      const at = replica * length;
      if (words[at + failed] === 0) continue;
      const step = words[at + stepLow] + 2 ** 32 * words[at + stepHigh];
      failures.set(replica, { step, value: floats[at + value] });
    }
    return failures;
  }
}
