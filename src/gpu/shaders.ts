/** The WGSL of every kernel: files of shaders/ put together, with the constants that a pipeline fixes written in front. */

import sdeMeanField from '../../shaders/fast/sde-mean-field.wgsl?raw';
import sdeResident from '../../shaders/fast/sde-resident.wgsl?raw';
import sdeStreamed from '../../shaders/fast/sde-streamed.wgsl?raw';
import sgdResident from '../../shaders/fast/sgd-resident.wgsl?raw';
import sgdResidentBatch from '../../shaders/fast/sgd-resident-batch.wgsl?raw';
import sgdSStep from '../../shaders/fast/sgd-s-step.wgsl?raw';
import sgdStreamed from '../../shaders/fast/sgd-streamed.wgsl?raw';
import sgdTwoPass from '../../shaders/fast/sgd-two-pass.wgsl?raw';
import genericIntegrals from '../../shaders/generic/integrals.wgsl?raw';
import genericSde from '../../shaders/generic/sde.wgsl?raw';
import genericSgd from '../../shaders/generic/sgd.wgsl?raw';
import knownAnswers from '../../shaders/known-answers.wgsl?raw';
import coordinateGeneric from '../../shaders/lib/coordinate-generic.wgsl?raw';
import coordinateHyperbolic from '../../shaders/lib/coordinate-hyperbolic.wgsl?raw';
import dynamics from '../../shaders/lib/dynamics.wgsl?raw';
import elementary from '../../shaders/lib/elementary.wgsl?raw';
import expm1 from '../../shaders/lib/expm1.wgsl?raw';
import featuresGaussian from '../../shaders/lib/features-gaussian.wgsl?raw';
import featuresRademacher from '../../shaders/lib/features-rademacher.wgsl?raw';
import featuresStudent from '../../shaders/lib/features-student.wgsl?raw';
import featuresUniform from '../../shaders/lib/features-uniform.wgsl?raw';
import globals from '../../shaders/lib/globals.wgsl?raw';
import model from '../../shaders/lib/model.wgsl?raw';
import normal from '../../shaders/lib/normal.wgsl?raw';
import params from '../../shaders/lib/params.wgsl?raw';
import random from '../../shaders/lib/random.wgsl?raw';
import reduceLanes from '../../shaders/lib/reduce-lanes.wgsl?raw';
import reduceShared from '../../shaders/lib/reduce-shared.wgsl?raw';
import reduceSubgroup from '../../shaders/lib/reduce-subgroup.wgsl?raw';
import rule from '../../shaders/lib/rule.wgsl?raw';
import sde from '../../shaders/lib/sde.wgsl?raw';
import stepsize from '../../shaders/lib/stepsize.wgsl?raw';
import threefry from '../../shaders/lib/threefry.wgsl?raw';
import rates from '../../shaders/rates.wgsl?raw';
import statistics from '../../shaders/statistics.wgsl?raw';
import type { FeatureLaw } from '../problem/index.ts';

