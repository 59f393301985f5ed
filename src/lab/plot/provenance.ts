/** Where the numbers of a plot come from, in words and as data: goes into every exported file. */
import { readable } from '../../results/plot/axis.ts';
import type { Run } from '../state/runs.ts';
import { softwareOf } from '../state/runs.ts';

export function captionOf(runs: readonly Run[]): string[] {
  return runs.map((run) => {
    const { experiment } = run;
    const { problem, seed } = experiment;
    const { backend, state } = run.data.value;
    const partial = state === 'finished' ? '' : `, ${state}`;
    const { terminalRate = null, criticalStepSize = null } = run.data.value.ending?.prediction ?? {};
    const theory = [
      terminalRate === null ? '' : `, predicted rate ρ = ${readable(terminalRate, 3)}`,
      criticalStepSize === null ? '' : `, critical step size ${readable(criticalStepSize, 3)}`,
    ].join('');
    return `${run.name.value}: d = ${problem.dimension}, seed ${seed}, ${softwareOf(run)}, ${backend ?? 'no engine'}${partial}${theory}`;
  });
}

export function metadataOf(runs: readonly Run[]): unknown {
  return runs.map((run) => ({
    name: run.name.value,
    software: softwareOf(run),
    seed: run.experiment.seed,
    backend: run.data.value.backend,
    adapter: run.data.value.adapter,
    runtime: run.data.value.ending?.provenance.runtime,
    experiment: run.experiment,
  }));
}
