/** What the tests of this folder share: one device a file, an engine on it, floats as words. Fails where there is no adapter. */
import { createGpuEngine, Device, type GpuEngine, type GpuEngineOptions } from '../../src/gpu/index.ts';

let opened: Promise<Device> | undefined;

/** The device of this test file. */
export function testDevice(): Promise<Device> {
  opened ??= Device.open();
  return opened;
}

/** An engine on the file's device, so that pipelines are made once. */
export async function testEngine(options: Omit<GpuEngineOptions, 'device'> = {}): Promise<GpuEngine> {
  return createGpuEngine({ ...options, device: await testDevice() });
}

/** For afterAll. */
export async function closeTestDevice(): Promise<void> {
  (await opened)?.dispose();
  opened = undefined;
}

export function floatsOf(words: Uint32Array<ArrayBuffer>): Float32Array {
  return new Float32Array(words.buffer);
}
