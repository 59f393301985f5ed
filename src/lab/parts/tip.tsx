/** The sentence on a control, beside it, while it is hovered over or has the focus. Escape puts it away. */
import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

interface Shown {
  readonly text: string;
  readonly left: number;
  readonly top: number;
}

const WIDTH = 260;

export function WithTips({ children }: { readonly children: ComponentChildren }) {
  const shown = useSignal<Shown | null>(null);
  const focused = useRef<Element | null>(null);
  const show = (target: Element | null) => {
    const field = target?.closest('.field, .check, .several');
    const text = field?.querySelector<HTMLElement>('[data-about]')?.dataset.about ?? '';
    if (!field || text === '') {
      shown.value = null;
      return;
    }
    const box = field.getBoundingClientRect();
    const beside = box.right + 24;
    const fits = beside + WIDTH < innerWidth;
    shown.value = fits
      ? { text, left: beside, top: Math.max(8, Math.min(box.top, innerHeight - 96)) }
      : { text, left: box.left, top: box.bottom + 4 };
  };
  const at = shown.value;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only watches where the pointer and the focus are
    <div
      class="with-tips"
      onPointerOver={(event) => event.pointerType !== 'touch' && show(event.target as Element)}
      onPointerLeave={() => show(focused.current)}
      onFocusIn={(event) => {
        focused.current = event.target as Element;
        show(focused.current);
      }}
      onFocusOut={() => {
        focused.current = null;
        shown.value = null;
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') shown.value = null;
      }}
    >
      {children}
      {at !== null && (
        <p class="tip" role="tooltip" style={{ left: `${at.left}px`, top: `${at.top}px` }}>
          {at.text}
        </p>
      )}
    </div>
  );
}
