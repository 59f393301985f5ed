/** What the tests of this folder share: one device, and floats as words. Fails where there is no adapter. */
import { Device } from '../../src/gpu/index.ts';

let opened: Promise<Device> | undefined;

/** The device of this test file. */
export function testDevice(): Promise<Device> {
  opened ??= Device.open();
  return opened;
}

export function floatsOf(words: Uint32Array<ArrayBuffer>): Float32Array {
  return new Float32Array(words.buffer);
}
