/**
 * `gradlet predict`: rows in, rows with predictions out, in blocks, so that memory does not grow with the table. Knows models and CSV; no kinds of
 * columns.
 */
import type { Network } from '../../index.js';
import { detectFormat, parseTable, type TableModel, type TablePrediction, type TextFormat } from '../../tabular.js';
import { type CsvBlock, CsvReader, toCsv } from '../csv.js';
import { Interrupted, RunError, UsageError } from '../errors.js';
import { checkTarget, GrowingFile, STANDARD } from '../files.js';
import { interruptSignal } from '../interrupt.js';
import { type Output, toJson } from '../output.js';
import type { Call } from '../program.js';
import { BlockProgress } from '../progress.js';
import type { TextSettings } from '../settings.js';
import { nameOf, openModel } from '../tables.js';

/** What becomes of the rows of a block: cells to write, and what JSON has for them. */
interface Predictor {
  /** Columns beside those that are kept. */
  readonly columns: readonly string[];
  /** Cells for each row. */
  cells(rows: readonly string[][]): string[][];
  /** Values for each row, by name. */
  values(rows: readonly string[][]): Record<string, unknown>[];
}

/** Numbers as text: nine digits hold any 32-bit float. */
function digits(value: number, decimal: string): string {
  const text = String(Number(value.toPrecision(9)));
  return decimal === ',' ? text.replace('.', ',') : text;
}

/** Columns by name of rows of cells, numbers as the table's reader has them. */
function toColumns(names: readonly string[], rows: readonly string[][], { separator, decimal }: TextFormat): Record<string, string[]> {
  // Without commas every cell is as it stands.
  if (rows.some((row) => row.some((cell) => cell.includes(','))))
    return parseTable(toCsv([names, ...rows], separator), { separator, decimal }) as Record<string, string[]>;
  return Object.fromEntries(names.map((name, column) => [name, rows.map((row) => row[column])]));
}

function tablePredictor(model: TableModel, names: readonly string[], format: TextFormat, probabilities: boolean): Predictor {
  const { target, labels } = model;
  const predicted = `predicted_${target}`;
  const each = probabilities && labels ? labels.map(String) : [];
  const predict = (rows: readonly string[][]): TablePrediction[] => model.predict(toColumns(names, rows, format));
  const columns = [predicted, ...(labels ? ['probability'] : []), ...each.map((label) => `probability_${label}`)];
  return {
    columns,
    cells: (rows) =>
      predict(rows).map(({ label, value, probabilities: shares }) => {
        if (shares === undefined) return [digits(value, format.decimal)];
        const text = String(label);
        return [text, digits(shares[text], format.decimal), ...each.map((other) => digits(shares[other], format.decimal))];
      }),
    values: (rows) =>
      predict(rows).map(({ label, value, probabilities: shares }) => {
        if (shares === undefined) return { [predicted]: value };
        return { [predicted]: label, probability: shares[String(label)], ...(probabilities && { probabilities: shares }) };
      }),
  };
}

/** For a network that knows nothing of tables: cells are its inputs. */
function networkPredictor(network: Network, columns: number, format: TextFormat): Predictor {
  const run = (rows: readonly string[][]): number[][] => {
    const x = new Float32Array(rows.length * columns);
    for (const [row, cells] of rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        const text = format.decimal === ',' ? cell.replace(',', '.') : cell;
        const value = text.trim() === '' ? Number.NaN : Number(text);
        if (!Number.isFinite(value)) throw new RangeError(`expected a number, got '${cell}' in column ${column + 1} at row ${row}`);
        x[row * columns + column] = value;
      }
    }
    const { data, columns: width } = network.predict({ data: x, rows: rows.length, columns });
    return rows.map((_, row) => Array.from(data.subarray(row * width, (row + 1) * width)));
  };
  const outputs = network.predict({ data: new Float32Array(columns), rows: 1, columns }).columns;
  const names = Array.from({ length: outputs }, (_, index) => `output_${index}`);
  return {
    columns: names,
    cells: (rows) => run(rows).map((row) => row.map((value) => digits(value, format.decimal))),
    values: (rows) => run(rows).map((row) => ({ outputs: row })),
  };
}

/** Which columns of the table are repeated, by their places. */
function keptColumns(wanted: readonly string[], names: readonly string[]): number[] {
  if (wanted.length === 1 && wanted[0] === 'none' && !names.includes('none')) return [];
  if (wanted.length === 1 && wanted[0] === 'all' && !names.includes('all')) return names.map((_, index) => index);
  return wanted.map((name) => {
    const place = names.indexOf(name);
    if (place < 0)
      throw new UsageError(
        `--keep: the table has no column '${name}'; it has ${names
          .slice(0, 12)
          .map((other) => `'${other}'`)
          .join(', ')}`,
      );
    return place;
  });
}

/** Where lines go: the standard output, which may be slow or gone, or a file that is whole or not there. */
class Sink {
  readonly #file: GrowingFile | undefined;

