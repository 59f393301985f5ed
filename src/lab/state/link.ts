/**
 * The page's state as the fragment of its address: `#preset=…` with the seed where it differs, or `#x=…`, the experiment's JSON
 * deflated and in base64url, and what is looked at; `embed` and `large` before it say how much of the page is shown. The fragment
 * never leaves the browser.
 */
import { oneLine } from '../../problem/errors.ts';
import { ExperimentError } from '../../problem/index.ts';
import { SCALES, type ScaleKind } from '../../results/plot/model.ts';
import { BACKEND_CHOICES, type BackendChoice, parseExperiment, parseExperimentText } from '../../run/index.ts';
import { presetText } from './experiment.ts';
import { schemaAt } from './fields.ts';
import { type Frame, frameParts, isPart, NONE, PARTS, THEME_WORDS, WHOLE } from './frame.ts';
import { getAt, pathOf, setAt } from './paths.ts';
import { presetFor } from './presetnow.ts';
import { presetOf, presets } from './presets.ts';
import { type Story, storyOf } from './stories.ts';
import { TOURS, type Tour, textOf } from './tours.ts';
import { ALL, FIRST_SCRUB, TABS, type Tab } from './view.ts';

export interface LinkState {
  /** Text of the experiment. */
  readonly text: string;
  readonly tab: Tab;
  readonly statistic: string;
  readonly xScale: ScaleKind | null;
  readonly yScale: ScaleKind | null;
  /** Time looked at, as a share of the horizon. */
  readonly at: number;
  readonly backend: BackendChoice;
  readonly selfTest: boolean;
  /** The step of a guided tour that stands beside it. */
  readonly touring: { readonly tour: Tour; readonly step: number } | null;
  readonly frame: Frame;
}

/** Longest fragment written or read; some programs cut longer addresses. */
export const LONGEST_LINK = 8000;
/** Longest experiment that a link may unfold to. */
const LONGEST_TEXT = 1 << 20;

/** A link that cannot be used, and why, in words for the reader. */
export class LinkError extends Error {
  override readonly name = 'LinkError';
  constructor(message: string) {
    super(oneLine(message));
  }
}

async function pipe(
  bytes: Uint8Array<ArrayBuffer>,
  through: GenericTransformStream,
  most: number,
): Promise<Uint8Array> {
  const reader = new Blob([bytes])
    .stream()
    .pipeThrough(through as ReadableWritablePair<Uint8Array, Uint8Array>)
    .getReader();
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > most) {
      await reader.cancel();
      throw new LinkError(`its experiment is longer than ${most} bytes`);
    }
    parts.push(value);
  }
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

