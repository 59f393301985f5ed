/** Which kernel advances a batch of replicas. */
import { hasFastSde, hasFastSgd } from '../problem/index.ts';
import type { EnsembleRequest } from '../statistics/index.ts';
import type { Device } from './device.ts';
import { genericSde, genericSgd } from './generic-steppers.ts';
import { LARGEST_RESIDENT_DIMENSION, scratchOf, sgdKernel } from './scratch.ts';
import { meanFieldSde, residentSde, streamedSde } from './sde-steppers.ts';
import { bridgeSgd, residentSgd, sStepSgd, twoPassSgd } from './sgd-steppers.ts';
import type { Stepper, StepperOptions } from './stepper.ts';
import { scratchOptions } from './tuning.ts';

const SGD = { resident: residentSgd, 's-step': sStepSgd, streamed: bridgeSgd, 'two-pass': twoPassSgd };

/** The kernel of a request, for `replicas` replicas that run together. */
export function stepperFor(
  device: Device,
  request: EnsembleRequest,
  replicas: number,
  options: StepperOptions,
): Promise<Stepper> {
  const { problem, method } = request;
  const isMeanField = method.kind === 'sde' && method.coupling !== 'interacting';
  const isFast = method.kind === 'sgd' ? hasFastSgd(problem) : hasFastSde(problem, isMeanField);
  const scratch = scratchOf(request, replicas, scratchOptions(device, options));
  if (!isFast) return (method.kind === 'sgd' ? genericSgd : genericSde)(device, request, scratch, options);
  if (method.kind === 'sgd') return SGD[sgdKernel(problem)](device, request, scratch, options);
  if (method.coupling !== 'interacting') return meanFieldSde(device, request, scratch, options);
  const make = problem.dimension <= LARGEST_RESIDENT_DIMENSION ? residentSde : streamedSde;
  return make(device, request, scratch, options);
}
