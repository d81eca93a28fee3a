/**
 * Makes the package in dist/ from src/: every entry of package.json's exports as ES modules, as CommonJS and for runtimes that
 * forbid compiling bytes, with types for both kinds. Knows nothing of what the entries do.
 *
 *   dist/*.js, chunks      ES modules; entries share their chunks, and so the core. gradlet/predict stands alone.
 *   dist/*.cjs             each of these files as CommonJS, so that entries share the core here, too
 *   dist/workerd, edge     the same with binaries as .wasm files, which these platforms compile themselves
 *   dist/types             .d.ts and .d.cts
 */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import ts from 'typescript';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = `${root}dist/`;
const manifest = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

/** Names of entries, '.' being gradlet itself. */
const entries = Object.keys(manifest.exports)
  .filter((key) => key !== './package.json')
  .map((key) => (key === '.' ? 'gradlet' : key.slice(2)));
const sourceOf = (entry) => `${root}src/${entry === 'gradlet' ? 'index' : entry}.ts`;
/** Files of the program `gradlet`, which are no entry, but share its chunks. */
const programs = Object.values(manifest.bin ?? {}).map((file) => basename(file, '.js'));
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

const entryPoints = (names) =>
  names.map((name) => ({ in: programs.includes(name) ? `${root}src/cli/${name}.ts` : sourceOf(name), out: name }));
const together = entries.filter((entry) => entry !== ALONE);

/** Read first, and so written first: gzip then gives these random letters a block, and a code, of their own. Measured: 2.8 KB. */
async function bundle(names, outdir, plugins, more = {}) {
  const { metafile } = await build({ ...options, entryPoints: entryPoints(names), outdir, plugins, chunkNames: 'chunk-[hash]', ...more });
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

/** What an emitted .d.ts imports from its neighbours. */
const NEIGHBOUR = /(from\s+|import\()(['"])(\.[^'"]+)\.js\2/g;

/**
 * What `from` reaches of the emitted types, as .d.ts and .d.cts; the rest is taken away. `Float32Array<ArrayBuffer>` is spelled in a way
 * that TypeScript before 5.7 reads, too.
 */
function writeTypes(from) {
  const reached = new Set();
  const visit = (file) => {
    if (reached.has(file)) return;
    reached.add(file);
    const text = readFileSync(file, 'utf8').replace(/\b(\w+Array)<ArrayBuffer>/g, "ReturnType<$1['slice']>");
    for (const [, , , path] of text.matchAll(NEIGHBOUR)) visit(resolve(dirname(file), `${path}.d.ts`));
    writeFileSync(file, text);
    writeFileSync(file.replace(/\.d\.ts$/, '.d.cts'), text.replace(NEIGHBOUR, '$1$2$3.cjs$2'));
  };
  from.forEach(visit);
  for (const entry of readdirSync(`${dist}types`, { recursive: true, withFileTypes: true })) {
    const file = `${entry.parentPath ?? entry.path}/${entry.name}`;
    if (entry.isFile() && !reached.has(file.replace(/\.d\.cts$/, '.d.ts'))) rmSync(file);
  }
}

function emitTypes() {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  const parsed = ts.parseJsonConfigFileContent(config, ts.sys, root);
  const program = ts.createProgram(parsed.fileNames, parsed.options);
  const diagnostics = [...ts.getPreEmitDiagnostics(program), ...program.emit().diagnostics];
  if (diagnostics.length === 0) return;
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => root, getNewLine: () => '\n' };
  process.stderr.write(ts.formatDiagnosticsWithColorAndContext(diagnostics, host));
  process.exit(1);
}

mkdirSync(dist, { recursive: true });
for (const { name } of readdirSync(dist, { withFileTypes: true })) {
  if (/\.(c?js|map)$/.test(name) || ['types', 'wasm', 'workerd', 'edge-light'].includes(name)) rmSync(dist + name, { recursive: true });
}

const packed = { code: 'runtime/code-packed' };
const files = [
  ...(await bundle([...together, ...programs], 'dist', [swap(packed)], { inject: ['src/runtime/packed.generated.ts'] })),
  ...(await bundle([ALONE], 'dist', [swap({ ...packed, 'packed.generated': 'predict/packed.generated' })], {
    inject: ['src/predict/packed.generated.ts'],
  })),
];
await Promise.all(files.filter((file) => file.endsWith('.js')).map((file) => toCommonJs(root + file)));

mkdirSync(`${dist}wasm`);
for (const name of ['strict', 'relaxed', 'predict']) copyFileSync(`${dist}core/${name}.wasm`, `${dist}wasm/${name}.wasm`);
for (const [platform, suffix] of [
  ['workerd', ''],
  ['edge-light', '?module'],
]) {
  const served = (entry) => platform in manifest.exports[entry === 'gradlet' ? '.' : `./${entry}`];
  const plugins = (code, names) => [swap({ code }), wasmFiles(names, suffix)];
  const all = plugins('runtime/code-static', { strict: 'strict', relaxed: 'relaxed' });
  await bundle(together.filter(served), `dist/${platform}`, all, { sourcemap: false });
  await bundle([ALONE], `dist/${platform}`, plugins('predict/code-static', { strict: 'predict' }), { sourcemap: false });
}

emitTypes();
writeTypes(entries.map((entry) => `${dist}types/src/${entry === 'gradlet' ? 'index' : entry}.d.ts`));
