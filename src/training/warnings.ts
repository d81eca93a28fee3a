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

/**
 * A sentence about constant or very large columns, or undefined. Bytes (images) are not looked at: borders that are always
 * black are no mistake there.
 */
export function dataWarning({ rows, columns, flat, nested, bytes }: Table, scale: number): string | undefined {
  if (bytes || rows < 2) return undefined;
  const low = new Float64Array(columns).fill(Number.POSITIVE_INFINITY);
  const high = new Float64Array(columns).fill(Number.NEGATIVE_INFINITY);
  const look = (numbers: Numbers, from: number): void => {
    for (let column = 0; column < columns; column++) {
      const value = numbers[from + column];
      if (value < low[column]) low[column] = value;
      if (value > high[column]) high[column] = value;
    }
  };
  for (let row = 0; row < rows; row++) {
    if (flat) look(flat, row * columns);
    else look((nested as readonly Numbers[])[row], 0);
  }
  const all = Array.from({ length: columns }, (_, column) => column);
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
