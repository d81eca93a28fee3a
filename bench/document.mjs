/**
 * The generated parts of docs/performance.md, made of the files in bench/results/: one of the benchmarks for each major
 * version of Node, one of the peers. A rerun replaces them; what people wrote around them stays. Measures nothing.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, platform, release, totalmem } from 'node:os';
import { formatTime } from './numbers.mjs';

// Found from the root, because the benchmarks are bundled and run elsewhere.
const root = new URL(import.meta.url.includes('/dist/') ? '../../' : '../', import.meta.url);
const folder = new URL('bench/results/', root);
const page = new URL('docs/performance.md', root);

export function machine() {
  const processors = cpus();
  return {
    processor: processors[0].model,
    cores: processors.length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${platform()} ${release()}`,
  };
}

export function readResults(name) {
  const file = new URL(`${name}.json`, folder);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

export function writeResults(name, results) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(new URL(`${name}.json`, folder), `${JSON.stringify(results, null, 2)}\n`);
}

/** Rows of cells, the first one the head, as a Markdown table; numbers from `aligned` on to the right. */
export function markdownTable(rows, aligned = 1) {
  const line = (row) => `| ${row.join(' | ')} |`;
  const rule = line(rows[0].map((_, column) => (column < aligned ? '---' : '---:')));
  return [line(rows[0]), rule, ...rows.slice(1).map(line)].join('\n');
}

function peerTable({ title, unit, rounds, date, nodes, rows }) {
  const runtimes = [...new Set([...nodes, ...rows.flatMap(({ times = {} }) => Object.keys(times))])];
  const head = [
    '',
    'version',
    ...runtimes.map((runtime) => `${runtime}, a ${unit}`),
    ...nodes.map((node) => `gradlet on ${node}`),
    'done by',
  ];
  const learned = (accuracy) => (accuracy === undefined || accuracy === null ? '' : `; accuracy after it ${(100 * accuracy).toFixed(0)} %`);
  const ratio = (value) => {
    if (value === undefined) return '';
    return value >= 1 ? `${value >= 100 ? Math.round(value) : value.toPrecision(3)} x as fast` : `**${value.toPrecision(2)} x as fast**`;
  };
  const body = rows.map(({ peer, version, times, ratios, note, accuracy, missing }) =>
    missing
      ? [peer, '', ...runtimes.map(() => ''), ...nodes.map(() => ''), `not measured: ${missing}`]
      : [
          peer,
          version,
          ...runtimes.map((runtime) => (times[runtime] === undefined ? '' : formatTime(times[runtime]))),
          ...nodes.map((node) => ratio(ratios[node])),
          `${note}${learned(accuracy)}`,
        ],
  );
  return `### ${title[0].toUpperCase()}${title.slice(1)}\n\n${markdownTable([head, ...body], 2)}\n\n${rounds} rounds, ${date}.`;
}

function peersPart() {
  const results = readResults('peers');
  if (!results) return 'Not measured yet: `npm run bench:peers`.';
  return [describe(results.machine), ...Object.values(results.works).map(peerTable)].join('\n\n');
}

function ownPart() {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.startsWith('node-')) : [];
  const parts = names.sort().map((name) => {
    const { node, turbo, machine: where, parts: tables } = readResults(name.replace('.json', ''));
    const text = Object.values(tables).flatMap((list) => list.map(ownTable));
    return [`### Node ${node.replace('v', '')}${turbo ? ', gradlet/turbo' : ''}`, describe(where), ...text].join('\n\n');
  });
  return parts.length ? parts.join('\n\n') : 'Not measured yet: `npm run bench -- --save`.';
}

function ownTable({ title, rows, note }) {
  return [`#### ${title}`, '', markdownTable(rows), ...(note ? ['', note] : [])].join('\n');
}

function describe({ processor, cores, memory, system }) {
  return `${processor}, ${cores} cores, ${memory}, ${system}.`;
}

/** Replaces what stands between a part's markers. */
function replace(text, part, content) {
  const [from, to] = [`<!-- generated: ${part} -->`, `<!-- end: ${part} -->`];
  const [start, end] = [text.indexOf(from), text.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`docs/performance.md lacks the markers ${from} … ${to}`);
  return `${text.slice(0, start)}${from}\n\n${content}\n\n${text.slice(end)}`;
}

export function writeDocument() {
  const text = readFileSync(page, 'utf8');
  writeFileSync(page, replace(replace(text, 'peers', peersPart()), 'own', ownPart()));
}
