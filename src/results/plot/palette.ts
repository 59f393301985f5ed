/** One colour a method everywhere; safe for colour-blind readers (Okabe & Ito). */
import type { MethodKind } from '../format.ts';

export const METHOD_COLOR: Readonly<Record<MethodKind, string>> = {
  sgd: '#0072B2',
  sde: '#E69F00',
  pde: '#000000',
  flow: '#009E73',
};

export const FAILURE_COLOR = '#D55E00';

export const METHOD_LABEL: Readonly<Record<MethodKind, string>> = {
  sgd: 'SGD',
  sde: 'SDE',
  pde: 'PDE',
  flow: 'gradient flow',
};
