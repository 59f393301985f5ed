/** Experiments and sweeps as users write them: validated with the expressions of user statistics checked as well. */
import * as problem from '../problem/index.ts';
import { expressionChecks } from '../statistics/checks.ts';

/** The resolved experiment of a value read from JSON, every default written out. Throws `ExperimentError`, which names the field. */
export function parseExperiment(input: unknown): problem.Experiment {
  return problem.parseExperiment(input, expressionChecks);
}

/** The same for a JSON text. */
export function parseExperimentText(text: string): problem.Experiment {
  return problem.parseExperimentText(text, expressionChecks);
}

/** The points of a sweep, `seed` instead of the experiment's. Throws `ExperimentError`, which names the field. */
export function parseSweep(input: unknown, seed?: number): problem.ParsedSweep {
  return problem.parseSweep(input, expressionChecks, seed);
}

/** The same for a JSON text. */
export function parseSweepText(text: string, seed?: number): problem.ParsedSweep {
  return problem.parseSweepText(text, expressionChecks, seed);
}
