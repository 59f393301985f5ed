/** Owners of GPU buffers and queries: whatever is made through an arena is labelled, checked against the limits, and freed with it. */

import { GpuLimitError, GpuValidationError } from './errors.ts';
import type * as WebGpu from './webgpu.ts';

/** A size as people read it. */
export function readableBytes(bytes: number): string {
  const units = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes <= 0 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return power === 0 ? `${bytes} bytes` : `${(bytes / 1024 ** power).toPrecision(4)} ${units[power]}`;
}

/** A set of buffers with one life. Using it after `dispose` throws. */
export class Arena {
  readonly #device: WebGpu.Device;
  readonly #buffers = new Set<WebGpu.Buffer>();
  readonly #queries = new Set<WebGpu.QuerySet>();
  #disposed = false;
  /** Bytes held now. */
  bytes = 0;

  constructor(
    device: WebGpu.Device,
    /** First part of every label. */
    readonly label: string,
  ) {
    this.#device = device;
  }

  /**
   * A buffer of at least `size` bytes (rounded up to a multiple of 16), zero-filled.
   * @throws GpuLimitError if the size exceeds the device's limits or its free memory.
   */
  async allocate(name: string, size: number, usage: WebGpu.BufferUsage): Promise<WebGpu.Buffer> {
    if (this.#disposed) throw new Error(`the arena ${this.label} is disposed: no buffer ${name} can be made in it`);
    const label = `${this.label} ${name}`;
    const bytes = Math.max(16, Math.ceil(size / 16) * 16);
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const binding = (usage & GPUBufferUsage.STORAGE) !== 0 ? maxStorageBufferBindingSize : maxBufferSize;
    const available = Math.min(maxBufferSize, binding);
    if (bytes > available) {
      const limit = available === maxBufferSize ? 'maxBufferSize' : 'maxStorageBufferBindingSize';
      throw new GpuLimitError(
        `the buffer "${label}"`,
        bytes,
        available,
        limit,
        `That is ${readableBytes(bytes)} of ${readableBytes(available)}: take a smaller dimension, or the CPU engines.`,
      );
    }
    this.#device.pushErrorScope('out-of-memory');
    this.#device.pushErrorScope('validation');
    const buffer = this.#device.createBuffer({ label, size: bytes, usage });
    const [invalid, memory] = await Promise.all([this.#device.popErrorScope(), this.#device.popErrorScope()]);
    if (memory !== null || invalid !== null) buffer.destroy();
    if (memory !== null) {
      throw new GpuLimitError(
        `the buffer "${label}"`,
        bytes,
        this.bytes,
        'out of memory; the size there is counts what this run already holds',
        `That is ${readableBytes(bytes)}: take fewer replicas or a smaller dimension.`,
      );
    }
    if (invalid !== null) throw new GpuValidationError(`the buffer "${label}"`, invalid.message);
    if (this.#disposed) {
      buffer.destroy();
      throw new Error(`the arena ${this.label} was disposed while buffer ${name} was made`);
    }
    this.#buffers.add(buffer);
    this.bytes += bytes;
    return buffer;
  }

  /** Two timestamps. The device must have `timestamp-query`. */
  timestamps(name: string): WebGpu.QuerySet {
    const queries = this.#device.createQuerySet({ label: `${this.label} ${name}`, type: 'timestamp', count: 2 });
    this.#queries.add(queries);
    return queries;
  }

  /** Frees everything. Idempotent. */
  dispose(): void {
    this.#disposed = true;
    for (const buffer of this.#buffers) buffer.destroy();
    for (const queries of this.#queries) queries.destroy();
    this.#buffers.clear();
    this.#queries.clear();
    this.bytes = 0;
  }
}
