/** The documentation's site as a reader has it, in Chromium and Firefox: phone and desktop, light and dark, and the search. */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { OpenOptions, Page } from '../playground/browsers.mjs';
import { inEachBrowser, use } from '../playground/each-browser.js';
import { type Server, serve } from '../playground/server.mjs';

const PHONE = { width: 390, height: 844 };
/** Vue has taken over. */
const READY = `document.readyState === 'complete' && Boolean(document.querySelector('#app')?._vnode)`;
const pages = readdirSync(new URL('../../dist/docs/', import.meta.url), { recursive: true })
  .map(String)
  .filter((name) => name.endsWith('.html') && name !== '404.html');

let server: Server;
beforeAll(async () => {
  server = await serve(false, { folder: 'docs' });
});
afterAll(() => server.close());

inEachBrowser((name, browser) => {
  /** Opens a page, does something, and looks whether anything went wrong or was fetched from elsewhere. */
  async function visit(path: string, act: (page: Page) => Promise<void>, options?: OpenOptions): Promise<void> {
    await use(
      await browser().open(server.origin + path, options),
      (url) => url.startsWith(server.origin) || url.startsWith('data:'),
      async (page) => {
        await page.until(READY);
        await act(page);
      },
    );
  }

  /** Clicks, and once more where the page was not listening yet. */
  async function click(page: Page, selector: string, effect: string): Promise<void> {
    for (let attempt = 0; attempt < 10; attempt++) {
      await page.click(selector);
      if (await page.until(effect, 2).catch(() => false)) return;
    }
    throw new Error(`${selector} does nothing`);
  }

  test('the search answers, and its answer opens', async () => {
    await visit('index.html', async (page) => {
      await click(page, '#local-search button', `Boolean(document.querySelector('#localsearch-input'))`);
      await page.focus('#localsearch-input');
      for (const key of 'early stopping') await page.press(key);
      // The box looks again after each letter.
      await new Promise((resolve) => setTimeout(resolve, 600));
      const first = (await page.until(`document.querySelector('.VPLocalSearchBox .result')?.getAttribute('href')`)) as string;
      expect(first).not.toContain('/api/');
      await page.press('Enter');
      await page.until(`location.pathname + location.hash === ${JSON.stringify(first)} && Boolean(document.querySelector('.vp-doc h1'))`);
    });
  });

  test('on a phone the menu leads to every page', async () => {
    await visit(
      'index.html',
      async (page) => {
        await click(page, '.VPLocalNav .menu', `Boolean(document.querySelector('.VPSidebar.open'))`);
        const links = (await page.run(
          `[...document.querySelectorAll('.VPSidebar a')].map((link) => link.pathname.slice(1)).join()`,
        )) as string;
        expect(pages.filter((path) => !['index.html', 'api/index.html'].includes(path) && !links.split(',').includes(path))).toEqual([]);
        await page.click('.VPSidebar a[href="/training.html"]');
        await page.until(`document.querySelector('h1')?.textContent.startsWith('Training')`);
      },
      PHONE,
    );
  });

  test('on a phone no page is wider than the screen', async () => {
    expect(pages.length).toBeGreaterThan(25);
    await visit(
      'index.html',
      async (page) => {
        for (const path of pages) {
          await page.goto(server.origin + path);
          expect(await page.run('document.documentElement.scrollWidth - document.documentElement.clientWidth'), path).toBe(0);
        }
      },
      PHONE,
    );
  });

  // One page of a kind. Only Chromium's driver can ask for dark.
  const kinds = ['index', 'start', 'architecture', 'performance', 'tables', 'errors', 'api/gradlet/predict'];
  for (const dark of name === 'Chromium' ? [false, true] : []) {
    test(`${dark ? 'dark' : 'light'}: contrast and names are those of WCAG 2.2 AA`, async () => {
      await visit(
        'index.html',
        async (page) => {
          expect(await page.run(`document.documentElement.classList.contains('dark')`)).toBe(dark);
          for (const path of kinds) {
            await page.goto(`${server.origin}${path}.html`);
            await page.until(READY);
            expect(await page.objections(), path).toEqual([]);
          }
        },
        { ...(dark && PHONE), dark },
      );
    });
  }

  test.runIf(name === 'Chromium')('drawings are dark where the page is', async () => {
    const ground = `(() => {
      const [image] = document.querySelectorAll('.vp-doc img');
      const canvas = Object.assign(document.createElement('canvas'), { width: 100, height: 50 });
      const context = canvas.getContext('2d');
      context.drawImage(image, 0, 0, 100, 50);
      return context.getImageData(2, 40, 1, 1).data[0];
    })()`;
    for (const dark of [false, true]) {
      await visit(
        'architecture.html',
        async (page) => {
          await page.until(`document.querySelector('.vp-doc img')?.naturalWidth`);
          const red = (await page.run(ground)) as number;
          if (dark) expect(red).toBeLessThan(60);
          else expect(red).toBeGreaterThan(200);
        },
        { dark },
      );
    }
  });
});
