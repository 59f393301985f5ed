/** Structs of shaders/lib/params.wgsl as bytes. Offsets are reflected from the WGSL, never counted by hand. */

import { reflected } from './reflected.ts';
import type { Field } from './reflection.ts';
import { paramsSource } from './shaders.ts';

/** Fields of struct Params; see shaders/lib/params.wgsl for what each means. */
export interface Params {
  dimension: number;
  quads: number;
  replicas: number;
  first_replica: number;
  seed_low: number;
  seed_high: number;
  block_quads: number;
  blocks: number;
  block_stride: number;
  batch: number;
  sigma: number;
  inverse_root_d: number;
  inverse_d: number;
  inverse_batch: number;
  limit: number;
  slices: number;
  slice_quads: number;
  slice_samples: number;
}

export interface Layout {
  /** Bytes of struct Params. */
  readonly paramsBytes: number;
  packParams(params: Params): ArrayBuffer;
  /** Words (u32) of struct Dispatch. */
  readonly dispatch: {
    readonly groupX: number;
    readonly groupY: number;
    readonly first: number;
    readonly count: number;
    readonly flags: number;
    readonly sample: number;
    readonly length: number;
  };
  /** Words before the entries of Schedule, and of its step number; an entry is four words. */
  readonly schedule: { readonly stepLow: number; readonly stepHigh: number; readonly entries: number };
  /** Words of struct Status. */
  readonly status: {
    readonly failed: number;
    readonly stepLow: number;
    readonly stepHigh: number;
    readonly value: number;
    readonly length: number;
  };
  /** Words of struct Counter. */
  readonly counterWords: number;
}

let known: Layout | undefined;

/** The layout, found on the first call; from the sources it needs the GPU's globals, so a device must have been opened. */
export function layout(): Layout {
  known ??= find();
  return known;
}

function find(): Layout {
  const { params, structs } = reflected();
  const word = (struct: string, field: string) => fieldOf(structs[struct].fields, field).offset / 4;
  const { Counter, Dispatch, Status } = structs;
  return {
    paramsBytes: params.size,
    packParams(values) {
      const view = new DataView(new ArrayBuffer(params.size));
      for (const [name, value] of Object.entries(values)) {
        const { offset, type } = fieldOf(params.fields, name);
        if (type === 'f32') view.setFloat32(offset, value, true);
        else if (type === 'u32') view.setUint32(offset, value, true);
        else throw new Error(`shaders/lib/params.wgsl: ${name} must be u32 or f32; it is ${type}`);
      }
      return view.buffer;
    },
    dispatch: {
      groupX: word('Dispatch', 'group_x'),
      groupY: word('Dispatch', 'group_y'),
      first: word('Dispatch', 'first'),
      count: word('Dispatch', 'count'),
      flags: word('Dispatch', 'flags'),
      sample: word('Dispatch', 'sample'),
      length: Dispatch.size / 4,
    },
    schedule: {
      stepLow: word('Schedule', 'step_low'),
      stepHigh: word('Schedule', 'step_high'),
      entries: word('Schedule', 'entries'),
    },
    status: {
      failed: word('Status', 'failed'),
      stepLow: word('Status', 'step_low'),
      stepHigh: word('Status', 'step_high'),
      value: word('Status', 'value'),
      length: Status.size / 4,
    },
    counterWords: Counter.size / 4,
  };
}

function fieldOf(fields: Readonly<Record<string, Field>>, name: string): Field {
  if (!Object.hasOwn(fields, name)) throw new Error(`shaders/lib/params.wgsl has no field ${name}`);
  return fields[name];
}

/** FLAG_* of shaders/lib/params.wgsl, read from its text. */
export const Flag = {
  parity: flag('FLAG_PARITY'),
  fromRest: flag('FLAG_FROM_REST'),
  toRest: flag('FLAG_TO_REST'),
  sumsOnly: flag('FLAG_SUMS_ONLY'),
  counted: flag('FLAG_COUNTED'),
} as const;

function flag(name: string): number {
  const found = new RegExp(`const ${name} = (\\d+)u;`).exec(paramsSource);
  if (found === null) throw new Error(`shaders/lib/params.wgsl has no constant ${name}`);
  return Number(found[1]);
}