  constructor(
    readonly output: Output,
    out: string | undefined,
  ) {
    this.#file = out === undefined ? undefined : new GrowingFile(out);
  }

  get gone(): boolean {
    return !this.#file && this.output.broken;
  }

  async write(text: string): Promise<void> {
    if (this.#file) this.#file.write(text);
    else await this.output.writeAll(text);
  }

  finish(): void {
    this.#file?.finish();
  }

  discard(): void {
    this.#file?.discard();
  }
}

/** The work on one table, block by block. */
class Run {
  names: readonly string[] = [];
  rows = 0;
  #predictor: Predictor | undefined;
  #kept: number[] = [];

  constructor(
    readonly model: Awaited<ReturnType<typeof openModel>>,
    readonly settings: TextSettings,
    readonly call: Call,
    readonly sink: Sink,
  ) {}

  /** The first block: its names, if it has them, and what follows of them. */
  async #begin(block: CsvBlock, format: TextFormat): Promise<string[][]> {
    const { header = this.model.table !== undefined || block.rows[0].some((cell) => !Number.isFinite(Number(cell.replace(',', '.')))) } =
      this.settings;
    const [first, ...others] = block.rows;
    this.names = first.map((name, index) => (header && name.trim()) || `column${index + 1}`);
    const twice = this.names.findIndex((name, index) => this.names.indexOf(name) < index);
    if (twice >= 0)
      throw new RunError(`expected names of columns that differ, but '${this.names[twice]}' is there twice; rename one of them`);
    const { values, output } = this.call;
    this.#kept = keptColumns(values.keep as string[], this.names);
    const { table, network } = this.model;
    this.#predictor = table
      ? tablePredictor(table, this.names, format, values.probabilities === true)
      : networkPredictor(network, this.names.length, format);
    if (!output.json && header)
      await this.sink.write(toCsv([[...this.#kept.map((place) => this.names[place]), ...this.#predictor.columns]], format.separator));
    return header ? others : block.rows;
  }

  async block(block: CsvBlock, format: TextFormat): Promise<void> {
    const rows = this.#predictor ? block.rows : await this.#begin(block, format);
    const first = block.first + block.rows.length - rows.length;
    if (rows.length === 0) return;
    const ragged = rows.findIndex((row) => row.length !== this.names.length);
    if (ragged >= 0) {
      throw new RunError(
        `record ${first + ragged} has ${rows[ragged].length} cells, but the first one has ${this.names.length}; is a quote or a separator missing?`,
      );
    }
    const predictor = this.#predictor as Predictor;
    try {
      await this.sink.write(this.call.output.json ? this.#lines(predictor, rows) : this.#cells(predictor, rows, format));
    } catch (error) {
      // The row counts from the start of the block; people count records of the file.
      if (error instanceof Error) error.message = error.message.replace(/\bat row (\d+)/, (_, row) => `in record ${first + Number(row)}`);
      throw error;
    }
    this.rows += rows.length;
  }

  #cells(predictor: Predictor, rows: string[][], { separator }: TextFormat): string {
    const predicted = predictor.cells(rows);
    return toCsv(
      rows.map((row, index) => [...this.#kept.map((place) => row[place]), ...predicted[index]]),
      separator,
    );
  }

  #lines(predictor: Predictor, rows: string[][]): string {
    const values = predictor.values(rows);
    const line = (row: string[], index: number): string =>
      toJson({ ...Object.fromEntries(this.#kept.map((place) => [this.names[place], row[place]])), ...values[index] });
    return `${rows.map(line).join('\n')}\n`;
  }
}

export async function predict(model: string, source: string, settings: TextSettings, call: Call): Promise<void> {
  const { values, output } = call;
  const out = values.out as string | undefined;
  if (model === STANDARD && source === STANDARD)
    throw new UsageError('the model and the table cannot both be the standard input; name one of them');
  if (out !== undefined) checkTarget('--out', out, values.force === true, [source, model]);
  const opened = await openModel(model);
  let format: TextFormat = { separator: ',', decimal: '.' };
  const separatorOf = (head: string): string => {
    const found = detectFormat(head);
    format = { separator: settings.separator ?? found.separator, decimal: settings.decimal ?? found.decimal };
    return format.separator;
  };
  const reader = new CsvReader(source, { encoding: settings.encoding, separatorOf });
  const signal = interruptSignal();
  const progress = new BlockProgress(output, reader.size);
  const sink = new Sink(output, out);
  const run = new Run(opened, settings, call, sink);
  signal.addEventListener('abort', () => reader.close());
  try {
    for await (const block of reader.blocks()) {
      await run.block(block, format);
      progress.update(run.rows, block.bytes);
      if (sink.gone || signal.aborted) break;
    }
    if (signal.aborted) throw new Error('interrupted');
    if (run.names.length === 0) throw new RunError(`${nameOf(source)} is empty; a table is expected: names of columns, then rows`);
    sink.finish();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(`stopped after ${run.rows} rows${out === undefined ? '' : `; '${out}' was not written`}`);
  } finally {
    progress.stop();
    sink.discard();
  }
  progress.done(run.rows);
}
