/** `npm run bench`: which tables there are, and where they go: to the terminal, out as JSON, or into the documentation. */
import { parseArgs } from 'node:util';
import { type BinaryName, hasRelaxedSimd } from '../src/runtime/module.js';
import { enableWide } from '../src/runtime/wide.js';
import { denormalTable } from './denormals.js';
import { machine, readResults, writeDocument, writeResults } from './document.mjs';
import { elementwiseTable } from './elementwise.js';
import type { Table } from './measure.js';
import { oddTable, productTable } from './products.js';
import { responsivenessTable } from './responsiveness.js';
import { startTable } from './start.js';
import { smallTable, stepTable } from './steps.js';
import { asText, cells } from './table.js';
import { threadTables } from './threads.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    turbo: { type: 'boolean' },
    json: { type: 'boolean' },
    save: { type: 'boolean' },
  },
});
const binaries = values.turbo ? wideAlone() : hasRelaxedSimd() ? (['strict', 'relaxed'] as const) : (['strict'] as const);
const best = binaries[binaries.length - 1];

/** gradlet/turbo: the flag that it sets changes the other binaries too, so they are measured without it. */
function wideAlone(): readonly BinaryName[] {
  const { active, reason } = enableWide();
  if (!active) throw new Error(`--turbo: gradlet/turbo does nothing here: ${reason}`);
  return ['wide'];
}

async function forEach(build: (binary: BinaryName) => Promise<Table>): Promise<Table[]> {
  const tables: Table[] = [];
  for (const binary of binaries) tables.push(await build(binary));
  return tables;
}

const PARTS: Record<string, () => Promise<Table[]>> = {
  kernels: () => forEach(productTable),
  elementwise: () => forEach(elementwiseTable),
  steps: async () => [await stepTable(best)],
  small: async () => [await smallTable(best)],
  threads: threadTables,
  denormals: async () => [await denormalTable(best)],
  odd: () => forEach(oddTable),
  responsiveness: async () => [await responsivenessTable()],
  start: async () => [startTable()],
};

const wanted = values.only ?? Object.keys(PARTS);
for (const part of wanted) {
  if (!(part in PARTS)) throw new RangeError(`--only: expected one of ${Object.keys(PARTS).join(', ')}, got ${part}`);
}
const parts: Record<string, Table[]> = {};
if (!values.json) console.log(`gradlet on Node ${process.version}, ${process.arch}; medians, ratios within one round`);
for (const part of wanted) {
  parts[part] = await PARTS[part]();
  if (!values.json) for (const table of parts[part]) console.log(`\n${asText(table)}`);
}
if (values.json) console.log(JSON.stringify({ node: process.version, turbo: values.turbo, machine: machine(), parts }, null, 2));
if (values.save) save();

/** Into bench/results and the documentation, beside parts that were saved before. */
function save(): void {
  const name = `node-${process.versions.node.split('.')[0]}${values.turbo ? '-turbo' : ''}`;
  const saved = Object.entries(parts).map(([part, tables]) => [
    part,
    tables.map((table) => ({ ...table, lines: undefined, rows: cells(table) })),
  ]);
  const all = { ...readResults(name)?.parts, ...Object.fromEntries(saved) };
  const ordered = Object.keys(PARTS).flatMap((part) => (part in all ? [[part, all[part]]] : []));
  writeResults(name, { node: process.version, turbo: values.turbo, machine: machine(), parts: Object.fromEntries(ordered) });
  writeDocument();
}
