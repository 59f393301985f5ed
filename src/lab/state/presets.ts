/** Presets: the files of examples/. */
const files = import.meta.glob<string>('../../../examples/*.json', { query: '?raw', import: 'default', eager: true });

export interface Preset {
  /** File name without .json. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
}

function titleOf(name: string): string {
  const words = name.replace(/-d(\d+)$/, ', d = $1').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The number at the end of a name, so that d = 64 comes before d = 256. */
const number = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0);

/** The quickstart first, then by name. */
export const presets: readonly Preset[] = Object.entries(files)
  .map(([path, text]) => {
    const name = path.replace(/^.*\/|\.json$/g, '');
    return { name, title: titleOf(name), text };
  })
  .sort(
    (a, b) =>
      Number(b.name === 'quickstart') - Number(a.name === 'quickstart') ||
      number(a.name) - number(b.name) ||
      a.name.localeCompare(b.name),
  );

export const quickstart: Preset = presets[0];

export function presetOf(name: string): Preset | undefined {
  return presets.find((preset) => preset.name === name);
}
