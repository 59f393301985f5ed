/** How long a method still takes, told only once it can be known. */

/** Seconds of progress before anything is said. */
const FIRST = 2;
/** Seconds between two places that are remembered. */
const EVERY = 0.1;
/** How much faster or slower the second half of the time may have gone than the first. */
const STEADY = 2;
const MOST_PLACES = 1000;

export class TimeLeft {
  #places: { readonly time: number; readonly done: number }[] = [];
  #every = EVERY;

  /**
   * Takes in that so much is done at a time in seconds; returns the seconds left, or null while they mean nothing: in the first two seconds
   * after work began to come in (a run that goes on has some done before), and while work does not come steadily.
   */
  at(time: number, done: number, total: number): number | null {
    const places = this.#places;
    const last = places[places.length - 1];
    if (last === undefined || time - last.time >= this.#every) places.push({ time, done });
    if (places.length > MOST_PLACES) {
      this.#places = places.filter((_, i) => i % 2 === 0);
      this.#every *= 2;
    }
    const [first] = this.#places;
    if (!(time - first.time >= FIRST)) return null;
    const half = first.time + 0.5 * (time - first.time);
    const middle = this.#places.find((place) => place.time >= half) ?? first;
    const before = (middle.done - first.done) / (middle.time - first.time);
    const after = (done - middle.done) / (time - middle.time);
    if (!(after > 0 && before > 0 && after < STEADY * before && before < STEADY * after)) return null;
    return (total - done) / after;
  }
}
