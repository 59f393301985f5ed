/** For people: keyboard, what assistive technology finds, themes and sizes. */
import AxeBuilder from '@axe-core/playwright';
import { describe, expect, it } from 'vitest';
import { linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();

describe('keyboard', () => {
  it('is enough: run, read the plot, change tabs, change a field, hide a series, stop', async () => {
    const { page } = await lab.visit(linkTo({ ...SMALL, problem: { dimension: 16 } }));
    await untilRun(page, 'finished');
    const focused = () =>
      page.evaluate(
        () =>
          document.activeElement?.textContent ||
          document.activeElement?.getAttribute('aria-label') ||
          document.activeElement?.id ||
          '',
      );
    // By Tab alone from the top of the page to the first tab.
    const seen: string[] = [];
    for (let k = 0; k < 14; k++) {
      await page.keyboard.press('Tab');
      seen.push(await focused());
      if (seen.at(-1) === 'Curves') break;
    }
    expect(seen[0]).toBe('To the plot');
    expect(seen).toContain('Run again');
    expect(seen.at(-1)).toBe('Curves');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('Residual');
    expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Residual');
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    // To the plot: its cursor and window move by arrows.
    await page.locator('.canvas canvas').waitFor();
    await page.locator('.canvas').focus();
    await page.keyboard.press('End');
    await page.waitForFunction(() => document.querySelector('.plot-bar .at')?.textContent === 't = 2.000');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => document.querySelector('.plot-bar .at')?.textContent === 't = 1.900');
    expect(await page.getByRole('status').last().textContent()).toContain('t = 1.90');
    await page.keyboard.press('+');
    await page.waitForFunction(
      () => !(document.querySelector('button[title^="Show everything"]') as HTMLButtonElement).disabled,
    );
    await page.keyboard.press('0');
    await page.waitForFunction(
      () => (document.querySelector('button[title^="Show everything"]') as HTMLButtonElement).disabled,
    );
    // A series is switched off and on.
    const key = page.locator('.legend-item', { hasText: 'gradient flow' });
    await key.focus();
    await page.keyboard.press('Space');
    expect(await key.getAttribute('aria-pressed')).toBe('false');
    await page.keyboard.press('Space');
    // A field by arrows, then run by shortcut, then stop.
    await page.getByLabel('horizon', { exact: false }).first().fill('4000');
    await page.keyboard.press('ArrowUp');
    expect(await page.getByLabel('horizon', { exact: false }).first().inputValue()).toBe('4100');
    await page.keyboard.press('Control+Enter');
    await untilRun(page, 'running');
    await page.keyboard.press('Escape');
    await untilRun(page, 'stopped early');
  });

  it('shows where it is', async () => {
    const { page } = await lab.visit(linkTo(SMALL));
    await untilRun(page, 'finished');
    const bare: string[] = [];
    for (let k = 0; k < 40; k++) {
      await page.keyboard.press('Tab');
      const found = await page.evaluate(() => {
        const element = document.activeElement as HTMLElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return outlineStyle === 'none' || Number.parseFloat(outlineWidth) < 1 ? element.outerHTML.slice(0, 80) : '';
      });
      if (found !== '') bare.push(found);
    }
    expect(bare).toEqual([]);
  });
});

describe('axe', () => {
  it.each(['light', 'dark'] as const)(
    'finds nothing serious in the %s theme',
    async (colorScheme) => {
      // The checker is a script from outside; the policy that refuses it is tested by every other page.
      const { page } = await lab.visit(linkTo(SMALL), { colorScheme, bypassCSP: true });
      await untilRun(page, 'finished');
      await page.locator('details').evaluateAll((all) => {
        for (const details of all) (details as HTMLDetailsElement).open = true;
      });
      const check = async (what: string, part = 'body') => {
        const { violations } = await new AxeBuilder({ page }).include(part).analyze();
        const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
        expect(serious.map(({ id, nodes }) => `${what}: ${id} ${nodes[0].html}`)).toEqual([]);
      };
      // Colours are what differs between the themes: all views in one of them, and in the other the parts that they are made of.
      const others = ['Residual', 'Drift and noise', 'Density of β', 'Concentration', 'Phase portrait'];
      const tabs = ['Curves', ...(colorScheme === 'light' ? others : ['Phase portrait'])];
      for (const tab of tabs) {
        await page.getByRole('tab', { name: tab }).click();
        await check(tab, tab === 'Curves' ? 'body' : '#stage');
      }
      // What is wrong is said as well as what is right: half-typed text, a bad link, the self-test.
      await page.locator('textarea.code').fill('{"problem": ');
      await check('half-typed text');
      await page.evaluate(() => {
        location.hash = '#tab=oven';
      });
      await page.getByRole('alert').waitFor();
      await check('bad link');
      await page.getByRole('button', { name: 'Self-test' }).click();
      await check('self-test');
    },
    120_000,
  );
});

describe('sizes and themes', () => {
  it('stacks on a phone, plot first, and nothing sticks out', async () => {
    const { page } = await lab.visit(linkTo(SMALL), { viewport: { width: 390, height: 844 } });
    await untilRun(page, 'finished');
    const { plot, rail, width } = await page.evaluate(() => ({
      plot: document.querySelector('.canvas')!.getBoundingClientRect().top,
      rail: document.querySelector('.rail')!.getBoundingClientRect().top,
      width: document.documentElement.scrollWidth,
    }));
    expect(plot).toBeLessThan(rail);
    expect(plot).toBeLessThan(844);
    expect(width).toBe(390);
  });

  it('follows the system, and the button', async () => {
    const { page } = await lab.visit(linkTo(SMALL), { colorScheme: 'dark' });
    const background = (color: string) =>
      page.waitForFunction((wanted) => getComputedStyle(document.body).backgroundColor === wanted, color, {
        timeout: 5000,
      });
    await background('rgb(20, 23, 27)');
    await page.getByRole('button', { name: 'Switch to the light theme' }).click();
    await background('rgb(255, 255, 255)');
    await page.reload();
    await background('rgb(255, 255, 255)');
  });
});

describe('the self-test page', () => {
  it('tests the software adapter and gives a report', async () => {
    const { page } = await lab.visit(`${linkTo(SMALL)}&page=self-test`);
    await page.getByRole('button', { name: 'Test the GPU' }).click();
    await page.getByTestId('verdict').filter({ hasText: 'passed' }).waitFor({ timeout: 60_000 });
    const rows = await page.locator('table.checks tbody tr').allTextContents();
    expect(rows.some((row) => /generator/.test(row))).toBe(true);
    expect(rows.some((row) => /short run of SGD against the PDE/.test(row))).toBe(true);
    expect(rows.every((row) => /passed/.test(row))).toBe(true);
  });
});
