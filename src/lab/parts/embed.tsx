/** The plot inside another page: its controls, its foot, and the code that puts it there. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { linkWith } from '../state/address.ts';
import { experiment, raw, text } from '../state/experiment.ts';
import { labelOf, schemaAt } from '../state/fields.ts';
import {
  FIRST_CONTROLS,
  type Frame,
  frame,
  PARTS,
  shownFields,
  THEME_WORDS,
  type Theme,
  WHOLE,
} from '../state/frame.ts';
import { pathOf, pathText } from '../state/paths.ts';
import { presetNow } from '../state/presetnow.ts';
import { current } from '../state/runs.ts';
import { scrub, statistic, tab, xScale, yScale } from '../state/view.ts';
import { Field } from './field.tsx';
import { WithTips } from './tip.tsx';

/** The fields that were chosen, beside each other under the plot. */
export function Controls() {
  const paths = shownFields.value.filter((path) => schemaAt(path, raw.value));
  if (paths.length === 0) return null;
  return (
    <WithTips>
      <fieldset class="bare controls" aria-label="Controls">
        {paths.map((path) => (
          <Field path={path} isShort key={pathText(path)} />
        ))}
      </fieldset>
    </WithTips>
  );
}

/** The whole page at the same state. */
export function EmbedFoot() {
  const href = useLink({ ...frame.value, embed: false, controls: null, large: false });
  return (
    <p class="embed-foot">
      <a href={href ?? '#'} target="_blank" rel="noopener">
        Open in the diagflow lab
      </a>
    </p>
  );
}

/** The address of the page as it is now, in another frame; null while it is written, and where it would be too long. */
function useLink(wish: Frame): string | null {
  const link = useSignal<string | null>(null);
  // Whatever a link holds.
  const depends = [text.value, tab.value, statistic.value, xScale.value, yScale.value, scrub.value];
  useEffect(() => {
    let wanted = true;
    linkWith(wish).then((found) => {
      if (wanted) link.value = found && `${location.origin}${location.pathname}#${found}`;
    });
    return () => {
      wanted = false;
    };
  }, [...depends, JSON.stringify(wish)]);
  return link.value;
}

/** Fields worth a control beside a plot, where the experiment has them. */
const OFFERED = [
  'stepSize',
  'problem.initialization.u',
  'problem.dimension',
  'problem.labelNoise',
  'problem.target.fraction',
  'horizon',
];

const PART_WORDS: Readonly<Record<(typeof PARTS)[number], string>> = {
  tabs: 'the other views',
  hint: 'a sentence on what to look for',
  tools: 'choice of statistic, scales, zoom, saving',
  run: 'run, pause and stop',
};

const escaped = (words: string) => words.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');

/** Whether other machines can reach the address. */
const isLocal = /^(?:localhost|127\.|\[::1\])/.test(location.hostname);

interface EmbedToolsProps {
  readonly give: (what: string, text: string) => void;
}

/** The code is made while it is looked at. */
export function EmbedTools({ give }: EmbedToolsProps) {
  const isOpen = useSignal(false);
  return (
    <details
      class="embed-tools"
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>Embed in a page</summary>
      {isOpen.value && <Code give={give} />}
    </details>
  );
}

function Code({ give }: EmbedToolsProps) {
  const chosen = useSignal<readonly string[]>(FIRST_CONTROLS);
  const theme = useSignal<Theme | null>(null);
  const large = useSignal(false);
  const isFirst = chosen.value.join() === FIRST_CONTROLS.join();
  const wish: Frame = {
    ...WHOLE,
    embed: true,
    large: large.value,
    theme: theme.value,
    controls: isFirst ? null : chosen.value,
  };
  const address = useLink(wish);
  const name = presetNow.value?.title ?? current.value?.name.value ?? 'an experiment';
  // Each part takes a line or two; large letters half as much again.
  const parts = PARTS.filter((part) => chosen.value.includes(part)).length;
  const height = Math.round((480 + 48 * parts) * (large.value ? 1.4 : 1));
  const code =
    address &&
    `<iframe src="${escaped(address)}" title="${escaped(`diagflow lab: ${name}`)}" width="100%" height="${height}" style="border:0" loading="lazy"></iframe>`;
  const offered = OFFERED.filter((path) => schemaAt(pathOf(path), experiment.value));
  const toggle = (word: string, on: boolean) => {
    const next = new Set(chosen.value);
    if (on) next.add(word);
    else next.delete(word);
    // In the order in which they are offered.
    chosen.value = [...offered, ...PARTS].filter((one) => next.has(one));
  };
  const box = (word: string, words: string) => (
    <label class="check" key={word}>
      <input
        type="checkbox"
        checked={chosen.value.includes(word)}
        onChange={(event) => toggle(word, event.currentTarget.checked)}
      />
      {words}
    </label>
  );
  return (
    <>
      <fieldset class="several">
        <legend class="quiet">Beside the plot</legend>
        {offered.map((path) => {
          const { symbol, word } = labelOf(path);
          return box(path, symbol ? `${symbol} — ${word}` : word);
        })}
        {PARTS.map((part) => box(part, PART_WORDS[part]))}
      </fieldset>
      <label class="inline">
        theme
        <select
          aria-label="Theme of the embedded plot"
          value={theme.value ?? ''}
          onChange={(event) => {
            theme.value = THEME_WORDS.find((word) => word === event.currentTarget.value) ?? null;
          }}
        >
          <option value="">as the reader’s system</option>
          {THEME_WORDS.map((word) => (
            <option value={word} key={word}>
              {word}
            </option>
          ))}
        </select>
      </label>
      <p class="quiet">
        <a href="./docs/lab.html#in-other-pages-on-slides-and-on-paper">All parameters</a> of such links
      </p>
      <label class="check">
        <input
          type="checkbox"
          checked={large.value}
          onChange={(event) => {
            large.value = event.currentTarget.checked;
          }}
        />
        large letters, for slides
      </label>
      {code ? (
        <>
          <textarea class="snippet" readOnly rows={6} aria-label="Code for a page" value={code} />
          <div class="buttons">
            <button type="button" onClick={() => give('Code', code)}>
              Copy the code
            </button>
            <a class="button" href={address} target="_blank" rel="noopener">
              See it
            </a>
          </div>
          {isLocal && <p class="quiet">This address is on your own machine: put the built lab on a host first.</p>}
        </>
      ) : (
        <p class="quiet">This experiment is too long for a link: it cannot be embedded.</p>
      )}
    </>
  );
}
