/** Every kernel in every variant that can occur, as text: for checks by another compiler. */
import { namedStatistics } from '../statistics/index.ts';
import { BRIDGE_GROUP } from './scratch.ts';
import { compose, type Kernel, type Variant } from './shaders.ts';

export interface CatalogueEntry {
  readonly name: string;
  readonly kernel: Kernel;
  readonly entryPoints: readonly string[];
  readonly variant: Variant;
  readonly code: string;
}

/**
 * One entry for each kernel and each choice that changes its text (law, mini-batch, noise, scheme, number of
 * threads), without subgroups or with those of the given size.
 */
export function catalogue(subgroup: number | null): CatalogueEntry[] {
  const entries: CatalogueEntry[] = [];
  const add = (name: string, kernel: Kernel, entryPoints: string[], variant: Variant) => {
    entries.push({ name, kernel, entryPoints, variant, code: compose(kernel, variant).code });
  };
  const shape = { UNIT_SPECTRUM: false, WORKGROUP: 64, QUADS: 4, LANES: 4 };
  for (const features of ['gaussian', 'rademacher', 'uniform', 'student-t'] as const) {
    const law = { LABEL_NOISE: true, STUDENT_DEGREES: { f32: 5 } };
    const common = { features, subgroup } as const;
    const constants = { ...law, ...shape };
    add(`sgd-resident ${features}`, 'sgd-resident', ['sgd_resident'], { ...common, sum: 'f32', constants });
    add(`sgd-resident-batch ${features}`, 'sgd-resident-batch', ['sgd_resident_batch'], {
      ...common,
      sum: 'vec4f',
      constants,
    });
    const passes = { ...constants, BLOCK_ITEMS: 2 };
    add(`sgd-two-pass ${features}`, 'sgd-two-pass', ['residuals', 'update'], {
      ...common,
      sum: 'vec4f',
      constants: passes,
    });
  }
  for (const several of [false, true]) {
    const constants = {
      ...shape,
      LABEL_NOISE: several,
      MINI_BATCH: several,
      BLOCK_FOURS: 2,
      GROUP: several ? BRIDGE_GROUP : 1,
    };
    const variant: Variant = { subgroup, sum: several ? 'vec4f' : 'vec2f', constants };
    add(`sgd-streamed ${several ? 'mini-batch' : 'one sample'}`, 'sgd-streamed', ['sgd_streamed'], variant);
  }
  for (const SCHEME of [0, 1, 2]) {
    const constants = { ...shape, SCHEME, BLOCK_ITEMS: 2 };
    add(`sde-resident ${SCHEME}`, 'sde-resident', ['sde_resident'], { subgroup, sum: 'vec2f', constants });
    add(`sde-streamed ${SCHEME}`, 'sde-streamed', ['sde_streamed'], { subgroup, sum: 'vec2f', constants });
    add(`sde-mean-field ${SCHEME}`, 'sde-mean-field', ['sde_mean_field'], {
      constants: { SCHEME, UNIT_SPECTRUM: true, WORKGROUP: 64 },
    });
  }
  // Beyond 64 threads the reduction without subgroups has a second stage.
  const wide = { UNIT_SPECTRUM: true, LABEL_NOISE: false, WORKGROUP: 256, QUADS: 2, LANES: 2 };
  add('sgd-resident 256 threads', 'sgd-resident', ['sgd_resident'], { subgroup, sum: 'f32', constants: wide });
  const moments = namedStatistics().flatMap((statistic) => statistic.moments);
  for (const PARAMETRIZATION of [0, 1, 2]) {
    add(`statistics ${PARAMETRIZATION}`, 'statistics', ['statistics'], {
      constants: { MOMENTS: moments.length, PARAMETRIZATION, UNIT_SPECTRUM: PARAMETRIZATION === 0 },
      moments: moments.map(({ wgsl }, k) => `values[${k}] = ${wgsl};`).join('\n'),
    });
  }
  const answers = ['threefry_words', 'normals', 'student', 'expm1_probe', 'arithmetic', 'trigonometry'];
  add('known-answers', 'known-answers', answers, {
    constants: { STUDENT_DEGREES: { f32: 5 } },
  });
  add('rates', 'rates', ['normals_rate', 'copy_rate', 'empty_rate'], { constants: { ITEMS: 64 } });
  return entries;
}
