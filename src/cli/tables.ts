/** Tables and the models of tables, from files. Knows the public entries; no commands. */
import { createHash } from 'node:crypto';
import type { Network } from '../index.js';
import { type ColumnKind, loadTable, type TableModel } from '../tabular.js';
import { Interrupted, RunError } from './errors.js';
import { GrowingFile } from './files.js';
import { GrowingColumn } from './growing-column.js';
import { leakyActivations, readHeader, readModel } from './models.js';
import type { Output } from './output.js';
import type { TextSettings } from './settings.js';
import { nameOf, TableReader, type TableReaderOptions } from './table-reader.js';

/** A table that was read as a whole. Columns of numbers are in memory that threads share. */
export interface ReadTable {
  readonly table: Record<string, Float64Array | string[]>;
  /** Names of its columns, in their order. */
  readonly names: readonly string[];
  /** Whether they are its first record. */
  readonly headed: boolean;
  readonly rows: number;
  readonly sha256: string;
}

export interface ReadTableOptions extends Pick<TableReaderOptions, 'headed'> {
  /** Columns whose cells stay texts, even if they are numbers. */
  readonly texts?: (name: string) => boolean;
  /** A file for a copy of the table; it is there when the table is whole. */
  readonly copy?: string;
  readonly signal?: AbortSignal;
  /** Told now and then how far it is. */
  readonly output?: Output;
}

/** Time between two lines that tell how far a table is read. */
const PATIENCE_MS = 5000;

/** Columns whose texts mean something beside their numbers, by the kinds that were given. */
export function toldAsTexts(columns: Readonly<Record<string, ColumnKind>> = {}): (name: string) => boolean {
  return (name) => Object.hasOwn(columns, name) && columns[name] !== 'number' && columns[name] !== 'ignore';
}

/** The same for a table beside one that was read. */
export function textsAs({ table }: ReadTable): (name: string) => boolean {
  return (name) => Object.hasOwn(table, name) && Array.isArray(table[name]);
}

/** The same for a table that a model is to look at. */
export function textsFor({ columns, target, labels }: TableModel): (name: string) => boolean {
  const texts = new Set(columns.filter(({ kind }) => kind !== 'number' && kind !== 'ignore').map(({ name }) => name));
  if (labels && typeof labels[0] !== 'number') texts.add(target);
  return (name) => texts.has(name);
}

/** Reads a whole table, block by block into its columns: of the text there is never more than a block. */
export async function readTable(source: string, settings: TextSettings, options: ReadTableOptions = {}): Promise<ReadTable> {
  const { texts = () => false, headed, copy, signal, output } = options;
  const hash = createHash('sha256');
  const copied = copy === undefined ? undefined : new GrowingFile(copy);
  const reader = new TableReader(source, settings, {
    ...(headed && { headed }),
    onBytes(bytes) {
      hash.update(bytes);
      copied?.write(bytes);
    },
  });
  const close = (): void => reader.close();
  signal?.addEventListener('abort', close);
  let columns: GrowingColumn[] = [];
  let rows = 0;
  let told = performance.now();
  try {
    for await (const block of reader.blocks()) {
      if (rows === 0) columns = reader.names.map((name) => new GrowingColumn(texts(name)));
      for (const row of block.rows) for (let place = 0; place < columns.length; place++) columns[place].push(reader.plain(row[place]));
      rows += block.rows.length;
      if (performance.now() - told < PATIENCE_MS) continue;
      told = performance.now();
      const share = reader.size ? `, ${Math.floor((100 * block.bytes) / reader.size)} %` : '';
      output?.note(`reading ${nameOf(source)}: ${rows.toLocaleString('en')} rows${share}`);
    }
    signal?.throwIfAborted();
    if (rows === 0) throw new RunError(`${nameOf(source)} has names of columns, but no rows`);
    copied?.finish();
  } catch (error) {
    throw signal?.aborted ? new Interrupted(`stopped while reading ${nameOf(source)}; nothing was begun`) : error;
  } finally {
    signal?.removeEventListener('abort', close);
    copied?.discard();
  }
  const table = Object.fromEntries(reader.names.map((name, place) => [name, columns[place].finish()]));
  return { table, names: reader.names, headed: reader.headed, rows, sha256: hash.digest('hex') };
}

/** Refuses a target that the table does not have, with the names that it has. */
export function checkTarget(target: string, table: Record<string, unknown>, source: string): void {
  if (Object.hasOwn(table, target)) return;
  const names = Object.keys(table);
  const near = names.find((name) => name.trim().toLowerCase() === target.trim().toLowerCase());
  const shown = names.slice(0, 12).map((name) => `'${name}'`);
  const more = names.length > shown.length ? ` and ${names.length - shown.length} more` : '';
  const hint = near === undefined ? '' : `; did you mean '${near}'?`;
  throw new RunError(`--target: ${nameOf(source)} has no column '${target}'; it has ${shown.join(', ')}${more}${hint}`);
}

/** A model's file: one of a table, or a network that takes numbers as they are. */
export interface AnyModel {
  readonly table?: TableModel;
  readonly network: Network;
}

/** Whether a network's metadata tell of a table. */
export function knowsTable({ metadata }: Network): boolean {
  try {
    return JSON.parse(metadata.preprocessing ?? 'null')?.table !== undefined;
  } catch {
    return false;
  }
}

/** A network as the model of a table, if it is one. */
export async function tableModelOf(network: Network): Promise<TableModel | undefined> {
  if (!knowsTable(network)) return undefined;
  const bytes = network.save();
  return loadTable(bytes, { custom: await leakyActivations(JSON.stringify(readHeader(bytes)?.__metadata__ ?? '')) });
}

/** A model of any kind of file. */
export async function openModel(source: string): Promise<AnyModel> {
  const { network } = await readModel(source);
  const table = await tableModelOf(network);
  return { network, ...(table && { table }) };
}
