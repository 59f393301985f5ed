/*!
 * Elementary functions with the same bits in every JavaScript engine, which `Math` does not promise: V8 alone has changed the last place of
 * sin, cos, exp, log and pow between versions. Whatever a path or its statistics depend on takes these; `Math` keeps +, −, ×, ÷ and what is
 * exact (sqrt, abs, floor, …). They are AssemblyScript's ports of musl's functions, compiled to WebAssembly: exp, log, log2
 * and pow within 0.51 units of the last place, tan of large angles, sinh and tanh within 2.2, the others within 2 (measured), with JavaScript's values at
 * the edges. They take about as long as `Math`.
 *
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission
 * to use, copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
 * exp, log, log2 and pow: Copyright (c) 2018, Arm Limited. SPDX-License-Identifier: MIT
 */
import { binary } from './generated/elementary.ts';

type Unary = (x: number) => number;
type Binary = (x: number, y: number) => number;

interface Compiled {
  readonly acos: Unary;
  readonly acosh: Unary;
  readonly asin: Unary;
  readonly asinh: Unary;
  readonly atan: Unary;
  readonly atanh: Unary;
  readonly cbrt: Unary;
  readonly cos: Unary;
  readonly cosh: Unary;
  readonly exp: Unary;
  readonly expm1: Unary;
  readonly log: Unary;
  readonly log10: Unary;
  readonly log1p: Unary;
  readonly log2: Unary;
  readonly sin: Unary;
  readonly sinh: Unary;
  readonly tan: Unary;
  readonly tanh: Unary;
  readonly atan2: Binary;
  readonly pow: Binary;
}

let compiled: Compiled | undefined;

/** Compiled at the first call, so that importing this module does nothing: about a millisecond, synchronously. */
function load(): Compiled {
  // A host without WebAssembly has the reference engine only, which promises its bits within one JavaScript engine.
  if (typeof WebAssembly !== 'object') {
    compiled = Math;
    return Math;
  }
  const bytes = Uint8Array.from(atob(binary), (character) => character.charCodeAt(0));
  compiled = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as unknown as Compiled;
  return compiled;
}

export const acos: Unary = (x) => (compiled ?? load()).acos(x);
export const acosh: Unary = (x) => (compiled ?? load()).acosh(x);
export const asin: Unary = (x) => (compiled ?? load()).asin(x);
export const asinh: Unary = (x) => (compiled ?? load()).asinh(x);
export const atan: Unary = (x) => (compiled ?? load()).atan(x);
export const atanh: Unary = (x) => (compiled ?? load()).atanh(x);
export const cbrt: Unary = (x) => (compiled ?? load()).cbrt(x);
export const cos: Unary = (x) => (compiled ?? load()).cos(x);
export const cosh: Unary = (x) => (compiled ?? load()).cosh(x);
export const exp: Unary = (x) => (compiled ?? load()).exp(x);
export const expm1: Unary = (x) => (compiled ?? load()).expm1(x);
export const log: Unary = (x) => (compiled ?? load()).log(x);
export const log10: Unary = (x) => (compiled ?? load()).log10(x);
export const log1p: Unary = (x) => (compiled ?? load()).log1p(x);
export const log2: Unary = (x) => (compiled ?? load()).log2(x);
export const sin: Unary = (x) => (compiled ?? load()).sin(x);
export const sinh: Unary = (x) => (compiled ?? load()).sinh(x);
export const tan: Unary = (x) => (compiled ?? load()).tan(x);
export const tanh: Unary = (x) => (compiled ?? load()).tanh(x);

/** The angle of (x, y), in (−π, π]. */
export const atan2 = (y: number, x: number): number => (compiled ?? load()).atan2(y, x);

/** x^y as JavaScript has it: NaN where y is, and where |x| = 1 and y is infinite (C has 1 there). */
export function pow(x: number, y: number): number {
  if (Number.isNaN(y) || (Math.abs(y) === Number.POSITIVE_INFINITY && Math.abs(x) === 1)) return Number.NaN;
  return (compiled ?? load()).pow(x, y);
}
