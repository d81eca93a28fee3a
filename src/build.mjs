/**
 * Makes the package in dist/ from src/: every entry of package.json's exports as ES modules, as CommonJS and for runtimes that
 * forbid compiling bytes, with types for both kinds. Knows nothing of what the entries do.
 *
 *   dist/*.js, chunks      ES modules; entries share their chunks, and so the core. gradlet/predict stands alone.
 *   dist/*.cjs             each of these files as CommonJS, so that entries share the core here, too
 *   dist/chunk-charts.*    what draws charts, minified, for the report of gradlet/tabular alone
 *   dist/workerd, edge     the same with binaries as .wasm files, which these platforms compile themselves
 *   dist/cli.js, cli-*     the program `gradlet` on top of the ES modules (cli/build.mjs)
 *   dist/types             .d.ts and .d.cts
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { writeTypes } from './build-types.mjs';
import { buildProgram } from './cli/build.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist/`;
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Names of entries, '.' being gradlet itself. Plain files (package.json, the script for workers) are none. */
const entries = Object.entries(manifest.exports)
  .filter(([, target]) => typeof target === 'object')
  .map(([key]) => (key === '.' ? 'gradlet' : key.slice(2)));
const sourceOf = (entry) => `${root}src/${entry === 'gradlet' ? 'index' : entry}.ts`;
/** The one that has a core of its own. */
const ALONE = 'predict';

const options = {
  absWorkingDir: root,
  bundle: true,
  splitting: true,
  format: 'esm',
  target: 'es2022',
  platform: 'neutral',
  mainFields: ['module', 'main'],
  external: ['node:*'],
  sourcemap: true,
  logLevel: 'warning',
  metafile: true,
};

/** Puts other files in the place of those named. */
function swap(table) {
  return {
    name: 'swap',
    setup({ onResolve }) {
      for (const [name, file] of Object.entries(table)) {
        onResolve({ filter: new RegExp(`/${name.replaceAll('.', '\\.')}\\.js$`) }, ({ importer }) =>
          importer.startsWith(`${root}src/`) ? { path: `${root}src/${file}.ts` } : undefined,
        );
      }
    },
  };
}

/** Leaves the binaries to the platform, which asks for `suffix` behind their names. */
function wasmFiles(names, suffix) {
  return {
    name: 'wasm-files',
    setup({ onResolve }) {
      onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `../wasm/${names[basename(path, '.wasm')]}.wasm${suffix}`, external: true }));
    },
  };
}

/** Leaves what draws charts to a file of its own. */
function charts(folder) {
  return {
    name: 'charts',
    setup({ onResolve }) {
      onResolve({ filter: /\/draw\.js$/ }, () => ({ path: `${folder}/chunk-charts.js`, external: true }));
    },
  };
}

/**
 * Papa Parse as an ES module, without what needs Node's streams. As CommonJS it would ask for the injected binaries at run time, and
 * nobody's bundler could leave them out any more.
 */
const papaparse = {
  name: 'papaparse',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]papaparse\.js$/ }, async ({ path }) => {
      const text = readFileSync(path, 'utf8').replaceAll("typeof PAPA_BROWSER_CONTEXT === 'undefined'", 'false');
      const contents = text.replaceAll("require('stream')", '{}');
      const alone = { ...options, splitting: false, sourcemap: false, minifySyntax: true, write: false };
      const { outputFiles } = await build({ ...alone, stdin: { contents } });
      return { contents: outputFiles[0].text };
    });
  },
};

const entryPoints = (names) => names.map((name) => ({ in: sourceOf(name), out: name }));
const together = entries.filter((entry) => entry !== ALONE);

/** Read first, and so written first: gzip then gives these random letters a block, and a code, of their own. Measured: 2.8 KB. */
async function bundle(names, outdir, plugins, more = {}) {
  const { metafile } = await build({
    ...options,
    entryPoints: entryPoints(names),
    outdir,
    plugins: [...plugins, papaparse],
    chunkNames: 'chunk-[hash]',
    ...more,
  });
  return Object.keys(metafile.outputs);
}

/** The same file as CommonJS, asking for CommonJS in turn. */
async function toCommonJs(file) {
  const code = readFileSync(file, 'utf8').replace(/\n\/\/# sourceMappingURL=.*/, '');
  const map = readFileSync(`${file}.map`).toString('base64');
  const inlined = `${code}\n//# sourceMappingURL=data:application/json;base64,${map}\n`;
  const to = file.replace(/\.js$/, '.cjs');
  const result = await transform(inlined, {
    format: 'cjs',
    target: 'es2022',
    platform: 'node',
    sourcemap: 'external',
    sourcefile: basename(file),
    logLevel: 'warning',
  });
  const local = result.code.replace(/\b(require|import)\("(\.\/[\w-]+)\.js"\)/g, '$1("$2.cjs")');
  writeFileSync(to, `${local}//# sourceMappingURL=${basename(to)}.map\n`);
  writeFileSync(`${to}.map`, result.map);
}

mkdirSync(dist, { recursive: true });
for (const { name } of readdirSync(dist, { withFileTypes: true })) {
  if (/\.(c?js|map)$/.test(name) || ['types', 'wasm', 'workerd', 'edge-light'].includes(name)) rmSync(dist + name, { recursive: true });
}

const packed = { code: 'runtime/code-packed' };
const files = [
  ...(await bundle(together, 'dist', [swap(packed), charts('.')], { inject: ['src/runtime/packed.generated.ts'] })),
  ...(await bundle([ALONE], 'dist', [swap({ ...packed, 'packed.generated': 'predict/packed.generated' })], {
    inject: ['src/predict/packed.generated.ts'],
  })),
];
await Promise.all(files.filter((file) => file.endsWith('.js')).map((file) => toCommonJs(root + file)));

// A megabyte that few ask for: without names and maps, and once for all platforms.
const drawing = { ...options, sourcemap: false, splitting: false, minify: true, entryPoints: ['src/tabular/report/draw.ts'] };
await build({ ...drawing, outfile: 'dist/chunk-charts.js' });
await build({ ...drawing, outfile: 'dist/chunk-charts.cjs', format: 'cjs' });

mkdirSync(`${dist}wasm`);
for (const name of ['strict', 'relaxed', 'predict']) copyFileSync(`${dist}core/${name}.wasm`, `${dist}wasm/${name}.wasm`);
for (const [platform, suffix] of [
  ['workerd', ''],
  ['edge-light', '?module'],
]) {
  const served = (entry) => platform in manifest.exports[entry === 'gradlet' ? '.' : `./${entry}`];
  const plugins = (code, names) => [swap({ code }), wasmFiles(names, suffix), charts('..')];
  const all = plugins('runtime/code-static', { strict: 'strict', relaxed: 'relaxed' });
  await bundle(together.filter(served), `dist/${platform}`, all, { sourcemap: false });
  await bundle([ALONE], `dist/${platform}`, plugins('predict/code-static', { strict: 'predict' }), { sourcemap: false });
}

await buildProgram(root, new Map(entries.map((entry) => [sourceOf(entry), entry])));

// What a page whose policy forbids workers from a Blob serves as a file.
const { WORKER } = await import(
  'data:text/javascript,' + encodeURIComponent(readFileSync(`${root}src/runtime/worker/worker.generated.ts`, 'utf8'))
);
writeFileSync(`${dist}worker.js`, WORKER);

writeTypes(
  root,
  `${dist}types`,
  entries.map((entry) => `${dist}types/src/${entry === 'gradlet' ? 'index' : entry}.d.ts`),
);
