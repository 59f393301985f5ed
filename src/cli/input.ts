/** FILE → resolved experiment, or a Failure in one line. */
import { type Experiment, ExperimentError, FILE_LIMITS, LONGEST_TEXT } from '../problem/index.ts';
import { parseExperimentText } from '../run/parse.ts';
import { ExitStatus, Failure } from './failure.ts';
import { readSource } from './source.ts';

/** `seed` replaces the file's. `name` is what to call the results: the file's name without .json, or "stdin". */
export async function readExperiment(file: string, seed?: number): Promise<{ experiment: Experiment; name: string }> {
  const { label, name, text } = await readSource(file, LONGEST_TEXT, FILE_LIMITS);
  try {
    const experiment = parseExperimentText(text);
    return { name, experiment: seed === undefined ? experiment : { ...experiment, seed } };
  } catch (error) {
    if (error instanceof ExperimentError) throw new Failure(ExitStatus.input, `${label}: ${error.message}`);
    throw error;
  }
}
