/**
 * Chromium by Playwright and Firefox by Puppeteer, installed with the runtimes, with one face for what a user does; WebKitGTK by the
 * runtimes' own way, which can only look and evaluate. Knows pages, not what is on them.
 */
import { mkdtempSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROWSERS as ENGINES, which } from '../runtimes/browsers.mjs';

const load = createRequire(new URL('../runtimes/package.json', import.meta.url));

/** Asks until an expression is true. */
async function until(run, problems, expression, seconds = 60) {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const value = await run(expression);
    if (value) return value;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${expression}; problems: ${problems.join('; ') || 'none'}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What WCAG 2.2 at level AA and axe-core object to in a page, one line each. */
async function objections(run) {
  await run(readFileSync(load.resolve('axe-core/axe.min.js'), 'utf8'));
  // The rule on labels is an experiment of axe-core's: it takes a key's name in a button for a part of its label.
  return run(`(async () => {
    const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
    const rules = { 'label-content-name-mismatch': { enabled: false } };
    const { violations } = await axe.run(document, { runOnly, rules, resultTypes: ['violations'] });
    return violations.flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => id + ' ' + target.join(' ') + ': ' + failureSummary.replace(/\\s+/g, ' ')));
  })()`);
}

/** What a page is asked, whichever driver it has. `settle`: how it may be waited for. */
function face(tab, more) {
  const problems = [];
  const requests = [];
  tab.on('pageerror', (error) => problems.push(String(error.message ?? error)));
  tab.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text());
  });
  tab.on('request', (request) => requests.push(request.url()));
  const page = {
    /** What went wrong in the page: exceptions, and errors on its console. */
    problems,
    requests,
    goto: (url) => tab.goto(url),
    /** Evaluates an expression. */
    run: (expression) => tab.evaluate(expression),
    until: (expression, seconds) => until((text) => tab.evaluate(text), problems, expression, seconds),
    objections: () => objections((text) => tab.evaluate(text)),
    click: (selector) => tab.click(selector),
    focus: (selector) => tab.focus(selector),
    press: (key) => tab.keyboard.press(key),
    down: (key) => tab.keyboard.down(key),
    up: (key) => tab.keyboard.up(key),
    mouse: tab.mouse,
    text: (selector) => tab.evaluate(`document.querySelector(${JSON.stringify(selector)}).textContent`),
    screenshot: (path, fullPage = false) => tab.screenshot({ path, fullPage }),
    ...more,
  };
  return page;
}

async function chromium() {
  const { chromium: driver } = load('playwright-core');
  const browser = await driver.launch({ executablePath: which('chromium'), args: ['--no-sandbox', '--enable-precise-memory-info'] });
  return {
    name: 'Chromium',
    version: browser.version(),
    async open(url, { width = 1280, height = 860, dark = false, touch = false, scale = 1, still = false } = {}) {
      const context = await browser.newContext({
        viewport: { width, height },
        deviceScaleFactor: scale,
        colorScheme: dark ? 'dark' : 'light',
        reducedMotion: still ? 'reduce' : 'no-preference',
        hasTouch: touch,
        acceptDownloads: true,
        bypassCSP: false,
      });
      const tab = await context.newPage();
      const page = face(tab, {
        select: (selector, value) => tab.selectOption(selector, value),
        tap: (x, y) => tab.touchscreen.tap(x, y),
        setFile: (selector, path) => tab.setInputFiles(selector, path),
        close: () => context.close(),
      });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}

async function firefox() {
  const { default: driver } = load('puppeteer-core');
  const home = mkdtempSync(join(tmpdir(), 'firefox-'));
  const browser = await driver.launch({
    browser: 'firefox',
    executablePath: which('firefox-esr'),
    headless: true,
    env: { ...process.env, HOME: home },
    extraPrefsFirefox: { 'ui.prefersReducedMotion': 0 },
  });
  return {
    name: 'Firefox',
    version: (await browser.version()).replace(/^\D+/, ''),
    async open(url, { width = 1280, height = 860 } = {}) {
      const tab = await browser.newPage();
      await tab.setViewport({ width, height });
      const page = face(tab, {
        select: (selector, value) => tab.select(selector, value),
        setFile: async (selector, path) => (await tab.$(selector)).uploadFile(path),
        close: () => tab.close(),
      });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}

/** Pages of a server that collects their problems: this driver tells none. */
async function webkit(driver) {
  const browser = await ENGINES.WebKitGTK.launch(driver);
  return {
    name: 'WebKitGTK',
    version: browser.version,
    async open(url) {
      const { run, close } = await browser.open(url);
      return { run, until: (expression, seconds) => until(run, [], expression, seconds), close };
    },
    close: () => browser.close(),
  };
}

/** Undefined where its driver is not installed. */
export const launchWebKit = which('WebKitWebDriver') && (() => webkit(which('WebKitWebDriver')));

/** Browsers by name; undefined where one is not installed. */
const BROWSERS = {
  Chromium: which('chromium') && chromium,
  Firefox: which('firefox-esr') && firefox,
};

/** A browser that is not installed is left out; where everything has to be there, that is a failure. */
export const WANTED = Object.entries(BROWSERS).filter(([, launch]) => launch || process.env.CI === 'true');
