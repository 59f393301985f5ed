/** The adapters of this machine, and which one to take. */
import { driverAdvice } from './drivers.ts';
import { gpuInterface } from './environment.ts';
import { GpuUnavailableError } from './errors.ts';
import type * as WebGpu from './webgpu.ts';

export interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly device: string;
  readonly description: string;
  /** True for a software adapter: right, but no faster than the CPU. */
  readonly software: boolean;
  /** The smallest size a subgroup can have, if subgroups of at least 4 are offered; else null. Shuffles stay within it. */
  readonly subgroupSize: number | null;
  /** The largest one; 0 where there are none. */
  readonly largestSubgroup: number;
}

export interface ListedAdapter {
  readonly info: AdapterInfo;
  readonly features: readonly string[];
  /** Every limit by its WebGPU name. */
  readonly limits: Readonly<Record<string, number>>;
  readonly adapter: WebGpu.Adapter;
}

export interface AdapterChoice {
  /** Default 'high-performance'. */
  readonly power?: WebGpu.PowerPreference;
  /** Only a software adapter will do. Default false. */
  readonly software?: boolean;
}

/** Name in one line. */
export function adapterName(info: AdapterInfo): string {
  const name = [info.vendor, info.architecture, info.device, info.description].filter((part) => part !== '').join(' ');
  return `${name === '' ? 'unnamed adapter' : name}${info.software ? ' (software)' : ''}`;
}

/**
 * The adapter to compute on: high-performance first, then any.
 * @throws GpuUnavailableError where there is none.
 */
export async function chooseAdapter(choice: AdapterChoice = {}): Promise<ListedAdapter> {
  const gpu = await gpuInterface();
  const powerPreference = choice.power ?? 'high-performance';
  const attempts: GPURequestAdapterOptions[] = choice.software
    ? [{ forceFallbackAdapter: true }, { powerPreference }]
    : [{ powerPreference }, {}];
  for (const attempt of attempts) {
    const adapter = await gpu.requestAdapter(attempt).catch(() => null);
    if (adapter === null) continue;
    const listed = describe(adapter);
    if (choice.software !== true || listed.info.software) return listed;
  }
  throw new GpuUnavailableError(
    `WebGPU is here but found no ${choice.software ? 'software ' : ''}adapter: ${driverAdvice()}; or use the CPU engines`,
  );
}

/** Every different adapter that WebGPU will name: high-performance, low-power, fallback. Empty where there is none. */
export async function listAdapters(): Promise<ListedAdapter[]> {
  const gpu = await gpuInterface();
  const found = new Map<string, ListedAdapter>();
  const attempts: GPURequestAdapterOptions[] = [
    { powerPreference: 'high-performance' },
    { powerPreference: 'low-power' },
    { forceFallbackAdapter: true },
  ];
  for (const attempt of attempts) {
    const adapter = await gpu.requestAdapter(attempt).catch(() => null);
    if (adapter === null) continue;
    const listed = describe(adapter);
    const name = adapterName(listed.info);
    if (!found.has(name)) found.set(name, listed);
  }
  return [...found.values()];
}

function describe(adapter: WebGpu.Adapter): ListedAdapter {
  const { info } = adapter;
  const limits: Record<string, number> = {};
  for (const name in adapter.limits) {
    const value = adapter.limits[name as keyof WebGpu.SupportedLimits];
    if (typeof value === 'number') limits[name] = value;
  }
  const least = info.subgroupMinSize ?? 0;
  const usable = adapter.features.has('subgroups') && least >= 4;
  const software =
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe|software|basic render/i.test(
      `${info.architecture} ${info.device} ${info.description}`,
    );
  return {
    info: {
      vendor: info.vendor ?? '',
      architecture: info.architecture ?? '',
      device: info.device ?? '',
      description: info.description ?? '',
      software,
      subgroupSize: usable ? least : null,
      largestSubgroup: usable ? Math.max(least, info.subgroupMaxSize ?? least) : 0,
    },
    features: [...adapter.features].sort(),
    limits,
    adapter,
  };
}
