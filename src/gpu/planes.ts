/** The state of a batch on the host: what a checkpoint keeps of it, word for word. */
import type { Device } from './device.ts';

export const PLANES = ['anchors', 'deltas', 'sums', 'status'] as const;

/** Words of the buffers of these names (src/gpu/batch.ts). */
export type Planes = Readonly<Record<(typeof PLANES)[number], Uint32Array<ArrayBuffer>>>;

/** Words that move at a time (64 MiB): a readback takes no more memory than that. */
export const PIECE_WORDS = 1 << 24;

/** What a buffer holds when everything submitted so far is done; it needs the usage COPY_SRC, and a size in whole words. */
export async function readBuffer(device: Device, buffer: GPUBuffer): Promise<Uint32Array<ArrayBuffer>> {
  const words = new Uint32Array(buffer.size / 4);
  const piece = Math.min(words.length, PIECE_WORDS);
  const staging = device.gpu.createBuffer({
    label: `${buffer.label} readback`,
    size: 4 * piece,
    usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST,
  });
  try {
    for (let at = 0; at < words.length; at += piece) {
      const bytes = 4 * Math.min(piece, words.length - at);
      await device.guard(`reading ${buffer.label}`, async () => {
        const encoder = device.gpu.createCommandEncoder({ label: staging.label });
        encoder.copyBufferToBuffer(buffer, 4 * at, staging, 0, bytes);
        device.gpu.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ, 0, bytes);
        words.set(new Uint32Array(staging.getMappedRange(0, bytes)), at);
        staging.unmap();
      });
    }
    return words;
  } finally {
    staging.destroy();
  }
}
