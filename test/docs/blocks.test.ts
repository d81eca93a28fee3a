/**
 * Every code block of the README, the pages and the examples is run, or held against what it is about; one that nothing knows fails. Blocks marked `js` are run by
 * test/readme.test.ts; here are all others. What needs a browser, workerd or other libraries is run where these are: ELSEWHERE names the tests.
 */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { createServer } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dense, Network } from '../../src/index.js';
import { toTorchStateDict } from '../../src/interop.js';
import { toOnnx } from '../../src/onnx.js';
import { trainTable } from '../../src/tabular.js';
import { BLOCKS, type Block, blockWith } from '../support/blocks.js';

const root = new URL('../../', import.meta.url).pathname;
const { name, scripts, exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Tests that take a block from its page and run it. */
const ELSEWHERE: readonly (readonly [page: string, part: string, test: string])[] = [
  ['docs/edge.md', '// worker.js', 'test/edge/page.check.ts'],
  ['docs/edge.md', '"main": "worker.js"', 'test/edge/page.check.ts'],
  ['docs/interop.md', 'tf.loadLayersModel', 'test/interop/tfjs.check.ts'],
  ['docs/formats.md', 'safe_open', 'test/docs/python.test.ts'],
  ['docs/interop.md', 'load_state_dict', 'test/docs/python.test.ts'],
  ['docs/interop.md', '"coefs_"', 'test/docs/python.test.ts'],
  ['docs/onnx.md', 'torch.onnx.export', 'test/docs/python.test.ts'],
];

/** Of this file, by a part of the block. */
const HERE: readonly (readonly [page: string, part: string])[] = [
  ['docs/browsers.md', '// vite.config.js'],
  ['docs/browsers.md', 'createObjectURL'],
  ['docs/contributing.md', 'ACTIVATION_SOFTSIGN'],
  ['docs/command-line.md', '"data": "iris.csv"'],
  ['docs/command-line.md', '"scale": "log"'],
  ['docs/formats.md', '"crc32"'],
];

const isIn =
  ({ page, code }: Block) =>
  ([of, part]: readonly [page: string, part: string, ...rest: unknown[]]): boolean =>
    page === of && code.includes(part);

let folder: string;
beforeAll(async () => {
  expect(existsSync(join(root, 'dist/cli.js')), 'dist/cli.js is missing: run `npm run build`').toBe(true);
  folder = mkdtempSync(join(tmpdir(), 'gradlet-blocks-'));
  await makeFiles();
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const put = (path: string, content: string | Uint8Array): void => writeFileSync(join(folder, path), content);

/** What the commands of the pages find: the program by its name, tables and models. */
async function makeFiles(): Promise<void> {
  for (const made of ['bin', 'node_modules', 'public']) mkdirSync(join(folder, made));
  symlinkSync(root, join(folder, 'node_modules', name));
  put('bin/gradlet', `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli.js')}" "$@"\n`);
  put('bin/npx', `#!/bin/sh\n[ "$1" = gradlet ] || exit 127\nexec "$@"\n`);
  for (const program of ['gradlet', 'npx']) chmodSync(join(folder, 'bin', program), 0o755);
  const species = ['setosa', 'versicolor', 'virginica'];
  const [, ...lines] = readFileSync(join(root, 'test/learning/data/iris.csv'), 'utf8').trim().split('\n');
  const rows = lines.map((line) => line.trim().split(','));
  const measures = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];
  const csv = (header: readonly string[], cells: readonly (readonly string[])[]): string =>
    `${[header, ...cells].map((row) => row.join(',')).join('\n')}\n`;
  const iris = rows.map((row) => [...row.slice(0, 4), species[Number(row[4])]]);
  put('iris.csv', csv([...measures, 'species'], iris));
  const few = csv(
    ['id', ...measures],
    iris.slice(0, 40).map((row, index) => [String(index), ...row.slice(0, 4)]),
  );
  put('rows.csv', few);
  put('rows.csv.gz', gzipSync(few));
  put('numbers.csv', csv([...measures, 'class'], rows));
  const table = iris.map((row) => Object.fromEntries([...measures, 'species'].map((column, index) => [column, row[index]])));
  put('model.safetensors', (await trainTable(table, { target: 'species', epochs: 5, seed: 1 })).save());
  const network = new Network({ inputs: 4, layers: [dense(16, { activation: 'relu' }), dense(3, { activation: 'softmax' })], seed: 1 });
  put('network.safetensors', network.save());
  put('model.onnx', toOnnx(network));
  put('trained.pt.safetensors', toTorchStateDict(network));
}

/** Lines of a shell block as commands, without comments. */
const commandsOf = (code: string): string[] =>
  code
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*$/, '').trim())
    .filter((line) => line !== '');

