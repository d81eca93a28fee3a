/** Builds the playground to static files in dist/playground, and serves them with the headers that threads need. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import { digits } from './digits.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** What the built page may do; the development server needs more. */
const POLICY = [
  "default-src 'self'",
  "script-src 'self' 'wasm-unsafe-eval'",
  // Threads of gradlet start from a Blob.
  "worker-src 'self' blob:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
].join('; ');

const policy = {
  name: 'policy',
  apply: 'build',
  transformIndexHtml: () => [
    { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
  ],
};

export default defineConfig({
  root,
  // Relative, so that the files work at any address.
  base: './',
  // The package as its users get it.
  resolve: { alias: [{ find: /^gradlet(?:\/(\w+))?$/, replacement: `${root}../dist/$1`, customResolver: resolveEntry }] },
  build: { outDir: `${root}../dist/playground`, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false } },
  worker: { format: 'es' },
  plugins: [digits(), policy],
  // The package lies beside this folder.
  server: { headers, fs: { allow: [fileURLToPath(new URL('..', import.meta.url))] } },
  preview: { headers },
});

/** 'gradlet' is dist/gradlet.js, 'gradlet/onnx' dist/onnx.js. */
function resolveEntry(path) {
  return path.endsWith('/') ? `${path}gradlet.js` : `${path}.js`;
}
