/** What passes between the page and the portrait in the worker. */

export interface Colors {
  readonly surface: string;
  readonly text: string;
  readonly grid: string;
  /** Points of the smallest and of the largest b. */
  readonly near: string;
  readonly far: string;
}

export interface PortraitView {
  /** Of the canvas, in device pixels. */
  readonly width: number;
  readonly height: number;
  readonly ratio: number;
  readonly flat: boolean;
  /** Orbit, in radians. */
  readonly yaw: number;
  readonly pitch: number;
  /** 1: everything. */
  readonly zoom: number;
  /** Shift of what is looked at, in shares of the window. */
  readonly shift: readonly [number, number];
  readonly colors: Colors;
}

export type ToPortrait =
  | { readonly type: 'portrait-open'; readonly canvas: OffscreenCanvas; readonly view: PortraitView }
  | { readonly type: 'portrait-view'; readonly view: PortraitView }
  | { readonly type: 'portrait-close' };

export interface PortraitState {
  readonly type: 'portrait';
  /** Null where nothing is drawn yet; then `message` says why. */
  readonly time: number | null;
  readonly dimension: number;
  /** Half the side of the square of (u, v) that zoom 1 shows. */
  readonly reach: number;
  readonly limit: 'none' | 'solving' | 'drawn' | 'failed';
  readonly message: string;
}
