/**
 * How a training went, in the description of a table model and back. Each list of numbers is one text: base64 of 64-bit floats, little-endian.
 * So every number comes back as it was, NaN and infinities too, in half the space of decimals. Knows no files.
 */
import { checkInteger, checkName, show } from '../check.js';
import { isRecord } from '../format/json.js';
import { decodeBase64 } from '../runtime/base64.js';
import { METRICS } from '../training/metrics.js';
import type { History } from '../training/options.js';

const BYTES = 8;
/** Bytes that become characters at a time. */
const PIECE = 1 << 13;
/** As btoa writes it: nothing between the characters, padding at the end. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** What stands in the file. */
export interface WrittenHistory {
  readonly epochs: number;
  readonly stopped?: 'early' | 'callback';
  readonly loss: string;
  readonly valLoss?: string;
  readonly metrics: Readonly<Record<string, string>>;
  readonly valMetrics?: Readonly<Record<string, string>>;
}

function pack(values: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(values.length * BYTES));
  for (const [index, value] of values.entries()) view.setFloat64(index * BYTES, value, true);
  const bytes = new Uint8Array(view.buffer);
  let characters = '';
  for (let at = 0; at < bytes.length; at += PIECE) characters += String.fromCharCode(...bytes.subarray(at, at + PIECE));
  return btoa(characters);
}

function unpack(where: string, value: unknown, epochs: number): number[] {
  const expected = `one 64-bit float for each of ${epochs} epochs, as base64`;
  if (typeof value !== 'string') throw new TypeError(`${where}: expected ${expected}, got ${show(value)}`);
  const length = Math.ceil((epochs * BYTES) / 3) * 4;
  if (value.length !== length || !BASE64.test(value)) throw new RangeError(`${where}: expected ${expected}, got ${show(value)}`);
  const bytes = decodeBase64(value);
  // Three bytes too few or many fit into the same number of characters.
  if (bytes.length !== epochs * BYTES) throw new RangeError(`${where}: expected ${expected}, got ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer);
  return Array.from({ length: epochs }, (_, index) => view.getFloat64(index * BYTES, true));
}

const mapped = <From, To>(lists: Readonly<Record<string, From>>, change: (list: From, name: string) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, change(list, name)]));

export function writeHistory({ epochs, stopped, loss, valLoss, metrics, valMetrics }: History): WrittenHistory {
  return {
    epochs,
    ...(stopped && { stopped }),
    loss: pack(loss),
    ...(valLoss && { valLoss: pack(valLoss) }),
    metrics: mapped(metrics, pack),
    ...(valMetrics && { valMetrics: mapped(valMetrics, pack) }),
  };
}

function readMetrics(where: string, value: unknown, epochs: number): Record<string, number[]> {
  if (!isRecord(value)) throw new TypeError(`${where}: expected an object, got ${show(value)}`);
  return mapped(value, (list, name) => unpack(`${where}.${checkName(where, name, METRICS)}`, list, epochs));
}

/** @throws TypeError or RangeError for what `writeHistory` does not write */
export function readHistory(where: string, value: unknown): History {
  if (!isRecord(value)) throw new TypeError(`${where}: expected an object, got ${show(value)}`);
  const epochs = checkInteger(`${where}.epochs`, value.epochs, 0);
  const { stopped, valLoss, valMetrics } = value;
  if ((valLoss === undefined) !== (valMetrics === undefined))
    throw new TypeError(`${where}: expected valLoss and valMetrics both or neither, got one of them`);
  return {
    loss: unpack(`${where}.loss`, value.loss, epochs),
    ...(valLoss !== undefined && { valLoss: unpack(`${where}.valLoss`, valLoss, epochs) }),
    metrics: readMetrics(`${where}.metrics`, value.metrics, epochs),
    ...(valMetrics !== undefined && { valMetrics: readMetrics(`${where}.valMetrics`, valMetrics, epochs) }),
    epochs,
    ...(stopped !== undefined && { stopped: checkName(`${where}.stopped`, stopped, { early: true, callback: true }) }),
  };
}
