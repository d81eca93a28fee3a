/** A static server for pages, with and without cross-origin isolation. Knows two folders. */
import { createReadStream, existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';

const TYPES = {
  '.html': 'text/html',
  '.mjs': 'text/javascript',
  '.js': 'text/javascript',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
};
const ISOLATION = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Serves `folder`; a URL that ends in ?isolated comes with the headers that isolate. Returns its origin and how to stop. */
export async function serve(folder) {
  const server = createServer(({ url }, response) => {
    const { pathname, search } = new URL(url, 'http://localhost');
    const file = join(folder, normalize(pathname));
    if (!existsSync(file) || pathname === '/') {
      response.writeHead(404).end();
      return;
    }
    // Subresources of an isolated page need a word of consent, too.
    const headers = { ...(search === '?isolated' && ISOLATION), 'Cross-Origin-Resource-Policy': 'same-origin' };
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
