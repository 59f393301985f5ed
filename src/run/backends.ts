/** Which engine runs the ensembles: the one table to extend when an engine is added. */
import type { Adapter } from '../results/index.ts';
import type { EnsembleEngine } from '../statistics/index.ts';

export const BACKEND_CHOICES = ['auto', 'gpu', 'cpu', 'reference'] as const;
export type BackendChoice = (typeof BACKEND_CHOICES)[number];

export interface BackendOptions {
  /** Worker threads of a CPU engine; 0: the calling thread only. Default: one a core. Results do not depend on it. */
  readonly workers?: number;
}

/** An open engine. What ran is `engine.name`. */
export interface Opened {
  readonly engine: EnsembleEngine;
  /** What the engine runs on, as far as it says; null on a CPU. */
  readonly adapter: Adapter | null;
}

/** The backend asked for does not exist here. The message says what to do. */
export class BackendUnavailable extends Error {
  override readonly name = 'BackendUnavailable';
}

type Opener = (options: BackendOptions) => Promise<Opened>;

const reference: Opener = async (options) => {
  const { createReferenceEngine } = await import('../cpu/index.ts');
  return { engine: createReferenceEngine(options), adapter: null };
};

const cpu: Opener = async (options) => {
  const { createCpuEngine } = await import('../cpu/index.ts');
  return { engine: createCpuEngine(options), adapter: null };
};

const openers: Record<BackendChoice, Opener> = {
  reference,
  cpu,
  gpu: async () => {
    throw new BackendUnavailable('this version has no GPU engine; use cpu');
  },
  auto: (options) => openers.cpu(options),
};

/** Opens the engine of a choice; the caller disposes of it. Throws `BackendUnavailable`. */
export function openBackend(choice: BackendChoice, options: BackendOptions = {}): Promise<Opened> {
  return openers[choice](options);
}
