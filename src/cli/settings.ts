/**
 * What a training can be told, on the command line and in a configuration alike: one row each, with how a word becomes a value, and what values
 * there are. Knows the library's option names; no commands.
 */
import { InvalidArgumentError, Option } from 'commander';
import { checkBoolean, checkInteger, checkName, checkNumber, show } from '../check.js';
import type { ActivationName, LossName, MetricName, OptimizerName } from '../index.js';
import type { ColumnKind, TableOptions, Task } from '../tabular.js';
import { UsageError } from './errors.js';

const ACTIVATIONS: Record<ActivationName, true> = {
  linear: true,
  relu: true,
  leakyRelu: true,
  elu: true,
  selu: true,
  gelu: true,
  silu: true,
  sigmoid: true,
  tanh: true,
  softplus: true,
  softsign: true,
  softmax: true,
};
const OPTIMIZERS: Record<OptimizerName, true> = { sgd: true, rmsprop: true, adagrad: true, adam: true, adamw: true, nadam: true };
const TASKS: Record<Task, true> = { classification: true, regression: true };
const KINDS: Record<ColumnKind, true> = { number: true, category: true, boolean: true, date: true, ignore: true };
const NUMERICS = { fast: true, reproducible: true };
const DECIMALS = { '.': true, ',': true };
export const LOSS_NAMES: Record<LossName, true> = {
  meanSquaredError: true,
  meanAbsoluteError: true,
  huber: true,
  halfSquaredError: true,
  binaryCrossentropy: true,
  categoricalCrossentropy: true,
  sparseCategoricalCrossentropy: true,
  kullbackLeiblerDivergence: true,
  hinge: true,
};
export const METRIC_NAMES: Record<MetricName, true> = { accuracy: true, binaryAccuracy: true, meanAbsoluteError: true, r2: true };

/** Settings of a table's text. */
export interface TextSettings {
  separator?: string;
  decimal?: '.' | ',';
  header?: boolean;
  encoding?: string;
}

/** Settings of a training, by the library's names. */
export type TrainingSettings = Pick<
  TableOptions,
  | 'target'
  | 'task'
  | 'columns'
  | 'hidden'
  | 'activation'
  | 'optimizer'
  | 'learningRate'
  | 'epochs'
  | 'batchSize'
  | 'patience'
  | 'validationSplit'
  | 'l2'
  | 'dropout'
  | 'classWeight'
  | 'seed'
  | 'numerics'
  | 'threads'
>;

export type Settings = Partial<TrainingSettings> & TextSettings;

/** One setting. */
interface Setting {
  readonly key: keyof Settings;
  readonly flag: string;
  readonly help: string;
  /** A word of the command line as a value, still to be checked. */
  readonly read?: (word: string) => unknown;
  /** @throws TypeError or RangeError that begins with `where` */
  readonly check: (where: string, value: unknown) => unknown;
}

const text = (where: string, value: unknown): string => {
  if (typeof value !== 'string') throw new TypeError(`${where}: expected a text, got ${show(value)}`);
  if (value === '') throw new RangeError(`${where}: expected a text that is not empty`);
  return value;
};
/** A word as a number, or as it is: then the check says what it is. */
export const readNumber = (word: string): unknown => (/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(word.trim()) ? Number(word) : word);
const whole =
  (min: number, max?: number) =>
  (where: string, value: unknown): number => {
    if (typeof value === 'string') throw new RangeError(`${where}: expected a whole number of at least ${min}, got ${show(value)}`);
    return checkInteger(where, value, min, max);
  };
const number =
  (bounds: Parameters<typeof checkNumber>[2]) =>
  (where: string, value: unknown): number => {
    if (typeof value === 'string') throw new RangeError(`${where}: expected a number, got ${show(value)}`);
    return checkNumber(where, value, bounds);
  };
