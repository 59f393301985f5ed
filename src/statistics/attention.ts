/** Whether somebody waits for what a run tells next. What nobody waits for goes on, but does not keep Node alive. */
export class Attention {
  #waiting = 0;
  readonly #listeners = new Set<() => void>();

  get awaited(): boolean {
    return this.#waiting > 0;
  }

  /** Told at each change. Returns what ends it. */
  listen(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The same iterator, which from now on is attended to while an answer of its is awaited. */
  of<T, R>(iterator: AsyncGenerator<T, R, undefined>): AsyncGenerator<T, R, undefined> {
    const wait = <A extends unknown[]>(ask: (...args: A) => Promise<IteratorResult<T, R>>) =>
      (async (...args: A) => {
        this.#change(1);
        try {
          return await ask.apply(iterator, args);
        } finally {
          this.#change(-1);
        }
      }) as typeof ask;
    iterator.next = wait(iterator.next);
    iterator.return = wait(iterator.return);
    iterator.throw = wait(iterator.throw);
    return iterator;
  }

  #change(by: 1 | -1): void {
    const before = this.awaited;
    this.#waiting += by;
    if (this.awaited !== before) for (const listener of this.#listeners) listener();
  }
}
