/** What is simulated, and what to look for, in a line each. */
import type { Experiment } from '../../problem/index.ts';
import { isChanged } from '../state/changed.ts';
import { experiment, invalid } from '../state/experiment.ts';
import { presetNow } from '../state/presetnow.ts';
import { storyOf } from '../state/stories.ts';
import { universalityHint } from '../state/universality.ts';
import { TAB_HINT, tab } from '../state/view.ts';
import { MathText } from './mathtext.tsx';

/** β and the step of SGD, by parametrization. */
const STEPS = {
  product: [
    '\\beta=u\\odot v',
    'u\\leftarrow u-\\gamma\\,r\\,x\\odot v/\\sqrt d,\\ v\\leftarrow v-\\gamma\\,r\\,x\\odot u/\\sqrt d',
  ],
  difference: [
    '\\beta=u^2-v^2',
    'u\\leftarrow u-2\\gamma\\,r\\,x\\odot u/\\sqrt d,\\ v\\leftarrow v+2\\gamma\\,r\\,x\\odot v/\\sqrt d',
  ],
  square: ['\\beta=u^2', 'u\\leftarrow u-2\\gamma\\,r\\,x\\odot u/\\sqrt d'],
} as const;

type Form = Experiment['problem']['parametrization'];

function stepOf(form: Form): readonly [beta: string, step: string] {
  if (typeof form === 'string') return STEPS[form];
  const { kind, depth: L } = form;
  const gradient = String.raw`u\leftarrow u-\gamma L\,r\,x\odot u^{L-1}/\sqrt d`;
  const beta = kind === 'power' ? `\\beta=u^{${L}}` : `\\beta=u^{${L}}-v^{${L}}`;
  return [beta, gradient.replaceAll('L', String(L)).replace(`{${L}-1}`, `{${L - 1}}`)];
}

/** The model in one line. */
export function Model() {
  const form = experiment.value?.problem.parametrization ?? 'product';
  const [beta, step] = stepOf(form);
  return (
    <p class="model">
      <MathText
        text={`Learn $b$ by $${beta}$, one sample a step: $${step}$, with its error $r=\\langle x,\\beta-b\\rangle/\\sqrt d$. $\\gamma$: step size; $u_0$: start.`}
      />
    </p>
  );
}

/** What hinders a run, else what to look for. */
export function Hint() {
  const wrong = invalid.value;
  const preset = presetNow.value;
  const story = preset && storyOf(preset.name);
  const hint = story && tab.value === (story.tab ?? 'curves') ? story.hint : TAB_HINT[tab.value];
  const tails = experiment.value && universalityHint(experiment.value.problem);
  return (
    <p class={wrong ? 'hint wrong' : 'hint'}>
      {wrong ? (
        `Cannot run: ${wrong.message}`
      ) : isChanged.value ? (
        'The settings differ from the run shown. PDE and gradient flow have followed; of the last run a shadow is left.'
      ) : (
        <MathText text={tails ? `${hint} ${tails}` : hint} />
      )}
    </p>
  );
}
