/**
 * Builds one small application with each bundler from the packed package, as users get it, runs what comes out and checks what it computed.
 * Needs the built package, and test/runtimes for browsers, Deno, Bun and workerd; `npm run test:consumers` sees to both.
 *
 *   node test/consumers/run.mjs [--only NAME,…]
 */
import { execFile, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { BROWSERS, which } from '../runtimes/browsers.mjs';
import { serve } from '../runtimes/server.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const runtimes = `${root}test/runtimes/node_modules/`;

// Wrangler and the drivers of browsers need a newer Node than the package does.
if (Number(process.versions.node.split('.')[0]) < 22) {
  process.exit(spawnSync(`${runtimes}node24/bin/node`, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
}

const { values: options } = parseArgs({ options: { only: { type: 'string' } } });
const run = promisify(execFile);
const tools = createRequire(join(here, 'tools.cjs'));
const load = async (name) => import(tools.resolve(name));
const env = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}`, CI: 'true' };

const folder = mkdtempSync(join(tmpdir(), 'gradlet-consumers-'));
cpSync(`${here}app`, folder, { recursive: true });
const [{ filename }] = JSON.parse(
  (await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })).stdout,
);
writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
await run('npm', ['install', '--no-audit', '--no-fund', '--offline', `./${filename}`], { cwd: folder });

/** What the job must have computed, wherever it ran. */
let bits;
function expectResult({ classes, same, bits: found }) {
  if (classes !== '0,1,1,0') throw new Error(`the classes are ${classes}`);
  if (!same) throw new Error('gradlet/predict gives other bits than gradlet');
  bits ??= found;
  if (found !== bits) throw new Error(`the bits are ${found}, elsewhere ${bits}`);
}

const onCommandLine = async (file, ...args) =>
  expectResult(JSON.parse((await run(file, args, { cwd: folder, env })).stdout.trim().split('\n').at(-1)));
const inNode = (file) => onCommandLine(process.execPath, file);

async function inPage(url) {
  const { program, launch } = BROWSERS.Chromium;
  if (!which(program)) throw new Error('Chromium is not installed');
  const browser = await launch(which(program));
  try {
    const tab = await browser.open(url);
    expectResult(await tab.work(''));
  } finally {
    await browser.close();
  }
}

async function inStaticPage(path) {
  const { origin, close } = await serve(folder);
  try {
    await inPage(`${origin}/${path}`);
  } finally {
    close();
  }
}

async function inWorkerd(out) {
  const { Miniflare } = await import(createRequire(`${root}test/runtimes/run.mjs`).resolve('miniflare'));
  const modules = readdirSync(out)
    .filter((name) => /\.(js|wasm)$/.test(name))
    .map((name) => ({ type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule', path: join(out, name) }))
    .sort((a) => (a.type === 'ESModule' ? -1 : 1));
  const miniflare = new Miniflare({ modules, modulesRoot: out, compatibilityDate: '2026-07-01' });
  try {
    expectResult(await (await miniflare.dispatchFetch('http://localhost/')).json());
  } finally {
    await miniflare.dispose();
  }
}

async function inNext() {
  const app = join(folder, 'next');
  cpSync(`${here}next`, app, { recursive: true, filter: (path) => !path.includes('node_modules') });
  cpSync(`${here}app/job.mjs`, join(app, 'job.mjs'));
  mkdirSync(join(app, 'node_modules'));
  for (const name of readdirSync(`${here}next/node_modules`)) {
    if (name !== '.bin') cpSync(`${here}next/node_modules/${name}`, join(app, 'node_modules', name), { recursive: true });
  }
  cpSync(join(folder, 'node_modules/gradlet'), join(app, 'node_modules/gradlet'), { recursive: true });
  const next = (...args) => [join(app, 'node_modules/next/dist/bin/next'), ...args];
  const nextEnv = { ...env, NEXT_TELEMETRY_DISABLED: '1' };
  await run(process.execPath, next('build'), { cwd: app, env: nextEnv, maxBuffer: 1 << 24 });
  const port = String(30_000 + (process.pid % 10_000));
  const server = spawn(process.execPath, next('start', '-p', port), { cwd: app, env: nextEnv, stdio: 'ignore' });
  try {
    for (const route of ['edge', 'node']) {
      let answer;
      for (let tries = 0; !answer && tries < 60; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 500));
        answer = await fetch(`http://127.0.0.1:${port}/${route}`).catch(() => undefined);
      }
      if (!answer?.ok) throw new Error(`/${route}: ${answer ? `${answer.status} ${await answer.text()}` : 'no answer'}`);
      expectResult(await answer.json());
    }
  } finally {
    server.kill();
  }
}

