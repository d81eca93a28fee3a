/** A suite for each browser that is wanted, and what is looked at after every use of a page. Knows no page's contents. */
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { type Browser, type Page, WANTED } from './browsers.mjs';

/** Declares tests once for each browser; the browser is there while they run. */
export function inEachBrowser(tests: (name: string, browser: () => Browser) => void): void {
  describe.each(WANTED)('%s', (name, launch) => {
    let browser: Browser;
    beforeAll(async () => {
      expect(launch, `${name} is not installed`).toBeDefined();
      browser = await (launch as () => Promise<Browser>)();
    });
    afterAll(() => browser?.close());
    tests(name, () => browser);
  });
}

/** Does something in a page, and looks whether anything went wrong or was fetched that is not of the page's `own`; closes it. */
export async function use(page: Page, own: (url: string) => boolean, act: (page: Page) => Promise<void>): Promise<void> {
  try {
    await act(page);
    expect(page.problems).toEqual([]);
    expect(page.requests.filter((url) => !own(url))).toEqual([]);
  } finally {
    await page.close();
  }
}
