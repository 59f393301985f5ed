/** How work is cut into threads on this device. Numbers do not depend on it: see shaders/lib/reduce-shared.wgsl. */
import type { Device } from './device.ts';
import type { ScratchOptions } from './scratch.ts';

/** Parts of a workgroup's sum at most: the order of additions is that of this many interleaved parts, whatever the workgroup. */
const PARTS = 1024;

/**
 * A thread needs 28 registers for each quad that it keeps and about 40 besides (RADV's ISA: 80 for two quads, 152 for four), which 1024
 * threads do not get of the 65,536 that a multiprocessor has on most GPUs; beyond, compilers spill to memory.
 */
const LARGEST_WORKGROUP = 512;

export interface Shape {
  readonly workgroup: number;
  /** Items a thread handles at most. */
  readonly perThread: number;
  /** Interleaved partial sums a thread keeps. */
  readonly lanes: number;
}

/** Power of two at or above x. */
function powerOfTwo(x: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, x)));
}

function isSwiftShader({ info }: Device): boolean {
  return /swiftshader/i.test(`${info.architecture} ${info.device} ${info.description}`);
}

/** Threads a workgroup may have on this device for one reduction. */
export function largestWorkgroup(device: Device): number {
  const { maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, maxComputeWorkgroupStorageSize } = device.limits;
  // Two buffers of one vec4f a thread, and up to 4 KiB beside them.
  const stored = Math.floor((maxComputeWorkgroupStorageSize - 4096) / 32);
  const offered = Math.min(maxComputeInvocationsPerWorkgroup, maxComputeWorkgroupSizeX, stored, LARGEST_WORKGROUP);
  return 2 ** Math.floor(Math.log2(isSwiftShader(device) ? Math.min(32, offered) : offered));
}

/**
 * The workgroup for `items` things, of which a thread should have about `wanted`.
 * @param asked a fixed size instead (a power of two, 8 to 1024): for tests.
 */
export function shapeFor(device: Device, items: number, wanted: number, asked?: number): Shape {
  const { software, largestSubgroup } = device.info;
  // SwiftShader runs a thread's loop well, and pays for every barrier with a switch of fibres. Others (lavapipe) unroll the
  // loop, and take minutes over a long one.
  const least = Math.max(isSwiftShader(device) ? 8 : 32, largestSubgroup);
  const workgroup =
    asked ??
    Math.min(largestWorkgroup(device), Math.max(least, powerOfTwo(items / (isSwiftShader(device) ? 32 : wanted))));
  if (!(workgroup >= 8 && workgroup <= PARTS && Number.isInteger(Math.log2(workgroup)))) {
    throw new RangeError(`workgroup size must be a power of two from 8 to ${PARTS}, not ${workgroup}`);
  }
  if (workgroup < largestSubgroup) {
    throw new RangeError(`workgroup size must be at least the subgroup size ${largestSubgroup}, not ${workgroup}`);
  }
  const each = Math.max(1, Math.ceil(items / workgroup));
  // A software driver takes a second to compile a kernel: rounded up, neighbouring dimensions share one.
  const perThread = software ? powerOfTwo(each) : each;
  return { workgroup, perThread, lanes: lanesFor(workgroup, perThread) };
}

/** Lanes that `perThread` items of each thread fill. */
export function lanesFor(workgroup: number, perThread: number): number {
  return Math.min(PARTS / workgroup, powerOfTwo(perThread));
}

/**
 * What the memory of a run depends on, as far as not asked for. A feature that is kept is 8 bytes a coordinate and pass more, and one draw
 * less: on SwiftShader, where draws are dear, that is quicker (docs/gpu.md, "Two steps a pass").
 */
export function scratchOptions(device: Device, { sliceDraws, keptFeatures }: ScratchOptions): ScratchOptions {
  return { sliceDraws, keptFeatures: keptFeatures ?? (isSwiftShader(device) ? 2 : 0) };
}
