/** Where the fields of WGSL structs lie, read from the WGSL by webgpu-utils. */
import { makeShaderDataDefinitions, type StructDefinition } from 'webgpu-utils';

export interface Field {
  /** In bytes. */
  readonly offset: number;
  /** Of a scalar: u32, f32, …; else ''. */
  readonly type: string;
}

export interface Struct {
  /** In bytes. */
  readonly size: number;
  readonly fields: Readonly<Record<string, Field>>;
}

export interface Reflection {
  /** The struct of the uniform `params`. */
  readonly params: Struct;
  readonly structs: Readonly<Record<string, Struct>>;
}

/** The structs of a WGSL text that has a uniform `params`. Needs the GPU's globals. */
export function reflect(wgsl: string): Reflection {
  const { structs, uniforms } = makeShaderDataDefinitions(wgsl);
  return {
    params: structOf(uniforms.params.typeDefinition as StructDefinition),
    structs: Object.fromEntries(Object.entries(structs).map(([name, struct]) => [name, structOf(struct)])),
  };
}

function structOf({ size, fields }: StructDefinition): Struct {
  const entries = Object.entries(fields).map(([name, { offset, type }]): [string, Field] => [
    name,
    { offset, type: 'type' in type ? String(type.type) : '' },
  ]);
  return { size, fields: Object.fromEntries(entries) };
}
