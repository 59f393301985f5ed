/** The structs of shaders/lib/params.wgsl, from its text. A build has the answer in the place of this file (vite.config.ts). */
import { type Reflection, reflect } from './reflection.ts';
import { paramsSource } from './shaders.ts';

export function reflected(): Reflection {
  return reflect(paramsSource);
}
