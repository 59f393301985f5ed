/** Whether the settings are others than those of the run that is shown. */
import { computed } from '@preact/signals';
import { experiment } from './experiment.ts';
import { current } from './runs.ts';

export const isChanged = computed(() => {
  const [run, now] = [current.value, experiment.value];
  return run !== null && now !== null && JSON.stringify(now) !== JSON.stringify(run.experiment);
});
