/** What a program writes down, in types that teach: the functions of parse.ts for whoever has a compiler or an editor that knows them. */
import type { Experiment, ExperimentInput, ParsedSweep, SweepInput } from '../problem/index.ts';
import * as parse from './parse.ts';

/**
 * The resolved experiment, every default written out. What types cannot say (ranges, lengths, rules between fields) is checked here.
 * Throws `ExperimentError`, which names the field.
 */
export function parseExperiment(input: ExperimentInput): Experiment {
  return parse.parseExperiment(input);
}

/** The points of a sweep, `seed` instead of the experiment's. Throws `ExperimentError`, which names the field. */
export function parseSweep(input: SweepInput, seed?: number): ParsedSweep {
  return parse.parseSweep(input, seed);
}
