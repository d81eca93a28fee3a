/**
 * `npm run bench:peers`: the same work for every library that installs, each in a process of its own, taking turns in
 * rounds; medians of the times and of the ratios within a round. Keeps the results in bench/results/peers.json and writes
 * them into docs/performance.md. `--only WORK` measures some works and keeps the others as they are.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { machine, readResults, writeDocument, writeResults } from '../document.mjs';
import { median } from '../numbers.mjs';
import { NODES, SUBJECTS } from './subjects.mjs';
import { WORKS, writeWork } from './works.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string', multiple: true }, rounds: { type: 'string', default: '7' }, json: { type: 'boolean' } },
});
const wanted = values.only ?? Object.keys(WORKS);
for (const name of wanted) {
  if (!(name in WORKS)) throw new RangeError(`--only: expected one of ${Object.keys(WORKS).join(', ')}, got ${name}`);
}
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new RangeError(`--rounds: expected a positive integer, got ${values.rounds}`);

/** Whose run takes longer than this waits out two rounds of three. */
const SLOW_MS = 600;
const SLOW_EVERY = 3;

/** Starts a subject; the answer has either what it is, or why it is missing. */
async function start(subject, work, directory) {
  const [command, ...words] = subject.command(work, directory);
  const child = spawn(command, words, { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, OMP_NUM_THREADS: '1' } });
  const failed = new Promise((resolve) => child.once('error', (error) => resolve({ missing: error.message })));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return { missing: 'its process ended without a word' };
      if (value.startsWith('@')) return JSON.parse(value.slice(1));
    }
  };
  const ask = () => {
    child.stdin.write('go\n');
    return answer();
  };
  const first = await Promise.race([failed, answer()]);
  return { ...subject, ...first, ask, end: () => child.kill(), times: new Map() };
}

/** All rounds of one work; the first one warms up and counts nothing. */
async function measure(name) {
  const directory = mkdtempSync(join(tmpdir(), 'gradlet-peers-'));
  writeWork(name, directory);
  const subjects = await Promise.all(SUBJECTS.map((subject) => start(subject, name, directory)));
  try {
    for (let round = 0; round <= rounds; round++) {
      for (const subject of subjects) {
        if (subject.missing || (subject.slow && round % SLOW_EVERY !== 1)) continue;
        const before = performance.now();
        const { microseconds, accuracy, missing } = await subject.ask();
        if (round) subject.slow = performance.now() - before > SLOW_MS;
        if (missing) subject.missing = missing;
        else if (round) subject.times.set(round, microseconds);
        subject.accuracy = accuracy ?? undefined;
      }
    }
  } finally {
    for (const subject of subjects) subject.end();
    rmSync(directory, { recursive: true });
  }
  return summarize(name, subjects);
}

/** One row for each peer: medians by runtime, and how many times gradlet's time they are on the same Node. */
function summarize(name, subjects) {
  const gradlet = (runtime) => subjects.find((subject) => subject.peer === 'gradlet' && subject.runtime === runtime);
  const peers = [...new Set(SUBJECTS.map(({ peer }) => peer))];
  const rows = peers.map((peer) => {
    const own = subjects.filter((subject) => subject.peer === peer);
    const measured = own.filter(({ missing }) => !missing);
    if (measured.length === 0) return { peer, missing: own[0].missing };
    const { version, note, accuracy } = measured[0];
    const times = Object.fromEntries(measured.map((subject) => [subject.runtime, median([...subject.times.values()])]));
    const ratios = NODES.flatMap(({ name: node }) => {
      const subject = measured.find(({ runtime }) => runtime === node) ?? measured.find(({ runtime }) => !runtime.startsWith('Node'));
      const base = gradlet(node);
      if (!subject || peer === 'gradlet' || base.missing) return [];
      return [[node, median([...subject.times].map(([round, time]) => time / base.times.get(round)))]];
    });
    return { peer, version, note, accuracy, times, ratios: Object.fromEntries(ratios) };
  });
  const { title, unit } = WORKS[name];
  return { title, unit, rounds, date: new Date().toISOString().slice(0, 10), nodes: NODES.map(({ name: node }) => node), rows };
}

const results = readResults('peers') ?? {};
results.machine = machine();
results.works ??= {};
for (const name of wanted) {
  results.works[name] = await measure(name);
  if (!values.json) console.log(`${results.works[name].title}\n`, JSON.stringify(results.works[name].rows, null, 1));
}
writeResults('peers', results);
writeDocument();
if (values.json) console.log(JSON.stringify(results, null, 2));