/** Files that a line of the program writes; they must not be there. */
function outputsOf(line: string): string[] {
  const words = line.split(/\s+/);
  const after = ['--out', '--report', '>'].flatMap((flag) => (words.includes(flag) ? [words[words.indexOf(flag) + 1]] : []));
  const converted = words.includes('convert') ? [words[words.indexOf('convert') + 2]] : [];
  const usual = /gradlet (train|tune)\b/.test(line) ? ['model.safetensors', 'model.tune.jsonl'] : [];
  return [...after, ...converted, ...usual];
}

async function runShell(line: string): Promise<string> {
  const env = { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)('bash', ['-c', `set -eo pipefail; ${line}`], { cwd: folder, env });
  return stdout;
}

/** Holds a part of a command line against what it needs. */
const CHECKS: readonly (readonly [RegExp, (words: readonly string[]) => void])[] = [
  [/^npm ci$/, () => expect(existsSync(join(root, 'package-lock.json'))).toBe(true)],
  [/^npm install /, ([, , installed]) => expect(installed).toBe(name)],
  [/^npm (start|test)$/, ([, script]) => expect(Object.keys(scripts)).toContain(script)],
  [/^npm run /, ([, , script]) => expect(Object.keys(scripts)).toContain(script)],
  // test/interop/pytorch.check.ts runs these programs, test/edge the worker and the request.
  [/^(\/usr\/bin\/python3|node) examples\//, ([, path]) => expect(existsSync(join(root, path)), path).toBe(true)],
  [/^npx wrangler dev --config /, (words) => expect(existsSync(join(root, words[4])), words[4]).toBe(true)],
  [/^curl localhost:8787\/\w+ -d /, (words) => void JSON.parse(words.slice(3).join(' ').slice(1, -1))],
  // A system's own package.
  [/^apt-get install [\w-]+$/, () => {}],
];

const shell = BLOCKS.filter(({ language }) => language === 'sh');

describe('shell blocks', () => {
  const lines = shell.flatMap(({ page, code }) => commandsOf(code).map((line) => [page, line] as const));
  const ours = lines.filter(([, line]) => /(^|\| )(npx )?gradlet /.test(line));

  test('are found', () => {
    expect(ours.length).toBeGreaterThan(10);
  });

  test.each(ours)(
    '%s: %s',
    async (_, line) => {
      const outputs = outputsOf(line);
      const models = ['model.safetensors', 'model.onnx'].map((file) => [file, readFileSync(join(folder, file))] as const);
      for (const output of outputs) rmSync(join(folder, output), { recursive: true, force: true });
      try {
        const stdout = await runShell(line);
        for (const [at, word] of line.split(/\s+/).entries()) {
          if (['--out', '--report', '>'].includes(word))
            expect(statSync(join(folder, line.split(/\s+/)[at + 1])).size).toBeGreaterThan(100);
        }
        if (!line.includes('--out') && !line.includes('>')) expect(stdout).not.toBe('');
      } finally {
        for (const [file, bytes] of models) put(file, bytes);
      }
    },
    180_000,
  );

  const others = lines.filter((line) => !ours.includes(line));
  test.each(others.filter(([, line]) => !/^(cp|node --)/.test(line)))('%s: %s', (_, line) => {
    for (const part of line.split(' && ')) {
      const check = CHECKS.find(([pattern]) => pattern.test(part));
      expect(check, `nothing knows '${part}'`).toBeDefined();
      check?.[1](part.split(/\s+/));
    }
  });

  test('the worker script is where it is copied from', async () => {
    const [line] = commandsOf(blockWith('docs/browsers.md', 'sh', 'gradlet-worker.js'));
    await runShell(line);
    const { default: worker = exports['./worker'] } = exports['./worker'];
    expect(readFileSync(join(folder, 'public/gradlet-worker.js'))).toEqual(readFileSync(join(root, worker)));
  });

  const flag = '--no-experimental-wasm-revectorize';
  const known = spawnSync(process.execPath, ['--v8-options'], { encoding: 'utf8' }).stdout.includes('--experimental-wasm-revectorize');
  test.skipIf(!known)(`${flag} is an option of this Node`, async () => {
    const [line] = commandsOf(blockWith('docs/turbo.md', 'sh', flag));
    put('app.js', "const { turbo } = require('gradlet/turbo'); console.log(typeof turbo);\n");
    expect(line).toBe(`node ${flag} app.js`);
    expect(await runShell(line.replace('node', `"${process.execPath}"`))).not.toBe('');
  });

  test('nothing is left out', () => {
    const rest = others.filter(([, line]) => /^(cp|node --)/.test(line)).map(([page]) => page);
    expect(rest).toEqual(['docs/browsers.md', 'docs/turbo.md']);
  });
});

describe('settings', () => {
  test('a configuration of the command line is one', async () => {
    const [header, ...rows] = readFileSync(join(folder, 'iris.csv'), 'utf8').trim().split('\n');
    mkdirSync(join(folder, 'run'));
    put('run/iris.csv', [`${header},note`, ...rows.map((row, index) => `${row},${index}`)].join('\n'));
    put('run/run.json', blockWith('docs/command-line.md', 'json', '"data": "iris.csv"'));
    expect(await runShell('gradlet train --config run/run.json --quiet')).toContain("classification of 'species', 4-16-8-3");
    expect(statSync(join(folder, 'run/report.html')).size).toBeGreaterThan(1000);
  }, 60_000);

  test('a space of a search is one', async () => {
    put('space.json', blockWith('docs/command-line.md', 'json', '"scale": "log"'));
    const line =
      'gradlet tune iris.csv --target species --space space.json --trials 3 --epochs 2 --seed 1 --out searched.safetensors --quiet';
    expect(await runShell(line)).toMatch(/batchSize \d+/);
  }, 60_000);

  test('the development server isolates its pages', async () => {
    const config = join(folder, 'vite.config.mjs');
    writeFileSync(config, blockWith('docs/browsers.md', 'ts', '// vite.config.js'));
    put('index.html', '<!doctype html><title>page</title>');
    const server = await createServer({ configFile: config, root: folder, logLevel: 'silent', server: { port: 0, host: '127.0.0.1' } });
    try {
      await server.listen();
      const { port } = server.httpServer?.address() as { port: number };
      const { headers } = await fetch(`http://127.0.0.1:${port}/`);
      const wanted = blockWith('docs/browsers.md', 'text', 'Cross-Origin-Opener-Policy').trim().split('\n');
      for (const line of wanted) expect(headers.get(line.split(': ')[0])).toBe(line.split(': ')[1]);
    } finally {
      await server.close();
    }
  }, 60_000);
});

describe('parts of programs', () => {
  test('a page hands out the model as a file', async () => {
    const network = new Network({ inputs: 2, layers: [dense(1)], seed: 1 });
    const clicked: { href: string; download: string }[] = [];
    const document = { createElement: (tag: string) => ({ tag, href: '', download: '', click() { clicked.push(this); } }) }; // biome-ignore format: one line
    new Function('network', 'document', blockWith('docs/browsers.md', 'ts', 'createObjectURL'))(network, document);
    expect(clicked).toMatchObject([{ tag: 'a', download: 'model.safetensors' }]);
    expect(new Uint8Array(await (await fetch(clicked[0].href)).arrayBuffer())).toEqual(network.save());
  });

  test('the line that computes softsign is the core’s', () => {
    const line = blockWith('docs/contributing.md', 'ts', 'ACTIVATION_SOFTSIGN').trim();
    expect(readFileSync(join(root, 'assembly/kernels/activation.ts'), 'utf8')).toContain(`\n  ${line}\n`);
  });

  test('a model as JSON has these keys', () => {
    const shown = JSON.parse(blockWith('docs/formats.md', 'json', '"crc32"'));
    const network = new Network({ inputs: 2, layers: [dense(3, { activation: 'tanh' })], seed: 1 });
    network.metadata = shown.metadata;
    const json = JSON.parse(JSON.stringify(network));
    expect(Object.keys(shown)).toEqual(Object.keys(json));
    expect([shown.format, shown.formatVersion, shown.metadata]).toEqual([json.format, json.formatVersion, json.metadata]);
    expect(Object.keys(shown.network)).toEqual(Object.keys(json.network));
    expect(json.network.layers[0]).toMatchObject(shown.network.layers[0]);
    const { data, ...kernel } = json.weights[0];
    expect(shown.weights[0]).toMatchObject(kernel);
    expect(shown.weights[0].data).toHaveLength(data.length);
  });
});

describe('every block', () => {
  const checked = BLOCKS.filter(({ language }) => !['js', 'sh', 'text', ''].includes(language));

  test.each(
    checked.map((block) => [block.page, block.code.trim().split('\n')[0].slice(0, 60), block] as const),
  )('%s: %s', (_, __, block) => {
    const places = [...HERE, ...ELSEWHERE].filter(isIn(block));
    expect(places, `nothing runs this ${block.language} block of ${block.page}`).toHaveLength(1);
  });

  test.each(ELSEWHERE)('of %s with %s is in %s', (page, part, file) => {
    expect(BLOCKS.filter((block) => isIn(block)([page, part]))).toHaveLength(1);
    const source = readFileSync(join(root, file), 'utf8');
    expect([source.includes('blockWith('), source.includes(page), source.includes(part)]).toEqual([true, true, true]);
  });

  test.each(HERE)('of %s with %s is in this file', (page, part) => {
    expect(BLOCKS.filter((block) => isIn(block)([page, part]))).toHaveLength(1);
    expect(readFileSync(new URL(import.meta.url), 'utf8').split(part).length).toBeGreaterThan(2);
  });

  test('without a language is no code', () => {
    const plain = BLOCKS.filter(({ language }) => language === '' || language === 'text');
    expect(plain.map(({ code }) => code).filter((code) => /^(import |const |npx? |\$ )/m.test(code))).toEqual([]);
  });
});
