/** Places in a WebAssembly memory, handed out once a job: the kernels allocate nothing themselves. */

const PAGE = 65536;
/** Places start at multiples of a cache line, so that members of a team do not write to each other's lines. */
const LINE = 64;
/** 4 GiB, the most that 32-bit addresses reach. */
const LARGEST = 65536 * PAGE;

/** Adds up what a job needs before the memory is made. Offset 0 is never handed out. */
export class Layout {
  #end = LINE;

  /** A place of `bytes` bytes; its offset. */
  take(bytes: number): number {
    const offset = this.#end;
    this.#end += Math.ceil(bytes / LINE) * LINE;
    return offset;
  }

  /** The memory that holds every place taken so far, zeroed. Throws RangeError if it would exceed 4 GiB. */
  memory(shared: boolean): WebAssembly.Memory {
    if (this.#end > LARGEST) {
      throw new RangeError(
        `the cpu engine needs ${(this.#end / 2 ** 30).toFixed(1)} GiB for one replica, the limit of WebAssembly is 4 GiB. Take a smaller dimension, or --backend reference.`,
      );
    }
    const pages = Math.ceil(this.#end / PAGE);
    return new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  }
}

/** Length of an array of d values padded to whole groups of 16 coordinates. */
export function padded(dimension: number): number {
  return 16 * Math.ceil(dimension / 16);
}
