/** What is worth a warning before training: columns that tell nothing or are badly scaled. Knows no networks. */
import { plural } from '../check.js';
import type { NetworkCore } from '../core.js';
import type { Numbers, Table } from '../data/samples.js';

/** Inputs beyond this make sums of weights saturate or diverge. */
const LARGE = 1000;
/** Columns named in a message. */
const NAMED = 5;

function list(columns: readonly number[]): string {
  const named = columns.slice(0, NAMED).join(', ');
  return `${columns.length === 1 ? 'column' : 'columns'} ${named}${columns.length > NAMED ? ` and ${columns.length - NAMED} more` : ''}`;
}

/** Looks over the inputs, piece by piece, for columns that are constant or very large. */
export class ColumnWatch {
  #rows = 0;
  #low = new Float64Array(0);
  #high = new Float64Array(0);

  /**
   * Begins with a table; what it returns wants all of its pieces. Bytes (images) are not looked at: borders that are always
   * black are no mistake there.
   */
  watch({ rows, columns, bytes }: Table): ((piece: Table) => void) | undefined {
    if (bytes || rows < 2) return undefined;
    this.#rows = rows;
    this.#low = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
    return (piece) => this.#look(piece);
  }

  #look({ rows, columns, flat, nested }: Table): void {
    if (flat) for (let row = 0; row < rows; row++) this.#lookAtRow(flat, row * columns);
    else for (const row of nested as readonly Numbers[]) this.#lookAtRow(row, 0);
  }

  #lookAtRow(numbers: Numbers, from: number): void {
    const low = this.#low;
    const high = this.#high;
    for (let column = 0; column < low.length; column++) {
      const value = numbers[from + column];
      if (value < low[column]) low[column] = value;
      if (value > high[column]) high[column] = value;
    }
  }

  /** A sentence about constant or very large columns, or undefined; inputs are multiplied by `scale`. */
  warning(scale: number): string | undefined {
    return dataWarning(this.#low, this.#high, this.#rows, scale);
  }
}

function dataWarning(low: Float64Array, high: Float64Array, rows: number, scale: number): string | undefined {
  const all = Array.from(low.keys());
  const constant = all.filter((column) => low[column] === high[column]);
  const reach = (column: number): number => Math.max(Math.abs(low[column]), Math.abs(high[column])) * Math.abs(scale);
  const large = all.filter((column) => reach(column) >= LARGE);
  const sentences: string[] = [];
  if (constant.length) {
    sentences.push(
      `${list(constant)} of x ${constant.length === 1 ? 'is' : 'are'} constant over ${plural(rows, 'row')} and cannot help to learn`,
    );
  }
  if (large.length) {
    const most = Math.max(...large.slice(0, NAMED).map(reach));
    sentences.push(
      `${list(large)} of x ${large.length === 1 ? 'reaches' : 'reach'} ${Number(most.toPrecision(3))}; scale inputs to about 1`,
    );
  }
  return sentences.length ? `fit: ${sentences.join('; ')}` : undefined;
}

/** A sentence about a batch of one row in a network that normalises over batches, or undefined. */
export function batchNormWarning(core: NetworkCore, rows: number, batchSize: number): string | undefined {
  const size = Math.min(rows, batchSize);
  if (!core.map.statistics || (rows % size !== 1 && size !== 1)) return undefined;
  return 'a batch of one row has no variance: batchNorm outputs beta for it and leaves its running values alone; choose a batchSize that leaves no single row over';
}
