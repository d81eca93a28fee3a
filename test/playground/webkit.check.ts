/** The playground in WebKitGTK. Its driver can only look and evaluate, which is enough to see that the page works there. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Browser, type Look, launchWebKit } from './browsers.mjs';
import { q, said } from './expressions.js';
import { type Server, serve } from './server.mjs';

describe.runIf(launchWebKit || process.env.CI === 'true')('WebKitGTK', () => {
  let server: Server;
  let browser: Browser<Look>;
  beforeAll(async () => {
    expect(launchWebKit, 'WebKitWebDriver is not installed').toBeDefined();
    server = await serve(true, { collect: true });
    browser = await (launchWebKit as () => Promise<Browser<Look>>)();
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function visit(hash: string, act: (page: Look) => Promise<unknown>, from = server): Promise<void> {
    const page = await browser.open(from.origin + hash);
    try {
      await page.until('document.documentElement.dataset.ready');
      await act(page);
      expect(await page.run('window.problems')).toEqual([]);
    } finally {
      await page.close();
    }
  }
  const numberIn = (selector: string): string => `Number.parseFloat(${q(selector)}.textContent.replace(/[<,]/g, ''))`;

  test('XOR is learned: the loss falls, the run is paused and goes on', async () => {
    await visit('#points?data=xor&speed=full', async (page) => {
      const first = (await page.until(`${numberIn('#points-epoch')} >= 1 && ${numberIn('#points-loss')}`)) as number;
      await page.until(`${numberIn('#points-accuracy')} >= 97`, 120);
      expect(await page.run(numberIn('#points-loss'))).toBeLessThan(first / 2);
      // It may be over before it is paused.
      await page.run(`${q('#points-run')}.click()`);
      await page.until(`${q('#points-run')}.textContent === 'Train'`);
      const epoch = await page.run(numberIn('#points-epoch'));
      await page.run(`${q('#points-run')}.click()`);
      await page.until(`${numberIn('#points-epoch')} > ${epoch}`);
      console.log(`WebKitGTK ${browser.version}: loss ${first}, then ${await page.run(numberIn('#points-loss'))}`);
    });
  });

  test('digits are learned, and a test image is recognised', async () => {
    await visit('#digits', async (page) => {
      await page.until(said('Done'), 170);
      expect(await page.run(numberIn('#digits-test-accuracy'))).toBeGreaterThan(94);
      await page.run(`${q('#pad-sample')}.click()`);
      await page.until(`${q('#answer')}.textContent === '7'`);
    });
  });

  // WebKit runs a page's modules before its style sheets are there.
  test('style sheets may come late', async () => {
    const slow = await serve(true, { collect: true, late: '.css' });
    try {
      await visit('#points?data=xor', (page) => page.until(said('Training')), slow);
    } finally {
      slow.close();
    }
  });

  test('irises are learned and reported on', async () => {
    await visit('#table', async (page) => {
      await page.run(`${q('[data-sample="iris"]')}.click()`);
      await page.until(said('Done: Accuracy'), 120);
      expect(await page.run(`${q('#report')}.srcdoc.includes('<svg')`)).toBe(true);
    });
  });
});
