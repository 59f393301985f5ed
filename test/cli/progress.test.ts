/** Lines of progress: never wider than the terminal, and a time left only where one can be known. */
import { describe, expect, it } from 'vitest';
import { barLine } from '../../src/cli/progress.ts';
import { TimeLeft } from '../../src/cli/timeleft.ts';
import { wrap } from '../../src/results/index.ts';

describe('a bar', () => {
  const bar = { name: 'sgd[12]', progress: 0.625, left: '59 min 59 s left', speed: '123 M coordinate-steps/s' };

  it('is as wide as its terminal at most, and says as much as fits', () => {
    for (let width = 20; width <= 140; width++) {
      const line = barLine(bar, width);
      expect(line.length).toBeLessThanOrEqual(width);
      expect(line).toContain('62%');
      if (width >= 40) expect(line).toContain(bar.left);
      if (width >= 80) expect(line).toContain(bar.speed);
    }
    expect(barLine(bar, 100)).toBe(
      `sgd[12] [${'='.repeat(19)}${'-'.repeat(11)}]  62%  59 min 59 s left  123 M coordinate-steps/s`,
    );
  });
});

describe('the time left', () => {
  it('of steady work is right from two seconds on', () => {
    const left = new TimeLeft();
    for (let time = 5; time < 20; time += 0.1) {
      const found = left.at(time, 40 * (time - 5), 4000);
      if (time < 6.95) expect(found).toBeNull();
      else if (time > 7.05) expect(found).toBeCloseTo(105 - time, 6);
    }
  });

  it('of a run that goes on does not count what was done before', () => {
    const left = new TimeLeft();
    let found: number | null = null;
    for (let time = 0; time <= 5; time += 0.125) found = left.at(time, 900 + 10 * time, 1000);
    expect(found).toBeCloseTo(5, 6);
  });

  it('is unknown while work comes ever faster, as it does where a PDE begins', () => {
    const left = new TimeLeft();
    for (let time = 0; time < 6; time += 0.1) expect(left.at(time, 1e-6 * 10 ** time, 100)).toBeNull();
  });

  it('and where nothing comes any more', () => {
    const left = new TimeLeft();
    for (let time = 0; time < 9; time += 0.1) left.at(time, Math.min(time, 3), 10);
    expect(left.at(9, 3, 10)).toBeNull();
  });

  it('is found in bounded time and memory over a long run', () => {
    const left = new TimeLeft();
    let found: number | null = null;
    for (let time = 0; time < 1e5; time += 0.5) found = left.at(time, time, 2e5);
    expect(found! / 1e5).toBeCloseTo(1, 4);
  });
});

it('text is wrapped between words, long words are cut, nothing is lost', () => {
  const text = `one ${'y'.repeat(50)} two three four five six seven 𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘𝔘`;
  for (let width = 5; width < 90; width++) {
    const lines = wrap(text, width, '  ');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''));
    expect(lines.some((line) => /\p{Surrogate}/u.test(line))).toBe(false);
  }
});
