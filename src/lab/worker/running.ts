/**
 * Which runs some page computes now. A run holds a lock as long as its page lives; where there are no locks (pages that come over plain
 * http from elsewhere than localhost) every page is asked.
 */

const lockOf = (key: string) => `diagflow-run-${key}`;
const locks = globalThis.navigator?.locks;

/** Milliseconds that a page has to answer. */
const PATIENCE = 300;
/** Milliseconds after which those that answered are asked again. */
const AGAIN = 2000;

/** Runs of this page that go on. */
const own = new Set<string>();
/** Locks that are waited for. */
const awaited = new Set<string>();
let channel: BroadcastChannel | null = null;

type Message = { readonly ask: true } | { readonly runs: readonly string[] };

/** From the first run on this page answers those that ask. */
function openChannel(): BroadcastChannel {
  if (channel !== null) return channel;
  channel = new BroadcastChannel('diagflow-runs');
  channel.addEventListener('message', ({ data }: MessageEvent<Message>) => {
    if ('ask' in data && own.size > 0) channel!.postMessage({ runs: [...own] });
  });
  return channel;
}

/** Until the promise is settled the run counts as running. */
export function whileRunning(key: string, run: Promise<unknown>): void {
  own.add(key);
  const settled = run.then(noop, noop).then(() => own.delete(key));
  if (locks) locks.request(lockOf(key), () => settled).catch(noop);
  else openChannel();
}

function noop(): void {}

/** Those of the runs that go on, here or in another page; `freed` is called once another page has left one of them. */
export async function runsElsewhere(keys: readonly string[], freed: () => void): Promise<ReadonlySet<string>> {
  const running = new Set(own);
  if (!locks) {
    const answers = await ask();
    for (const key of answers) running.add(key);
    // Nothing tells of an end here.
    if (answers.length > 0) setTimeout(freed, AGAIN);
    return running;
  }
  const held = new Set((await locks.query()).held?.map(({ name }) => name));
  for (const key of keys) {
    const lock = lockOf(key);
    if (!held.has(lock)) continue;
    running.add(key);
    if (own.has(key) || awaited.has(key)) continue;
    awaited.add(key);
    const release = () => void awaited.delete(key);
    // Shared, so that several pages that wait do not wait for one another.
    locks.request(lock, { mode: 'shared' }, release).then(freed, noop);
  }
  return running;
}

/** Without locks: what the other pages answer. */
async function ask(): Promise<readonly string[]> {
  const answers: string[] = [];
  const listening = openChannel();
  const listen = ({ data }: MessageEvent<Message>) => {
    if ('runs' in data) answers.push(...data.runs);
  };
  listening.addEventListener('message', listen);
  listening.postMessage({ ask: true });
  await new Promise((resolve) => setTimeout(resolve, PATIENCE));
  listening.removeEventListener('message', listen);
  return answers;
}
