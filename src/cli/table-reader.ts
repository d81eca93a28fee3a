/**
 * A CSV table in pieces: names of its columns, then blocks of whole rows, each cell as `parseTable` would have it. So a table is read alike
 * whether somebody wants all of it or row by row. Knows texts; neither kinds of columns nor models.
 */

import { plainCell } from '../tabular/parse.js';
import { detectFormat, type TextFormat } from '../tabular.js';
import { type CsvBlock, CsvReader } from './csv.js';
import { RunError } from './errors.js';
import { STANDARD } from './files.js';
import type { TextSettings } from './settings.js';

/** What a source is called in a message. */
export function nameOf(source: string): string {
  return source === STANDARD ? 'the standard input' : `'${source}'`;
}

/** Whether a table of numbers alone begins with names: one cell or more is no number. For models that know no table. */
export function headed(first: readonly string[]): boolean {
  return first.some((cell) => !Number.isFinite(Number(cell.replace(',', '.'))));
}

/** The number that a network is given for a cell; NaN for what is none, or not finite. */
export function inputOf(cell: string): number {
  const value = cell.trim() === '' ? Number.NaN : Number(cell);
  return Number.isFinite(value) ? value : Number.NaN;
}

/** A message about a row of a block as one about a record of the table. */
export function inRecord(message: string, first: number): string {
  return message.replace(/\bat row (\d+)/, (_, row) => `in record ${first + Number(row)}`);
}

export interface TableReaderOptions {
  /** Whether the first record has names, where the settings do not say it; default: it has. */
  readonly headed?: (first: readonly string[]) => boolean;
  readonly onBytes?: (bytes: Uint8Array) => void;
}

export class TableReader {
  /** Of the columns; none before the first block. */
  names: readonly string[] = [];
  /** Whether the names are from the table. */
  headed = true;
  /** What the text looks like. */
  format: TextFormat = { separator: ',', decimal: '.' };
  readonly #source: string;
  readonly #settings: TextSettings;
  readonly #options: TableReaderOptions;
  readonly #reader: CsvReader;

  /** @param source path of a file, or '-' */
  constructor(source: string, settings: TextSettings, options: TableReaderOptions = {}) {
    this.#source = source;
    this.#settings = settings;
    this.#options = options;
    const separatorOf = (head: string): string => {
      const found = detectFormat(head);
      this.format = { separator: settings.separator ?? found.separator, decimal: settings.decimal ?? found.decimal };
      return this.format.separator;
    };
    this.#reader = new CsvReader(source, {
      encoding: settings.encoding,
      separatorOf,
      ...(options.onBytes && { onBytes: options.onBytes }),
    });
  }

  /** Size of the file in bytes; undefined for the standard input. */
  get size(): number | undefined {
    return this.#reader.size;
  }

  /** Ends reading, also while it waits for more. */
  close(): void {
    this.#reader.close();
  }

  /** Takes the names off the first block. */
  #begin(block: CsvBlock): CsvBlock {
    const [first, ...rows] = block.rows;
    const { headed = () => true } = this.#options;
    this.headed = this.#settings.header ?? headed(first);
    this.names = first.map((name, index) => (this.headed && name.trim()) || `column${index + 1}`);
    const twice = this.names.findIndex((name, index) => this.names.indexOf(name) < index);
    if (twice >= 0) {
      const name = this.names[twice];
      const places = `columns ${this.names.indexOf(name) + 1} and ${twice + 1}`;
      throw new RunError(`expected names of columns that differ, but ${places} are both '${name}'; rename one of them`);
    }
    return this.headed ? { ...block, rows, first: block.first + 1 } : block;
  }

  /**
   * The rows, as they are in the text; none of the blocks is empty.
   * @throws RunError for a text without a table, or rows of different lengths, by the number of their record
   */
  async *blocks(): AsyncGenerator<CsvBlock> {
    for await (const read of this.#reader.blocks()) {
      const block = this.names.length === 0 ? this.#begin(read) : read;
      const { length } = this.names;
      const ragged = block.rows.findIndex((row) => row.length !== length);
      if (ragged >= 0) {
        const cells = `${length} cell${length === 1 ? '' : 's'} in each line`;
        throw new RunError(
          `expected ${cells}, got ${block.rows[ragged].length} in record ${block.first + ragged}; is a quote or a separator missing?`,
        );
      }
      if (block.rows.length > 0) yield block;
    }
    if (this.names.length === 0) throw new RunError(`${nameOf(this.#source)} is empty; a table is expected: names of columns, then rows`);
  }

  /** A cell as the table's other readers have it: with a decimal point, if it is a number. */
  plain(cell: string): string {
    return plainCell(cell, this.format.decimal);
  }
}
