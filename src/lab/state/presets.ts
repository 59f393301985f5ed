/** Presets: the files of examples/, each with the sentence of examples/README.md that says what to look for. */
import readme from '../../../examples/README.md?raw';

const files = import.meta.glob<string>('../../../examples/*.json', { query: '?raw', import: 'default', eager: true });

export interface Preset {
  /** File name without .json. */
  readonly name: string;
  readonly title: string;
  readonly text: string;
  /** What to look for; empty if the table does not say. */
  readonly hint: string;
}

/** Rows of the table: names in the first cell (a range is written `a.json` … `-b.json`), sentences in the second. */
function hintsOf(markdown: string): { readonly stem: string; readonly hint: string }[] {
  return markdown
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [first, second = ''] = line
        .slice(1)
        .replace(/\s*\|\s*$/, '')
        .split(/(?<!\\)\|/);
      const name = /`([\w-]+)\.json`/.exec(first)?.[1] ?? '';
      // A row for several files holds for every file that begins like the first, up to its number.
      const stem = first.includes('…') ? name.replace(/\d+$/, '') : name;
      const hint = second
        .trim()
        .replaceAll('\\|', '|')
        .replaceAll('`', '')
        .split(/(?<=[.!?])\s+(?=[A-Z])/)
        .filter((sentence) => !sentence.includes('npx '))
        .join(' ');
      return { stem, hint };
    });
}

function titleOf(name: string): string {
  const words = name.replace(/-d(\d+)$/, ', d = $1').replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const hints = hintsOf(readme);

/** The number at the end of a name, so that d = 64 comes before d = 256. */
const number = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 0);

/** The quickstart first, then by name. */
export const presets: readonly Preset[] = Object.entries(files)
  .map(([path, text]) => {
    const name = path.replace(/^.*\/|\.json$/g, '');
    const hint = hints.find(({ stem }) => stem === name || (stem.endsWith('-d') && name.startsWith(stem)))?.hint ?? '';
    return { name, title: titleOf(name), text, hint };
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
