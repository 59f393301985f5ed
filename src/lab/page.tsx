/** The page itself, loaded while its worker starts. */
import { render } from 'preact';
import { z } from 'zod';
import { App } from './parts/app.tsx';
import { keepAddress } from './state/address.ts';
import { lookAround } from './state/runs.ts';

export function show(): void {
  // The page's security policy forbids making code from text.
  z.config({ jitless: true });
  // The run first: a look at the adapters would stand in its way.
  keepAddress().finally(lookAround);
  render(<App />, document.getElementById('app')!);
}
