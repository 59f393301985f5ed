/** Every kernel in every variant that can occur, as text: for checks by another compiler. */
import {
  type Momentum,
  models,
  momenta,
  type Parametrization,
  type StepSize,
  stateStepSizes,
} from '../dynamics/index.ts';
import { type EnsembleRequest, namedStatistics } from '../statistics/index.ts';
import { genericVariant, sdeConstants, sgdConstants } from './dynamics.ts';
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
    for (const KEPT of [0, 1, 2]) {
      const name = `sgd-s-step ${features}, ${KEPT} kept`;
      const variant: Variant = { ...common, sum: 'vec4f', constants: { ...passes, KEPT } };
      add(name, 'sgd-s-step', ['sgd_s_step'], variant);
    }
    add(`sgd-two-pass ${features}`, 'sgd-two-pass', ['residuals', 'update'], {
      ...common,
      sum: 'vec4f',
      constants: passes,
    });
  }
  for (const LABEL_NOISE of [false, true]) {
    const constants = { ...shape, LABEL_NOISE, BLOCK_FOURS: 2, GROUP: BRIDGE_GROUP };
    const name = `sgd-streamed${LABEL_NOISE ? ' noise' : ''}`;
    add(name, 'sgd-streamed', ['sgd_streamed'], { subgroup, sum: 'vec4f', constants });
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
  const statements = moments.map(({ wgsl }, k) => `values[${k}] = ${wgsl};`).join('\n');
  for (const { name, request } of dynamicsOfEveryKind()) {
    const own = genericVariant(request);
    const blocks = { ...own.constants, ...shape, BLOCK_ITEMS: 2 };
    if (request.method.kind === 'sgd') {
      const constants = { ...blocks, ...sgdConstants(request), LABEL_NOISE: true };
      const entries = ['residuals', 'gradient', 'update'];
      add(`sgd-generic ${name}`, 'sgd-generic', entries, { ...own, subgroup, sum: 'vec4f', constants });
      const deep = { MOMENTS: moments.length, UNIT_SPECTRUM: false };
      const slots = { ...own.slots, moments: statements };
      add(`statistics-generic ${name}`, 'statistics-generic', ['statistics'], { constants: deep, slots });
    } else {
      const constants = { ...blocks, ...sdeConstants(request), SCHEME: 0 };
      add(`sde-generic ${name}`, 'sde-generic', ['energies', 'advance'], { ...own, subgroup, sum: 'vec4f', constants });
    }
  }
  const counts = { INTEGRALS: 1, GLOBALS: 2, GLOBAL_PLANE: 5, UNIT_SPECTRUM: true };
  add('integrals', 'integrals', ['integrals'], { constants: counts });
  for (const PARAMETRIZATION of [0, 1, 2]) {
    add(`statistics ${PARAMETRIZATION}`, 'statistics', ['statistics'], {
      constants: { MOMENTS: moments.length, PARAMETRIZATION, UNIT_SPECTRUM: PARAMETRIZATION === 0 },
      slots: { moments: statements },
    });
  }
  const answers = ['threefry_words', 'normals', 'student', 'expm1_probe', 'arithmetic', 'trigonometry'];
  add('known-answers', 'known-answers', answers, {
    constants: { STUDENT_DEGREES: { f32: 5 } },
  });
  add('rates', 'rates', ['normals_rate', 'copy_rate', 'empty_rate'], { constants: { ITEMS: 64 } });
  return entries;
}

/** Each registered model, rule and step size at least once, of SGD and of the SDE. */
function dynamicsOfEveryKind(): { readonly name: string; readonly request: EnsembleRequest }[] {
  const forms = models.map(
    (model): Parametrization => ('schema' in model ? ({ kind: model.kind, depth: 5 } as Parametrization) : model.kind),
  );
  const sizes = stateStepSizes.map(({ kind, schema }) => schema.parse({ kind }) as StepSize);
  const most = Math.max(forms.length, sizes.length);
  const one = new Float64Array(4).fill(1);
  return (['sgd', 'sde'] as const).flatMap((kind) =>
    Array.from({ length: most }, (_, i) => {
      const parametrization = forms[i % forms.length];
      const stepSize = sizes[i % sizes.length];
      const { kind: rule, schema } = momenta[i % momenta.length];
      const request: EnsembleRequest = {
        problem: {
          dimension: 4,
          lambda: one,
          b: one,
          u0: one,
          v0: one,
          parametrization,
          labelNoise: 0.5,
          batchSize: 2,
          features: { kind: 'gaussian' },
          stepSize,
          momentum: schema.parse({ kind: rule }) as Momentum,
          horizon: 1,
        },
        method: kind === 'sgd' ? { kind } : { kind, scheme: 'strang', timeStep: 0.1, coupling: 'interacting' },
        times: Float64Array.of(0, 1),
        statistics: [],
        replicas: { first: 0, count: 1 },
        seed: 1,
      };
      const form = typeof parametrization === 'string' ? parametrization : parametrization.kind;
      return { name: `${form} ${rule} ${stepSize.kind}`, request };
    }),
  );
}
