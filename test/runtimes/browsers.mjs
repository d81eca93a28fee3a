/**
 * The browsers, each by its own driver, with one face: open(url) gives a page that starts a job and waits for its result.
 * Knows pages, not what is proved in them.
 */

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** Longest that a job may take. */
const PATIENCE = 300_000;

/** A program of this machine, by name. */
export function which(name) {
  return process.env.PATH.split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

/** Asks the page until the job is done. `run` evaluates an expression in the page. */
async function work(run, name, given) {
  const until = Date.now() + PATIENCE;
  const wait = async (expression) => {
    for (;;) {
      const value = await run(expression);
      if (value) return value;
      if (Date.now() > until) throw new Error(`${name} took longer than ${PATIENCE / 1000} s`);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  };
  await wait('window.ready');
  await run(`window.start(${[name, ...given].map((value) => JSON.stringify(value)).join(', ')})`);
  const { value, error } = JSON.parse(await wait('window.result'));
  if (error) throw new Error(error);
  return value;
}

const page = (run, more = {}) => ({ work: (name, ...given) => work(run, name, given), run, ...more });

async function chromium(executablePath) {
  const { chromium: driver } = await import('playwright-core');
  const browser = await driver.launch({ executablePath, args: ['--no-sandbox', '--js-flags=--expose-gc', '--enable-precise-memory-info'] });
  return {
    version: browser.version(),
    async open(url) {
      const tab = await browser.newPage();
      await tab.goto(url);
      const session = await tab.context().newCDPSession(tab);
      const heap = async () => {
        await session.send('HeapProfiler.collectGarbage');
        const { usedSize, backingStorageSize } = await session.send('Runtime.getHeapUsage');
        return { used: usedSize / 2 ** 20, backing: (backingStorageSize ?? 0) / 2 ** 20 };
      };
      return page((expression) => tab.evaluate(expression), { heap, close: () => tab.close() });
    },
    close: () => browser.close(),
  };
}

async function firefox(executablePath) {
  const { default: puppeteer } = await import('puppeteer-core');
  const home = mkdtempSync(join(tmpdir(), 'firefox-'));
  const browser = await puppeteer.launch({ browser: 'firefox', executablePath, headless: true, env: { ...process.env, HOME: home } });
  return {
    version: (await browser.version()).replace(/^\D+/, ''),
    async open(url) {
      const tab = await browser.newPage();
      await tab.goto(url);
      return page((expression) => tab.evaluate(expression), { close: () => tab.close() });
    },
    close: () => browser.close(),
  };
}

/** Where Debian has the browser that the driver drives. */
function miniBrowser() {
  const folders = readdirSync('/usr/lib').flatMap((folder) =>
    ['4.1', '4.0'].map((version) => `/usr/lib/${folder}/webkit2gtk-${version}/MiniBrowser`),
  );
  const found = folders.find((file) => existsSync(file));
  if (!found) throw new Error('WebKitWebDriver is installed, but no MiniBrowser');
  return found;
}

/** WebKitGTK draws on a screen of its own, and has one page. */
async function webkit(driverPath) {
  const { Builder, Capabilities } = await import('selenium-webdriver');
  const display = `:${100 + (process.pid % 1000)}`;
  const port = 20_000 + (process.pid % 20_000);
  const screen = spawn('Xvfb', [display, '-screen', '0', '1024x768x24', '-nolisten', 'tcp'], { stdio: 'ignore' });
  const env = {
    ...process.env,
    DISPLAY: display,
    WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS: '1',
    WEBKIT_DISABLE_COMPOSITING_MODE: '1',
    LIBGL_ALWAYS_SOFTWARE: '1',
  };
  const driver = spawn(driverPath, [`--port=${port}`], { stdio: 'ignore', env });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  const capabilities = new Capabilities({
    browserName: 'MiniBrowser',
    'webkitgtk:browserOptions': { binary: miniBrowser(), args: ['--automation'] },
  });
  const session = await new Builder().usingServer(`http://127.0.0.1:${port}`).withCapabilities(capabilities).build();
  return {
    version: (await session.getCapabilities()).get('browserVersion'),
    async open(url) {
      await session.get(url);
      return page((expression) => session.executeScript(`return ${expression}`), { close: () => session.get('about:blank') });
    },
    async close() {
      await session.quit().catch(() => undefined);
      driver.kill();
      screen.kill();
    },
  };
}

/** Browsers by name: the program that tells whether it is there, and how to launch it. */
export const BROWSERS = {
  Chromium: { program: 'chromium', launch: chromium },
  Firefox: { program: 'firefox-esr', launch: firefox },
  WebKitGTK: { program: 'WebKitWebDriver', launch: webkit },
};
