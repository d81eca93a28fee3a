/**
 * What a model knows of its table, as a text among the metadata of its file and back. A file may come from anybody: everything in
 * it is checked, and sizes follow from what is there. Knows no cells.
 *
 * The text is `preprocessing`, JSON with one key: { "table": { version, target, columns, settings, history? } }.
 */
import { checkBoolean, checkInteger, checkName, checkNumber, show } from '../check.js';
import { GradletError } from '../errors.js';
import { isRecord, parseJson } from '../format/json.js';
import type { Metadata } from '../format/metadata.js';
import { reading } from '../format/model.js';
import type { History } from '../training/options.js';
import { PARTS } from './dates.js';
import { countFeatures, featuresOf } from './encode.js';
import { readHistory, writeHistory } from './history.js';
import { MAXIMUM_LABELS, type TargetDescription } from './target.js';
import type { ColumnDescription, ColumnKind, DatePart, Label, TableSettings } from './types.js';

const KEY = 'preprocessing';
const VERSION = 1;
/** Table, columns, column, parts, part; the shortest of them is a column that is ignored. */
const LIMITS = { depth: 8, spacing: 12 };

export interface TableDescription {
  readonly target: TargetDescription;
  readonly columns: readonly ColumnDescription[];
  readonly settings: TableSettings;
  /** Of a training that is over; files of early versions have none, nor have checkpoints. */
  readonly history?: History;
}

export function writeDescription({ target, columns, settings, history }: TableDescription): Metadata {
  const table = { version: VERSION, target, columns, settings, ...(history && { history: writeHistory(history) }) };
  return { [KEY]: JSON.stringify({ table }) };
}

type Json = Record<string, unknown>;

function object(where: string, value: unknown): Json {
  if (!isRecord(value)) throw new TypeError(`${where}: expected an object, got ${show(value)}`);
  return value;
}

function list<T>(where: string, value: unknown, read: (where: string, item: unknown) => T): T[] {
  if (!Array.isArray(value)) throw new TypeError(`${where}: expected an array, got ${show(value)}`);
  return value.map((item, index) => read(`${where}[${index}]`, item));
}

function text(where: string, value: unknown): string {
  if (typeof value !== 'string') throw new TypeError(`${where}: expected a text, got ${show(value)}`);
  return value;
}

/** A list without anything twice. */
function different<T>(where: string, items: readonly T[]): readonly T[] {
  if (new Set(items).size !== items.length) throw new RangeError(`${where}: expected each value once`);
  return items;
}

const texts = (where: string, value: unknown): readonly string[] => different(where, list(where, value, text));
const optional = <T>(value: unknown, read: (value: unknown) => T): T | undefined => (value === undefined ? undefined : read(value));

/** A mean and a deviation; both finite, the deviation not negative. */
function scale(where: string, json: Json, bounds: { min: number } | { above: number }): { mean: number; deviation: number } {
  const mean = checkNumber(`${where}.mean`, json.mean);
  return { mean, deviation: checkNumber(`${where}.deviation`, json.deviation, bounds) };
}

const PART_NAMES = Object.fromEntries(PARTS.map(({ part }) => [part, true])) as Record<DatePart['part'], true>;

function readPart(where: string, value: unknown): DatePart {
  const json = object(where, value);
  return { part: checkName(`${where}.part`, json.part, PART_NAMES), ...scale(where, json, { above: 0 }) };
}

/** What each kind has besides name, kind, features and missing. */
const READ: Readonly<Record<ColumnKind, (where: string, json: Json) => Partial<ColumnDescription>>> = {
  number: (where, json) => ({
    ...scale(where, json, { min: 0 }),
    minimum: checkNumber(`${where}.minimum`, json.minimum),
    maximum: checkNumber(`${where}.maximum`, json.maximum),
    ...(json.markers !== undefined && { markers: texts(`${where}.markers`, json.markers) }),
  }),
  boolean: (where, json) => scale(where, json, { min: 0 }),
  date(where, json) {
    const parts = list(`${where}.parts`, json.parts, readPart);
    different(
      `${where}.parts`,
      parts.map(({ part }) => part),
    );
    return { parts };
  },
  category: (where, json) => ({
    categories: texts(`${where}.categories`, json.categories),
    others: checkBoolean(`${where}.others`, json.others),
  }),
  ignore: (where, json) => ({ reason: text(`${where}.reason`, json.reason) }),
};
const KINDS = Object.fromEntries(Object.keys(READ).map((kind) => [kind, true])) as Record<ColumnKind, true>;

