/**
 * Looks over the finished site: every link and anchor leads somewhere, and nothing is loaded from elsewhere. Knows HTML as VitePress
 * writes it.
 *
 *   node check.mjs FOLDER [BASE]
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

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
for (const fault of faults) console.error(fault);
console.log(`${pages.size} pages, ${links} links, ${faults.length} faults`);
process.exitCode = faults.length || pages.size < 10 ? 1 : 0;
