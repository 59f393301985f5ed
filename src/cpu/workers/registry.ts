/** Simulators by name, loaded where they run: on the calling thread or in a worker. */
import { referenceSimulator } from '../reference/index.ts';
import type { SimulatorName } from './protocol.ts';
import type { Simulator } from './simulator.ts';

const simulators: Record<SimulatorName, () => Simulator | Promise<Simulator>> = {
  reference: () => referenceSimulator,
  cpu: () => {
    throw new Error('the SIMD engine is not part of this build; use the reference engine.');
  },
};

export async function simulatorOf(name: SimulatorName): Promise<Simulator> {
  return simulators[name]();
}
