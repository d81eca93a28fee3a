/** A static server for pages, with and without cross-origin isolation, and with a strict content security policy. Knows one folder. */
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
/** The strictest that docs/runtimes.md calls enough: no worker from a blob. */
const POLICY = {
  'Content-Security-Policy':
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'nonce-proof'; worker-src 'self'; connect-src 'self'",
};

/** Serves `folder`; a URL with ?isolated comes with the headers that isolate, one with &policy with a policy, too. Returns its origin and how to stop. */
export async function serve(folder) {
  const server = createServer(({ url }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://localhost');
    const file = join(folder, normalize(pathname));
    if (!existsSync(file) || pathname === '/') {
      response.writeHead(404).end();
      return;
    }
    // Subresources of an isolated page need a word of consent, too.
    const headers = {
      ...(searchParams.has('isolated') && ISOLATION),
      ...(searchParams.has('policy') && POLICY),
      'Cross-Origin-Resource-Policy': 'same-origin',
    };
    response.writeHead(200, { 'Content-Type': TYPES[extname(file)] ?? 'text/plain', ...headers });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { origin: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
}
