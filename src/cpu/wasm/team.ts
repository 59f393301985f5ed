/**
 * One replica on several threads: a lead and helpers with a kernel each over one shared memory. The lead writes down the
 * arguments of a call, all make it, and the kernels meet at their barriers (assembly/barrier.ts). Between calls helpers sleep on the
 * command, so a helper hears no messages until the team is closed. Results do not depend on the number of members.
 */
import { binary as interacting, sharedBinary as interactingShared } from './generated/sde-interacting.ts';
import { binary as meanField, sharedBinary as meanFieldShared } from './generated/sde-mean-field.ts';
import { binary as bridge, sharedBinary as bridgeShared } from './generated/sgd-bridge.ts';
import { binary as generic, sharedBinary as genericShared } from './generated/sgd-generic.ts';
import { binary as sStep, sharedBinary as sStepShared } from './generated/sgd-s-step.ts';
import type { Layout } from './memory.ts';
import { instantiate } from './modules.ts';

const KERNELS = {
  'sgd-bridge': { own: bridge, shared: bridgeShared },
  'sgd-generic': { own: generic, shared: genericShared },
  'sgd-s-step': { own: sStep, shared: sStepShared },
  'sde-interacting': { own: interacting, shared: interactingShared },
  'sde-mean-field': { own: meanField, shared: meanFieldShared },
} as const;

type KernelName = keyof typeof KERNELS;

/** What the kernels of a team have in common; what the numbers mean is said in each one's source. */
interface Kernel {
  prepare(...constants: number[]): void;
  advance(...place: number[]): number;
  /** The value that made `advance` stop early. */
  failing?(): number;
}

/** What a helper is told once. */
interface Setup {
  readonly kernel: KernelName;
  readonly memory: WebAssembly.Memory;
  readonly constants: number[];
  readonly command: number;
  readonly slots: Uint8Array<ArrayBuffer> | undefined;
}

// The command: i32 sequence number and operation, then the arguments as f64.
const MOST_ARGUMENTS = 15;
const ADVANCE = 1;
const CLOSE = 2;

class Command {
  readonly #words: Int32Array;
  readonly #values: Float64Array;

  constructor(memory: WebAssembly.Memory, at: number) {
    this.#words = new Int32Array(memory.buffer, at, 2);
    this.#values = new Float64Array(memory.buffer, at + 8, MOST_ARGUMENTS + 1);
  }

  give(operation: number, values: readonly number[]): void {
    this.#values[0] = values.length;
    this.#values.set(values, 1);
    this.#words[1] = operation;
    Atomics.add(this.#words, 0, 1);
    Atomics.notify(this.#words, 0);
  }

  /** Sleeps until a command after number `seen` is there. Only off the main thread. */
  await(seen: number): { number: number; operation: number; values: number[] } {
    while (Atomics.load(this.#words, 0) === seen) Atomics.wait(this.#words, 0, seen);
    const values = Array.from(this.#values.subarray(1, 1 + this.#values[0]));
    return { number: seen + 1, operation: this.#words[1], values };
  }
}

/** Room for the command; to be taken before the memory is made. */
export function takeCommand(layout: Layout): number {
  return layout.take(8 * (MOST_ARGUMENTS + 2));
}

export interface Team {
  /** All members call the kernel with these arguments; returns what the lead's call returns. */
  advance(...values: number[]): number;
  /** The value that made `advance` stop early. */
  failing(): number;
  /** Lets the helpers go. */
  close(): void;
}

/**
 * Makes a team of the caller and one helper a port, over `memory`, which must be shared if there is any helper. `constants(member)`:
 * arguments of the kernel's `prepare` for the lead (member 0) and each helper; `slots`: the module that the kernel leaves open, if it does.
 */
export async function openTeam(
  name: KernelName,
  memory: WebAssembly.Memory,
  command: number,
  constants: (member: number) => number[],
  helpers: readonly MessagePort[],
  slots?: Uint8Array<ArrayBuffer>,
): Promise<Team> {
  const alone = helpers.length === 0;
  const kernel = await instantiate<Kernel>(alone ? KERNELS[name].own : KERNELS[name].shared, memory, slots);
  kernel.prepare(...constants(0));
  const failing = () => kernel.failing?.() ?? Number.NaN;
  if (alone) return { advance: kernel.advance, failing, close: () => {} };

  await Promise.all(
    helpers.map((port, i) => {
      const ready = new Promise((resolve) => {
        port.onmessage = resolve;
      });
      const setup: Setup = { kernel: name, memory, constants: constants(i + 1), command, slots };
      port.postMessage(setup);
      return ready;
    }),
  );
  const orders = new Command(memory, command);
  return {
    advance: (...values) => {
      orders.give(ADVANCE, values);
      return kernel.advance(...values);
    },
    failing,
    close: () => {
      orders.give(CLOSE, []);
      for (const port of helpers) port.close();
    },
  };
}

/** What a helper thread does: waits for its setup on the port, then follows the lead until it closes the team. */
export function assist(port: MessagePort): void {
  port.onmessage = async ({ data }: MessageEvent<Setup>) => {
    const kernel = await instantiate<Kernel>(KERNELS[data.kernel].shared, data.memory, data.slots);
    kernel.prepare(...data.constants);
    const orders = new Command(data.memory, data.command);
    port.postMessage('ready');
    // The message leaves before this thread goes deaf.
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (let seen = 0; ; ) {
      const { number, operation, values } = orders.await(seen);
      if (operation === CLOSE) break;
      kernel.advance(...values);
      seen = number;
    }
    port.close();
  };
}

/** Blocks first … end − 1 of member i when `blocks` are dealt out in contiguous shares. */
export function share(blocks: number, member: number, members: number): { first: number; end: number } {
  return { first: Math.floor((blocks * member) / members), end: Math.floor((blocks * (member + 1)) / members) };
}
