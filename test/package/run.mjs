/**
 * Looks at the packed package as tools do: publint and Are the types wrong over the tarball; then a program (types/) against its types, by
 * TypeScript 5.0 to 7, under each kind of module resolution, with and without the DOM library, nothing skipped. Needs the built package.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript59';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const run = promisify(execFile);
const tool = (name) => `${here}node_modules/.bin/${name}`;
let failed = 0;

/** Runs a check by name and says how it went. */
async function check(name, action) {
  try {
    await action();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    console.log(`FAIL ${name}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.stdout === undefined ? error.stack : ''}`);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'gradlet-package-'));
const [{ filename }] = JSON.parse(
  (await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })).stdout,
);
const tarball = join(folder, filename);
await check('publint', () => run(tool('publint'), ['run', tarball, '--strict']));
// The script for workers is no module: nothing imports it.
await check('Are the types wrong', () => run(tool('attw'), [tarball, '--profile', 'node16', '--exclude-entrypoints', './worker']));

writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: 'app', private: true, type: 'module' }));
await run('npm', ['install', '--no-audit', '--no-fund', '--offline', `./${filename}`], { cwd: folder });
cpSync(`${here}types`, join(folder, 'types'), { recursive: true });
// The same program as CommonJS.
cpSync(`${here}types/consumer.ts`, join(folder, 'types/common.cts'));

const RESOLUTIONS = [
  { module: 'esnext', moduleResolution: 'bundler' },
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
];
for (const version of ['50', '54', '57', '59', '60', '70']) {
  for (const resolution of RESOLUTIONS) {
    for (const dom of [true, false]) {
      const name = `TypeScript ${version[0]}.${version[1]}, ${resolution.moduleResolution}, ${dom ? 'with' : 'without'} DOM`;
      const config = join(folder, `tsconfig.${version}.${resolution.moduleResolution}.${dom}.json`);
      const files = ['types/consumer.ts', ...(resolution.moduleResolution === 'bundler' ? [] : ['types/common.cts'])];
      const compilerOptions = {
        ...resolution,
        target: 'es2022',
        lib: dom ? ['es2022', 'dom'] : ['es2022'],
        types: [],
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: false,
        skipLibCheck: false,
        noEmit: true,
      };
      writeFileSync(config, JSON.stringify({ compilerOptions, files: dom ? [...files, 'types/platform.ts'] : files }));
      await check(name, () => run(process.execPath, [`${here}node_modules/typescript${version}/bin/tsc`, '-p', config], { cwd: folder }));
    }
  }
}

/** What an editor offers at the mark in a line of a program. */
function offered(line) {
  const file = join(folder, 'types/editor.ts');
  const text = `import { dense, Network, adam } from 'gradlet';\nconst network = new Network({ inputs: 1, layers: [] });\n${line.replace('|', '')}`;
  const position = text.length - (line.length - 1 - line.indexOf('|'));
  const options = {
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    strict: true,
    types: [],
  };
  const service = ts.createLanguageService({
    getCompilationSettings: () => options,
    getScriptFileNames: () => [file],
    getScriptVersion: () => '1',
    getScriptSnapshot: (name) =>
      name === file
        ? ts.ScriptSnapshot.fromString(text)
        : ts.sys.fileExists(name)
          ? ts.ScriptSnapshot.fromString(ts.sys.readFile(name))
          : undefined,
    getCurrentDirectory: () => folder,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
  });
  return (service.getCompletionsAtPosition(file, position, {})?.entries ?? []).map(({ name }) => name);
}

mkdirSync(join(folder, 'types'), { recursive: true });
const COMPLETIONS = [
  ["dense(3, { activation: '|' })", ['relu', 'gelu', 'softmax', 'tanh']],
  ["dense(3, { kernelInitializer: '|' })", ['glorotUniform', 'heNormal', 'zeros']],
  ["network.fit([], [], { loss: '|', optimizer: 'adam' })", ['meanSquaredError', 'sparseCategoricalCrossentropy', 'hinge']],
  ["network.fit([], [], { loss: 'huber', optimizer: '|' })", ['adam', 'adamw', 'sgd', 'nadam']],
  ["network.fit([], [], { loss: 'huber', optimizer: 'adam', metrics: ['|'] })", ['accuracy', 'r2']],
  [
    "network.fit([], [], { loss: 'huber', optimizer: 'adam', | })",
    ['epochs', 'batchSize', 'validationSplit', 'threads', 'worker', 'resume'],
  ],
];
for (const [line, names] of COMPLETIONS) {
  await check(`an editor completes ${line}`, () => {
    const found = offered(line);
    const missing = names.filter((name) => !found.includes(name));
    if (missing.length) throw new Error(`${missing.join(', ')} not among: ${found.join(', ')}`);
  });
}

rmSync(folder, { recursive: true, force: true });
console.log(failed ? `${failed} failed` : 'all passed');
process.exit(failed ? 1 : 0);
