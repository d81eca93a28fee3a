/**
 * Proves the packed package in the real runtimes: packs it, installs it into a fresh folder, runs one program everywhere, and
 * compares what came of it with expected.json. Needs the built package; `npm run test:runtimes` builds it.
 *
 *   node test/runtimes/run.mjs [--only NAME,…] [--write]     --write renews docs/runtimes.md; a new hash must be put into expected.json by hand
 *
 * A runtime that is not installed is left out and named; with CI=true that is a failure.
 */
import { execFile, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { BROWSERS, which } from './browsers.mjs';
import { serve } from './server.mjs';
import { openWorkerd } from './workerd.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const binary = (path) => (existsSync(`${here}node_modules/${path}`) ? `${here}node_modules/${path}` : undefined);

// The drivers of browsers need a newer Node than the package does.
if (Number(process.versions.node.split('.')[0]) < 22) {
  const newer = binary('node24/bin/node');
  if (!newer) throw new Error('node_modules is missing: npm ci --prefix test/runtimes');
  process.exit(spawnSync(newer, process.argv.slice(1), { stdio: 'inherit' }).status ?? 1);
}

const { values: options } = parseArgs({ options: { only: { type: 'string' }, write: { type: 'boolean', default: false } } });
const THREADS = [1, 2, 4];
const { hash: expected } = JSON.parse(readFileSync(`${here}expected.json`, 'utf8'));

const rows = [];
const pages = [];
const notes = [];
const failures = [];
const skipped = [];

const run = promisify(execFile);
const lastLine = ({ stdout }) => JSON.parse(stdout.trim().split('\n').at(-1));

/** The packed package in a folder of its own, beside the programs. */
async function install() {
  const folder = mkdtempSync(join(tmpdir(), 'gradlet-'));
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [{ filename }] = JSON.parse(stdout);
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true }));
  await run('npm', ['install', '--no-audit', '--no-fund', '--offline', `./${filename}`], { cwd: folder });
  cpSync(`${here}programs`, join(folder, 'programs'), { recursive: true });
  return folder;
}

function fail(where, what) {
  failures.push(`${where}: ${what}`);
  console.log(`FAIL ${where}: ${what}`);
}

function report(runtime, version, way, results) {
  for (const { wanted, worker, threads, binary: name, reason, accuracy, hash, ms } of results) {
    const where = `${runtime} ${version}, ${way}${worker ? ', worker' : ''}, ${wanted} threads`;
    rows.push({ runtime, version, way: worker ? `${way}, worker` : way, binary: name, threads, hash, ms });
    console.log(
      `${hash === expected ? 'ok  ' : 'FAIL'} ${where}: ${name}, ran on ${threads}${reason ? ` (${reason})` : ''}, ${hash.slice(0, 16)}, ${ms} ms`,
    );
    if (hash !== expected) fail(where, `hash ${hash}, expected ${expected}`);
    if (!(accuracy > 0.8)) fail(where, `accuracy ${accuracy}; the program no longer learns`);
  }
}

/** What memory.mjs found; `megabytes`: held after some thousand networks and 10,000 later. */
function reportMemory(where, { early, late, alive, refused }) {
  if (early !== undefined) {
    notes.push({ where, early, late });
    console.log(`     ${where}: ${early.toFixed(1)} MB after thousands of networks, ${late.toFixed(1)} MB 10,000 later`);
    if (late > early * 1.25 + 24)
      fail(where, `memory grew from ${early.toFixed(1)} MB to ${late.toFixed(1)} MB over 10,000 dropped networks`);
  }
  if (alive !== true) fail(where, '1,000 networks alive at once do not predict what they did');
  if (refused?.code !== 'ERR_MEMORY' || !/\d{9,} bytes/.test(refused.message))
    fail(where, `a network beyond memory: ${JSON.stringify(refused)}`);
}

/** Everything that a runtime with a command line is asked. `flags`: for it, and for memory proofs. */
function commandLine(file, flags = [], memoryFlags = []) {
  return async (name, folder) => {
    const { stdout } = await run(file, ['--version']);
    const version = stdout.match(/\d+\.\d+\.\d+/)[0];
    const start = (program, ...more) =>
      run(file, [...flags, join(folder, 'programs', program), ...more], { cwd: folder, maxBuffer: 1 << 24 });
    report(name, version, 'import', lastLine(await start('esm.mjs', THREADS.join())));
    report(name, version, 'require', lastLine(await start('require.cjs', THREADS.join())));
    const memory = await run(file, [...flags, ...memoryFlags, join(folder, 'programs', 'memory-cli.mjs')], { cwd: folder });
    reportMemory(name, lastLine(memory));
  };
}

function inWorkerd() {
  return async (name, folder) => {
    const { version, ask, megabytes, close } = await openWorkerd(folder);
    try {
      report(name, version, 'import', await ask('/conform'));
      await ask('/digits');
      const held = megabytes();
      console.log(`     ${name}: ${held.toFixed(0)} MB held by the process after training the digit network`);
      notes.push({ where: `${name}, the whole process after training the digit network`, late: held });
      if (held > 128) fail(name, `training the digit network takes ${held.toFixed(0)} MB; a worker has 128`);
      reportMemory(name, await ask('/memory'));
    } finally {
      await close();
    }
  };
}

