/** Runs an experiment to its end, keeping the events. */
import type { Curve, MethodKind, Result } from '../../src/results/index.ts';
import { parseExperiment, type RunEvent, type RunOptions, runExperiment } from '../../src/run/index.ts';

export interface Ran {
  readonly result: Result;
  readonly events: readonly RunEvent[];
}

/** `each` is called with every event before the next is asked for. */
export async function run(experiment: unknown, options: RunOptions = {}, each = (_: RunEvent) => {}): Promise<Ran> {
  const running = runExperiment(parseExperiment(experiment), { backend: 'reference', workers: 0, ...options });
  const events: RunEvent[] = [];
  for (;;) {
    const step = await running.next();
    if (step.done) return { result: step.value, events };
    events.push(step.value);
    each(step.value);
  }
}

export function curveOf({ curves }: Result, method: MethodKind, statistic = 'risk', index?: number): Curve {
  const found = curves.find((c) => c.method === method && c.statistic === statistic && (index ?? c.index) === c.index);
  if (found === undefined) throw new Error(`the result has no curve of ${statistic} for ${method}`);
  return found;
}
