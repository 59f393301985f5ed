/** Entry of the lab: the worker, which has the most to load, starts first and beside the page. */
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/plot.css';
import './styles/rail.css';
import { wake } from './worker/client.ts';

wake();
import('./page.tsx').then(({ show }) => show());
