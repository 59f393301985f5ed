/** Ctrl-C. */
import { ExitStatus, Failure } from './failure.ts';

/**
 * First Ctrl-C (or SIGTERM; SIGHUP of a terminal that closes, SIGBREAK of Windows): stop, keep what is finished; `before` may put the abort off. Second: leave at once. Returns what to call
 * when the run is over.
 */
export function stopOnSignal(
  controller: AbortController,
  tell: (line: string) => void,
  before = (abort: () => void) => abort(),
): () => void {
  let isAsked = false;
  const statuses = {
    SIGINT: ExitStatus.interrupted,
    SIGTERM: ExitStatus.terminated,
    SIGHUP: ExitStatus.hungUp,
    SIGBREAK: ExitStatus.broken,
  } as const;
  const onSignal = (name: keyof typeof statuses) => {
    if (isAsked) process.exit(statuses[name]);
    isAsked = true;
    tell('stopping, what is finished will be written; press Ctrl-C again to leave at once');
    before(() => controller.abort(new Failure(statuses[name], `stopped by ${name}`)));
  };
  for (const name of Object.keys(statuses)) process.on(name, onSignal);
  return () => {
    for (const name of Object.keys(statuses)) process.off(name, onSignal);
  };
}
