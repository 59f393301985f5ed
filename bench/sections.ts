/** The sections there are: the files of bench/suites/<suite>/, in the order of SUITES and of their names. */
import { readdirSync } from 'node:fs';
import { register } from 'node:module';
import { type Section, SUITES, type SuiteName } from './suite.ts';

export interface Listed extends Section {
  readonly suite: SuiteName;
}

export async function loadSections(): Promise<Listed[]> {
  // Vite's `?raw` for scripts; must come before anything of the GPU is loaded.
  register('./kit/wgsl-hooks.mjs', import.meta.url);
  const sections: Listed[] = [];
  for (const suite of SUITES) {
    const folder = new URL(`./suites/${suite}/`, import.meta.url);
    for (const file of readdirSync(folder).sort()) {
      const { default: section } = (await import(new URL(file, folder).href)) as { default: Section };
      sections.push({ ...section, suite });
    }
  }
  return sections;
}
