/** What makes a run the same everywhere: no engine's own mathematics in src/, and a run taken up by another process. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'gradlet-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Rounded the same way by every engine (IEEE 754), or exact, or of integers. */
const EXACT = new Set(['sqrt', 'floor', 'ceil', 'round', 'abs', 'min', 'max', 'imul', 'fround', 'sign', 'PI', 'LN2', 'SQRT2', 'SQRT1_2']);
/** Where something else may stand: a seed that nobody gave, and the f64 network of gradientCheck, which reaches no weight. */
const ALLOWED = new Map([
  ['data/random.ts', ['random']],
  ['training/forward64.ts', ['exp', 'expm1', 'log', 'log1p', 'tanh']],
]);

test('nothing in src/ uses functions of Math that engines may round differently', () => {
  const files = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  expect(files.length).toBeGreaterThan(40);
  const found = files.flatMap((file) => {
    const text = readFileSync(new URL(`src/${file}`, root), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '');
    const names = [...text.matchAll(/\bMath\.(\w+)/g)].map(([, name]) => name);
    const bad = names.filter((name) => !EXACT.has(name) && !ALLOWED.get(file)?.includes(name));
    return [...bad.map((name) => `${file}: Math.${name}`), ...(/\*\*\s*\d*\.\d|Math\.pow/.test(text) ? [`${file}: a power`] : [])];
  });
  expect(found).toEqual([]);
});

/** Runs a program with the built package in a process of its own. */
function run(program: string): string {
  const module = `import { writeFileSync, readFileSync } from 'node:fs';
import * as g from '${new URL('dist/gradlet.js', root).href}';
const file = ${JSON.stringify(join(folder, 'state.safetensors'))};
const x = Array.from({ length: 60 }, (_, i) => [Math.sqrt(i) % 1, (i * 7 % 11) / 11, (i * 3 % 5) / 5]);
const y = x.map(([a, b]) => Number(a > b));
const build = () => new g.Network({ inputs: 3, seed: 9, layers: [g.dense(8, { activation: 'relu' }), g.batchNorm(), g.dropout(0.4), g.dense(2, { activation: 'softmax' })] });
const options = { loss: 'sparseCategoricalCrossentropy', optimizer: g.nadam({ learningRate: g.oneCycle({ maxLearningRate: 0.02, totalSteps: 60 }) }), epochs: 10, batchSize: 11, metrics: ['accuracy'] };
const tell = (network, history) => console.log(JSON.stringify([history, network.getWeights().map(({ data }) => [...data])]));
${program}`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', module], { encoding: 'utf8' });
}

test('a run is taken up by another process, bit for bit', () => {
  const whole = run('const n = build(); tell(n, await n.fit(x, y, options));');
  run(`const n = build();
await n.fit(x, y, { ...options, onBatch: ({ epoch, batch }) => {
  if (epoch === 4 && batch === 2) writeFileSync(file, n.save({ trainingState: true }));
} });`);
  const resumed = run(
    'const bytes = readFileSync(file); const n = g.Network.load(bytes); tell(n, await n.fit(x, y, { ...options, resume: bytes }));',
  );
  expect(JSON.parse(whole)[0].epochs).toBe(10);
  expect(resumed).toBe(whole);
});
