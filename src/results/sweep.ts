/** The result of a sweep: its format, CSV. */
import type { Sweep } from '../problem/index.ts';
import { z } from '../schema/zod.ts';
import type { MethodKind, Prediction, Provenance } from './format.ts';

export const SWEEP_FORMAT = 'diagflow-sweep';
export const SWEEP_VERSION = 1;

/** A mean over replicas; for PDE and flow the value, without an error. */
export interface Mean {
  readonly mean: number | null;
  readonly standardError: number | null;
  readonly count: number;
}

/** What one method gave at one point. */
export interface SweepMethod {
  readonly method: MethodKind;
  readonly index: number;
  /** Replicas run, and how many of them diverged. */
  readonly count: number;
  readonly failed: number;
  /** Each statistic at the last save time, over the replicas that reached it. */
  readonly final: Readonly<Record<string, Mean>>;
  /** Rate of exponential decay of the risk over the second half of the run: the mean of the replicas' own; null where there is none. */
  readonly rate: Mean | null;
  /** P(a replica has diverged by the last save time), with its Wilson interval; for PDE and flow 0 or 1. */
  readonly blowUp: {
    readonly hits: number;
    readonly probability: number | null;
    readonly interval: readonly [number, number] | null;
    /** When the limit explodes. */
    readonly time: number | null;
  };
}

export interface SweepPoint {
  /** Place in the grid, the last axis varying fastest. */
  readonly index: number;
  /** Values of the axes. */
  readonly values: readonly number[];
  readonly methods: readonly SweepMethod[];
  readonly prediction: Prediction | null;
  /** γ at the last save time, to compare with the critical step size; null where it depends on the state and `stepSize` is no statistic of the experiment. */
  readonly stepSize: number | null;
  /** Methods that failed for another reason than divergence. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

export interface SweepResult {
  readonly format: typeof SWEEP_FORMAT;
  readonly version: typeof SWEEP_VERSION;
  readonly sweep: Sweep;
  readonly provenance: Omit<Provenance, 'seconds'>;
  /** In the order of the grid. */
  readonly points: readonly SweepPoint[];
}

const number = z.number();
const nullable = number.nullable();
const mean = z.strictObject({ mean: nullable, standardError: nullable, count: number });

/** Points as they are read back from a file. */
export const sweepPointSchema = z.strictObject({
  index: number.int().min(0),
  values: z.array(number),
  methods: z.array(
    z.strictObject({
      method: z.enum(['sgd', 'sde', 'pde', 'flow']),
      index: number,
      count: number,
      failed: number,
      final: z.record(z.string(), mean),
      rate: mean.nullable(),
      blowUp: z.strictObject({
        hits: number,
        probability: nullable,
        interval: z.tuple([number, number]).nullable(),
        time: nullable,
      }),
    }),
  ),
  prediction: z.strictObject({ terminalRate: nullable, criticalStepSize: nullable }).nullable(),
  stepSize: nullable,
  problems: z.array(z.string()),
  seconds: number,
});

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One row a point and method; empty where there is no value. */
export function sweepCsv({ sweep, points }: SweepResult): string {
  const statistics = [...new Set(points.flatMap(({ methods }) => methods.flatMap(({ final }) => Object.keys(final))))];
  const header = [
    ...sweep.axes.map(({ field }) => field),
    'method',
    'index',
    'count',
    'failed',
    ...statistics.flatMap((name) => [name, `${name}.standardError`]),
    'rate',
    'rate.standardError',
    'blowUp',
    'blowUp.low',
    'blowUp.high',
    'blowUp.time',
    'terminalRate',
    'criticalStepSize',
  ];
  const rows = points.flatMap(({ values, methods, prediction }) =>
    methods.map(({ method, index, count, failed, final, rate, blowUp }) => [
      ...values,
      method,
      index,
      count,
      failed,
      ...statistics.flatMap((name) => [final[name]?.mean ?? null, final[name]?.standardError ?? null]),
      rate?.mean ?? null,
      rate?.standardError ?? null,
      blowUp.probability,
      blowUp.interval?.[0] ?? null,
      blowUp.interval?.[1] ?? null,
      blowUp.time,
      prediction?.terminalRate ?? null,
      prediction?.criticalStepSize ?? null,
    ]),
  );
  return `${[header, ...rows].map((row) => row.map(cell).join(',')).join('\n')}\n`;
}
