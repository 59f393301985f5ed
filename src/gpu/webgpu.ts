/**
 * WebGPU's types by import: the program that uses the package may have them as globals (TypeScript's DOM library since 6, @webgpu/types)
 * or not, and its type check passes either way. Only for what exported declarations name.
 */
type Instance<Name extends string> = typeof globalThis extends { [name in Name]: { prototype: infer T } } ? T : object;

export type Adapter = Instance<'GPUAdapter'>;
export type BindGroupLayout = Instance<'GPUBindGroupLayout'>;
export type Buffer = Instance<'GPUBuffer'>;
export type ComputePipeline = Instance<'GPUComputePipeline'>;
export type Device = Instance<'GPUDevice'>;
export type QuerySet = Instance<'GPUQuerySet'>;
export type SupportedLimits = Instance<'GPUSupportedLimits'>;
export type BufferUsage = number;
export type DeviceLostReason = 'unknown' | 'destroyed';
export type PowerPreference = 'low-power' | 'high-performance';
