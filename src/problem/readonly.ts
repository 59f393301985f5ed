/** Plain data that is only read, all the way down. */
export type DeepReadonly<T> = T extends readonly unknown[] | object
  ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
  : T;
