/** A result file that a reader opens in the page. */
import { LONGEST_RESULT, ResultError } from '../../results/index.ts';

/** The text of a result file, which is read only where it is no longer than any result. Throws ResultError. */
export async function textOf(file: File): Promise<string> {
  if (file.size > LONGEST_RESULT)
    throw new ResultError(`must have at most ${LONGEST_RESULT} bytes; it has ${file.size}`);
  try {
    return await file.text();
  } catch (error) {
    throw new ResultError(error instanceof Error ? error.message : String(error));
  }
}
