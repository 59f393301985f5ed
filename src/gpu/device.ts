/** One GPU device: opened with all that the adapter offers, its pipelines, its error scopes, and its end. */

import { type AdapterChoice, type AdapterInfo, chooseAdapter, type ListedAdapter } from './adapters.ts';
import { DeviceLostError, GpuUnavailableError, GpuValidationError, ShaderCompileError } from './errors.ts';
import { Arena } from './memory.ts';
import { Line } from './pace.ts';
import { compose, type Kernel, type Variant } from './shaders.ts';
import type * as WebGpu from './webgpu.ts';

/** Limits of which a smaller value is the better one: they are left at their default unless the adapter offers less. */
const FEATURES: readonly GPUFeatureName[] = ['subgroups', 'timestamp-query'];

/** Names of what a promise of a device is rejected with when the device goes away under it. */
const CUT_OFF: ReadonlySet<string> = new Set(['AbortError', 'OperationError']);

/** Layout of group 0, the same for every simulation kernel; see shaders/lib/params.wgsl and model.wgsl. */
const GROUP: readonly GPUBufferBindingLayout[] = [
  { type: 'uniform' },
  { type: 'uniform', hasDynamicOffset: true },
  { type: 'read-only-storage' },
  { type: 'storage' },
  { type: 'storage' },
  { type: 'storage' },
  { type: 'read-only-storage' },
  { type: 'storage' },
  { type: 'storage' },
];

export class Device {
  readonly info: AdapterInfo;
  readonly limits: WebGpu.SupportedLimits;
  readonly features: ReadonlySet<string>;
  /** Layout of group 0 of every simulation kernel. */
  readonly groupLayout: WebGpu.BindGroupLayout;
  /** What is submitted by every run on this device. */
  readonly line = new Line();
  readonly #pipelineLayout: GPUPipelineLayout;
  readonly #pipelines = new Map<string, Promise<WebGpu.ComputePipeline>>();
  readonly #modules = new Map<string, Promise<GPUShaderModule>>();
  #lost: DeviceLostError | null = null;
  readonly #whenLost: Promise<DeviceLostError>;
  /** Told of the loss: what is waited for may never come then. */
  readonly #waiting = new Set<(lost: DeviceLostError) => void>();

