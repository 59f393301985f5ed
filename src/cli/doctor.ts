/** `diagflow doctor`: what WebGPU finds on this machine, and whether it computes what it should. */
import { type AdapterReport, driverAdvice, examineAdapters, GpuUnavailableError } from '../gpu/index.ts';
import { refusedDrivers } from './refusals.ts';

/** Limits that decide how large a run may be. */
const SHOWN = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupsPerDimension',
];

interface DoctorReport {
  readonly passed: boolean;
  readonly problem: string | null;
  /** Drivers that were found and refused, each with the reason, where there is no adapter. */
  readonly refused: readonly string[];
  readonly adapters: readonly AdapterReport[];
}

/** Prints the report, as JSON if asked. Returns the exit status: 0, or 1 where no adapter passes. */
export async function doctor({ json = false }: { json?: boolean }): Promise<0 | 1> {
  const report = await examineAll();
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : words(report));
  return report.passed ? 0 : 1;
}

async function examineAll(): Promise<DoctorReport> {
  try {
    const adapters = await examineAdapters();
    const problem = adapters.length > 0 ? null : `WebGPU is here but finds no adapter: ${driverAdvice()}`;
    const refused = adapters.length > 0 ? [] : await refusedDrivers();
    return { passed: adapters.some(({ passed }) => passed), problem, refused, adapters };
  } catch (error) {
    if (error instanceof GpuUnavailableError)
      return { passed: false, problem: error.message, refused: [], adapters: [] };
    throw error;
  }
}

function words({ adapters, passed, problem, refused }: DoctorReport): string {
  const lines = adapters.flatMap(describe);
  if (problem !== null) lines.push(problem, ...refused.map((line) => `  refused: ${line}`));
  const hardware = adapters.some((adapter) => adapter.passed && !adapter.info.software);
  lines.push(
    passed
      ? `A run with --backend gpu will work here; --backend auto takes ${hardware ? 'the GPU' : 'the CPU, which is faster than a software adapter'}.`
      : 'No adapter passes: --backend gpu will not work here; --backend cpu needs none.',
  );
  return `${lines.join('\n')}\n`;
}

function describe(adapter: AdapterReport): string[] {
  const { info, features, limits, checks, probes } = adapter;
  const { subgroupSize: least, largestSubgroup: largest } = info;
  const subgroups = least === null ? 'not used' : `of ${least === largest ? least : `${least} to ${largest}`}`;
  return [
    adapter.name,
    `  ${adapter.passed ? 'passes' : 'FAILS'} the self-test`,
    ...checks.map(({ name, passed, detail }) => `    ${passed ? 'ok  ' : 'FAIL'} ${name}: ${detail}`),
    '  arithmetic (for information)',
    ...probes.map(({ name, detail }) => `    ${name}: ${detail}`),
    `  subgroups ${subgroups}`,
    `  features ${features.length === 0 ? 'none' : features.join(', ')}`,
    '  limits',
    ...SHOWN.map((name) => `    ${name} ${limits[name] ?? 'unknown'}`),
    '',
  ];
}