const files = {
  'generic/integrals.wgsl': genericIntegrals,
  'generic/sde.wgsl': genericSde,
  'generic/sgd.wgsl': genericSgd,
  'known-answers.wgsl': knownAnswers,
  'lib/coordinate-generic.wgsl': coordinateGeneric,
  'lib/coordinate-hyperbolic.wgsl': coordinateHyperbolic,
  'lib/dynamics.wgsl': dynamics,
  'lib/elementary.wgsl': elementary,
  'lib/expm1.wgsl': expm1,
  'lib/features-gaussian.wgsl': featuresGaussian,
  'lib/features-rademacher.wgsl': featuresRademacher,
  'lib/features-student.wgsl': featuresStudent,
  'lib/features-uniform.wgsl': featuresUniform,
  'lib/globals.wgsl': globals,
  'lib/model.wgsl': model,
  'lib/normal.wgsl': normal,
  'lib/params.wgsl': params,
  'lib/random.wgsl': random,
  'lib/reduce-lanes.wgsl': reduceLanes,
  'lib/reduce-shared.wgsl': reduceShared,
  'lib/reduce-subgroup.wgsl': reduceSubgroup,
  'lib/rule.wgsl': rule,
  'lib/sde.wgsl': sde,
  'lib/stepsize.wgsl': stepsize,
  'lib/threefry.wgsl': threefry,
  'rates.wgsl': rates,
  'fast/sde-mean-field.wgsl': sdeMeanField,
  'fast/sde-resident.wgsl': sdeResident,
  'fast/sde-streamed.wgsl': sdeStreamed,
  'fast/sgd-resident.wgsl': sgdResident,
  'fast/sgd-resident-batch.wgsl': sgdResidentBatch,
  'fast/sgd-s-step.wgsl': sgdSStep,
  'fast/sgd-streamed.wgsl': sgdStreamed,
  'fast/sgd-two-pass.wgsl': sgdTwoPass,
  'statistics.wgsl': statistics,
} as const;

type File = keyof typeof files;

const draws: readonly File[] = ['lib/params.wgsl', 'lib/threefry.wgsl', 'lib/normal.wgsl', 'lib/random.wgsl'];

/** A model, its coordinates and a step size, from expressions. */
const expressions: readonly File[] = [
  'lib/model.wgsl',
  'lib/elementary.wgsl',
  'lib/dynamics.wgsl',
  'lib/coordinate-generic.wgsl',
  'lib/globals.wgsl',
  'lib/stepsize.wgsl',
];

/** `reduce`: the variant of the adapter, with or without subgroups; `features`: the file of the variant's law. */
const parts = {
  'sgd-resident': [...draws, 'features', 'lib/model.wgsl', 'reduce', 'fast/sgd-resident.wgsl'],
  'sgd-resident-batch': [...draws, 'features', 'lib/model.wgsl', 'reduce', 'fast/sgd-resident-batch.wgsl'],
  'sgd-s-step': [...draws, 'features', 'lib/model.wgsl', 'reduce', 'fast/sgd-s-step.wgsl'],
  'sgd-streamed': [...draws, 'features', 'lib/model.wgsl', 'reduce', 'fast/sgd-streamed.wgsl'],
  'sgd-two-pass': [...draws, 'features', 'lib/model.wgsl', 'reduce', 'fast/sgd-two-pass.wgsl'],
  'sde-resident': [...draws, 'lib/expm1.wgsl', 'lib/model.wgsl', 'lib/sde.wgsl', 'reduce', 'fast/sde-resident.wgsl'],
  'sde-streamed': [...draws, 'lib/expm1.wgsl', 'lib/model.wgsl', 'lib/sde.wgsl', 'reduce', 'fast/sde-streamed.wgsl'],
  'sde-mean-field': [...draws, 'lib/expm1.wgsl', 'lib/model.wgsl', 'lib/sde.wgsl', 'fast/sde-mean-field.wgsl'],
  'sgd-generic': [...draws, 'features', ...expressions, 'lib/rule.wgsl', 'reduce', 'generic/sgd.wgsl'],
  'sde-generic': [...draws, ...expressions, 'reduce', 'generic/sde.wgsl'],
  integrals: ['lib/params.wgsl', 'lib/model.wgsl', 'lib/globals.wgsl', 'generic/integrals.wgsl'],
  statistics: [
    'lib/params.wgsl',
    'lib/model.wgsl',
    'lib/elementary.wgsl',
    'lib/coordinate-hyperbolic.wgsl',
    'statistics.wgsl',
  ],
  'statistics-generic': [
    'lib/params.wgsl',
    'lib/model.wgsl',
    'lib/elementary.wgsl',
    'lib/dynamics.wgsl',
    'lib/coordinate-generic.wgsl',
    'statistics.wgsl',
  ],
  'known-answers': [...draws, ...(['lib/expm1.wgsl', 'lib/features-student.wgsl', 'known-answers.wgsl'] as const)],
  rates: ['lib/threefry.wgsl', 'lib/normal.wgsl', 'rates.wgsl'],
} as const satisfies Record<string, readonly (File | 'reduce' | 'features')[]>;

