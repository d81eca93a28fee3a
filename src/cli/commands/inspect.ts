/** `gradlet inspect`: what is in a model's file, for people or as JSON. Knows kinds of files by models.ts; changes nothing. */
import { readFileSync, statSync } from 'node:fs';
import type { Network } from '../../index.js';
import type { ColumnDescription, TableModel } from '../../tabular.js';
import { STANDARD } from '../files.js';
import { FORMATS } from '../formats.js';
import { describe, type ReadModel, readHeader, readModel } from '../models.js';
import { alignTable, type Output, short } from '../output.js';
import type { Call } from '../program.js';
import { readingOptions } from '../reading.js';
import { tableModelOf } from '../tables.js';

/** What `gradlet train` writes into the metadata of how a model was made. */
const PROVENANCE = 'provenance';

interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly count: number;
  readonly minimum: number;
  readonly maximum: number;
  readonly mean: number;
  readonly deviation: number;
}

function parametersOf(network: Network): Parameter[] {
  return network.getWeights().map(({ name, shape, data }) => {
    let [minimum, maximum, sum, squares] = [Infinity, -Infinity, 0, 0];
    for (const value of data) {
      minimum = Math.min(minimum, value);
      maximum = Math.max(maximum, value);
      sum += value;
    }
    const mean = sum / data.length;
    for (const value of data) squares += (value - mean) ** 2;
    return { name, shape, count: data.length, minimum, maximum, mean, deviation: Math.sqrt(squares / data.length) };
  });
}

/** A text of metadata as the JSON that it is, or as it is. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** 'key: value' lines, indented. */
function listed(value: unknown): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [`  ${JSON.stringify(value)}`];
  const entries = Object.entries(value);
  const width = Math.max(...entries.map(([key]) => key.length));
  return entries.map(([key, item]) => `  ${key.padEnd(width)}  ${typeof item === 'string' ? item : JSON.stringify(item)}`);
}

/** A state dict has tensors, but no layers. */
function showTensors(source: string, bytes: Uint8Array, output: Output): void {
  const { __metadata__: metadata, ...entries } = readHeader(bytes) as Record<string, unknown>;
  const tensors = Object.entries(entries as Record<string, { dtype: string; shape: number[] }>).map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape,
  }));
  output.event('model', { file: source, format: 'torch', bytes: bytes.length, tensors, metadata: metadata ?? {} });
  output.text(`${source}: ${FORMATS.torch}, ${bytes.length.toLocaleString('en')} bytes\n`);
  output.text(
    alignTable([['tensor', 'type', 'shape'], ...tensors.map(({ name, dtype, shape }) => [name, dtype, `[${shape.join(', ')}]`])]),
  );
  output.text('\nA state dict has no layers; give --layers, or --like with a model, to see them.');
}

function columnText({ name, kind, categories, reason, missing }: ColumnDescription): string {
  const what = kind === 'category' && categories ? `category of ${categories.length}` : kind;
  return `${name} (${what}${missing ? ', may be missing' : ''}${reason === undefined ? '' : `: ${reason}`})`;
}

function tableLines({ task, target, labels, columns }: TableModel): string[] {
  const of = labels ? `: ${labels.slice(0, 20).join(', ')}${labels.length > 20 ? `, and ${labels.length - 20} more` : ''}` : '';
  return ['', `table: ${task} of '${target}'${of}`, ...columns.map((column) => `  ${columnText(column)}`)];
}

async function show(source: string, { network, format, bytes }: ReadModel, output: Output): Promise<void> {
  const model = await tableModelOf(network);
  const parameters = parametersOf(network);
  const { inputs, layers, counters } = describe(network);
  const { [PROVENANCE]: provenance, ...rest } = Object.fromEntries(
    Object.entries(network.metadata).map(([name, text]) => [name, parsed(text)]),
  );
  const training = format === 'gradlet' && (readHeader(bytes)?.__metadata__ as Record<string, unknown>)?.training !== undefined;
  if (model) delete rest.preprocessing;
  const table = model && { task: model.task, target: model.target, labels: model.labels, columns: model.columns, settings: model.settings };
  const count = parameters.reduce((sum, parameter) => sum + parameter.count, 0);
  const { seed, numerics } = network;
  output.event('model', {
    file: source,
    format,
    bytes: bytes.length,
    inputs,
    layers,
    parameters: count,
    tensors: parameters,
    seed,
    numerics,
    counters,
    training,
    table,
    provenance,
    metadata: rest,
  });
  const cells = parameters.map(({ name, shape, minimum, maximum, mean, deviation }) => [
    name,
    `[${shape.join(', ')}]`,
    ...[minimum, maximum, mean, deviation].map(short),
  ]);
  const lines = [
    `${source}: ${FORMATS[format]}, ${bytes.length.toLocaleString('en')} bytes${training ? ', with the state of a training' : ''}`,
    '',
    network.summary(),
    '',
    alignTable([['parameters', 'shape', 'minimum', 'maximum', 'mean', 'deviation'], ...cells]),
    '',
    `seed ${seed}, numerics ${numerics}, trained for ${counters.epochs} epochs, ${counters.steps} updates`,
    ...(model ? tableLines(model) : []),
    ...(provenance === undefined ? [] : ['', 'provenance:', ...listed(provenance)]),
    ...(Object.keys(rest).length === 0 ? [] : ['', 'metadata:', ...listed(rest)]),
  ];
  output.text(lines.join('\n'));
}

export async function inspect(source: string, { values, output }: Call): Promise<void> {
  const { like: _, ...reading } = await readingOptions(values);
  if (source !== STANDARD && !reading.layers && statSync(source, { throwIfNoEntry: false })?.isFile()) {
    const bytes = readFileSync(source);
    const header = readHeader(bytes);
    const own = (header?.__metadata__ as Record<string, unknown> | undefined)?.format === 'gradlet';
    if (header && !own && reading.from !== 'gradlet') return showTensors(source, bytes, output);
  }
  await show(source, await readModel(source, reading), output);
}
