/** The experiment file as text, in step with the controls. */
import { useId } from 'preact/hooks';
import { invalid, isJson, text } from '../state/experiment.ts';

export function TextView() {
  const id = useId();
  const wrong = invalid.value;
  return (
    <details class={`group${wrong ? ' has-error' : ''}`}>
      <summary>
        <span class="group-title">Text of the file</span>
        <span class="group-holds">{wrong ? 'has an error' : 'JSON, editable'}</span>
      </summary>
      <div class="group-body">
        <label class="hidden-label" for={id}>
          The experiment file as JSON: the controls and this text follow each other
        </label>
        <textarea
          id={id}
          class="code"
          rows={18}
          spellcheck={false}
          value={text.value}
          aria-invalid={wrong !== null}
          aria-describedby={`${id}-error`}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <p class="field-error" id={`${id}-error`} role="status">
          {wrong ? `${wrong.message}${isJson.value ? '' : '. The controls rest until it is JSON again.'}` : ''}
        </p>
      </div>
    </details>
  );
}
