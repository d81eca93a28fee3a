/** Serves a folder of the built package, with the headers that isolate a page or without them. Knows no page. */
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.bin': 'application/octet-stream',
  '.woff2': 'font/woff2',
};
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Before any other script of a page: what goes wrong in it, for drivers that do not tell. */
const COLLECTOR = `window.problems = [];
addEventListener('error', ({ message }) => problems.push(message));
addEventListener('unhandledrejection', ({ reason }) => problems.push(String(reason)));
console.error = (...words) => problems.push(words.join(' '));`;

/**
 * @param {boolean} isolated whether every answer has the headers, as a server that is set up for threads gives them
 * @param {{ folder?: string, collect?: boolean, late?: string }} [options] a folder in dist/; whether pages collect what goes wrong
 * in `window.problems`; the ending of files that come half a second late
 */
export async function serve(isolated, { folder = 'playground', collect = false, late } = {}) {
  const root = fileURLToPath(new URL(`../../dist/${folder}`, import.meta.url));
  const asked = [];
  const server = createServer(({ url, headers }, response) => {
    asked.push(`http://${headers.host}${url}`);
    const { pathname } = new URL(url, 'http://localhost');
    const file = join(root, normalize(pathname.endsWith('/') ? `${pathname}index.html` : decodeURIComponent(pathname)));
    const collector = collect && pathname === '/collector.js';
    if (!collector && (!existsSync(file) || !statSync(file).isFile())) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain', ...(isolated && ISOLATION) });
    if (collector) response.end(COLLECTOR);
    else if (collect && extname(file) === '.html')
      response.end(readFileSync(file, 'utf8').replace('<head>', '<head><script src="/collector.js"></script>'));
    else setTimeout(() => createReadStream(file).pipe(response), extname(file) === late ? 500 : 0);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}/`, asked, close: () => server.close() };
}
