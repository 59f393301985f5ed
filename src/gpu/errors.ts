/** What can go wrong with a GPU, as types: each message says the rule, the value found, the limit, and what to do. */
import type * as WebGpu from './webgpu.ts';

/** There is no WebGPU here, or no adapter: install a driver, or use the CPU engines. */
export class GpuUnavailableError extends Error {
  override readonly name = 'GpuUnavailableError';
}

/** The device was lost (driver reset, watchdog, unplugged, destroyed). Everything on it is gone; a new engine can start over. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
  constructor(
    /** 'destroyed' if this program destroyed it, else 'unknown'. */
    readonly reason: WebGpu.DeviceLostReason,
    detail: string,
  ) {
    super(
      `the GPU device was lost (${reason}${detail === '' ? '' : `: ${detail}`}); make a new engine and run again, or use the CPU`,
    );
  }
}

/** Something needs more than the device offers. */
export class GpuLimitError extends Error {
  override readonly name = 'GpuLimitError';
  constructor(
    /** What was to be made. */
    readonly subject: string,
    /** Size asked for, in `unit`. */
    readonly asked: number,
    /** Size there is. */
    readonly available: number,
    /** Name of the limit. */
    readonly limit: string,
    advice: string,
    unit = 'bytes',
  ) {
    super(`${subject} needs ${asked} ${unit}; the device offers ${available} (${limit}). ${advice}`);
  }
}

/** One message of the WGSL compiler, at its place in the file under shaders/ that it belongs to. */
export interface ShaderMessage {
  readonly file: string;
  /** From 1, within the file. */
  readonly line: number;
  readonly column: number;
  /** Text of that line. */
  readonly source: string;
  readonly message: string;
}

/** WGSL that the device's compiler refused; the first message leads. */
export class ShaderCompileError extends Error {
  override readonly name = 'ShaderCompileError';
  constructor(
    readonly kernel: string,
    readonly messages: readonly ShaderMessage[],
  ) {
    const shown = messages.map(
      (m) =>
        `${m.file}:${m.line}:${m.column}: ${m.message}\n    ${m.source}\n    ${' '.repeat(Math.max(0, m.column - 1))}^`,
    );
    super(`the kernel ${kernel} does not compile on this adapter\n${shown.join('\n')}`);
  }
}

/** The device refused a command: a mistake of this program, not of its user. */
export class GpuValidationError extends Error {
  override readonly name = 'GpuValidationError';
  constructor(
    readonly action: string,
    detail: string,
  ) {
    super(
      `the GPU refused ${action}: ${detail}. This is a fault of diagflow; please report it with the adapter's name`,
    );
  }
}
