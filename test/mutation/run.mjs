/**
 * Whether the tests would notice a mistake: changes one place of the sources at a time, in a copy of the working tree, runs the
 * tests concerned and counts who is caught ("killed"). Knows the operators (operators.mjs) and which tests belong to what.
 *
 *   node test/mutation/run.mjs [--files activation:46-70,norm] [--sample 100] [--seed 1] [--workers 2] [--list]
 *
 * `--files` takes parts of paths, each with a range of lines where not all are meant. A survivor in assembly/ counts as failed, unless
 * equivalent.mjs tells why it makes no difference.
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EQUIVALENT } from './equivalent.mjs';
import { KERNEL_OPERATORS, SCRIPT_OPERATORS } from './operators.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

const CORE_TESTS = ['kernels', 'extremes', 'accuracy', 'gradients', 'noise', 'steps', 'training', 'training-options'].map(
  (name) => `test/core/${name}`,
);

/** Kernels, and what the tests of their ops are called. */
const KERNELS = {
  activation: 'relu|elu|silu|sigmoid|tanh|soft|linear',
  loss: 'error|huber|hinge|crossentropy|divergence|loss',
  norm: 'Norm',
  optimizer: 'update',
  gemm: 'dense',
  noise: 'dropout|Gaussian',
  gradient: 'penalty|clip|maximum norm',
};

/** Other files of the core, and the test that notices most. */
const CORE = { math: 'accuracy', chain: 'chain' };

/** Files, their operators, and the tests that must notice, in two rounds: what notices most at once, then all. */
const TARGETS = [
  ...Object.entries(CORE).map(([name, test]) => ({
    files: [`assembly/${name}.ts`],
    operators: KERNEL_OPERATORS,
    rounds: [[`test/core/${test}`], CORE_TESTS],
    core: true,
  })),
  ...Object.entries(KERNELS).map(([name, tests]) => ({
    files: [`assembly/kernels/${name}.ts`],
    operators: KERNEL_OPERATORS,
    rounds: [['test/core/kernels', '-t', tests], CORE_TESTS],
    core: true,
  })),
  {
    files: [
      ...['lower', 'chain', 'rules', 'plan'].map((name) => `src/compile/${name}.ts`),
      ...['trainer', 'feed', 'diverged', 'journal', 'optimizers', 'schedules', 'books', 'fit', 'loop'].map(
        (name) => `src/training/${name}.ts`,
      ),
    ],
    operators: SCRIPT_OPERATORS,
    rounds: [
      ['test/compile', 'test/core/training', 'test/core/schedules', 'test/core/steps'],
      [...CORE_TESTS, 'test/api', 'test/data', '--exclude', 'test/api/reproducible.test.ts'],
    ],
    core: false,
  },
];

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '' },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    workers: { type: 'string', default: '2' },
    list: { type: 'boolean', default: false },
  },
});

/** Lines that are code: neither comments nor imports, neither types nor texts for people. */
function codeLines(text) {
  let skipping = '';
  return text.split('\n').map((line) => {
    const trimmed = line.trim();
    if (skipping) {
      if (trimmed.includes(skipping)) skipping = '';
      return false;
    }
    if (trimmed.startsWith('/*')) {
      if (!trimmed.includes('*/')) skipping = '*/';
      return false;
    }
    if (trimmed.startsWith('import ')) {
      if (!trimmed.includes("';")) skipping = "';";
      return false;
    }
    return (
      trimmed !== '' && !/^(\/\/|\*|@|readonly |interface |export interface |export type |export function \w+\(kind: i32)/.test(trimmed)
    );
  });
}

function isEquivalent({ file, line, mutated }) {
  return EQUIVALENT.some((known) => known.file === file && known.line === line.trim() && known.put === mutated.trim());
}

/** Every mutation of one file. */
function mutationsOf(file, target) {
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const isCode = codeLines(lines.join('\n'));
  return lines.flatMap((line, index) => {
    if (!isCode[index] || !isWanted(file, index + 1)) return [];
    const found = new Map();
    for (const { name, find, put } of target.operators) {
      for (const match of line.matchAll(find)) {
        const mutated =
          line.slice(0, match.index) + line.slice(match.index).replace(new RegExp(`^(?:${plain(match[0])})`), () => expand(put, match));
        if (mutated !== line && !found.has(mutated)) found.set(mutated, { file, number: index + 1, line, mutated, name, target });
      }
    }
    return [...found.values()];
  });
}

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const expand = (put, match) => put.replace(/\$(\d)/g, (_, group) => match[Number(group)] ?? '');

/** `count` of a list, seeded (mulberry32, T. Ettinger). */
function sampleOf(list, count, seed) {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const drawn = list.map((item) => ({ item, key: next() })).sort((a, b) => a.key - b.key);
  return drawn.slice(0, count).map(({ item }) => item);
}

/** Runs a script of Node; one that hangs is ended with all that it started, for a mutation can make an endless loop. */
function call(cwd, args, timeout = 300_000) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd, detached: true, stdio: 'ignore' });
    const endAll = () => {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All have ended.
      }
    };
    const timer = setTimeout(endAll, timeout);
    child.on('exit', (code) => {
      clearTimeout(timer);
      endAll();
      resolve({ failed: code !== 0 });
    });
  });
}

