/** Tables and the models of tables, from files. Knows the public entries; no commands. */
import type { Network } from '../index.js';
import { loadTable, parseTable, type TableModel } from '../tabular.js';
import { RunError } from './errors.js';
import { readBytes, STANDARD, sha256, toText } from './files.js';
import { leakyActivations, readHeader, readModel } from './models.js';
import type { TextSettings } from './settings.js';

/** A table that was read as a whole. */
export interface ReadTable {
  readonly table: Record<string, string[]>;
  readonly rows: number;
  readonly bytes: Buffer;
  readonly sha256: string;
}

/** What a source is called in a message. */
export function nameOf(source: string): string {
  return source === STANDARD ? 'the standard input' : `'${source}'`;
}

/** Reads a whole table. */
export async function readTable(source: string, settings: TextSettings): Promise<ReadTable> {
  const bytes = await readBytes(source);
  const { separator, decimal, header, encoding } = settings;
  const text = toText(source, bytes, encoding);
  if (text.trim() === '') throw new RunError(`${nameOf(source)} is empty; a table is expected: names of columns, then rows`);
  const options = {
    ...(separator !== undefined && { separator }),
    ...(decimal !== undefined && { decimal }),
    ...(header !== undefined && { header }),
  };
  const table = parseTable(text, options) as Record<string, string[]>;
  const rows = Object.values(table)[0]?.length ?? 0;
  if (rows === 0) throw new RunError(`${nameOf(source)} has names of columns, but no rows`);
  return { table, rows, bytes, sha256: sha256(bytes) };
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

/** A model of a table; any other is refused. */
export async function openTableModel(source: string): Promise<TableModel> {
  const { table } = await openModel(source);
  if (table) return table;
  throw new RunError(`${nameOf(source)} knows of no table: no columns, no target; give a model that gradlet train has made`);
}