function readColumn(where: string, value: unknown): ColumnDescription {
  const json = object(where, value);
  const kind = checkName(`${where}.kind`, json.kind, KINDS);
  const common = { name: text(`${where}.name`, json.name), kind, features: 0, missing: checkBoolean(`${where}.missing`, json.missing) };
  const column: ColumnDescription = { ...common, ...READ[kind](where, json) };
  const features = featuresOf(column);
  if (json.features !== features)
    throw new RangeError(`${where}.features: expected ${features}, which the column makes, got ${show(json.features)}`);
  return { ...column, features };
}

function readLabels(where: string, value: unknown): readonly Label[] {
  const labels = list(where, value, (at, label): Label => {
    if (typeof label === 'number') return checkNumber(at, label);
    if (typeof label === 'string' || typeof label === 'boolean') return label;
    throw new TypeError(`${at}: expected a text, number or boolean, got ${show(label)}`);
  });
  if (labels.length < 2 || labels.length > MAXIMUM_LABELS)
    throw new RangeError(`${where}: expected 2 to ${MAXIMUM_LABELS} labels, got ${labels.length}`);
  const strange = labels.find((label) => typeof label !== typeof labels[0]);
  if (strange !== undefined) throw new TypeError(`${where}: expected labels of one type, got ${show(labels[0])} and ${show(strange)}`);
  return different(where, labels);
}

function readTarget(where: string, value: unknown): TargetDescription {
  const json = object(where, value);
  const task = checkName(`${where}.task`, json.task, { classification: true, regression: true });
  const name = text(`${where}.name`, json.name);
  const marked = json.markers === undefined ? {} : { markers: texts(`${where}.markers`, json.markers) };
  if (task === 'classification') return { task, name, labels: readLabels(`${where}.labels`, json.labels), ...marked };
  return { task, name, ...scale(where, json, { above: 0 }), ...marked };
}

function readSettings(where: string, value: unknown): TableSettings {
  const json = object(where, value);
  const count = (key: string, min: number): number => checkInteger(`${where}.${key}`, json[key], min);
  const number = (key: string): number => checkNumber(`${where}.${key}`, json[key], { min: 0 });
  return {
    hidden: list(`${where}.hidden`, json.hidden, (at, units) => checkInteger(at, units, 1)),
    activation: text(`${where}.activation`, json.activation),
    optimizer: text(`${where}.optimizer`, json.optimizer),
    learningRate: optional(json.learningRate, () => number('learningRate')),
    epochs: count('epochs', 1),
    batchSize: count('batchSize', 1),
    patience: count('patience', 0),
    validationSplit: number('validationSplit'),
    l2: number('l2'),
    dropout: number('dropout'),
    rows: count('rows', 1),
    validationRows: count('validationRows', 0),
    version: text(`${where}.version`, json.version),
  };
}

/**
 * What a file's metadata say of a table.
 * @param inputs of the network
 * @param outputs of the network
 * @throws GradletError ERR_FORMAT for metadata that say nothing of a table, or nonsense
 */
export function readDescription(metadata: Metadata, inputs: number, outputs: number): TableDescription {
  return reading(() => {
    const json = metadata[KEY];
    const value = json === undefined ? undefined : parseJson("a damaged table model: the metadata's preprocessing", json, LIMITS);
    if (!isRecord(value) || value.table === undefined)
      throw new GradletError(
        'ERR_FORMAT',
        'a gradlet model, but not one of a table: its metadata say nothing of columns; use Network.load',
      );
    const table = object('table', value.table);
    if (table.version !== VERSION)
      throw new GradletError(
        'ERR_FORMAT',
        `a table model of version ${show(table.version)}; this release reads ${VERSION}: update gradlet`,
      );
    const target = readTarget('table.target', table.target);
    const columns = list('table.columns', table.columns, readColumn);
    different('table.columns', [target.name, ...columns.map(({ name }) => name)]);
    const features = countFeatures(columns);
    if (features !== inputs) throw new RangeError(`the table's columns make ${features} inputs, but the network has ${inputs}`);
    const wanted = target.task === 'classification' ? target.labels.length : 1;
    if (wanted !== outputs) throw new RangeError(`the table's target needs ${wanted} outputs, but the network has ${outputs}`);
    const history = table.history === undefined ? {} : { history: readHistory('table.history', table.history) };
    return { target, columns, settings: readSettings('table.settings', table.settings), ...history };
  });
}