/** A copy of the working tree that can be built and tested. */
function copyTree() {
  const to = mkdtempSync(join(tmpdir(), 'mutation-'));
  const skipped = new Set(['node_modules', 'dist', '.git', 'out']);
  cpSync(root, to, { recursive: true, filter: (path) => !skipped.has(path.split('/').at(-1)) });
  symlinkSync(join(root, 'node_modules'), join(to, 'node_modules'));
  return to;
}

/** The binary that every engine runs, hardly optimized, put where the package has it. */
async function build(tree) {
  const file = 'dist/core/strict.wasm';
  const asc = ['node_modules/assemblyscript/bin/asc.js', 'assembly/index.ts', '--config', 'asconfig.json', '--target', 'strict'];
  const { failed } = await call(tree, [...asc, '--optimizeLevel', '0', '--outFile', file]);
  if (failed) return false;
  const inlined = join(tree, 'src/runtime/binaries.generated.ts');
  const base64 = readFileSync(join(tree, file)).toString('base64');
  writeFileSync(inlined, readFileSync(inlined, 'utf8').replace(/(STRICT =\s+)'[^']*'/, `$1'${base64}'`));
  return true;
}

async function passes(tree, tests) {
  return !(
    await call(tree, ['node_modules/vitest/vitest.mjs', 'run', ...tests, '--bail', '1', '--testTimeout', '60000', '--reporter', 'dot'])
  ).failed;
}

/** What becomes of one mutation: 'killed', 'survived' or 'not compiling'. */
async function fate(tree, { file, number, mutated, target }) {
  const path = join(tree, file);
  const original = readFileSync(path, 'utf8');
  const lines = original.split('\n');
  lines[number - 1] = mutated;
  writeFileSync(path, lines.join('\n'));
  try {
    if (target.core && !(await build(tree))) return 'not compiling';
    for (const round of target.rounds) if (!(await passes(tree, round))) return 'killed';
    return 'survived';
  } finally {
    writeFileSync(path, original);
  }
}

const wanted = options.files
  .split(',')
  .filter(Boolean)
  .map((entry) => {
    const [part, lines = '1-1000000'] = entry.split(':');
    const [first, last] = lines.split('-').map(Number);
    return { part, first, last };
  });
const isWanted = (file, line) =>
  wanted.length === 0 || wanted.some(({ part, first, last }) => file.includes(part) && line >= first && line <= last);
const all = TARGETS.flatMap((target) => target.files.flatMap((file) => mutationsOf(file, target)));
const candidates = all.filter((mutation) => !isEquivalent(mutation));
const chosen = options.sample ? sampleOf(candidates, Number(options.sample), Number(options.seed)) : candidates;
const show = ({ file, number, line, mutated, name }) => `${file}:${number} (${name})\n    ${line.trim()}\n    ${mutated.trim()}`;

for (const { file, line } of EQUIVALENT) {
  if (
    !readFileSync(join(root, file), 'utf8')
      .split('\n')
      .some((text) => text.trim() === line)
  )
    console.log(`equivalent.mjs: no such line in ${file}: ${line}`);
}

if (options.list) {
  for (const mutation of chosen) console.log(show(mutation));
  console.log(`${chosen.length} mutations, ${all.length - candidates.length} more are equivalent`);
} else {
  await run();
}

async function run() {
  const results = [];
  const queue = [...chosen];
  const worker = async () => {
    const tree = copyTree();
    try {
      const sound = (await build(tree)) && (await passes(tree, [...new Set(chosen.flatMap(({ target }) => target.rounds[1]))]));
      if (!sound) throw new Error('the tests fail without any mutation');
      for (let mutation = queue.shift(); mutation; mutation = queue.shift()) {
        const result = await fate(tree, mutation);
        results.push({ ...mutation, result });
        // A changed core must not stay behind for a mutation of TypeScript.
        if (mutation.target.core && queue[0] && !queue[0].target.core) await build(tree);
        console.log(
          result === 'survived' ? `survived: ${show(mutation)}` : `${result}: ${mutation.file}:${mutation.number} (${mutation.name})`,
        );
      }
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  };
  const count = Math.max(1, Math.min(Number(options.workers), queue.length));
  await Promise.all(Array.from({ length: count }, worker));
  const tell = (name, list) => {
    const of = (result) => list.filter((item) => item.result === result).length;
    const share = ((100 * of('killed')) / Math.max(1, of('killed') + of('survived'))).toFixed(1);
    console.log(`${name}: ${of('killed')} killed, ${of('survived')} survived, ${of('not compiling')} not compiling: ${share} %`);
  };
  for (const file of new Set(results.map((item) => item.file)))
    tell(
      file,
      results.filter((item) => item.file === file),
    );
  tell('all', results);
  const failed = results.filter((item) => item.result === 'survived' && item.file.startsWith('assembly/')).length;
  console.log(`${results.length - failed} passed, ${failed} failed`);
  process.exitCode = failed ? 1 : 0;
}
