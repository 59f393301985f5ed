/** Which preset the text is, but for its seed. */
import { computed } from '@preact/signals';
import { isJson, presetText, raw } from './experiment.ts';
import { setAt } from './paths.ts';
import { type Preset, presets } from './presets.ts';

export { presets };

const bare = (value: unknown) => JSON.stringify(setAt(value, ['seed'], undefined));
let texts: Map<string, Preset> | undefined;

/** Null if it is none. */
export function presetFor(value: unknown): Preset | null {
  texts ??= new Map(presets.map((preset) => [bare(JSON.parse(presetText(preset.text))), preset]));
  return texts.get(bare(value)) ?? null;
}

export const presetNow = computed(() => (isJson.value ? presetFor(raw.value) : null));
