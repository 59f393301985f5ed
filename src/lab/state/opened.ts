/** Results that the address asks for, `?result=PATH`, below the page itself: how `diagflow lab RESULT…` shows them. */
import { batch } from '@preact/signals';
import { parseResultText, ResultError } from '../../results/index.ts';
import { loadExperiment } from './experiment.ts';
import { addResult } from './runs.ts';

/** Paths below the page, never another site's (which the page's policy forbids too). */
function asked(): string[] {
  const inside = (path: string) => new URL(path, location.href).origin === location.origin;
  return new URLSearchParams(location.search).getAll('result').filter(inside);
}

/** Shows them, the first as the current run and the others over it. How many there are, and what is wrong with the rest. */
export async function openAsked(): Promise<{ readonly shown: number; readonly problem: string }> {
  const problems: string[] = [];
  const results = await Promise.all(
    asked().map(async (path) => {
      const name = decodeURIComponent(
        path
          .split('/')
          .at(-1)!
          .replace(/\.json$/, ''),
      );
      try {
        const answer = await fetch(path);
        if (!answer.ok) throw new ResultError(`is not there (${answer.status})`);
        return { name, result: parseResultText(await answer.text()) };
      } catch (error) {
        if (!(error instanceof ResultError || error instanceof TypeError)) throw error;
        problems.push(`${name}: ${error.message}`);
        return null;
      }
    }),
  );
  const read = results.filter((one) => one !== null);
  batch(() => {
    if (read.length > 0) loadExperiment(read[0].result.experiment);
    // The one added last is the current one.
    for (const { result, name } of [...read].reverse()) addResult(result, name).overlaid.value = true;
  });
  return { shown: read.length, problem: problems.join(' ') };
}