const units = (where: string, value: unknown): number[] => {
  if (!Array.isArray(value)) throw new TypeError(`${where}: expected a list of whole numbers, got ${show(value)}`);
  return value.map((item) => whole(1)(where, item));
};
const readUnits = (word: string): unknown => (word.trim() === 'none' ? [] : word.split(',').map(readNumber));
const kinds = (where: string, value: unknown): Record<string, ColumnKind> => {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new TypeError(`${where}: expected kinds by column, such as { "zip": "category" }, got ${show(value)}`);
  return Object.fromEntries(Object.entries(value).map(([name, kind]) => [name, checkName(`${where}: ${show(name)}`, kind, KINDS)]));
};
const threads = (where: string, value: unknown): number | 'auto' => (value === 'auto' ? value : whole(1, 256)(where, value));
const weights = (where: string, value: unknown): TrainingSettings['classWeight'] => {
  if (value === 'balanced') return value;
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new TypeError(`${where}: expected 'balanced', or weights by label, got ${show(value)}`);
  for (const [label, weight] of Object.entries(value)) checkNumber(`${where}: ${show(label)}`, weight, { min: 0 });
  return value as Record<string, number>;
};

/** How a table's text looks. */
export const TEXT_SETTINGS: readonly Setting[] = [
  {
    key: 'separator',
    flag: '--separator <character>',
    help: "between cells: ',', ';', '|' or 'tab' (default: found out)",
    read: (word) => (word === 'tab' || word === '\\t' ? '\t' : word),
    check: (where, value) => {
      if (text(where, value).length !== 1 || /["\r\n]/.test(value as string))
        throw new RangeError(`${where}: expected one character that is no quote or line end, got ${show(value)}`);
      return value;
    },
  },
  {
    key: 'decimal',
    flag: '--decimal <sign>',
    help: "decimal sign, '.' or ',' (default: found out)",
    check: (where, value) => checkName(where, value, DECIMALS),
  },
  { key: 'encoding', flag: '--encoding <name>', help: 'of the text, such as latin1 (default: utf-8, or utf-16 by its mark)', check: text },
  { key: 'header', flag: '--no-header', help: 'the first line is data; columns are then called column1, column2, …', check: checkBoolean },
];

/** How to train. Those of LEARNING may be searched by `tune`. */
export const LEARNING: readonly Setting[] = [
  {
    key: 'hidden',
    flag: '--hidden <units>',
    help: "units of the hidden layers, such as 16,8; 'none' for a linear model",
    read: readUnits,
    check: units,
  },
  {
    key: 'activation',
    flag: '--activation <name>',
    help: `of the hidden layers: ${Object.keys(ACTIVATIONS).join(', ')}`,
    check: (where, value) => checkName(where, value, ACTIVATIONS),
  },
  {
    key: 'optimizer',
    flag: '--optimizer <name>',
    help: Object.keys(OPTIMIZERS).join(', '),
    check: (where, value) => checkName(where, value, OPTIMIZERS),
  },
  { key: 'learningRate', flag: '--rate <number>', help: 'learning rate', read: readNumber, check: number({ above: 0 }) },
  { key: 'batchSize', flag: '--batch <rows>', help: 'rows for each update', read: readNumber, check: whole(1) },
  { key: 'l2', flag: '--l2 <number>', help: 'penalty on large weights', read: readNumber, check: number({ min: 0 }) },
  {
    key: 'dropout',
    flag: '--dropout <share>',
    help: 'of hidden units left out while training',
    read: readNumber,
    check: number({ min: 0, below: 1 }),
  },
];

export const TRAINING_SETTINGS: readonly Setting[] = [
  { key: 'target', flag: '--target <column>', help: 'the column to predict', check: text },
  {
    key: 'task',
    flag: '--task <kind>',
    help: 'classification or regression (default: by the target)',
    check: (where, value) => checkName(where, value, TASKS),
  },
  {
    key: 'columns',
    flag: '--column <name=kind>',
    help: `what a column holds: ${Object.keys(KINDS).join(', ')}; may be given several times (default: found out)`,
    check: kinds,
  },
  ...LEARNING,
  { key: 'epochs', flag: '--epochs <n>', help: 'most passes over the rows', read: readNumber, check: whole(1) },
  { key: 'patience', flag: '--patience <epochs>', help: 'epochs without improvement before it stops', read: readNumber, check: whole(1) },
  {
    key: 'validationSplit',
    flag: '--validation <share>',
    help: 'of the rows kept for validation; 0: none, and no early stopping',
    read: readNumber,
    check: number({ min: 0, below: 1 }),
  },
  { key: 'classWeight', flag: '--balanced', help: 'rare labels weigh as much as frequent ones', check: weights },
  { key: 'seed', flag: '--seed <n>', help: 'same seed, same model (default: random)', read: readNumber, check: whole(0, 2 ** 32 - 1) },
  {
    key: 'numerics',
    flag: '--reproducible',
    help: 'the same bits on every engine and processor',
    check: (where, value) => checkName(where, value, NUMERICS),
  },
  {
    key: 'threads',
    flag: '--threads <n>',
    help: "that share each step: a number, or 'auto' (default: 1)",
    read: readNumber,
    check: threads,
  },
];

/** What a flag without a value stands for. */
const MEANINGS: Partial<Record<keyof Settings, unknown>> = { classWeight: 'balanced', numerics: 'reproducible', header: false };

/** Whatever a check throws becomes a wrong usage. */
export function asUsage<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) throw new UsageError(error.message);
    throw error;
  }
}

