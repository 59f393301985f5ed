/** Guided tours: the list of them, and the step that is shown. */
import { linkOf, TOURS, touring } from '../state/tours.ts';
import { MathText } from './mathtext.tsx';

export function TourList() {
  return (
    <details class="tours" open={touring.value === null}>
      <summary>Guided tours</summary>
      <ul>
        {TOURS.map((tour) => (
          <li key={tour.name}>
            <a href={linkOf(tour, 0)}>{tour.title}</a>
          </li>
        ))}
      </ul>
      <p class="quiet">
        Read on: <a href="./docs/theory.html">the theory from scratch</a>, <a href="./docs/lab.html">this page</a>,{' '}
        <a href="./docs/pde.html">the PDE</a>; the paper:{' '}
        <a href="https://arxiv.org/abs/2605.17177">arXiv:2605.17177</a>
      </p>
    </details>
  );
}

export function TourStep() {
  const now = touring.value;
  if (now === null) return null;
  const { tour, step } = now;
  const { text, question } = tour.steps[step];
  const last = tour.steps.length - 1;
  return (
    <section class="tour" aria-labelledby="tour-title">
      <h2 id="tour-title">{tour.title}</h2>
      <p class="quiet">
        Step {step + 1} of {last + 1}
      </p>
      <p>
        <MathText text={text} />
      </p>
      {question && (
        <p class="question">
          <strong>Try:</strong> <MathText text={question} />
        </p>
      )}
      <nav class="buttons" aria-label="Steps of the tour">
        {step > 0 && <a href={linkOf(tour, step - 1)}>Back</a>}
        {step < last && (
          <a class="primary" href={linkOf(tour, step + 1)}>
            Next
          </a>
        )}
        <button
          type="button"
          onClick={() => {
            touring.value = null;
          }}
        >
          {step < last ? 'Leave the tour' : 'Done'}
        </button>
      </nav>
    </section>
  );
}