  private constructor(
    readonly gpu: WebGpu.Device,
    listed: ListedAdapter,
    private readonly patience: number,
  ) {
    this.info = gpu.features.has('subgroups')
      ? listed.info
      : { ...listed.info, subgroupSize: null, largestSubgroup: 0 };
    this.limits = gpu.limits;
    this.features = gpu.features;
    this.groupLayout = gpu.createBindGroupLayout({
      label: 'simulation',
      entries: GROUP.map((buffer, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer })),
    });
    this.#pipelineLayout = gpu.createPipelineLayout({ label: 'simulation', bindGroupLayouts: [this.groupLayout] });
    this.#whenLost = gpu.lost.then((info) => {
      this.#lost ??= new DeviceLostError(info.reason, info.message);
      for (const lose of this.#waiting) lose(this.#lost);
      return this.#lost;
    });
  }

  /**
   * Opens a device on the chosen adapter (or the given one) with every limit at what the adapter offers. What it is given to do
   * and has not done after `patience` milliseconds counts as lost, and the device with it.
   * @throws GpuUnavailableError where there is no adapter or it gives no device.
   */
  static async open(choice: AdapterChoice | ListedAdapter = {}, patience = 120_000): Promise<Device> {
    const listed = 'adapter' in choice ? choice : await chooseAdapter(choice);
    const { adapter } = listed;
    try {
      const gpu = await adapter.requestDevice({
        label: 'diagflow',
        requiredFeatures: FEATURES.filter((name) => adapter.features.has(name)),
        requiredLimits: listed.limits,
      });
      return new Device(gpu, listed, patience);
    } catch (error) {
      throw new GpuUnavailableError(
        `the adapter ${listed.info.description || listed.info.vendor} gives no device: ${(error as Error).message}; use another adapter, or the CPU engines`,
      );
    }
  }

  /** Throws if the device is gone. */
  check(): void {
    if (this.#lost) throw this.#lost;
  }

  arena(label: string): Arena {
    this.check();
    return new Arena(this.gpu, label);
  }

  /**
   * Runs commands under a validation and an out-of-memory scope, and turns whatever goes wrong, the device's loss included,
   * into a typed error. `work` must not await between its GPU calls and its first own await.
   */
  async guard<T>(action: string, work: () => T | Promise<T>): Promise<T> {
    this.check();
    this.gpu.pushErrorScope('out-of-memory');
    this.gpu.pushErrorScope('validation');
    let result: Promise<T>;
    try {
      result = Promise.resolve(work());
    } catch (error) {
      result = Promise.reject(error);
    }
    result.catch(() => undefined);
    const scopes = Promise.all([this.gpu.popErrorScope(), this.gpu.popErrorScope()]);
    try {
      const [invalid, memory] = await this.#inTime(action, scopes);
      if (invalid) throw new GpuValidationError(action, invalid.message);
      if (memory) throw new GpuValidationError(action, `out of memory (${memory.message})`);
      return await this.#inTime(action, result);
    } catch (error) {
      throw await this.explain(error);
    }
  }

  /** A driver that hangs is told from one that works: the device is given up, and a new one can start over. */
  async #inTime<T>(action: string, work: Promise<T>): Promise<T> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let lose: (lost: DeviceLostError) => void = () => undefined;
    const late = new Promise<never>((_, reject) => {
      lose = reject;
      this.#waiting.add(lose);
      timer = setTimeout(() => {
        this.#lost = new DeviceLostError('unknown', `${action} did not end within ${this.patience / 1000} s`);
        reject(this.#lost);
        this.gpu.destroy();
      }, this.patience);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(lose);
    }
  }

  /** An error that followed from the device's loss → DeviceLostError; others unchanged. */
  async explain(error: unknown): Promise<unknown> {
    if (error instanceof DeviceLostError) return error;
    // The loss may be told after the call it broke; on a busy machine long after one that was cut off, which says so.
    const cutOff = error instanceof Error && CUT_OFF.has(error.name);
    const grace = new Promise<null>((resolve) => setTimeout(resolve, cutOff ? 5000 : 20, null));
    return (await Promise.race([this.#whenLost, grace])) ?? error;
  }

  /** The pipeline of a kernel's entry point; made once for each text. */
  pipeline(kernel: Kernel, entryPoint: string, variant: Variant = {}): Promise<WebGpu.ComputePipeline> {
    const subgroup = 'subgroup' in variant ? variant.subgroup : this.info.subgroupSize;
    return this.#pipeline(kernel, entryPoint, { ...variant, subgroup }, this.#pipelineLayout);
  }

  /** As `pipeline`, for kernels with bindings of their own (self-test, rates). */
  separatePipeline(kernel: Kernel, entryPoint: string, variant: Variant = {}): Promise<WebGpu.ComputePipeline> {
    return this.#pipeline(kernel, entryPoint, variant, 'auto');
  }

  #pipeline(
    kernel: Kernel,
    entryPoint: string,
    variant: Variant,
    layout: GPUPipelineLayout | 'auto',
  ): Promise<WebGpu.ComputePipeline> {
    const key = `${entryPoint}\n${compose(kernel, variant).code}`;
    const known = this.#pipelines.get(key);
    if (known) return known;
    const label = `${kernel} ${entryPoint}`;
    const made = this.#module(kernel, variant).then((module) =>
      this.guard(`the pipeline ${label}`, () =>
        this.gpu.createComputePipelineAsync({ label, layout, compute: { module, entryPoint } }),
      ),
    );
    // A failure is not kept: the next call tries again and throws its own error.
    made.catch(() => this.#pipelines.delete(key));
    this.#pipelines.set(key, made);
    return made;
  }

  #module(kernel: Kernel, variant: Variant): Promise<GPUShaderModule> {
    const source = compose(kernel, variant);
    const known = this.#modules.get(source.code);
    if (known) return known;
    const compile = async () => {
      this.gpu.pushErrorScope('validation');
      const module = this.gpu.createShaderModule({ label: kernel, code: source.code });
      const [info, refused] = await Promise.all([module.getCompilationInfo(), this.gpu.popErrorScope()]);
      const lines = source.code.split('\n');
      const errors = info.messages
        .filter((message) => message.type === 'error')
        .map(({ lineNum, linePos, message }) => {
          const line = Math.max(1, lineNum);
          return { ...source.locate(line), column: Math.max(1, linePos), source: lines[line - 1] ?? '', message };
        });
      if (errors.length > 0) throw new ShaderCompileError(kernel, errors);
      if (refused) throw new GpuValidationError(`the shader ${kernel}`, refused.message);
      return module;
    };
    const made = compile().catch(async (error) => {
      throw await this.explain(error);
    });
    made.catch(() => this.#modules.delete(source.code));
    this.#modules.set(source.code, made);
    return made;
  }

  /** Destroys the device and everything on it. */
  dispose(): void {
    this.gpu.destroy();
  }
}
