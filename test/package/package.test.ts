/** The built package: what it exports, what it holds, what it weighs, and that all of its files are one library. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json';

const root = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);

type Target = string | { readonly [condition: string]: Target };
const entries = Object.entries(manifest.exports as Record<string, Target>).filter(([, target]) => typeof target === 'object');

/** All files that an entry leads to. */
function filesOf(target: Target): string[] {
  return typeof target === 'string' ? [target] : Object.values(target).flatMap(filesOf);
}

describe('package.json', () => {
  it('has no dependencies, and nothing that runs when it is installed', () => {
    expect(manifest).not.toHaveProperty('dependencies');
    expect(manifest).not.toHaveProperty('peerDependencies');
    for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) expect(manifest.scripts).not.toHaveProperty(script);
  });

  it.each(entries)('%s leads to files that are there', (_, target) => {
    for (const file of filesOf(target)) expect(existsSync(root + file), file).toBe(true);
  });

  it.each(entries)('%s has types for both kinds of modules', (_, target) => {
    for (const [condition, { types, default: code }] of Object.entries(target as Record<string, Record<string, string>>)) {
      expect(types).toMatch(condition === 'require' ? /\.d\.cts$/ : /\.d\.ts$/);
      expect(code).toMatch(condition === 'require' ? /\.cjs$/ : /\.js$/);
      expect(Object.keys({ types, code })[0]).toBe('types');
    }
  });
});

