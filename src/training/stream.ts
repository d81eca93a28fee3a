/**
 * Data that come as a stream of blocks, gathered into windows of rows that are shuffled and trained on one after another.
 * Memory holds one window and one block. Knows no training.
 *
 * Batches cross the borders of blocks and windows: rows that do not fill a batch go first in the next window.
 */
import { checkOptions, show } from '../check.js';
import type { NetworkCore } from '../core.js';
import { PURPOSE, shuffle } from '../data/random.js';
import { copyRows, type Samples, type Table } from '../data/samples.js';
import { checkData } from './data.js';
import type { TrainerData } from './feed.js';
import type { LossRow } from './losses.js';

/** Some rows of a stream. */
export interface Block {
  /** Rows of inputs. */
  readonly x: Samples;
  /** As many targets. */
  readonly y: Samples;
  /** A weight for each row; default: 1. */
  readonly sampleWeight?: Samples;
}

/** Blocks, opened once an epoch: something to iterate anew, or a function that returns it. */
export type Blocks = Iterable<Block> | AsyncIterable<Block> | (() => Iterable<Block> | AsyncIterable<Block>);

/** Rows in memory and the order in which to train on them; `rows` of that order make whole batches, or are the last. */
export interface Window {
  readonly data: TrainerData;
  readonly order: Int32Array;
  readonly rows: number;
}

export interface StreamOptions {
  readonly batchSize: number;
  readonly windowRows: number;
  readonly shuffle: boolean;
  readonly loss: LossRow;
  readonly inputScale: number | undefined;
  readonly classWeight: Map<number, number> | undefined;
}

type Opened = Iterator<Block> | AsyncIterator<Block>;

function isIterable(value: unknown): value is Iterable<Block> | AsyncIterable<Block> {
  if (value === null || typeof value !== 'object') return false;
  return Symbol.asyncIterator in value || Symbol.iterator in value;
}

/** Whether the first argument of fit is a stream and not samples: arrays are iterable, too, but they are samples. */
export function isBlocks(value: unknown): value is Blocks {
  return typeof value === 'function' || (isIterable(value) && !Array.isArray(value) && !ArrayBuffer.isView(value));
}

/** Refuses an iterator that can be gone through only once, where more than one epoch is wanted. */
export function checkReiterable(blocks: Blocks, epochs: number): void {
  if (typeof blocks === 'function' || epochs < 2) return;
  const self = blocks as { [Symbol.asyncIterator]?: () => unknown; [Symbol.iterator]?: () => unknown; next?: unknown };
  if (typeof self.next === 'function') {
    throw new TypeError(
      `fit: blocks can be gone through only once, but epochs is ${epochs}; give a function that returns a new iterable, such as () => readBlocks()`,
    );
  }
}

function open(blocks: Blocks): Opened {
  const opened = typeof blocks === 'function' ? blocks() : blocks;
  if (!isIterable(opened)) throw new TypeError(`fit: blocks: expected an (async) iterable of { x, y }, got ${show(opened)}`);
  return Symbol.asyncIterator in opened ? opened[Symbol.asyncIterator]() : opened[Symbol.iterator]();
}

/** A window that is being filled. */
class Filling {
  readonly x: Float32Array | Uint8Array;
  readonly y: Float32Array | Int32Array;
  readonly weights: Float32Array | undefined;
  rows = 0;

  constructor(
    readonly like: TrainerData,
    readonly capacity: number,
  ) {
    this.x = like.x.bytes ? new Uint8Array(capacity * like.x.columns) : new Float32Array(capacity * like.x.columns);
    this.y = 'labels' in like.y ? new Int32Array(capacity) : new Float32Array(capacity * like.y.table.columns);
    this.weights = like.weights && new Float32Array(capacity);
  }

  /** Takes rows `from … from + count - 1`. */
  take({ x, y, weights }: TrainerData, from: number, count: number): void {
    copyRows(x, from, count, this.x, this.rows * x.columns);
    if ('labels' in y) this.y.set(y.labels.subarray(from, from + count), this.rows);
    else copyRows(y.table, from, count, this.y, this.rows * y.table.columns);
    if (weights) this.weights?.set(weights.subarray(from, from + count), this.rows);
    this.rows += count;
  }

  data(): TrainerData {
    const { rows, like } = this;
    const cut = (flat: Float32Array | Uint8Array, { columns, bytes }: Table): Table => ({
      rows,
      columns,
      flat: flat.subarray(0, rows * columns),
      bytes,
    });
    const y =
      'labels' in like.y
        ? { labels: (this.y as Int32Array).subarray(0, rows) }
        : { table: cut(this.y as Float32Array, { ...like.y.table, bytes: false }) };
    return { x: cut(this.x, like.x), y, inputScale: like.inputScale, weights: this.weights?.subarray(0, rows) };
  }
}

/** One epoch's windows, in order. `counter` names their shuffling. */
export async function* windows(core: NetworkCore, blocks: Blocks, options: StreamOptions, counter: number): AsyncGenerator<Window> {
  const { batchSize, windowRows } = options;
  const capacity = Math.max(1, Math.ceil(windowRows / batchSize)) * batchSize;
  const iterator = open(blocks);
  let filling: Filling | undefined;
  let number = 0;
  let index = 0;
  const close = (last: boolean): Window => {
    const { rows, data } = { rows: (filling as Filling).rows, data: (filling as Filling).data() };
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    if (options.shuffle) shuffle(order, core.seed, PURPOSE.window + index++, counter);
    return { data, order, rows: last ? rows : rows - (rows % batchSize) };
  };
  try {
    for (;;) {
      const { done, value } = await iterator.next();
      if (done) break;
      const data = checkBlock(core, value, number++, options);
      if (filling) checkSameForm(filling.like, data, number - 1);
      for (let from = 0; from < data.x.rows; ) {
        filling ??= new Filling(data, capacity);
        const count = Math.min(capacity - filling.rows, data.x.rows - from);
        filling.take(data, from, count);
        from += count;
        if (filling.rows < capacity) continue;
        yield close(false);
        filling = new Filling(data, capacity);
      }
    }
    if (filling?.rows) yield close(true);
    else if (number === 0) throw new RangeError('fit: blocks came to an end without a row');
  } finally {
    await iterator.return?.();
  }
}

function checkBlock(core: NetworkCore, block: Block, number: number, options: StreamOptions): TrainerData {
  const where = `fit: block ${number}: `;
  if (block === null || typeof block !== 'object') throw new TypeError(`${where}expected { x, y }, got ${show(block)}`);
  const { x, y, sampleWeight } = checkOptions(`fit: block ${number}`, block, ['x', 'y', 'sampleWeight']);
  return checkData(where, core, x, y, options.loss, options.inputScale, { sampleWeight, classWeight: options.classWeight });
}

/** Blocks must not change between bytes and floats, or begin to have weights. */
function checkSameForm(like: TrainerData, data: TrainerData, number: number): void {
  const differs = (what: string): TypeError => new TypeError(`fit: block ${number}: ${what}, but the blocks before it were different`);
  if (like.x.bytes !== data.x.bytes) throw differs(`x is ${data.x.bytes ? 'bytes' : 'no bytes'}`);
  if (Boolean(like.weights) !== Boolean(data.weights)) throw differs(`sampleWeight is ${data.weights ? 'given' : 'missing'}`);
}
