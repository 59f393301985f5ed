/** Entry of a worker thread, in Node and in a browser: opens jobs, runs ranges of replicas one after the other, sends results. */
import { parseNamedMoment } from '../../expression/moment.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { assist, simulatorOf } from './registry.ts';
import { Runner } from './runner.ts';

type Port = { post(message: FromWorker): void; listen(receive: (message: ToWorker) => void): void };

function openPort(): Port {
  const parent = globalThis.process?.getBuiltinModule?.('node:worker_threads')?.parentPort;
  if (parent) {
    return {
      post: (message) => parent.postMessage(message),
      listen: (receive) => parent.on('message', receive),
    };
  }
  // A dedicated worker's global scope; the DOM library types `self` as a window.
  const scope = globalThis as unknown as Worker;
  return {
    post: (message) => scope.postMessage(message),
    listen: (receive) => scope.addEventListener('message', (event) => receive((event as MessageEvent<ToWorker>).data)),
  };
}

const port = openPort();
const runners = new Map<number, Promise<Runner>>();

port.listen((message) => {
  const { job } = message;
  switch (message.kind) {
    case 'open': {
      const { spec, helpers } = message;
      const runner = simulatorOf(spec.simulator).then((simulator) =>
        Runner.open(simulator, { ...spec, helpers }, spec.moments.map(parseNamedMoment)),
      );
      // Reported when the first range is asked for.
      runner.catch(() => {});
      runners.set(job, runner);
      break;
    }
    case 'assist':
      assist(message.port);
      break;
    case 'run':
      runners
        .get(job)!
        .then((runner) =>
          runner.run(
            message.range,
            (batch) => port.post({ kind: 'batch', job, batch }),
            (range) => port.post({ kind: 'left', job, range }),
          ),
        )
        .then(
          () => port.post({ kind: 'idle', job }),
          (error: unknown) =>
            port.post({
              kind: 'error',
              job,
              message: error instanceof Error ? error.message : String(error),
              stack: error instanceof Error ? (error.stack ?? '') : '',
            }),
        );
      break;
    case 'hold':
      runners.get(job)?.then(
        (runner) => runner.hold(message.held),
        () => {},
      );
      break;
    case 'leave':
    case 'go': {
      const { kind } = message;
      runners.get(job)?.then(
        (runner) => runner[kind](),
        () => {},
      );
      break;
    }
    case 'close':
      runners.get(job)?.then(
        (runner) => {
          runner.close();
        },
        () => {},
      );
      runners.delete(job);
      break;
  }
});

port.post({ kind: 'ready' });
