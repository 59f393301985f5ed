/** Which engine runs the ensembles: the one table to extend when an engine is added. */
import type { GpuEngineOptions } from '../gpu/index.ts';
import type { Experiment } from '../problem/index.ts';
import type { Adapter } from '../results/index.ts';
import type { EnsembleEngine } from '../statistics/index.ts';
import { RestartingEngine } from './restart.ts';

export const BACKEND_CHOICES = ['auto', 'gpu', 'cpu', 'reference'] as const;
/** A backend by name, or `auto`: a hardware GPU if there is one, else the fastest CPU engine. */
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

/** How an engine is opened. None of it changes a result. */
export interface BackendOptions {
  /** Worker threads of a CPU engine; 0: the calling thread only. Default: one a core. Results do not depend on it. */
  readonly workers?: number;
  /** Address of the package's file `diagflow/worker`, for pages whose policy lets no worker start from a text. */
  readonly workerUrl?: URL | string;
  /** For the GPU engine. */
  readonly gpu?: GpuEngineOptions;
  /** How often a run is begun again on a new device where the GPU's was lost; default 3. */
  readonly restarts?: number;
}

/** An open engine. What ran is `engine.name`. */
export interface Opened {
  readonly engine: EnsembleEngine;
  /** What the engine runs on, as far as it says; null on a CPU. */
  readonly adapter: Adapter | null;
  /** Why this engine, in words for a reader: `asked for`, or what `auto` found. */
  readonly reason: string;
}

/** The backend asked for does not exist here. The message says what to do. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
}

type Opener = (options: BackendOptions) => Promise<Opened>;

const ASKED_FOR = 'asked for';

const reference: Opener = async (options) => {
  const { createReferenceEngine } = await import('../cpu/index.ts');
  return { engine: createReferenceEngine(options), adapter: null, reason: ASKED_FOR };
};

const cpu: Opener = async (options) => {
  const { createCpuEngine } = await import('../cpu/index.ts');
  return { engine: createCpuEngine(options), adapter: null, reason: ASKED_FOR };
};

const gpu: Opener = async (options) => {
  const { adapterName, createGpuEngine, GpuUnavailableError } = await import('../gpu/index.ts');
  try {
    const open = () => createGpuEngine(options.gpu);
    const engine = await open();
    return {
      engine: new RestartingEngine(engine, open, options.gpu?.device ? 0 : (options.restarts ?? 3)),
      adapter: { ...engine.adapter, subgroupSize: engine.adapter.subgroupSize ?? 0 },
      reason: `${ASKED_FOR}, ${adapterName(engine.adapter)}`,
    };
  } catch (error) {
    if (error instanceof GpuUnavailableError) throw new BackendUnavailable(error.message);
    throw error;
  }
};

/** A hardware adapter if there is one: a software one is no faster than the CPU's own engine. */
const auto: Opener = async (options) => {
  const { adapterName, chooseAdapter, GpuUnavailableError } = await import('../gpu/index.ts');
  let reason: string;
  try {
    const { info } = await chooseAdapter();
    if (!info.software) return { ...(await gpu(options)), reason: `auto, ${adapterName(info)} is here` };
    reason = `auto, the only GPU adapter is ${adapterName(info)}: no faster than the CPU itself`;
  } catch (error) {
    if (!(error instanceof GpuUnavailableError || error instanceof BackendUnavailable)) throw error;
    reason = `auto, no GPU: ${error.message}`;
  }
  return { ...(await cpu(options)), reason };
};

const openers: Record<BackendChoice, Opener> = { reference, cpu, gpu, auto };

/** Opens the engine of a choice; the caller disposes of it. Throws `BackendUnavailable`. */
export function openBackend(choice: BackendChoice, options: BackendOptions = {}): Promise<Opened> {
  return openers[choice](options);
}

/** The engine of a choice for an experiment: `auto` takes the CPU's for what a GPU does not run. Throws `BackendUnavailable`. */
export async function openFor(
  { problem: { data } }: Pick<Experiment, 'problem'>,
  choice: BackendChoice,
  options: BackendOptions,
): Promise<Opened> {
  if (choice !== 'auto' || data === undefined || data.kind === 'fresh') return openBackend(choice, options);
  return { ...(await openBackend('cpu', options)), reason: 'auto, the gpu engine does not train on finite data' };
}