const CONSUMERS = {
  'no bundler, import': () => inNode('print.mjs'),
  'no bundler, <script type="module">': () => inStaticPage('static.html'),
  async esbuild() {
    const { build } = await load('esbuild');
    for (const format of ['esm', 'cjs']) {
      const outfile = join(folder, `out/esbuild.${format === 'esm' ? 'mjs' : 'cjs'}`);
      await build({
        entryPoints: [join(folder, 'print.mjs')],
        bundle: true,
        minify: true,
        format,
        platform: 'node',
        outfile,
        logLevel: 'error',
      });
      await inNode(outfile);
    }
  },
  async Rollup() {
    const { rollup } = await load('rollup');
    const { default: resolve } = await load('@rollup/plugin-node-resolve');
    const bundle = await rollup({ input: join(folder, 'print.mjs'), plugins: [resolve()] });
    await bundle.write({ file: join(folder, 'out/rollup.mjs'), format: 'es' });
    await inNode('out/rollup.mjs');
  },
  async webpack() {
    const { default: webpack } = await load('webpack');
    const stats = await promisify(webpack)({
      mode: 'production',
      target: 'node',
      context: folder,
      entry: './print.mjs',
      output: { path: join(folder, 'out'), filename: 'webpack.cjs' },
    });
    if (stats.hasErrors()) throw new Error(stats.toString('errors-only'));
    await inNode('out/webpack.cjs');
  },
  async 'Vite, dev server'() {
    const { createServer } = await load('vite');
    const server = await createServer({ root: folder, configFile: false, logLevel: 'error', server: { port: 0, host: '127.0.0.1' } });
    try {
      await server.listen();
      await inPage(`http://127.0.0.1:${server.httpServer.address().port}/index.html`);
    } finally {
      await server.close();
    }
  },
  async 'Vite, build'() {
    const { build } = await load('vite');
    await build({ root: folder, configFile: false, logLevel: 'error', base: './', build: { outDir: 'out/vite' } });
    await inStaticPage('out/vite/index.html');
  },
  async 'wrangler, dry run'() {
    const out = join(folder, 'out/wrangler');
    await run(
      process.execPath,
      [join(dirname(tools.resolve('wrangler/package.json')), 'bin/wrangler.js'), 'deploy', '--dry-run', '--outdir', out],
      { cwd: folder, env },
    );
    await inWorkerd(out);
  },
  async 'Bun build'() {
    const bun = `${runtimes}@oven/bun-linux-x64/bin/bun`;
    await run(bun, ['build', 'print.mjs', '--outfile', 'out/bun.mjs', '--target', 'bun'], { cwd: folder });
    await onCommandLine(bun, 'out/bun.mjs');
  },
  async 'Deno bundle'() {
    const deno = `${runtimes}@deno/linux-x64-glibc/deno`;
    await run(deno, ['bundle', '--node-modules-dir=manual', '-o', 'out/deno.mjs', 'print.mjs'], { cwd: folder });
    await onCommandLine(deno, 'run', '-A', 'out/deno.mjs');
  },
  'Next, edge and Node routes': inNext,
};

let failed = 0;
const only = options.only?.toLowerCase().split(',');
for (const [name, prove] of Object.entries(CONSUMERS)) {
  if (only && !only.some((wanted) => name.toLowerCase().startsWith(wanted))) continue;
  try {
    await prove();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}: ${error.stderr || ''}${error.stdout || ''}${error.stack ?? error}`);
  }
}
rmSync(folder, { recursive: true, force: true });
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
