/** What is worth a warning before training: columns that tell nothing or are badly scaled. Knows no networks. */
import { plural } from '../check.js';
import type { NetworkCore } from '../core.js';
import type { Numbers, Table } from '../data/samples.js';

/** Inputs beyond this make sums of weights saturate or diverge. */
const LARGE = 1000;
const LARGEST_F32 = 2 ** 128 - 2 ** 104;
/** Columns named in a message. */
const NAMED = 5;

function list(columns: readonly number[]): string {
  const named = columns.slice(0, NAMED).join(', ');
  return `${columns.length === 1 ? 'column' : 'columns'} ${named}${columns.length > NAMED ? ` and ${columns.length - NAMED} more` : ''}`;
}

/** Looks over the inputs, piece by piece, for columns that are constant or very large. */
export class ColumnWatch {
  readonly #scale: number;
  /** A number below is not worth a warning, and finite as f32. */
  readonly #limit: number;
  #rows = 0;
  #first = new Float64Array(0);
  /** Columns that have been constant so far. */
  #constant: number[] = [];
  /** The largest magnitude of each column, if it is not below the limit. */
  #reach = new Float64Array(0);

  /** For inputs that are multiplied by `scale`. */
  constructor(scale: number) {
    this.#scale = Math.abs(scale);
    this.#limit = Math.min(LARGE / this.#scale, LARGEST_F32);
  }

  /**
   * Begins with a table; what it returns wants all of its pieces, and tells of each whether all of its numbers are below the
   * limit. Bytes (images) are not looked at: borders that are always black are no mistake there.
   */
  watch({ rows, columns, bytes }: Table): ((piece: Table) => boolean) | undefined {
    if (bytes || rows < 2) return undefined;
    this.#constant = Array.from({ length: columns }, (_, column) => column);
    this.#reach = new Float64Array(columns);
    return (piece) => this.#look(piece);
  }

  #look({ rows, columns, flat, nested }: Table): boolean {
    let small = true;
    for (let row = 0; row < rows; row++) {
      const numbers = flat ?? (nested as readonly Numbers[])[row];
      const from = flat ? row * columns : 0;
      if (this.#rows++ === 0) this.#first = Float64Array.from({ length: columns }, (_, column) => numbers[from + column]);
      this.#compare(numbers, from);
      if (isBelow(this.#limit, numbers, from, from + columns)) continue;
      small = false;
      for (let column = 0; column < columns; column++) {
        const magnitude = Math.abs(numbers[from + column]);
        if (magnitude > this.#reach[column]) this.#reach[column] = magnitude;
      }
    }
    return small;
  }

  /** Strikes off the columns in which a row differs from the first one: soon there are none left. */
  #compare(numbers: Numbers, from: number): void {
    const differs = (column: number): boolean => numbers[from + column] !== this.#first[column];
    if (this.#constant.some(differs)) this.#constant = this.#constant.filter((column) => !differs(column));
  }

  /** A sentence about constant or very large columns, or undefined. */
  warning(): string | undefined {
    const reach = Array.from(this.#reach, (magnitude) => magnitude * this.#scale);
    return dataWarning(this.#constant, reach, this.#rows);
  }
}

/** Whether all numbers of a row have magnitudes below `limit`; NaN has not. */
function isBelow(limit: number, numbers: Numbers, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (!(numbers[at] < limit && numbers[at] > -limit)) return false;
  return true;
}

function dataWarning(constant: readonly number[], reach: readonly number[], rows: number): string | undefined {
  const large = Array.from(reach.keys()).filter((column) => reach[column] >= LARGE);
  const sentences: string[] = [];
  if (constant.length) {
    sentences.push(
      `${list(constant)} of x ${constant.length === 1 ? 'is' : 'are'} constant over ${plural(rows, 'row')} and cannot help to learn`,
    );
  }
  if (large.length) {
    const most = Math.max(...large.slice(0, NAMED).map((column) => reach[column]));
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
