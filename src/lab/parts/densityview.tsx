/** The density of β at one time: of the ensembles as they were measured, and of the limit. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { METHOD_LABEL } from '../../results/plot/palette.ts';
import { densityExperiment, densityModel, edgesOf, liveDensity } from '../plot/density.ts';
import { isChanged } from '../state/changed.ts';
import { drawnOf } from '../state/drawn.ts';
import { latest } from '../state/live.ts';
import { backend, forgetSide, isActive, type Run, startSide } from '../state/runs.ts';
import { scrub, yScale } from '../state/view.ts';
import { ScaleChoice, Scrubber, type ViewProps } from './choices.tsx';
import { Plot } from './plot.tsx';

/** Side runs of the density, kept with the run that they belong to. */
const densities = new WeakMap<Run, Run>();

const scales = () => ({ xScale: null, yScale: yScale.value });

function DensityTools({ run }: ViewProps) {
  return (
    <>
      <Scrubber run={run} />
      <ScaleChoice axis="y" />
    </>
  );
}

export function Density({ run }: ViewProps) {
  const side = useSignal<Run | null>(densities.get(run) ?? null);
  const busy = isActive(run);
  // Both at once would share the machine and slow the curves down.
  useEffect(() => {
    if (busy) return;
    let own = densities.get(run);
    if (!own) {
      const hasLimit = run.experiment.methods.some(({ kind }) => kind === 'pde');
      own = startSide(
        densityExperiment(run.experiment),
        run.choice ?? backend.value,
        hasLimit ? edgesOf(run.experiment) : null,
      );
      densities.set(run, own);
    }
    side.value = own;
    return () => {
      // One that is not finished when the reader leaves starts again when he comes back.
      if (isActive(own)) {
        forgetSide(own);
        densities.delete(run);
      }
    };
  }, [run, busy]);
  const own = side.value;
  const now = latest.value;
  if (isChanged.value && now?.density) {
    const shadow = own && own.data.value.curves.length > 0 ? densityModel(drawnOf(own), scrub.value, scales()) : null;
    return <Plot model={liveDensity(now.density, shadow, scales())} runs={[run]} tools={<DensityTools run={run} />} />;
  }
  if (busy || own === null || own.data.value.curves.length === 0) {
    return (
      <div class="ask">
        <p role="status">
          {busy
            ? 'The density is measured on the same paths when the run has ended.'
            : own && !isActive(own)
              ? `The density could not be measured: ${own.data.value.notices.join(' ') || own.data.value.events.map(({ message }) => message).join(' ')}`
              : 'Measuring the density on the same paths, one statistic a bin.'}
        </p>
        <Scrubber run={run} />
      </div>
    );
  }
  const measured = own.data.value.methods.filter(({ outcome }) => outcome === 'running');
  const progress = measured
    .map(({ method, done, total }) => `${METHOD_LABEL[method]} ${Math.floor((100 * done) / total)}%`)
    .join(', ');
  return (
    <Plot
      model={densityModel(drawnOf(own), scrub.value, scales())}
      runs={[own]}
      tools={<DensityTools run={run} />}
      aside={progress && `being measured: ${progress}`}
    />
  );
}
