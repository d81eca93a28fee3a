/**
 * What `predict` and `predictClasses` do with what users hand over, for every class that has them. Knows nothing of
 * training.
 */
import { checkNumber, checkOptions, plural } from './check.js';
import type { Architecture } from './compile/parameters.js';
import { checkNumeric, type Numbers, type Samples, type Table, toTable } from './data/samples.js';
import { activationOf } from './layers.js';
import type { BinaryName } from './runtime/module.js';

/** Options of `predict` and `predictClasses`. */
export interface PredictOptions {
  /** Multiplies every input, inside of the core; default 1. */
  inputScale?: number;
}

/** Outputs, row-major, in arrays of their own. */
export interface Prediction {
  /** [rows, columns], row-major. */
  data: Float32Array<ArrayBuffer>;
  /** As many as there were samples. */
  rows: number;
  /** Units of the last layer. */
  columns: number;
}

/** How a network runs. */
export interface Runtime {
  /** Which build of the core runs. */
  readonly binary: BinaryName;
  /** Threads of the fit that runs or ran last. */
  readonly threads: number;
  /** Why there were not as many as it asked for. */
  readonly reason?: string;
}

/** Whatever can predict. */
export interface Predictor {
  readonly architecture: Architecture;
  /** Columns of the output. */
  readonly units: number;
  /** Outputs for all rows, row-major. */
  predict(table: Table, scale: number | undefined): Float32Array<ArrayBuffer>;
  /** The same for one row. */
  predictRow(row: Numbers, scale: number): Float32Array<ArrayBuffer>;
}

/** A table as wide as the network's input. */
export function checkInputs(where: string, core: Predictor, x: Samples): Table {
  const { inputs } = core.architecture;
  const table = toTable(where, x, inputs);
  if (table.columns !== inputs)
    throw new RangeError(`${where} has ${plural(table.columns, 'column')}, but the network has ${plural(inputs, 'input')}`);
  return table;
}

export function checkInputScale(where: string, scale: number | undefined): number | undefined {
  return scale === undefined ? undefined : checkNumber(`${where}: inputScale`, scale);
}

/** x as one flat row of the right width, if it is that: the quick way. */
function singleRow(inputs: number, x: Samples): Numbers | undefined {
  if (x instanceof Float32Array) return x.length === inputs ? x : undefined;
  if (!Array.isArray(x) || x.length !== inputs) return undefined;
  for (let i = 0; i < inputs; i++) if (typeof x[i] !== 'number') return undefined;
  return x as readonly number[];
}

/** Outputs for samples; NaN among them is the caller's business. */
export function predictSamples(core: Predictor, call: string, x: Samples, options: PredictOptions | undefined): Prediction {
  const columns = core.units;
  const scale = options === undefined ? undefined : checkInputScale(call, checkOptions(call, options, ['inputScale']).inputScale);
  const row = singleRow(core.architecture.inputs, x);
  if (row) return { data: core.predictRow(row, scale ?? 1), rows: 1, columns };
  const table = checkInputs(`${call}: x`, core, x);
  checkNumeric(`${call}: x`, table);
  return { data: core.predict(table, scale), rows: table.rows, columns };
}

/** For each row the column of its largest output; for one sigmoid unit 1 where it is above 0.5. */
export function classesOf(core: Predictor, { data, rows, columns }: Prediction): Int32Array<ArrayBuffer> {
  const { layers } = core.architecture;
  const threshold = columns === 1 && activationOf(layers[layers.length - 1]) === 'sigmoid';
  return Int32Array.from({ length: rows }, (_, row) => {
    if (threshold) return data[row] > 0.5 ? 1 : 0;
    let best = row * columns;
    for (let at = best + 1; at < (row + 1) * columns; at++) if (data[at] > data[best]) best = at;
    return best - row * columns;
  });
}