async function fold(text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
  const small = await pipe(bytes, new CompressionStream('deflate-raw'), LONGEST_TEXT);
  let binary = '';
  for (const byte of small) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

async function unfold(code: string): Promise<string> {
  if (!/^[\w-]*$/.test(code)) throw new LinkError('its experiment is not written in base64url');
  try {
    const binary = atob(code.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (c) => c.charCodeAt(0));
    const out = await pipe(bytes, new DecompressionStream('deflate-raw'), LONGEST_TEXT);
    return new TextDecoder('utf-8', { fatal: true }).decode(out);
  } catch (error) {
    if (error instanceof LinkError) throw error;
    throw new LinkError('its experiment is damaged or cut short');
  }
}

/** The fragment, without `#`; null if the text is no JSON or the link would be too long. */
export async function writeLink(state: LinkState): Promise<string | null> {
  const parameters = await parametersOf(state);
  if (parameters === null) return null;
  const link = [...frameParts(state.frame), parameters.toString()].join('&');
  return link.length > LONGEST_LINK ? null : link;
}

async function parametersOf(state: LinkState): Promise<URLSearchParams | null> {
  let story: Story | null = null;
  const parameters = new URLSearchParams();
  const { touring } = state;
  if (touring) {
    parameters.set('tour', touring.tour.name);
    parameters.set('step', String(touring.step + 1));
    // Nothing was changed: the step says it all.
    const own = touring.tour.steps[touring.step];
    const isSame = textOf(own) === JSON.stringify(JSON.parse(state.text));
    if (isSame && state.tab === (own.tab ?? 'curves') && state.statistic === (own.statistic ?? 'risk'))
      return parameters;
  }
  try {
    const value: unknown = JSON.parse(state.text);
    const preset = presetFor(value);
    story = preset && storyOf(preset.name);
    if (preset) {
      parameters.set('preset', preset.name);
      const seed = getAt(value, ['seed']);
      if (seed !== undefined && seed !== getAt(JSON.parse(preset.text), ['seed'])) parameters.set('seed', String(seed));
    } else parameters.set('x', await fold(JSON.stringify(value)));
  } catch {
    return null;
  }
  // A preset opens on what it is about, where the link does not say otherwise.
  if (state.tab !== (story?.tab ?? 'curves')) parameters.set('tab', state.tab);
  if (state.statistic !== (story?.statistic ?? 'risk')) parameters.set('statistic', state.statistic);
  if (state.xScale) parameters.set('xscale', state.xScale);
  if (state.yScale) parameters.set('yscale', state.yScale);
  if (state.at !== FIRST_SCRUB) parameters.set('at', String(Number(state.at.toFixed(4))));
  if (state.backend !== 'auto') parameters.set('backend', state.backend);
  if (state.selfTest) parameters.set('page', 'self-test');
  return parameters;
}

/** Shortest form, for quoting what a reader wrote. */
const shown = (value: string) => JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);

function oneOf<T extends string>(parameters: URLSearchParams, name: string, words: readonly T[], otherwise: T): T;
function oneOf<T extends string>(
  parameters: URLSearchParams,
  name: string,
  words: readonly T[],
  otherwise: null,
): T | null;
function oneOf<T extends string>(parameters: URLSearchParams, name: string, words: readonly T[], otherwise: T | null) {
  const value = parameters.get(name);
  if (value === null) return otherwise;
  const found = words.find((word) => word === value);
  if (found === undefined) throw new LinkError(`${name} must be one of ${words.join(', ')}; found ${shown(value)}`);
  return found;
}

const FLAGS = ['embed', 'large'];
const KNOWN = [
  ...FLAGS,
  ...['preset', 'seed', 'x', 'tab', 'statistic', 'xscale', 'yscale', 'at', 'backend', 'page', 'tour', 'step'],
  ...['theme', 'controls'],
];

/** Reads a fragment (without `#`). Throws `LinkError`; null if there is none. */
export async function readLink(fragment: string): Promise<LinkState | null> {
  if (fragment === '') return null;
  if (fragment.length > 2 * LONGEST_LINK) throw new LinkError(`it is longer than ${2 * LONGEST_LINK} characters`);
  const parameters = new URLSearchParams(fragment);
  for (const name of parameters.keys()) {
    if (!KNOWN.includes(name)) throw new LinkError(`it has an unknown part ${shown(name)}`);
    if (parameters.getAll(name).length > 1) throw new LinkError(`${name} is there more than once`);
    if (FLAGS.includes(name) && parameters.get(name) !== '')
      throw new LinkError(`${name} has no value; found ${shown(parameters.get(name)!)}`);
  }
  if (parameters.has('x') && (parameters.has('preset') || parameters.has('seed')))
    throw new LinkError('it has both x, a whole experiment, and preset or seed');
  const touring = tourOf(parameters);
  const own = touring?.tour.steps[touring.step];
  const isOwn = own !== undefined && !parameters.has('x') && !parameters.has('preset');
  const text = isOwn ? textOf(own) : await experimentOf(parameters);
  const story = isOwn ? own : parameters.has('x') ? null : storyOf(parameters.get('preset') ?? presets[0].name);
  return {
    text,
    touring,
    tab: oneOf(parameters, 'tab', TABS, story?.tab ?? 'curves'),
    statistic: statisticOf(text, parameters.get('statistic') ?? story?.statistic ?? null),
    xScale: oneOf(parameters, 'xscale', SCALES, null),
    yScale: oneOf(parameters, 'yscale', SCALES, null),
    at: shareOf(parameters.get('at')),
    backend: oneOf(parameters, 'backend', BACKEND_CHOICES, 'auto'),
    selfTest: oneOf(parameters, 'page', ['lab', 'self-test'], 'lab') === 'self-test',
    frame: {
      embed: parameters.has('embed'),
      large: parameters.has('large'),
      theme: oneOf(parameters, 'theme', THEME_WORDS, null),
      controls: controlsOf(text, parameters.get('controls')),
    },
  };
}

