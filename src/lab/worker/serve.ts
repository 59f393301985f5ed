/** The page's one worker: runs, the look at what the browser offers, the self-test. Engines start threads of their own. */
import { BIN_OFFSET, binName } from '../plot/bins.ts';
import { Portrait } from '../portrait/portrait.ts';
import { forget, unfinished } from './keeper.ts';
import type { ToWorker } from './protocol.ts';
import { whileRunning } from './running.ts';
import { type Send, Session } from './session.ts';
import { lookAround } from './surroundings.ts';

/** Begins to load what runs need; returns what takes the page's messages. */
export function serve(send: Send): (message: ToWorker) => void {
  // What every run asks for first, on its way while the page is still being made; what fails here fails again where it is told.
  import('../../gpu/index.ts').then(({ chooseAdapter }) => chooseAdapter()).catch(() => undefined);
  import('../../cpu/index.ts').catch(() => undefined);
  const portrait = new Portrait((state) => send(state));
  const sessions = new Map<number, Session>();
  const tellUnfinished = async () => send({ type: 'unfinished', kept: await unfinished(tellUnfinished) });
  return (data) => {
    switch (data.type) {
      case 'look':
        lookAround().then((surroundings) => send({ type: 'surroundings', surroundings }));
        break;
      case 'unfinished':
        tellUnfinished();
        break;
      case 'forget':
        forget(data.key).then(tellUnfinished);
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
  };
}
