/** The events of a result: in which order, and how many diverged replicas are named. */
import { MOST_NAMED } from '../problem/index.ts';
import type { ResultEvent } from '../results/index.ts';

const isDiverged = ({ kind }: ResultEvent) => kind === 'diverged';

/** By method; in each the diverged replicas by number, whoever came first, then the rest as it happened. */
function inOrder(events: readonly ResultEvent[]): ResultEvent[] {
  const rank = (event: ResultEvent) => (isDiverged(event) && event.replica !== undefined ? event.replica : Infinity);
  return [...events].sort((a, b) => a.index - b.index || (rank(a) === rank(b) ? 0 : rank(a) - rank(b)));
}

/**
 * In order, and never more than a result may hold: of a million diverged replicas the first are named, as many for each of the
 * `methods` that has replicas, and one event tells that there were more. Events of shards, each told so, may be told again
 * together.
 */
export function toldEvents(
  events: readonly ResultEvent[],
  methods: readonly { readonly kind: string }[],
): ResultEvent[] {
  const ensembles = methods.filter(({ kind }) => kind === 'sgd' || kind === 'sde').length;
  const most = Math.floor(MOST_NAMED / Math.max(1, ensembles));
  const told: ResultEvent[] = [];
  let named = 0;
  let more: ResultEvent | null = null;
  const ordered = inOrder(events);
  ordered.forEach((event, i) => {
    if (ordered[i - 1]?.index !== event.index) named = 0;
    const isOver = isDiverged(event) && (event.replica === undefined || ++named > most);
    if (isOver) more = later(more, event);
    else told.push(event);
    if (more === null || ordered[i + 1]?.index === event.index) return;
    told.push(more);
    more = null;
  });
  return told;
}

/** The event that tells of replicas not named, the last of them at the later of two times. */
function later(one: ResultEvent | null, { method, index, time: other }: ResultEvent): ResultEvent {
  const time = Math.max(one?.time ?? 0, other ?? 0);
  const message = `further replicas diverged, the last at t = ${time.toPrecision(6)}; "failed" counts them all`;
  return { method, index, kind: 'diverged', time, message };
}
