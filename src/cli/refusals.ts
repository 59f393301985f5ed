/** Which Vulkan drivers WebGPU refuses here, and why. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { oneLine } from '../problem/errors.ts';

/** Where the Vulkan loader looks for descriptions of drivers that nobody has named. */
const FOLDERS = ['/etc/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/usr/share/vulkan/icd.d'];
const MOST_DRIVERS = 12;
const PATIENCE = 20_000; // ms

function drivers(): string[] {
  const named = process.env.VK_DRIVER_FILES || process.env.VK_ICD_FILENAMES;
  const files = named
    ? named.split(':')
    : FOLDERS.flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []));
  return files.filter((file) => named || file.endsWith('.json')).slice(0, MOST_DRIVERS);
}

const ASK = `
const { create, globals } = await import(process.argv[1]);
Object.assign(globalThis, globals);
globalThis.keep = create([]);
await globalThis.keep.requestAdapter();
process.exit(0);
`;

/** Dawn tells the reason of a refusal on the error stream of its process only, so each driver is asked for in a process of its own. */
function ask(driver: string): Promise<string> {
  const args = ['--input-type=module', '--eval', ASK, import.meta.resolve('webgpu')];
  const env = { ...process.env, VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver };
  return new Promise((resolve) => {
    execFile(process.execPath, args, { env, timeout: PATIENCE }, (error, _, said) => {
      const reasons = [...said.matchAll(/^Warning: (?:vkCreateInstance: )?(.*)$/gm)].map(([, words]) => words.trim());
      const [first] = reasons;
      resolve(oneLine(first ?? (error?.signal ? `its process ended by ${error.signal}` : 'it has no device here')));
    });
  });
}

/** A line for each driver of this machine. Empty where WebGPU does not go through Vulkan, or its package is missing. */
export async function refusedDrivers(): Promise<string[]> {
  if (process.platform !== 'linux' || 'Deno' in globalThis || 'Bun' in globalThis) return [];
  const lines: string[] = [];
  for (const driver of drivers()) {
    const reason = existsSync(driver) ? await ask(driver) : 'there is no such file';
    lines.push(`${oneLine(driver)}: ${reason}`);
  }
  return lines;
}
