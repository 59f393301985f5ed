/** Several streams of events as one. */

/**
 * Events of all sources as they come. No source gets ahead of the reader by more than one event. A source that throws ends all;
 * leaving early ends all.
 */
export async function* beside<T>(
  sources: readonly AsyncGenerator<T, void, undefined>[],
): AsyncGenerator<T, void, undefined> {
  const ask = async (source: (typeof sources)[number]) => ({ source, step: await source.next() });
  const asked = new Map(sources.map((source) => [source, ask(source)]));
  try {
    while (asked.size > 0) {
      const { source, step } = await Promise.race(asked.values());
      if (step.done) {
        asked.delete(source);
        continue;
      }
      // First in the map is first in a race of settled promises: each goes to the end, so that none starves.
      asked.delete(source);
      asked.set(source, ask(source));
      yield step.value;
    }
  } finally {
    for (const promise of asked.values()) promise.catch(() => {});
    await Promise.all(sources.map((source) => source.return()));
  }
}
