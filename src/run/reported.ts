/** A computation that tells how far it is, as a stream. */

/** What it gives; on the way each larger place that it has told since the last was taken. */
export async function* reported<T>(
  compute: (onProgress: (place: number) => void) => T | Promise<T>,
): AsyncGenerator<number, T, undefined> {
  let reached = 0;
  let told = 0;
  let wake = () => {};
  const result = Promise.resolve(
    compute((place) => {
      reached = Math.max(reached, place);
      wake();
    }),
  );
  let over = false;
  const end = result.then(
    () => {},
    () => {},
  );
  end.then(() => {
    over = true;
  });
  while (!over) {
    if (reached > told) {
      yield reached;
      told = reached;
    }
    const progress = new Promise<void>((resolve) => {
      wake = resolve;
    });
    await Promise.race([end, progress]);
  }
  return result;
}
