/**
 * Looks over the finished site: every link and anchor leads somewhere, nothing is loaded from elsewhere, pictures say what they show, and
 * the search finds every page. Knows HTML and the search index as VitePress writes them; `npm run test:docs` has a browser look.
 *
 *   node check.mjs FOLDER [BASE]
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import MiniSearch from 'minisearch';
import { SEARCH } from './search.mjs';

const [folder, base = '/'] = process.argv.slice(2);
const files = readdirSync(folder, { recursive: true })
  .map((name) => join(folder, name))
  .filter((file) => statSync(file).isFile());
const pages = new Map(files.filter((file) => file.endsWith('.html')).map((file) => [file, readFileSync(file, 'utf8')]));
const anchors = new Map(
  Array.from(pages, ([file, html]) => [file, new Set(Array.from(html.matchAll(/\sid="([^"]+)"/g), ([, id]) => id))]),
);
const faults = [];
let links = 0;

/** The file that a path of the site is served from. */
function fileOf(path) {
  const file = join(folder, path.slice(base.length));
  return [file, `${file}.html`, join(file, 'index.html')].find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}

for (const [file, html] of pages) {
  const here = relative(folder, file);
  for (const [tag, , target] of html.matchAll(/<[a-z]+\s[^>]*?(href|src)="([^"]*)"[^>]*>/g)) {
    if (/^(https?:)?\/\//.test(target)) {
      if (!tag.startsWith('<a ')) faults.push(`${here} loads ${target}`);
      continue;
    }
    if (/^(data|mailto):/.test(target)) continue;
    links++;
    const { pathname, hash } = new URL(target.replaceAll('&amp;', '&'), `http://site${base}${here}`);
    const found = target.startsWith('#') ? file : fileOf(decodeURIComponent(pathname));
    if (!found) faults.push(`${here}: ${target} leads nowhere`);
    else if (hash && !anchors.get(found)?.has(decodeURIComponent(hash.slice(1)))) faults.push(`${here}: ${target} names no heading`);
  }
}
for (const file of files.filter((name) => name.endsWith('.css'))) {
  for (const [, url] of readFileSync(file, 'utf8').matchAll(/url\(["']?((?:https?:)?\/\/[^"')]+)/g)) {
    faults.push(`${relative(folder, file)} loads ${url}`);
  }
}
for (const [file, html] of pages) {
  for (const [tag] of html.matchAll(/<img\s[^>]*>/g)) {
    if (!/\salt(?:=|[\s>])/.test(tag)) faults.push(`${relative(folder, file)}: a picture without words: ${tag.slice(0, 120)}`);
  }
}

/** What the search box asks: words, and the page that has to be among the first five answers. */
const QUESTIONS = {
  'early stopping': 'training',
  reproducible: 'reproducibility',
  'brain.js': 'coming-from',
  csv: 'tables',
  ERR_DIVERGED: 'errors',
  predictclass: 'api/gradlet',
};
const [index] = files.filter((file) => /@localSearchIndex[^/]*\.js$/.test(file));
if (!index) faults.push('there is no search index');
else {
  const { default: json } = await import(pathToFileURL(index).href);
  const search = MiniSearch.loadJSON(json, { fields: ['title', 'titles', 'text'], storeFields: ['title', 'titles'] });
  const pageOf = (id) => id.slice(base.length).replace(/(\.html)?(#.*)?$/, '');
  const known = new Set(Object.values(JSON.parse(json).documentIds).map(pageOf));
  for (const file of pages.keys()) {
    const page = relative(folder, file).replace(/\.html$/, '');
    if (page !== '404' && !known.has(page.replace(/(^|\/)index$/, '$1'))) faults.push(`${page} is not in the search index`);
  }
  for (const [words, wanted] of Object.entries(QUESTIONS)) {
    const answers = search.search(words, SEARCH).map(({ id }) => pageOf(id));
    if (!answers.slice(0, 5).includes(wanted)) faults.push(`search: ${words}: ${wanted} is not among the first: ${answers.slice(0, 5).join(', ')}`);
  }
}
for (const fault of faults) console.error(fault);
console.log(`${pages.size} pages, ${links} links, ${faults.length} faults`);
process.exitCode = faults.length || pages.size < 10 ? 1 : 0;
