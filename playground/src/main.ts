/** The page: tabs, and the URL that brings back what was shown. Knows the views' face only (view.ts). */
import './style/base.css';
import './style/controls.css';
import './style/points.css';
import './style/digits.css';
import './style/table.css';
import { DigitsView } from './digits/view.js';
import { announce, byId } from './dom.js';
import { PointsView } from './points/view.js';
import { TableView } from './table/view.js';
import type { View } from './view.js';

/** How long changes are gathered before the URL is written: browsers allow no more than a few a second. */
const WRITE_MS = 250;

const TABS = ['points', 'digits', 'table'] as const;
type Tab = (typeof TABS)[number];

let views: Record<Tab, View>;
let current: Tab | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let written = '';

function hashOf(tab: Tab): string {
  const parameters = views[tab].parameters().toString();
  return `#${tab}${parameters ? `?${parameters}` : ''}`;
}

function writeUrl(): void {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!current) return;
    written = hashOf(current);
    if (written !== location.hash) history.replaceState(null, '', written);
  }, WRITE_MS);
}

function select(tab: Tab, parameters: URLSearchParams, fresh: boolean): void {
  for (const name of TABS) {
    const button = byId(`tab-${name}`, HTMLButtonElement);
    button.setAttribute('aria-selected', String(name === tab));
    button.tabIndex = name === tab ? 0 : -1;
    byId(`panel-${name}`, HTMLElement).hidden = name !== tab;
    if (name !== tab && name === current) views[name].hide();
  }
  current = tab;
  views[tab].show(parameters, fresh);
}

/** What the URL says, from outside: a link, or the way back. */
function readUrl(): void {
  if (location.hash !== '' && location.hash === written) return;
  const [name, query = ''] = location.hash.slice(1).split('?');
  select(TABS.find((tab) => tab === name) ?? 'points', new URLSearchParams(query), true);
}

for (const [index, tab] of TABS.entries()) {
  const button = byId(`tab-${tab}`, HTMLButtonElement);
  const open = (name: Tab): void => {
    if (name === current) return;
    select(name, new URLSearchParams(), false);
    // A tab is a place of its own on the way back.
    written = hashOf(name);
    history.pushState(null, '', written);
  };
  button.addEventListener('click', () => open(tab));
  button.addEventListener('keydown', ({ key }) => {
    const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    const next = TABS[(index + step + TABS.length) % TABS.length];
    byId(`tab-${next}`, HTMLButtonElement).focus();
    open(next);
  });
}

byId('share', HTMLButtonElement).addEventListener('click', async () => {
  const button = byId('share', HTMLButtonElement);
  const url = new URL(current ? hashOf(current) : '', location.href).href;
  try {
    await navigator.clipboard.writeText(url);
    announce('The link is copied: it brings back these settings.');
    button.textContent = 'Copied';
    setTimeout(() => {
      button.textContent = 'Copy link';
    }, 2000);
  } catch {
    history.replaceState(null, '', url);
    announce('This browser does not let pages copy; the link is in the address bar.');
  }
});

function start(): void {
  views = {
    points: new PointsView(() => writeUrl()),
    digits: new DigitsView(() => writeUrl()),
    table: new TableView(() => writeUrl()),
  };
  addEventListener('hashchange', readUrl);
  readUrl();
  document.documentElement.dataset.ready = 'true';
}

// Views take colours and sizes from the style sheets, and WebKit runs modules before these are there.
if (document.readyState === 'complete') start();
else addEventListener('load', start, { once: true });