/** Fields of the experiment and parts of the page. */
function controlsOf(text: string, list: string | null): readonly string[] | null {
  if (list === null) return null;
  if (list === NONE) return [];
  const words = list.split(',');
  const value: unknown = parseExperimentText(text);
  const wrong = words.find((word) => !isPart(word) && (word === '' || !schemaAt(pathOf(word), value)));
  if (wrong === undefined) return words;
  throw new LinkError(
    `controls must be ${NONE}, or fields of the experiment (stepSize, problem.labelNoise, …) and ${PARTS.join(', ')}, with commas between them; found ${shown(wrong)}`,
  );
}

/** How much of the page a link that cannot be used would have shown. */
export function frameOf(fragment: string): Frame {
  const parameters = new URLSearchParams(fragment);
  return { ...WHOLE, embed: parameters.has('embed'), large: parameters.has('large') };
}

function tourOf(parameters: URLSearchParams): LinkState['touring'] {
  const name = parameters.get('tour');
  if (name === null) {
    if (parameters.has('step')) throw new LinkError('step is that of a tour, and there is no tour');
    return null;
  }
  const tour = TOURS.find((one) => one.name === name);
  if (!tour)
    throw new LinkError(`there is no tour ${shown(name)}; there are ${TOURS.map((one) => one.name).join(', ')}`);
  const step = parameters.get('step') ?? '1';
  if (!/^\d{1,3}$/.test(step) || Number(step) < 1 || Number(step) > tour.steps.length)
    throw new LinkError(`step must be from 1 to ${tour.steps.length}; found ${shown(step)}`);
  return { tour, step: Number(step) - 1 };
}

/** A statistic that the experiment measures. */
function statisticOf(text: string, name: string | null): string {
  const { statistics } = parseExperimentText(text);
  const measured = statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name));
  if (name === null || name === ALL || measured.includes(name)) return name ?? 'risk';
  throw new LinkError(
    `statistic must be one that its experiment measures (${measured.join(', ')}); found ${shown(name)}`,
  );
}

function shareOf(at: string | null): number {
  if (at === null) return FIRST_SCRUB;
  const share = at.trim() === '' ? Number.NaN : Number(at);
  if (share >= 0 && share <= 1) return share;
  throw new LinkError(`at, a share of the horizon, must be from 0 to 1; found ${shown(at)}`);
}

async function experimentOf(parameters: URLSearchParams): Promise<string> {
  const code = parameters.get('x');
  try {
    if (code !== null) {
      const text = await unfold(code);
      parseExperimentText(text);
      return text;
    }
    const name = parameters.get('preset') ?? presets[0].name;
    const preset = presetOf(name);
    if (!preset) throw new LinkError(`there is no preset ${shown(name)}`);
    const seed = parameters.get('seed');
    if (seed === null) return presetText(preset.text);
    if (!/^\d+$/.test(seed)) throw new LinkError(`seed must be a whole number; found ${shown(seed)}`);
    const value = setAt(JSON.parse(presetText(preset.text)), ['seed'], Number(seed));
    parseExperiment(value);
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof ExperimentError) throw new LinkError(`its experiment is not valid: ${error.message}`);
    throw error;
  }
}
