/** One run of sections → one bench file and its report, written anew after every section, so that a run cut short leaves what it had. */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { GpuEngine } from '../src/gpu/index.ts';
import { describeCommit, describeMachine, describeVersions } from './kit/machine.ts';
import { type BenchFile, type BenchSection, FORMAT, flawOf, formatBench, VERSION, writeWhole } from './kit/record.ts';
import { Peers } from './peers/index.ts';
import { reportHtml } from './report/html.ts';
import type { Listed } from './sections.ts';
import type { SectionContext } from './suite.ts';

/** Seconds that the repetitions of all sections of a quick run share; the rest of its two to three minutes is starting and compiling. */
const QUICK_SECONDS = 24;

export interface RecordOptions {
  readonly quick: boolean;
  /** Of the JSON file; the report lies beside it. */
  readonly path: string;
  readonly log?: (line: string) => void;
}

/** Runs `chosen` of `all` sections. A section that throws, or measures what is not a finite number, is a failure in the file; the others go on. */
export async function record(
  chosen: readonly Listed[],
  all: readonly Listed[],
  options: RecordOptions,
): Promise<BenchFile> {
  const { quick, path, log = (line) => void process.stderr.write(`${line}\n`) } = options;
  const started = new Date();
  const machine = describeMachine();
  const peers = new Peers(log);
  const gpu = new Gpu();
  const weights = all.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const sections: BenchSection[] = [];
  const failures: BenchFile['failures'] = [];
  mkdirSync(dirname(path), { recursive: true });
  const snapshot = (): BenchFile => ({
    format: FORMAT,
    version: VERSION,
    date: started.toISOString(),
    seconds: (Date.now() - started.getTime()) / 1000,
    commit: describeCommit(),
    machine,
    adapter: gpu.description,
    versions: describeVersions(),
    parameters: { quick, sections: chosen.map(({ name }) => name) },
    peers: peers.states,
    sections,
    failures,
  });
  try {
    for (const section of chosen) {
      const context: SectionContext = {
        quick,
        seconds: (QUICK_SECONDS * (section.weight ?? 1)) / weights,
        peers,
        gpu: () => gpu.open(),
        log: (line) => log(`[${section.name}] ${line}`),
      };
      const busy = process.cpuUsage();
      const { failure, measured } = await attempt(section, context);
      const { user, system } = process.cpuUsage(busy);
      if (measured)
        context.log(`${measured.seconds.toFixed(1)} s, ${((user + system) / 1e6).toFixed(1)} s of processor time here`);
      if (failure) log(`[${section.name}] FAILED: ${failure}`);
      if (failure) failures.push({ section: section.name, message: failure });
      if (measured) sections.push(measured);
      writeWhole(path, formatBench(snapshot()));
    }
  } finally {
    await peers.stop();
    gpu.dispose();
  }
  const file = snapshot();
  writeWhole(path, formatBench(file));
  writeWhole(path.replace(/\.json$/, '.html'), await reportHtml(file));
  return file;
}

async function attempt(
  { name, suite, title, run }: Listed,
  context: SectionContext,
): Promise<{ failure?: string; measured?: BenchSection }> {
  const start = performance.now();
  try {
    const result = await run(context);
    const flaw = result.rows.length === 0 ? 'it measured nothing' : flawOf(result.rows);
    if (flaw !== undefined) return { failure: flaw };
    const seconds = (performance.now() - start) / 1000;
    return { measured: { suite, name, title, seconds, ...result } };
  } catch (error) {
    return { failure: (error instanceof Error ? (error.stack ?? error.message) : String(error)) || 'unknown error' };
  }
}

/** The GPU engine of a run, opened when a section asks for it. */
class Gpu {
  #engine: GpuEngine | null = null;
  #name = '';
  #why = '';
  #asked = false;

  get description(): BenchFile['adapter'] {
    return this.#engine ? { name: this.#name, ...this.#engine.adapter } : null;
  }

  async open(): Promise<{ engine: GpuEngine | null; why: string }> {
    if (!this.#asked) {
      this.#asked = true;
      // Loaded late: the sections' loader teaches Node to read WGSL first.
      const { adapterName, createGpuEngine, GpuUnavailableError } = await import('../src/gpu/index.ts');
      try {
        this.#engine = await createGpuEngine();
        this.#name = adapterName(this.#engine.adapter);
      } catch (error) {
        if (!(error instanceof GpuUnavailableError)) throw error;
        this.#why = `GPU skipped: ${error.message}`;
      }
    }
    return { engine: this.#engine, why: this.#why };
  }

  dispose(): void {
    this.#engine?.dispose();
  }
}
