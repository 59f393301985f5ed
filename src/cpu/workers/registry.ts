/** Simulators by name, loaded where they run: on the calling thread or in a worker. */
import { referenceSimulator } from '../reference/index.ts';
import { wasmSimulator } from '../wasm/index.ts';

export { assist } from '../wasm/index.ts';

import type { SimulatorName } from './protocol.ts';
import type { Simulator } from './simulator.ts';

const simulators: Record<SimulatorName, () => Simulator | Promise<Simulator>> = {
  reference: () => referenceSimulator,
  cpu: () => wasmSimulator,
};

export async function simulatorOf(name: SimulatorName): Promise<Simulator> {
  return simulators[name]();
}
