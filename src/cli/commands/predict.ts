/**
 * `gradlet predict`: rows in, rows with predictions out, in blocks, so that memory does not grow with the table. Knows models and CSV; no kinds of
 * columns.
 */
import type { Network } from '../../index.js';
import type { TableModel, TablePrediction } from '../../tabular.js';
import { type CsvBlock, toCsv } from '../csv.js';
import { Interrupted, UsageError } from '../errors.js';
import { checkTarget, GrowingFile, STANDARD } from '../files.js';
import { interruptSignal } from '../interrupt.js';
import { type Output, toJson } from '../output.js';
import type { Call } from '../program.js';
import { BlockProgress } from '../progress.js';
import type { TextSettings } from '../settings.js';
import { headed, inputOf, inRecord, TableReader } from '../table-reader.js';
import { type AnyModel, openModel } from '../tables.js';

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

/** Columns by name of rows of cells. */
function toColumns(rows: readonly string[][], reader: TableReader): Record<string, string[]> {
  return Object.fromEntries(reader.names.map((name, column) => [name, rows.map((row) => reader.plain(row[column]))]));
}

function tablePredictor(model: TableModel, reader: TableReader, probabilities: boolean): Predictor {
  const { format } = reader;
  const { target, labels } = model;
  const predicted = `predicted_${target}`;
  const each = probabilities && labels ? labels.map(String) : [];
  const predict = (rows: readonly string[][]): TablePrediction[] => model.predict(toColumns(rows, reader));
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
function networkPredictor(network: Network, reader: TableReader): Predictor {
  const { format } = reader;
  const columns = reader.names.length;
  const run = (rows: readonly string[][]): number[][] => {
    const x = new Float32Array(rows.length * columns);
    for (const [row, cells] of rows.entries()) {
      for (const [column, cell] of cells.entries()) {
        const value = inputOf(reader.plain(cell));
        if (Number.isNaN(value)) throw new RangeError(`expected a number, got '${cell}' in column ${column + 1} at row ${row}`);
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
  rows = 0;
  #predictor: Predictor | undefined;
  #kept: number[] = [];

  constructor(
    readonly model: AnyModel,
    readonly reader: TableReader,
    readonly call: Call,
    readonly sink: Sink,
  ) {}

  async #begin(): Promise<Predictor> {
    const { values, output } = this.call;
    const { names, headed, format } = this.reader;
    this.#kept = keptColumns(values.keep as string[], names);
    const { table, network } = this.model;
    const predictor = table ? tablePredictor(table, this.reader, values.probabilities === true) : networkPredictor(network, this.reader);
    if (!output.json && headed)
      await this.sink.write(toCsv([[...this.#kept.map((place) => names[place]), ...predictor.columns]], format.separator));
    return predictor;
  }

  async block({ rows, first }: CsvBlock): Promise<void> {
    this.#predictor ??= await this.#begin();
    try {
      await this.sink.write(this.call.output.json ? this.#lines(this.#predictor, rows) : this.#cells(this.#predictor, rows));
    } catch (error) {
      // The row counts from the start of the block; people count records of the file.
      if (error instanceof Error) error.message = inRecord(error.message, first);
      throw error;
    }
    this.rows += rows.length;
  }

  /** A table with names alone has predictions for none. */
  async finish(): Promise<void> {
    this.#predictor ??= await this.#begin();
    this.sink.finish();
  }

  #cells(predictor: Predictor, rows: string[][]): string {
    const predicted = predictor.cells(rows);
    return toCsv(
      rows.map((row, index) => [...this.#kept.map((place) => row[place]), ...predicted[index]]),
      this.reader.format.separator,
    );
  }

  #lines(predictor: Predictor, rows: string[][]): string {
    const values = predictor.values(rows);
    const { names } = this.reader;
    const line = (row: string[], index: number): string =>
      toJson({ ...Object.fromEntries(this.#kept.map((place) => [names[place], row[place]])), ...values[index] });
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
  const reader = new TableReader(source, settings, opened.table ? {} : { headed });
  const signal = interruptSignal();
  const progress = new BlockProgress(output, reader.size);
  const sink = new Sink(output, out);
  const run = new Run(opened, reader, call, sink);
  signal.addEventListener('abort', () => reader.close());
  try {
    for await (const block of reader.blocks()) {
      await run.block(block);
      progress.update(run.rows, block.bytes);
      if (sink.gone || signal.aborted) break;
    }
    if (signal.aborted) throw new Error('interrupted');
    await run.finish();
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new Interrupted(`stopped after ${run.rows} rows${out === undefined ? '' : `; '${out}' was not written`}`);
  } finally {
    progress.stop();
    sink.discard();
  }
  progress.done(run.rows);
}
