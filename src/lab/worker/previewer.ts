/** Entry of the worker that follows the controls: nothing imports it, so that no engine evaluates it twice. It says when it listens. */
import('./preview.ts').then(({ Previews }) => {
  const scope = globalThis as unknown as Worker;
  const previews = new Previews((answer) => scope.postMessage(answer));
  scope.addEventListener('message', ({ data }) => previews.ask(data));
  scope.postMessage({ ready: true });
});
