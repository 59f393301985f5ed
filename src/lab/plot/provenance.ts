/** Where the numbers of a plot come from, in words and as data: goes into every exported file. */
import type { Run } from '../state/runs.ts';
import { softwareOf } from '../state/runs.ts';

export function captionOf(runs: readonly Run[]): string[] {
  return runs.map((run) => {
    const { experiment } = run;
    const { problem, seed } = experiment;
    const { backend, state } = run.data.value;
    const partial = state === 'finished' ? '' : `, ${state}`;
    return `${run.name.value}: d = ${problem.dimension}, seed ${seed}, ${softwareOf(run)}, ${backend ?? 'no engine'}${partial}`;
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
