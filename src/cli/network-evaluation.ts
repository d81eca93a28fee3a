/**
 * How good a network is that knows no table: which columns are its inputs and which its targets, what loss and metrics tell, and the measure.
 * Knows networks and tables that were read; no files.
 */
import type { LossName, MetricName, Network } from '../index.js';
import { RunError, UsageError } from './errors.js';
import { describe } from './models.js';
import { percent, short } from './output.js';
import { inRecord, nameOf } from './table-reader.js';
import type { ReadTable } from './tables.js';

/** What may be said of the measure; the rest follows from the network and the table. */
export interface MeasureOptions {
  /** Columns with targets; default: those after the inputs. */
  readonly target?: readonly string[];
  /** What the classes are called, in the order of the outputs. */
  readonly labels?: readonly string[];
  readonly loss?: LossName;
  readonly metrics?: readonly MetricName[];
}

export interface NetworkMeasure {
  readonly task: 'network';
  readonly rows: number;
  readonly inputs: readonly string[];
  readonly targets: readonly string[];
  readonly lossFunction: LossName;
  /** By name: loss, and the metrics. */
  readonly measured: Readonly<Record<string, number>>;
}

/** Layers that do nothing but while training. */
const IDLE: ReadonlySet<unknown> = new Set(['dropout', 'gaussianNoise']);

interface Ends {
  readonly inputs: number;
  readonly outputs: number;
  /** The activation that outputs come from. */
  readonly activation: unknown;
}

function endsOf(network: Network): Ends {
  const { inputs: shape, layers } = describe(network);
  const inputs = [shape].flat().reduce((product: number, size) => product * (size as number), 1);
  const outputs = network.predict({ data: new Float32Array(inputs), rows: 1, columns: inputs }).columns;
  const last = layers.filter(({ type }) => !IDLE.has(type)).at(-1);
  return { inputs, outputs, activation: last?.activation ?? 'linear' };
}

/** Networks that scikit-learn and brain.js made bring the names of their classes along. */
function classesOf(network: Network): readonly string[] | undefined {
  return (network as { classes?: readonly unknown[] }).classes?.map(String);
}

/** What tells how good outputs are, by their activation and whether there is one column of classes. */
function usual({ activation }: Ends, classes: boolean): { loss: LossName; metrics: readonly MetricName[] } {
  if (classes) return { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] };
  if (activation === 'softmax') return { loss: 'categoricalCrossentropy', metrics: ['accuracy'] };
  if (activation === 'sigmoid') return { loss: 'binaryCrossentropy', metrics: ['binaryAccuracy'] };
  return { loss: 'meanSquaredError', metrics: ['meanAbsoluteError', 'r2'] };
}

/** Names of the columns that are inputs, and of those that are targets. */
function splitColumns(source: string, { names }: ReadTable, { inputs, outputs }: Ends, target: readonly string[] | undefined) {
  const unknown = target?.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    const shown = `${names
      .slice(0, 12)
      .map((name) => `'${name}'`)
      .join(', ')}${names.length > 12 ? ` and ${names.length - 12} more` : ''}`;
    throw new RunError(`--target: ${nameOf(source)} has no column '${unknown}'; it has ${shown}`);
  }
  const split = target
    ? { inputs: names.filter((name) => !target.includes(name)), targets: target }
    : { inputs: names.slice(0, inputs), targets: names.slice(inputs) };
  const { length } = split.targets;
  if (split.inputs.length === inputs && (length === outputs || length === 1)) return split;
  const wanted = `${outputs} of targets${outputs > 1 ? ', or one of classes' : ''}`;
  const got = target ? `${split.inputs.length} beside the ${length} of --target` : `${names.length} in all`;
  const remedy = 'give the columns of targets by --target, or a table without the others';
  throw new RunError(`${nameOf(source)}: expected ${inputs} columns of inputs and ${wanted}, got ${got}; ${remedy}`);
}

/** The number of a record, as a person counts them. */
const recordOf = ({ headed }: ReadTable, row: number): number => row + 1 + Number(headed);

