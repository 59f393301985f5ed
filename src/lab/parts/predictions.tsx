/** What theory says of the settings: the rate of decay, the critical step size, the end of the limit. */
import { readable } from '../../results/plot/axis.ts';
import { experiment } from '../state/experiment.ts';
import { criticalStepSize, live } from '../state/live.ts';
import type { Run } from '../state/runs.ts';
import { Tex } from './tex.tsx';

/** Of the settings as they are; until they are followed, of the run. */
export function Predictions({ run }: { readonly run: Run }) {
  const now = live.value;
  const found = now ? now.prediction : (run.data.value.ending?.prediction ?? null);
  const { stepSize } = experiment.value ?? run.experiment;
  const critical = found?.criticalStepSize ?? (now ? criticalStepSize.value : null);
  const rate = found?.terminalRate ?? null;
  const blowUp = now?.blowUp ?? null;
  if (now?.problem) return <>The limit {now.problem}.</>;
  return (
    <>
      {blowUp !== null && <strong>The limit explodes at t = {readable(blowUp, 3)}. </strong>}
      {rate !== null && (
        <>
          Near zero risk <Tex tex="R \sim e^{-\rho t}" plain="R ~ e^(−ρt)" />, <Tex tex="\rho" plain="ρ" /> ={' '}
          {readable(rate, 3)}.{' '}
        </>
      )}
      {critical !== null && typeof stepSize === 'number' && (
        <>
          Critical step size <Tex tex="\gamma_c" plain="γ_c" /> = {readable(critical, 3)}:{' '}
          <Tex tex="\gamma" plain="γ" /> is {readable(stepSize / critical, 2)} of it.
        </>
      )}
    </>
  );
}
