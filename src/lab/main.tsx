/** Entry of the lab: the worker, which has the most to load, starts first and beside the page. */
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/layout.css';
import './styles/plot.css';
import './styles/rail.css';
import { mendLanguage, pageShown, tellFault, watchFaults } from './fault.ts';
import { wake } from './worker/client.ts';

watchFaults();
mendLanguage();
if (typeof Worker === 'function') {
  wake();
  import('./page.tsx').then(({ show }) => {
    show();
    pageShown();
  }, tellFault);
} else tellFault(new Error('this browser has no workers, in which the lab computes'));