/** Columns of numbers as rows. */
function numbersOf(read: ReadTable, names: readonly string[], toValue: (cell: string | number) => number | undefined, expected: string) {
  const data = new Float32Array(read.rows * names.length);
  for (const [place, name] of names.entries()) {
    const cells = read.table[name];
    for (let row = 0; row < read.rows; row++) {
      const value = toValue(cells[row]);
      if (value === undefined || !Number.isFinite(value)) {
        const got = Number.isNaN(cells[row]) || cells[row] === '' ? 'nothing' : `'${cells[row]}'`;
        throw new RunError(`expected ${expected}, got ${got} in column '${name}' in record ${recordOf(read, row)}`);
      }
      data[row * names.length + place] = value;
    }
  }
  return data;
}

const numberOf = (cell: string | number): number => (typeof cell === 'number' ? cell : cell.trim() === '' ? Number.NaN : Number(cell));

/** Targets as numbers: what is written, or the place of a label. */
function targetsOf(read: ReadTable, targets: readonly string[], { outputs }: Ends, labels: readonly string[] | undefined): Float32Array {
  const classes = outputs > 1 ? outputs : 2;
  if (targets.length > 1 || !labels) {
    const remedy =
      targets.length === 1 && outputs > 1 ? `class indices from 0 to ${outputs - 1}, or names of classes and --labels` : 'a number';
    return numbersOf(read, targets, numberOf, remedy);
  }
  if (labels.length !== classes)
    throw new UsageError(`--labels: expected ${classes} names of classes, in the order of the network's outputs, got ${labels.length}`);
  const places = new Map(labels.map((label, place) => [label, place]));
  const shown = labels.length > 12 ? `${labels.slice(0, 12).join(', ')}, …` : labels.join(', ');
  return numbersOf(read, targets, (cell) => places.get(String(cell).trim()), `one of ${shown}`);
}

/**
 * Loss and metrics of a network on a table.
 * @throws RunError for a table that does not fit, by column and record; UsageError for what cannot be measured so
 */
export function measureNetwork(source: string, network: Network, read: ReadTable, options: MeasureOptions): NetworkMeasure {
  const ends = endsOf(network);
  const { inputs, targets } = splitColumns(source, read, ends, options.target);
  const classes = targets.length === 1 && ends.outputs > 1;
  const { loss, metrics } = { ...usual(ends, classes), ...options };
  if (classes && loss !== 'sparseCategoricalCrossentropy')
    throw new UsageError(`--loss: '${loss}' takes ${ends.outputs} columns of targets, got one; leave it out for classes`);
  if (classes && options.loss === undefined && ends.activation !== 'softmax') {
    const remedy = `give ${ends.outputs} columns of targets, or --loss sparseCategoricalCrossentropy for outputs that are probabilities`;
    throw new RunError(
      `a column of classes is for a network that ends in softmax, but this one ends in ${JSON.stringify(ends.activation)}; ${remedy}`,
    );
  }
  const x = { data: numbersOf(read, inputs, numberOf, 'a number'), rows: read.rows, columns: inputs.length };
  const numbers = targetsOf(read, targets, ends, options.labels ?? classesOf(network));
  const y = classes ? numbers : { data: numbers, rows: read.rows, columns: targets.length };
  try {
    const measured = network.evaluate(x, y, { loss, metrics: [...metrics] });
    return { task: 'network', rows: read.rows, inputs, targets, lossFunction: loss, measured };
  } catch (error) {
    if (error instanceof Error) error.message = inRecord(error.message, recordOf(read, 0));
    throw error;
  }
}

const SHARES: ReadonlySet<string> = new Set(['accuracy', 'binaryAccuracy']);
const NAMES: Readonly<Record<string, string>> = {
  binaryAccuracy: 'accuracy of each output',
  meanAbsoluteError: 'mean absolute error',
  r2: 'R²',
};

export function measureLines({ rows, inputs, targets, lossFunction, measured }: NetworkMeasure): string[] {
  const { loss, ...metrics } = measured;
  const told = Object.entries(metrics).map(([name, value]) => `${NAMES[name] ?? name} ${SHARES.has(name) ? percent(value) : short(value)}`);
  const shown = targets.length > 5 ? `${targets.slice(0, 5).join(', ')}, … (${targets.length})` : targets.join(', ');
  return [
    `${rows} rows: ${[...told, `loss ${short(loss)} (${lossFunction})`].join(', ')}`,
    `${inputs.length} inputs; ${targets.length === 1 ? 'target' : 'targets'}: ${shown}`,
  ];
}