/** 'name=kind', added to those given before. The last '=' counts: a name may have one. */
function addKind(word: string, before: unknown): Record<string, ColumnKind> {
  const at = word.lastIndexOf('=');
  if (at < 1) throw new UsageError(`--column: expected name=kind, such as zip=category, got '${word}'`);
  const kind = asUsage(() => kinds('--column', { [word.slice(0, at)]: word.slice(at + 1) }));
  return { ...(before as object | undefined), ...kind };
}

/** An option of the command line for a setting. */
export function optionFor({ key, flag, help, read, check }: Setting): Option {
  const name = flag.split(' ')[0];
  const option = new Option(flag, help);
  if (key === 'columns') return option.argParser(addKind);
  return flag.includes('<') ? option.argParser((word) => asUsage(() => check(name, read ? read(word) : word))) : option;
}

/** Settings among what commander found; those that were not given are left out. */
export function settingsOf(
  rows: readonly Setting[],
  found: Readonly<Record<string, unknown>>,
  given: (attribute: string) => boolean,
): Settings {
  const settings: Record<string, unknown> = {};
  for (const setting of rows) {
    const attribute = optionFor(setting).attributeName();
    if (given(attribute)) settings[setting.key] = setting.flag.includes('<') ? found[attribute] : MEANINGS[setting.key];
  }
  return settings as Settings;
}

/** Checked settings among the keys of a configuration. */
export function checkSettings(where: string, rows: readonly Setting[], values: Readonly<Record<string, unknown>>): Settings {
  const settings: Record<string, unknown> = {};
  for (const { key, check } of rows) {
    if (values[key] !== undefined) settings[key] = asUsage(() => check(`${where}: ${key}`, values[key]));
  }
  return settings as Settings;
}

/** A parser of whole numbers for options that are no settings. */
export function wholeNumber(flag: string, min: number, max?: number): (word: string) => number {
  return (word) => asUsage(() => whole(min, max)(flag, readNumber(word)));
}

/** A parser of numbers. */
export function realNumber(flag: string, bounds: Parameters<typeof checkNumber>[2]): (word: string) => number {
  return (word) => asUsage(() => number(bounds)(flag, readNumber(word)));
}

/** A parser of names. */
export function oneOf<Name extends string>(flag: string, table: Readonly<Record<Name, unknown>>): (word: string) => Name {
  return (word) => asUsage(() => checkName(flag, word, table));
}

/** A parser of a list of names with commas between them. */
export function names(flag: string): (word: string) => string[] {
  return (word) => {
    const list = word.split(',').map((name) => name.trim());
    if (list.includes('')) throw new InvalidArgumentError(`${flag}: expected names with commas between them`);
    return list;
  };
}

/** A parser of a list of names of a table. */
export function someOf<Name extends string>(flag: string, table: Readonly<Record<Name, unknown>>): (word: string) => Name[] {
  const list = names(flag);
  return (word) => list(word).map(oneOf(flag, table));
}
