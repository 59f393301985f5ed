/** The page shows what it is given as text, whatever it is, and runs nothing but its own files. */
import { expect, it } from 'vitest';
import { makeResult } from '../results/fixture.ts';
import { linkTo, SMALL, untilRun, useLab } from './page.ts';

const lab = useLab();
const EVIL = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>';

it('has a policy before anything else, which forbids inline scripts, and a broken policy is a complaint', async () => {
  const { page, complaints } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  const first = page.locator('head > *').first();
  expect(await first.getAttribute('http-equiv')).toBe('Content-Security-Policy');
  const policy = (await first.getAttribute('content')) ?? '';
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/);
  expect(complaints).toEqual([]);
  const outcome = await page.evaluate(async () => {
    const script = document.createElement('script');
    script.textContent = 'window.pwned = 1';
    document.body.append(script);
    // Later, since what a debugger runs may make code.
    const made = await new Promise<string>((resolve) => {
      setTimeout(() => {
        try {
          resolve(String(new Function('return 1')()));
        } catch {
          resolve('not made');
        }
      });
    });
    return [String((window as { pwned?: number }).pwned), made];
  });
  expect(outcome).toEqual(['undefined', 'not made']);
  expect(complaints.splice(0).some((text) => text.includes('Content Security Policy'))).toBe(true);
});

it('shows markup in an imported result, its name, its messages and its software as text', async () => {
  const { page } = await lab.visit(linkTo(SMALL));
  await untilRun(page, 'finished');
  const made = makeResult({
    methods: [{ kind: 'sgd', replicas: 3 }, { kind: 'flow' }],
    events: [
      { method: 'sgd', index: 0, kind: 'failed', time: 1, message: `${EVIL} message` },
      { method: 'sgd', index: 0, kind: 'diverged', time: 1, replica: 1, message: `${EVIL} replica` },
    ],
  });
  const provenance = { ...made.provenance, software: `${EVIL} software`, started: `${EVIL} started` };
  const input = page.getByLabel('Results or experiments to open');
  const buffer = Buffer.from(JSON.stringify({ ...made, provenance }));
  await input.setInputFiles({ name: `${EVIL} name.json`, mimeType: 'application/json', buffer });
  await untilRun(page, 'from a file');
  expect(await page.locator('.run.current input.run-name').inputValue()).toContain('<img src=x');
  await page.locator('.notice', { hasText: '<img src=x onerror="window.pwned=1">' }).first().waitFor();
  // A file that is refused is quoted, and so is a link.
  const refused = Buffer.from(JSON.stringify({ format: EVIL, experiment: { [EVIL]: EVIL } }));
  await input.setInputFiles({ name: `${EVIL}.json`, mimeType: 'application/json', buffer: refused });
  await page.getByTestId('import-message').filter({ hasText: '<img' }).waitFor();
  await page.evaluate(
    (hash) => {
      location.hash = hash;
    },
    `#${new URLSearchParams({ preset: EVIL })}`,
  );
  await page.getByRole('alert').filter({ hasText: '<img' }).waitFor();
  expect(await page.locator('#app img, #app script, #app iframe').count()).toBe(0);
  expect(await page.evaluate(() => (window as { pwned?: number }).pwned)).toBeUndefined();
});
