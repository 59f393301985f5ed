/** Entry of the lab. */
import { render } from 'preact';
import { z } from 'zod';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/plot.css';
import './styles/rail.css';
import { App } from './parts/app.tsx';
import { keepAddress } from './state/address.ts';
import { lookAround } from './state/runs.ts';

// The page's security policy forbids making code from text.
z.config({ jitless: true });

lookAround();
keepAddress();
render(<App />, document.getElementById('app')!);
