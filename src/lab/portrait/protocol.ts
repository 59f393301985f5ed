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

/** Words on the picture, at shares of its width and height from the upper left. */
export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly place: 'below' | 'beside' | 'at';
}

/** The picture as it is, and the limit's numbers behind it. */
export interface PortraitData {
  readonly type: 'portrait-data';
  readonly png: Blob | null;
  readonly labels: readonly Label[];
  readonly columns: readonly string[];
  readonly rows: readonly (readonly number[])[];
}

export type ToPortrait =
  | { readonly type: 'portrait-open'; readonly canvas: OffscreenCanvas; readonly view: PortraitView }
  | { readonly type: 'portrait-view'; readonly view: PortraitView }
  | { readonly type: 'portrait-close' }
  /** Asks for a `PortraitData`. */
  | { readonly type: 'portrait-data'; readonly png: boolean };

export interface PortraitState {
  readonly type: 'portrait';
  /** Null where nothing is drawn yet; then `message` says why. */
  readonly time: number | null;
  readonly dimension: number;
  /** Smallest and largest target: the two colours. */
  readonly b: readonly [number, number];
  readonly labels: readonly Label[];
  readonly limit: 'none' | 'solving' | 'drawn' | 'failed';
  readonly message: string;
}
