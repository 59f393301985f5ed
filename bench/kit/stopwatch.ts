/** What the clocks of this run can tell apart, and the GPU's own time of every compute pass of an engine. */
import type { Device } from '../../src/gpu/index.ts';

/** Smallest step of performance.now(), in seconds: the least of many differences of successive readings that differ. */
export function wallClockStep(readings = 2000): number {
  let least = Number.POSITIVE_INFINITY;
  for (let k = 0; k < readings; k++) {
    const start = performance.now();
    let now = performance.now();
    while (now === start) now = performance.now();
    least = Math.min(least, now - start);
  }
  return least / 1000;
}

/** Queries of one encoder are resolved to an offset that must be a multiple of 256 bytes. */
const ALIGNED = 32;
/** The most that a query set may hold. */
const CAPACITY = 4096;

/**
 * While it runs, every compute pass made on the device is stamped at its begin and its end, by putting `timestampWrites` into what the
 * engine asks for; the engine does not know. A pass that has stamps of its own (the engine's, by which it finds its chunks) keeps them, and
 * they are read too. Dispatches are counted. Passes beyond the capacity of a query set (about 60 submissions of one pass) are not stamped, and `seconds`
 * extends what was stamped to all passes.
 */
export class Stopwatch {
  readonly #gpu: GPUDevice;
  readonly #querySet: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #create: GPUDevice['createCommandEncoder'];
  readonly #spans: [begin: number, end: number][] = [];
  #next = 0;
  #passes = 0;
  #dispatches = 0;

  /** Null where the device has no timestamps. */
  static of(device: Device): Stopwatch | null {
    return device.features.has('timestamp-query') ? new Stopwatch(device.gpu) : null;
  }

  private constructor(gpu: GPUDevice) {
    this.#gpu = gpu;
    this.#querySet = gpu.createQuerySet({ label: 'stopwatch', type: 'timestamp', count: CAPACITY });
    const usage = GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC;
    this.#resolved = gpu.createBuffer({ label: 'stopwatch', size: 8 * CAPACITY, usage });
    this.#create = gpu.createCommandEncoder;
    gpu.createCommandEncoder = (descriptor) => this.#stamping(this.#create.call(gpu, descriptor));
  }

  #stamping(encoder: GPUCommandEncoder): GPUCommandEncoder {
    const first = this.#next;
    let used = 0;
    const others: { querySet: GPUQuerySet; from: number; at: number }[] = [];
    const { beginComputePass, finish } = encoder;
    const begin = (descriptor?: GPUComputePassDescriptor) => {
      const pass = beginComputePass.call(encoder, descriptor);
      const { dispatchWorkgroups } = pass;
      pass.dispatchWorkgroups = (x, y, z) => {
        this.#dispatches++;
        return dispatchWorkgroups.call(pass, x, y, z);
      };
      return pass;
    };
    encoder.beginComputePass = (descriptor) => {
      this.#passes++;
      const own = descriptor?.timestampWrites;
      const from = own?.beginningOfPassWriteIndex;
      // Its own stamps must be neighbours, so that both are resolved at once; an encoder has passes of one kind.
      const apart = own ? used > 0 || from === undefined || own.endOfPassWriteIndex !== from + 1 : others.length > 0;
      if (apart) return begin(descriptor);
      const at = own ? this.#next : first + used;
      if (at + 2 > CAPACITY) return begin(descriptor);
      this.#spans.push([at, at + 1]);
      if (own) {
        others.push({ querySet: own.querySet, from: from!, at });
        this.#next = at + ALIGNED;
        return begin(descriptor);
      }
      used += 2;
      this.#next = first + Math.ceil(used / ALIGNED) * ALIGNED;
      const timestampWrites = {
        querySet: this.#querySet,
        beginningOfPassWriteIndex: at,
        endOfPassWriteIndex: at + 1,
      };
      return begin({ ...descriptor, timestampWrites });
    };
    encoder.finish = (descriptor) => {
      if (used > 0) encoder.resolveQuerySet(this.#querySet, first, used, this.#resolved, 8 * first);
      for (const { querySet, from, at } of others) encoder.resolveQuerySet(querySet, from, 2, this.#resolved, 8 * at);
      return finish.call(encoder, descriptor);
    };
    return encoder;
  }

  /** Dispatches made so far. */
  get dispatches(): number {
    return this.#dispatches;
  }

  /** Stops, and says how long all passes together took on the GPU's clock, and what the clock's step is, in seconds; null where nothing was stamped. */
  async stop(): Promise<{ seconds: number; step: number } | null> {
    const gpu = this.#gpu;
    gpu.createCommandEncoder = this.#create;
    const staging = gpu.createBuffer({
      label: 'stopwatch',
      size: 8 * CAPACITY,
      usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
    });
    try {
      if (this.#spans.length === 0) return null;
      const encoder = gpu.createCommandEncoder({ label: 'stopwatch' });
      encoder.copyBufferToBuffer(this.#resolved, 0, staging, 0, 8 * CAPACITY);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const ticks = new BigUint64Array(staging.getMappedRange().slice(0));
      staging.unmap();
      const lengths = this.#spans.map(([begin, end]) => Number(ticks[end] - ticks[begin]) / 1e9);
      const stamped = lengths.reduce((a, b) => a + b, 0);
      return {
        seconds: (stamped * this.#passes) / this.#spans.length,
        step: clockStep(this.#spans.flat().map((k) => ticks[k])),
      };
    } finally {
      staging.destroy();
      this.#resolved.destroy();
      this.#querySet.destroy();
    }
  }
}

/** Greatest common divisor of all differences of timestamps, in seconds: the step they are rounded to. */
export function clockStep(ticks: readonly bigint[]): number {
  let step = 0n;
  for (const tick of ticks) {
    let [a, b] = [step, tick > ticks[0] ? tick - ticks[0] : ticks[0] - tick];
    while (b > 0n) [a, b] = [b, a % b];
    step = a;
  }
  return Number(step) / 1e9;
}

/** Wall and GPU seconds of `work`, which ends when the GPU has done it, and its dispatches (null where the device has no timestamps). */
export async function timedOnGpu(
  device: Device,
  work: () => Promise<void>,
): Promise<{ seconds: number; gpuSeconds: number | null; step: number | null; dispatches: number | null }> {
  const watch = Stopwatch.of(device);
  let seconds: number;
  let own: Awaited<ReturnType<Stopwatch['stop']>> = null;
  try {
    const start = performance.now();
    await work();
    seconds = (performance.now() - start) / 1000;
  } finally {
    own = (await watch?.stop()) ?? null;
  }
  return {
    seconds,
    gpuSeconds: own?.seconds ?? null,
    step: own?.step ?? null,
    dispatches: watch?.dispatches ?? null,
  };
}

/** The step that several runs agree on: the smallest that was seen. */
export const leastStep = (steps: readonly (number | null)[]): number | null => {
  const seen = steps.filter((step) => step !== null && step > 0) as number[];
  return seen.length > 0 ? Math.min(...seen) : null;
};
