/** The page: controls, plot, runs; in a frame of another page, or for a projector, the plot with the controls that were chosen. */
import { useSignalEffect } from '@preact/signals';
import { linkMessage } from '../state/address.ts';
import { frame, hasPart, isLarge } from '../state/frame.ts';
import { current, isActive, stop } from '../state/runs.ts';
import { isNarrow, page, theme } from '../state/view.ts';
import { spoken } from '../state/voice.ts';
import { Controls, EmbedFoot } from './embed.tsx';
import { begin, Head, RunBar } from './head.tsx';
import { Hint, Model } from './model.tsx';
import { Rail } from './rail.tsx';
import { importFiles, importMessage, Runs } from './runs.tsx';
import { SelfTest } from './selftest.tsx';
import { Share } from './share.tsx';
import { Stage, Tabs } from './stage.tsx';
import { EngineNotice, Notices, Status } from './status.tsx';
import { WithTips } from './tip.tsx';
import { TourList, TourStep } from './tour.tsx';

/** Ctrl-Enter runs, Escape stops. */
function shortcuts(event: KeyboardEvent): void {
  const run = current.value;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    begin();
  } else if (event.key === 'Escape' && run && isActive(run)) stop(run);
}

export function App() {
  useSignalEffect(() => {
    document.documentElement.dataset.theme = theme();
  });
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: files may be dropped anywhere; the import button does the same
    <div
      class={['app', frame.value.embed && 'embed', !hasPart('tools') && 'bare', isLarge.value && 'large']
        .filter(Boolean)
        .join(' ')}
      onKeyDown={shortcuts}
      onDragOver={(event) => event.preventDefault()}
      onDrop={(event) => {
        event.preventDefault();
        if (event.dataTransfer) importFiles([...event.dataTransfer.files], importMessage.tell);
      }}
    >
      {frame.value.embed ? <Embedded /> : <Whole />}
      <p class="off-screen" role="status" aria-live="polite">
        {spoken.value}
      </p>
    </div>
  );
}

function LinkMessage() {
  return linkMessage.value === '' ? null : (
    <p class="notice wrong" role="alert">
      {linkMessage.value}
    </p>
  );
}

/** In a frame of another page. */
function Embedded() {
  return (
    <main class="main">
      <h1 class="off-screen">diagflow lab</h1>
      <LinkMessage />
      <TourStep />
      {hasPart('hint') && <Hint />}
      {hasPart('tabs') && <Tabs />}
      <Stage />
      <Controls />
      {hasPart('run') && <RunBar />}
      <Status />
      <Notices />
      <EmbedFoot />
    </main>
  );
}

function Whole() {
  return (
    <>
      <button type="button" class="skip" onClick={skip}>
        To the plot
      </button>
      <Head />
      {page.value === 'self-test' ? (
        <main class="main">
          <SelfTest />
        </main>
      ) : (
        <div class="places">
          <main class="main">
            <LinkMessage />
            {/* What is seen without scrolling: it fills the window, and notices come below it, so that none moves the plot. */}
            {(isNarrow.value || isLarge.value) && <TourStep />}
            <div class="screen">
              <Model />
              <Hint />
              <Tabs />
              <Stage />
              {isLarge.value && <Controls />}
              <Status />
            </div>
            <Notices />
            {!isLarge.value && <EngineNotice />}
          </main>
          {!isLarge.value && (
            <>
              <aside class="rail" aria-label="Controls">
                <WithTips>
                  <Rail />
                </WithTips>
              </aside>
              <aside class="side" aria-label="Runs">
                {!isNarrow.value && <TourStep />}
                <TourList />
                <Runs />
                <Share />
              </aside>
            </>
          )}
        </div>
      )}
    </>
  );
}

/** Past the header and the buttons. */
function skip(): void {
  const target = document.querySelector<HTMLElement>('.canvas') ?? document.getElementById('stage');
  target?.focus();
}
