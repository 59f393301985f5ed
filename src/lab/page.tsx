/** The page itself, loaded while its worker starts. */
import { render } from 'preact';
import { App } from './parts/app.tsx';
import { watchPrint } from './plot/print.ts';
import { keepAddress } from './state/address.ts';
import { followControls } from './state/live.ts';
import { endWithPage, lookAround } from './state/runs.ts';

export function show(): void {
  endWithPage();
  // The run first: a look at the adapters would stand in its way.
  keepAddress().finally(lookAround);
  followControls();
  watchPrint();
  render(<App />, document.getElementById('app')!);
}
