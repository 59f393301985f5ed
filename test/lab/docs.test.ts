/** The documents as pages beside the lab: every formula is set, and every link among them leads somewhere. */
import { describe, expect, it } from 'vitest';
import { docPages } from '../../src/lab/docs/pages.ts';
import { linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();
const pages = docPages();

describe('every document', () => {
  it.each(pages.map((page) => [page.file, page.text] as const))('%s: formulas and links', (file, text) => {
    // Code may hold dollar signs; prose has none left.
    const prose = text.replace(/<(pre|code|annotation)[^>]*>[\s\S]*?<\/\1>/g, '');
    expect(prose.match(/\$[^$\n]{1,80}\$/g) ?? []).toEqual([]);
    for (const [, to, anchor] of text.matchAll(/href="([\w-]*(?:\.html)?)(?:#([^"]*))?"/g)) {
      const target = pages.find((page) => page.file === (to || file));
      if (to.endsWith('.html') || to === '') expect(target, to).toBeDefined();
      if (target && anchor) expect(target.text, `${to}#${anchor}`).toContain(`id="${decodeURIComponent(anchor)}"`);
    }
  });
});

it('is reached from the page, and stands without scripts', async () => {
  const { page } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  await page.getByRole('link', { name: 'the theory from scratch' }).click();
  await page.locator('math').first().waitFor();
  expect(await page.locator('merror').count()).toBe(0);
  expect(await page.locator('math').first().isVisible()).toBe(true);
  await page.getByRole('link', { name: 'diagflow lab' }).click();
  await page.locator('.legend').waitFor();
});
