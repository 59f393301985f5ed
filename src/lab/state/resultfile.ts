/** A result file that a reader opens in the page. */
import { JsonSyntaxError, RESULT_LIMITS } from '../../problem/json.ts';
import { JsonGuard } from '../../problem/jsonguard.ts';
import { LONGEST_RESULT, ResultError } from '../../results/index.ts';

/** The text of a result file; what holds more than any result is refused before all of it has been read. Throws ResultError. */
export async function textOf(file: File): Promise<string> {
  if (file.size > LONGEST_RESULT)
    throw new ResultError(`must have at most ${LONGEST_RESULT} bytes; it has ${file.size}`);
  const guard = new JsonGuard(RESULT_LIMITS);
  const reader = file.stream().getReader();
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) guard.push(step.value);
  } catch (error) {
    await reader.cancel();
    if (error instanceof JsonSyntaxError) throw new ResultError(`not valid JSON: ${error.message}`);
    throw new ResultError(error instanceof Error ? error.message : String(error));
  }
  return file.text();
}
