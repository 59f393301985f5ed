/** GPU engines on WebGPU: the same code in browsers, workers, Node (package `webgpu`) and Deno. */
export {
  type AdapterChoice,
  type AdapterInfo,
  adapterName,
  chooseAdapter,
  type ListedAdapter,
  listAdapters,
} from './adapters.ts';
export { type Probe, probe } from './compute.ts';
export { Device } from './device.ts';
export { driverAdvice } from './drivers.ts';
export { createGpuEngine, type GpuEngine, type GpuEngineOptions, type MemoryUse } from './engine.ts';
export {
  DeviceLostError,
  GpuLimitError,
  GpuUnavailableError,
  GpuValidationError,
  ShaderCompileError,
  type ShaderMessage,
} from './errors.ts';
export { type AdapterReport, type Check, examine, examineAdapters } from './selftest.ts';
export type { StateObserver, StateView } from './state.ts';