function inBrowser({ program, launch }) {
  return async (name, folder) => {
    const { origin, close } = await serve(folder);
    const browser = await launch(which(program));
    try {
      for (const isolated of [true, false]) {
        const tab = await browser.open(`${origin}/programs/page.html${isolated ? '?isolated' : ''}`);
        const way = isolated ? 'isolated page' : 'page';
        report(name, browser.version, way, await tab.work('conform', isolated ? THREADS : [1]));
        report(name, browser.version, way, await tab.work('conform', [1], { worker: true }));
        if (name === 'Chromium') await measurePage(way, tab, isolated);
        if (isolated) await proveMemory(name, tab);
        await tab.close();
      }
      const tab = await browser.open(`${origin}/programs/page.html?isolated&policy`);
      const workerUrl = '/node_modules/gradlet/dist/worker.js?isolated';
      report(name, browser.version, 'page with a policy', await tab.work('conform', [1, 2], { workerUrl }));
      report(name, browser.version, 'page with a policy', await tab.work('conform', [1], { worker: true, workerUrl }));
      // Without the URL the policy forbids workers: the same call goes on without, and says so.
      report(name, browser.version, 'page with a policy', await tab.work('conform', [2]));
      await tab.close();
    } finally {
      await browser.close();
      close();
    }
  };
}

/** How the page feels; only that progress arrives and that an abort stops is required of every machine. */
async function measurePage(way, tab, isolated) {
  for (const fit of [{}, { worker: true }, ...(isolated ? [{ threads: 2 }] : [])]) {
    const found = await tab.work('responsiveness', { seconds: 3, fit });
    const where = `Chromium, ${way}, fit ${JSON.stringify(fit)}`;
    pages.push({ way, fit, ...found });
    const { longestWait, usualWait, longestGap, longTasks, stopped, events, reason } = found;
    console.log(
      `     ${where}: others wait ${usualWait.toFixed(1)} ms (99 of 100), ${longestWait.toFixed(1)} ms at most; frames ${longestGap.toFixed(1)} ms apart at most; ` +
        `${longTasks.length} long tasks; stopped after ${stopped.toFixed(1)} ms; ${events} batches`,
    );
    if (!(events > 0)) fail(where, 'no progress arrived');
    if (reason !== 'AbortError') fail(where, `an abort gave ${reason}`);
  }
}

async function proveMemory(name, tab) {
  await tab.work('drop', 5000);
  const before = await tab.heap?.();
  await tab.work('drop', 10_000);
  const after = await tab.heap?.();
  const sum = ({ used, backing }) => used + backing;
  const held = before && { early: sum(before), late: sum(after) };
  reportMemory(name, { ...held, alive: await tab.work('keep', 1000), refused: await tab.work('refuse') });
}

const nodes = [20, 22, 24, 26].map((major) => [
  `Node ${major}`,
  binary(`node${major}/bin/node`),
  (file) => commandLine(file, [], ['--expose-gc']),
]);
const RUNTIMES = [
  ...nodes,
  [
    'Deno',
    binary('@deno/linux-x64-glibc/deno'),
    (file) => commandLine(file, ['run', '-A', '--node-modules-dir=manual'], ['--v8-flags=--expose-gc']),
  ],
  ['Bun', binary('@oven/bun-linux-x64/bin/bun'), (file) => commandLine(file)],
  ['workerd', binary('miniflare'), inWorkerd],
  ...Object.entries(BROWSERS).map(([name, browser]) => [name, which(browser.program), () => inBrowser(browser)]),
];

const only = options.only?.toLowerCase().split(',');
const folder = await install();
for (const [name, file, prove] of RUNTIMES) {
  if (only && !only.some((wanted) => name.toLowerCase().startsWith(wanted))) continue;
  if (!file) {
    skipped.push(name);
    console.log(`skip ${name}: not installed`);
    if (process.env.CI === 'true') fail(name, 'not installed');
    continue;
  }
  try {
    await prove(file)(name, folder);
  } catch (error) {
    fail(name, error.stderr || error.stack || error);
  }
}
rmSync(folder, { recursive: true, force: true });

if (options.write) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  const table = [
    line(['runtime', 'version', 'loaded by', 'binary', 'threads', 'SHA-256', 'ms']),
    line(['---', '---', '---', '---', '---:', '---', '---:']),
    ...rows.map(({ runtime, version, way, binary: name, threads, hash, ms }) =>
      line([runtime.replace(/ \d+$/, ''), version, way, name, threads, `\`${hash.slice(0, 16)}…\``, ms]),
    ),
  ].join('\n');
  const memory = [
    line(['where', 'MB before the last 10,000', 'MB after them']),
    line(['---', '---:', '---:']),
    ...notes.map(({ where, early, late }) => line([where, early?.toFixed(1) ?? '', late.toFixed(1)])),
  ].join('\n');
  const ms = (value) => value.toFixed(1);
  const page = [
    line(['page', 'fit', 'others wait, 99 of 100', 'at most', 'frames apart at most', 'long tasks', 'abort stops after']),
    line(['---', '---', '---:', '---:', '---:', '---:', '---:']),
    ...pages.map(({ way, fit, usualWait, longestWait, longestGap, longTasks, stopped }) =>
      line([way, `\`${JSON.stringify(fit)}\``, ms(usualWait), ms(longestWait), ms(longestGap), longTasks.length, ms(stopped)]),
    ),
  ].join('\n');
  const file = `${root}docs/runtimes.md`;
  let text = readFileSync(file, 'utf8');
  for (const [mark, content] of Object.entries({ runtimes: table, page, memory }))
    text = text.replace(new RegExp(`(<!-- ${mark} -->\\n)[\\s\\S]*?(<!-- end -->)`), `$1\n${content}\n\n$2`);
  writeFileSync(file, text);
}

console.log(
  `${rows.length} runs, ${new Set(rows.map(({ hash }) => hash)).size} hashes${skipped.length ? `; skipped: ${skipped.join(', ')}` : ''}`,
);
for (const failure of failures) console.log(`FAIL ${failure}`);
process.exit(failures.length ? 1 : 0);
