/** Visits of the playground: its servers, its pages as they are opened, and what all tests ask of them. Knows no single tab's contents. */
import { afterAll, beforeAll } from 'vitest';
import type { Browser, OpenOptions, Page } from './browsers.mjs';
import { inEachBrowser, use } from './each-browser.js';
import { q, said } from './expressions.js';
import { type Server, serve } from './server.mjs';

export const shown = (selector: string): string => `(!${q(selector)}.closest('[hidden]'))`;
export const number = async (page: Page, selector: string): Promise<number> =>
  Number.parseFloat((await page.text(selector)).replace(/[<,]/g, ''));
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** Waits for a text in the line that says how things are. */
export const status = (page: Page, start: string, seconds?: number): Promise<unknown> => page.until(said(start), seconds);

/** What a click hands over as a file: its bytes are taken where they become a URL. */
export async function downloaded(page: Page, selector: string): Promise<Uint8Array> {
  await page.run(`(() => {
    window.taken = undefined;
    window.makeUrl ??= URL.createObjectURL;
    URL.createObjectURL = (blob) => {
      blob.arrayBuffer().then((buffer) => { window.taken = Array.from(new Uint8Array(buffer)); });
      return window.makeUrl.call(URL, blob);
    };
  })()`);
  await page.click(selector);
  await page.until('window.taken');
  return Uint8Array.from(JSON.parse((await page.run('JSON.stringify(window.taken)')) as string));
}

export interface Playground {
  /** The browser's. */
  readonly name: string;
  readonly browser: () => Browser;
  /** Servers with the headers that isolate a page, and without them. */
  readonly isolated: () => Server;
  readonly plain: () => Server;
  /** Opens a page, does something, and looks whether anything went wrong or was fetched from elsewhere. */
  visit(server: () => Server, hash: string, act: (page: Page) => Promise<void>, options?: OpenOptions): Promise<void>;
}

/** Declares tests of the playground once for each browser. */
export function inPlayground(tests: (playground: Playground) => void): void {
  let isolated: Server;
  let plain: Server;
  beforeAll(async () => {
    isolated = await serve(true);
    plain = await serve(false);
  });
  afterAll(() => {
    isolated.close();
    plain.close();
  });

  inEachBrowser((name, browser) => {
    /**
     * A page whose scripts have started. While Firefox is driven, about one in twenty `new Worker` inside a worker never returns, in pages
     * without a line of gradlet too; undriven, none of 500 did so. Where threads are asked for, such a page is opened once more.
     */
    async function open(server: () => Server, hash: string, options?: OpenOptions, tries = 5): Promise<Page> {
      const page = await browser().open(server().origin + hash, options);
      const mayHang = name === 'Firefox' && hash.includes('threads=2');
      try {
        await page.until('document.documentElement.dataset.ready');
        if (mayHang) await page.until(`Number.parseFloat(${q('#points-epoch')}.textContent) > 0`, 10);
        return page;
      } catch (error) {
        await page.close();
        if (!mayHang || tries === 1) throw error;
        console.log(`${name} ${browser().version}: opened once more, for ${(error as Error).message}`);
        return open(server, hash, options, tries - 1);
      }
    }

    tests({
      name,
      browser,
      isolated: () => isolated,
      plain: () => plain,
      async visit(server, hash, act, options) {
        const page = await open(server, hash, options);
        await use(page, (url) => url.startsWith(server().origin) || /^(blob|data):/.test(url), act);
      },
    });
  });
}
