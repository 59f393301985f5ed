/** Entry of the page's one worker: runs, the look at what the browser offers, the self-test. Engines start threads of their own. */
import { z } from 'zod';
import { BIN_OFFSET, binName } from '../plot/bins.ts';
import { Portrait } from '../portrait/portrait.ts';
import { forget, unfinished, whileRunning } from './keeper.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { type Send, Session } from './session.ts';
import { lookAround } from './surroundings.ts';

z.config({ jitless: true });

// What every run asks for first, on its way while the page is still being made; what fails here fails again where it is told.
import('../../gpu/index.ts').then(({ chooseAdapter }) => chooseAdapter()).catch(() => undefined);
import('../../cpu/index.ts').catch(() => undefined);

// The DOM library types the global scope as a window.
const scope = globalThis as unknown as Worker;
const send: Send = (message: FromWorker, transfer: ArrayBuffer[] = []) => scope.postMessage(message, transfer);
const portrait = new Portrait((state) => send(state));
const sessions = new Map<number, Session>();

scope.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  switch (data.type) {
    case 'look':
      lookAround().then((surroundings) => send({ type: 'surroundings', surroundings }));
      break;
    case 'unfinished':
      unfinished().then((kept) => send({ type: 'unfinished', kept }));
      break;
    case 'forget':
      forget(data.key).then(async () => send({ type: 'unfinished', kept: await unfinished() }));
      break;
    case 'start': {
      const session = new Session(
        data.run,
        data.experiment,
        send,
        data.main ? portrait : null,
        data.edges && { edges: data.edges, name: binName, offset: BIN_OFFSET, index: data.experiment.methods.length },
        data.keep,
      );
      sessions.set(data.run, session);
      const going = session.go(data.backend, data.goOn).finally(() => sessions.delete(data.run));
      if (data.keep) whileRunning(data.keep.key, going);
      break;
    }
    case 'self-test':
      import('./selftest.ts').then(({ selfTest }) => selfTest(data.backend, send));
      break;
    case 'portrait-open':
    case 'portrait-view':
    case 'portrait-close':
    case 'portrait-data':
      portrait.handle(data);
      break;
    default:
      sessions.get(data.run)?.[data.type]();
  }
});