export type Kernel = keyof typeof parts;

export const kernels = Object.keys(parts) as readonly Kernel[];

/** Those that are hand-written variants of what generic/ makes from expressions. */
export const fastKernels = kernels.filter((kernel) => parts[kernel].some((part) => part.startsWith('fast/')));

/** Structs shared by every kernel, for reflection. */
export const paramsSource = params;

const laws = {
  gaussian: ['lib/features-gaussian.wgsl'],
  rademacher: ['lib/features-rademacher.wgsl'],
  uniform: ['lib/features-uniform.wgsl'],
  'student-t': ['lib/expm1.wgsl', 'lib/features-student.wgsl'],
} as const satisfies Record<FeatureLaw['kind'], readonly File[]>;

function reductions(subgroup: number | null): readonly File[] {
  return [subgroup === null ? 'lib/reduce-shared.wgsl' : 'lib/reduce-subgroup.wgsl', 'lib/reduce-lanes.wgsl'];
}

/** Everything that makes one pipeline's text differ from another's. */
export interface Variant {
  /** Module constants: whole numbers become u32, other numbers f32 (give those as {f32: x}). */
  readonly constants?: Readonly<Record<string, number | boolean | { readonly f32: number }>>;
  /** Law of the features, for kernels that draw them. Default gaussian. */
  readonly features?: FeatureLaw['kind'];
  /** Type of what reductions add up. */
  readonly sum?: 'f32' | 'vec2f' | 'vec4f';
  /** The adapter's smallest subgroup size; null for the variant without subgroups. */
  readonly subgroup?: number | null;
  /** Statements in place of markers `//! name`, compiled from expressions. */
  readonly slots?: Readonly<Record<string, string>>;
}

/** The text with statements in place of its markers; those without stay comments. */
function filled(text: string, slots: Readonly<Record<string, string>>): string {
  return text.replace(/\/\/! ([a-z ]+)$/gm, (marker, name: string) => slots[name] ?? marker);
}

export interface Source {
  readonly code: string;
  /** Line of `code` (from 1) → file and line there. */
  locate(line: number): { readonly file: string; readonly line: number };
}

/** Puts one kernel together. Pure; the same arguments give the same text. */
export function compose(
  kernel: Kernel,
  { constants = {}, features = 'gaussian', sum, subgroup = null, slots = {} }: Variant = {},
): Source {
  const head = subgroup === null ? [] : ['enable subgroups;'];
  for (const [name, value] of Object.entries(constants)) {
    if (typeof value === 'object') head.push(`const ${name}: f32 = ${value.f32};`);
    else head.push(`const ${name} = ${typeof value === 'number' ? `${value}u` : value};`);
  }
  if (subgroup !== null) head.push(`const SUBGROUP = ${subgroup}u;`);
  if (sum !== undefined) head.push(`alias Sum = ${sum};`);
  const list: { file: string; text: string }[] = [{ file: '(constants)', text: `${head.join('\n')}\n` }];
  for (const part of parts[kernel]) {
    const chosen = part === 'reduce' ? reductions(subgroup) : part === 'features' ? laws[features] : [part];
    for (const file of chosen) list.push({ file: `shaders/${file}`, text: filled(files[file], slots) });
  }
  return {
    code: list.map(({ text }) => text).join(''),
    locate(line) {
      let before = 0;
      for (const { file, text } of list) {
        const lines = text.split('\n').length - 1;
        if (line <= before + lines) return { file, line: line - before };
        before += lines;
      }
      return { file: list[list.length - 1].file, line: line - before };
    },
  };
}
