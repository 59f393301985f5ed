/** The address follows the page, and the page the address. */
import { batch, effect, signal } from '@preact/signals';
import { experiment, loadPreset, text } from './experiment.ts';
import { format } from './format.ts';
import { type Frame, frame, WHOLE } from './frame.ts';
import { restoreRuns, showKept } from './keptruns.ts';
import { frameOf, LinkError, type LinkState, readLink, writeLink } from './link.ts';
import { openAsked } from './opened.ts';
import { quickstart } from './presets.ts';
import { backend, start } from './runs.ts';
import { touring } from './tours.ts';
import { ALL, page, scrub, statistic, tab, xScale, yScale } from './view.ts';

/** What is wrong with the link that was followed; empty if nothing. */
export const linkMessage = signal('');

function show(state: LinkState): void {
  batch(() => {
    text.value = format(JSON.parse(state.text));
    tab.value = state.tab;
    statistic.value = state.statistic;
    xScale.value = state.xScale;
    yScale.value = state.yScale;
    scrub.value = state.at;
    backend.value = state.backend;
    page.value = state.selfTest ? 'self-test' : 'lab';
    touring.value = state.touring;
    frame.value = state.frame;
  });
}

function measured(): string[] {
  return experiment.value?.statistics.map((entry) => (typeof entry === 'string' ? entry : entry.name)) ?? [];
}

/** The fragment last read or written: where the address holds another, the event that tells of it is still to come. */
let current = '';
/** Links followed so far. */
let followed = 0;
/** Fragments being read. */
let reading = 0;

/** Reads the address and runs what it says; a link that cannot be used is told, and the quickstart runs. */
async function follow(isFirst = false): Promise<void> {
  const own = ++followed;
  const fragment = location.hash;
  current = fragment;
  reading++;
  try {
    const state = await readLink(fragment.slice(1));
    if (fragment !== current) return; // a newer one came while this was unfolded
    linkMessage.value = '';
    if (state === null) {
      frame.value = WHOLE;
      loadPreset(quickstart);
    } else show(state);
  } catch (error) {
    if (!(error instanceof LinkError)) throw error;
    if (fragment !== current) return;
    frame.value = frameOf(fragment.slice(1));
    linkMessage.value = `This link cannot be used: ${error.message}. The quickstart runs instead.`;
    loadPreset(quickstart);
  } finally {
    reading--;
  }
  // A frame far down in a page computes when it comes into view.
  if (frame.value.embed) await untilSeen();
  const now = experiment.value;
  if (now === null || own !== followed || (isFirst && showKept(now))) return;
  start(now);
}

/** Until some of the page is in view. */
function untilSeen(): Promise<void> {
  return new Promise((resolve) => {
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      resolve();
    });
    observer.observe(document.documentElement);
  });
}

function stateNow(): LinkState {
  return {
    text: text.value,
    tab: tab.value,
    // One that was asked for and is not measured any more is no part of the state.
    statistic: statistic.value === ALL || measured().includes(statistic.value) ? statistic.value : 'risk',
    xScale: xScale.value,
    yScale: yScale.value,
    at: scrub.value,
    backend: backend.value,
    selfTest: page.value === 'self-test',
    touring: touring.value,
    frame: frame.value,
  };
}

/** The fragment of the page as it is, in another frame; null where there is none. */
export async function linkWith(wish: Frame): Promise<string | null> {
  return experiment.value === null ? null : writeLink({ ...stateNow(), frame: wish });
}

const DELAY = 300; // ms: not at every key stroke

export async function keepAddress(): Promise<void> {
  window.addEventListener('hashchange', () => follow());
  await restoreRuns();
  const asked = await openAsked();
  if (asked.shown > 0) current = location.hash;
  else await follow(true);
  if (asked.problem !== '') linkMessage.value = asked.problem;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let turn = 0;
  effect(() => {
    const state = stateNow();
    // A half-typed file has no link of its own.
    if (experiment.value === null) return;
    clearTimeout(timer);
    const own = ++turn;
    timer = setTimeout(async () => {
      const link = await writeLink(state);
      // A link that is being followed is not written over.
      if (own !== turn || reading > 0 || location.hash !== current) return;
      // Too long for a link: the address then holds nothing rather than something else.
      history.replaceState(null, '', link ? `#${link}` : location.pathname + location.search);
      current = location.hash;
    }, DELAY);
  });
}
