/**
 * What the names in an ONNX graph stand for while it is read: constants, samples on their way through the layers, and parts of
 * a formula that is a layer once it is whole. Knows layers and constants; operators stand in operators.ts and formulas.ts.
 */
import { plural } from '../../check.js';
import { type DenseLayer, dense, type Layer } from '../../layers.js';
import { type Constant, toFloats } from './tensor.js';

/** Constants of the activations here: the slope of leakyRelu below 0, and those of selu. */
export const LEAK = Math.fround(0.01);
export const SELU_ALPHA = 1.6732632423543772;
export const SELU_GAMMA = 1.0507009873554805;

/** Numbers that a layer gets, made when they are wanted. */
export interface Parameter {
  readonly count: number;
  readonly floats: () => Float32Array;
}

/** One layer of the network to be, behind the one before. */
export interface Stage {
  /** Undefined for the input of the graph. */
  readonly previous?: Stage;
  /** The node it comes from, as messages call it. */
  readonly where: string;
  readonly layer?: Layer;
  /** In the order of getWeights. */
  readonly trainable?: readonly Parameter[];
  readonly running?: readonly Parameter[];
  /** The same layer with a constant added to its outputs, where it has room for one. */
  readonly plus?: (where: string, constant: Constant) => Samples;
  /** The same for a factor. */
  readonly times?: (where: string, constant: Constant) => Samples;
}

/** Columns of a sample; unknown until something is multiplied with them. */
export interface Width {
  columns: number | undefined;
}

/** Samples behind some layers. Two of them are the same numbers if their stage is the same. */
export interface Samples {
  readonly kind: 'samples';
  readonly stage: Stage;
  /** Dimensions, that of the batch included. */
  readonly rank: number;
  /** Rows, where the file fixes their number; none where a sample comes without a dimension for the batch. */
  readonly batch: number | 'any' | 'none';
  readonly width: Width;
}

/** A step towards softsign, gelu or layerNorm, written as arithmetic. */
export interface Part {
  readonly kind: 'part';
  readonly where: string;
  readonly of: Samples;
  /** factor · x^power · gate, where gate is 1, erf(x / √2), or 1 + that; or a step of (x − mean) / √(variance + epsilon) or x / (1 + |x|). */
  readonly form: 'product' | 'absolute' | 'onePlusAbsolute' | 'mean' | 'centred' | 'squared' | 'variance' | 'shifted' | 'deviation';
  readonly factor: number;
  readonly power: 0 | 1;
  readonly gate: 'one' | 'erf' | 'onePlusErf';
  readonly epsilon: number;
}

/** A shape that the graph computes, or a part of one: numbers, and the number of rows. */
export interface Sizes {
  readonly kind: 'sizes';
  readonly where: string;
  readonly list: readonly (number | 'rows')[];
  /** The shape of samples as it is, whose other sizes are not kept. */
  readonly whole: boolean;
}

/** What a name stands for. A number is a constant; `unused` is an output that nothing can be made of. */
export type Value =
  | Samples
  | Part
  | Sizes
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'unused'; readonly where: string };

/** The samples behind one more layer, as wide as before. */
export function behind(samples: Samples, stage: Omit<Stage, 'previous'>): Samples {
  return { ...samples, stage: { ...stage, previous: samples.stage } };
}

/** Makes sure that samples have so many columns. */
export function fixColumns(where: string, { width }: Samples, columns: number): void {
  width.columns ??= columns;
  if (width.columns !== columns) throw new RangeError(`${where}: expected an input of ${plural(columns, 'column')}, got ${width.columns}`);
}

/** The columns of samples, which must be known by now. */
export function knownColumns(where: string, { width }: Samples): number {
  if (width.columns === undefined) throw new RangeError(`${where}: expected an input of known width, but the graph does not say it`);
  return width.columns;
}

/** Samples in rows of columns: nothing is left to be flattened. */
export function checkFlat(where: string, { rank, batch }: Samples): void {
  if (rank !== (batch === 'none' ? 1 : 2))
    throw new RangeError(`${where}: expected an input of two dimensions, got ${rank}; only rows of columns go through a network`);
}

/** Numbers times a factor. */
export function parameter(constant: Constant, factor = 1): Parameter {
  return { count: constant.count, floats: () => toFloats(constant, factor) };
}

/** The same number for each column. */
export function filled(count: number, value: number): Parameter {
  return { count, floats: () => new Float32Array(count).fill(value) };
}

/** One number for each column: from as many, or from one for all. */
export function perColumn(where: string, constant: Constant, columns: number, factor = 1): Parameter {
  if (constant.count === columns) return parameter(constant, factor);
  if (constant.count !== 1)
    throw new RangeError(`${where}: expected ${plural(columns, 'number')} in ${constant.where}, got shape [${constant.shape.join(', ')}]`);
  return { count: columns, floats: () => new Float32Array(columns).fill(toFloats(constant, factor)[0]) };
}

/** The same for what is added to every row: [columns], [1, columns], or one number. */
export function perRow(where: string, constant: Constant, columns: number, factor = 1): Parameter {
  const { shape } = constant;
  const fits = shape.length <= 2 && (constant.count === 1 || (shape[shape.length - 1] === columns && constant.count === columns));
  if (fits) return perColumn(where, constant, columns, factor);
  throw new RangeError(`${where}: expected one row of ${plural(columns, 'column')} in ${constant.where}, got shape [${shape.join(', ')}]`);
}

/** Samples through x · kernel + bias; without a bias an addition that follows may bring it. */
export function throughDense(where: string, samples: Samples, kernel: Constant, factor: number, bias?: Parameter): Samples {
  const [inputs, units] = kernel.shape;
  fixColumns(where, samples, inputs);
  const layer = checked(where, (): DenseLayer => dense(units, { useBias: bias !== undefined }));
  const trainable = [parameter(kernel, factor), ...(bias ? [bias] : [])];
  const plus = (adding: string, constant: Constant): Samples =>
    throughDense(where, samples, kernel, factor, perRow(adding, constant, units));
  const stage: Stage = { previous: samples.stage, where, layer, trainable, ...(bias === undefined && { plus }) };
  return { ...samples, stage, width: { columns: units } };
}

/** What `make` returns; its errors say where. */
export function checked<T>(where: string, make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new RangeError(`${where}: ${(cause as Error).message}`, { cause });
  }
}