describe('what npm packs', () => {
  const [{ files }] = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json'], { cwd: root, encoding: 'utf8' }));
  const names: string[] = files.map(({ path }: { path: string }) => path);

  it('is the built files with their maps and types, and what npm always takes', () => {
    const known = [
      /^(README\.md|LICENSE|CHANGELOG\.md|THIRD-PARTY-NOTICES\.md|package\.json)$/,
      /^dist\/(gradlet|predict|onnx|interop|node|turbo|tabular|worker|chunk-\w+)\.c?js(\.map)?$/,
      /^dist\/cli(-\w+)?\.js$/,
      /^dist\/(workerd|edge-light)\/(gradlet|predict|onnx|interop|turbo|tabular|chunk-\w+)\.js$/,
      /^dist\/wasm\/(strict|relaxed|predict|wide)\.wasm$/,
      /^dist\/types\/(src|assembly)\/.*\.d\.c?ts$/,
    ];
    expect(names.filter((name) => !known.some((pattern) => pattern.test(name)))).toEqual([]);
  });

  it('has everything that the exports lead to', () => {
    const wanted = entries.flatMap(([, target]) => filesOf(target)).map((file) => file.slice(2));
    expect(wanted.filter((file) => !names.includes(file))).toEqual([]);
  });

  it.each([
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/gradlet.js.map',
    'dist/gradlet.cjs.map',
    'dist/wasm/strict.wasm',
  ])('has %s', (name) => {
    expect(names).toContain(name);
  });

  it('imports nothing but its own files and what Node has', () => {
    for (const name of names.filter((file) => /\.c?js$/.test(file))) {
      const text = readFileSync(root + name, 'utf8');
      for (const [, wanted] of text.matchAll(/^(?:import|export)\b[^'"\n;]*["']([^"'\n]+)["'];?$/gm)) {
        expect(wanted, name).toMatch(/^(\.\.?\/[\w/-]+\.(js|wasm|wasm\?module)|node:[\w/]+)$/);
      }
      for (const [, wanted] of text.matchAll(/\brequire\("([^"]+)"\)/g)) expect(wanted, name).toMatch(/^(\.\/[\w-]+\.cjs|node:[\w/]+)$/);
    }
  });
});

/** Leaves out what is loaded later. */
const LAZY: Plugin = {
  name: 'lazy',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ kind, path }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
  },
};

/** Bytes of an entry with the chunks that come with it, minified and gzipped. */
async function weigh(file: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [root + file],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    external: ['node:*'],
    logLevel: 'error',
    plugins: [LAZY],
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

describe('sizes, minified and gzipped', () => {
  // The aim for gradlet is 50 KB; this holds what has been reached.
  it('gradlet with both binaries is at most 63 KB', async () => {
    expect(await weigh('dist/gradlet.js')).toBeLessThanOrEqual(63_000);
  });

  it('gradlet/predict with its binary is at most 16 KB', async () => {
    expect(await weigh('dist/predict.js')).toBeLessThanOrEqual(16 * 1024);
  });

  it('gradlet/tabular is at most 20 KB more than gradlet, without its report', async () => {
    const more = (await weigh('dist/tabular.js')) - (await weigh('dist/gradlet.js'));
    expect(more).toBeGreaterThan(0);
    expect(more).toBeLessThanOrEqual(20_000);
    for (const entry of entries.map(([key]) => key.slice(2) || 'gradlet')) {
      expect(readFileSync(`${root}dist/${entry}.js`, 'utf8')).not.toContain('chunk-charts');
    }
  });

  it('an unused import costs next to nothing', async () => {
    const { outputFiles } = await build({
      stdin: { contents: "import { adam } from './dist/gradlet.js'; console.log(adam());", resolveDir: root },
      bundle: true,
      minify: true,
      format: 'esm',
      write: false,
    });
    expect(gzipSync(outputFiles[0].contents).length).toBeLessThan(3000);
  });
});

const esm = await import(`${root}dist/gradlet.js`);
const cjs = require(`${root}dist/gradlet.cjs`);
const predictEsm = await import(`${root}dist/predict.js`);
const predictCjs = require(`${root}dist/predict.cjs`);

describe('ES modules and CommonJS', () => {
  const network = new esm.Network({
    inputs: 3,
    layers: [esm.dense(4, { activation: 'tanh' }), esm.dense(2)],
    seed: 1,
    numerics: 'reproducible',
  });
  const x = [0.1, 0.2, 0.3];

  it('export the same names', () => {
    expect(Object.keys(cjs).sort()).toEqual(Object.keys(esm).sort());
    expect(Object.keys(predictCjs).sort()).toEqual(Object.keys(predictEsm).sort());
  });

  it('know each other’s networks', () => {
    expect(network).toBeInstanceOf(cjs.Network);
    expect(cjs.gradientCheck(network, x, [1, 0], { loss: 'meanSquaredError' })).toEqual(
      esm.gradientCheck(network, x, [1, 0], { loss: 'meanSquaredError' }),
    );
  });

  it('know each other’s errors', () => {
    expect(new esm.GradletError('ERR_BUSY', '')).toBeInstanceOf(cjs.GradletError);
    expect(new predictCjs.GradletError('ERR_BUSY', '')).toBeInstanceOf(esm.GradletError);
  });

  it('know each other’s models of tables, and report on them', async () => {
    const tables = [await import(`${root}dist/tabular.js`), require(`${root}dist/tabular.cjs`)];
    expect(Object.keys(tables[1]).sort()).toEqual(Object.keys(tables[0]).sort());
    const rows = Array.from({ length: 24 }, (_, row) => ({ x: row % 5, kind: row % 5 > 2 ? 'high' : 'low' }));
    for (const [one, other] of [tables, [...tables].reverse()]) {
      const model = await one.trainTable(rows, { target: 'kind', epochs: 2, seed: 1 });
      expect(model).toBeInstanceOf(other.TableModel);
      expect(await other.reportHtml({ model, table: rows })).toMatch(/^<!doctype html>[\s\S]*<svg/);
    }
  }, 60_000);

  it('report on tables where no code may be compiled, as policies of pages and edge runtimes have it', () => {
    const program = `
      import { reportHtml, trainTable } from '${root}dist/tabular.js';
      const rows = Array.from({ length: 40 }, (_, row) => ({ x: row % 5, kind: row % 5 > 2 ? 'high' : 'low', value: row / 2 }));
      for (const target of ['kind', 'value']) {
        const model = await trainTable(rows, { target, epochs: 2, seed: 1 });
        console.log((await reportHtml({ model, table: rows })).match(/<svg/g).length);
      }`;
    const flags = ['--disallow-code-generation-from-strings', '--input-type=module', '--eval', program];
    expect(execFileSync(process.execPath, flags, { encoding: 'utf8' })).toBe('4\n5\n');
  }, 60_000);

  it('predict the same bits from a file, with the small core too', () => {
    const bytes = network.save();
    const { data } = network.predict(x);
    for (const { Network } of [esm, cjs, predictEsm, predictCjs]) expect(Network.load(bytes).predict(x).data).toEqual(data);
  });
});
