/** Experiment files as users write them: validated with the expressions of user statistics checked as well. */
import * as problem from '../problem/index.ts';
import { checkExpression } from '../statistics/index.ts';

/** The resolved experiment of a value read from JSON, every default written out. Throws `ExperimentError`, which names the field. */
export function parseExperiment(input: unknown): problem.Experiment {
  return problem.parseExperiment(input, { checkExpression });
}

/** The same for a JSON text. */
export function parseExperimentText(text: string): problem.Experiment {
  return problem.parseExperimentText(text, { checkExpression });
}
