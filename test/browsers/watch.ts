/** Scripts that note what a page and its workers complain of, in any browser: not every driver tells of the console. */

const TELL = `
  addEventListener('error', (event) => tell('error: ' + (event.message ?? event.target?.src ?? event.target?.href)), true);
  addEventListener('unhandledrejection', ({ reason }) => tell('rejection: ' + reason));
  addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI, sourceFile, lineNumber, sample }) =>
    tell(['violation of ' + effectiveDirective, blockedURI, sourceFile, lineNumber, sample].join(' ')));
  for (const name of ['error', 'warn']) {
    const say = console[name];
    console[name] = (...words) => {
      tell(name + ': ' + words.join(' '));
      say.apply(console, words);
    };
  }`;

/** Before a page's own: `complaints` are its and its workers', `told` counts what its workers have said by kind, `means` are the curves. */
export const WATCH_PAGE = `
  globalThis.complaints = [];
  globalThis.told = {};
  globalThis.means = {};
  {
    const tell = (words) => complaints.push(words);
    ${TELL}
    new BroadcastChannel('complaints').onmessage = ({ data }) => tell(data);
    globalThis.Worker = class extends Worker {
      constructor(...all) {
        super(...all);
        this.addEventListener('message', ({ data }) => {
          told[data.type] = (told[data.type] ?? 0) + 1;
          // Not those of the limit that follows the controls, which is another worker's.
          if (data.type === 'curves') for (const { method, mean } of data.curves) means[method] = Array.from(mean);
        });
      }
    };
  }`;

/** Before a worker's own. */
export const WATCH_WORKER = `
  {
    const channel = new BroadcastChannel('complaints');
    const tell = (words) => channel.postMessage('in a worker: ' + words);
    ${TELL}
  }`;
