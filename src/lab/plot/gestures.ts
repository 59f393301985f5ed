/** Wheel and drag on a plot as changes of its window. */

/** Shares of the window to move by, a factor to scale by, and the point about which. */
type Move = (dx: number, dy: number, factor?: number, about?: readonly [number, number]) => void;

export class Gestures {
  readonly #move: Move;
  #over: HTMLElement | null = null;

  constructor(move: Move) {
    this.#move = move;
  }

  attach(over: HTMLElement): void {
    this.#over = over;
    over.addEventListener('wheel', this.#wheel, { passive: false });
    over.addEventListener('pointerdown', this.#pointerDown, { capture: true });
  }

  readonly #wheel = (event: WheelEvent) => {
    // Pages scroll by wheel: a plot takes it only with a modifier.
    if (!event.ctrlKey && !event.metaKey && !event.shiftKey) return;
    event.preventDefault();
    const box = this.#over!.getBoundingClientRect();
    const about: [number, number] = [
      (event.clientX - box.left) / box.width,
      1 - (event.clientY - box.top) / box.height,
    ];
    this.#move(0, 0, Math.exp(Math.sign(event.deltaY || event.deltaX) * 0.15), about);
  };

  readonly #pointerDown = (event: PointerEvent) => {
    // Shift or the middle button pans; without either uPlot selects a window.
    if (!(event.shiftKey || event.button === 1)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const over = this.#over!;
    const swallow = (mouse: Event) => mouse.stopImmediatePropagation();
    over.addEventListener('mousedown', swallow, { capture: true, once: true });
    let [x, y] = [event.clientX, event.clientY];
    const move = (next: PointerEvent) => {
      const box = over.getBoundingClientRect();
      this.#move((x - next.clientX) / box.width, (next.clientY - y) / box.height);
      [x, y] = [next.clientX, next.clientY];
    };
    const up = () => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
  };
}
