/** Ctrl-C. */
import { ExitStatus, Failure } from './failure.ts';

/** First Ctrl-C (or SIGTERM): stop, keep what is finished. Second: leave at once. Returns what to call when the run is over. */
export function stopOnSignal(controller: AbortController, tell: (line: string) => void): () => void {
  const statuses = { SIGINT: ExitStatus.interrupted, SIGTERM: ExitStatus.terminated } as const;
  const onSignal = (name: keyof typeof statuses) => {
    if (controller.signal.aborted) process.exit(statuses[name]);
    tell('stopping, what is finished will be written; press Ctrl-C again to leave at once');
    controller.abort(new Failure(statuses[name], `stopped by ${name}`));
  };
  for (const name of Object.keys(statuses)) process.on(name, onSignal);
  return () => {
    for (const name of Object.keys(statuses)) process.off(name, onSignal);
  };
}
