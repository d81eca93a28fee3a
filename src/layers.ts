/**
 * Layers as plain, frozen descriptions, made by the functions that users call. Knows no memory and no ops: what a layer is
 * compiled into stands in compile/rules.ts.
 */
import { ACTIVATIONS, type Activation, type ActivationName, activationName, checkActivation } from './activations.js';
import { checkBoolean, checkInteger, checkName, checkNumber, checkOptions } from './check.js';
import { INITIALIZERS, type InitializerName } from './initializers.js';

/** Weights given instead of drawn: a kernel [inputs, units], nested or row-major, and a bias [units]. */
export interface DenseWeights {
  /** [inputs, units], nested or row-major; drawn if left out. */
  kernel?: ArrayLike<number> | readonly ArrayLike<number>[];
  /** [units]; made by the initializer if left out. */
  bias?: ArrayLike<number>;
}

/** A penalty l1 · Σ|w| + l2 · Σw² on a kernel, whose gradient is added once a batch. Both default to 0. */
export interface Regularizer {
  /** Factor of the sum of magnitudes, at least 0; default 0. */
  l1?: number;
  /** Factor of the sum of squares, at least 0; default 0. */
  l2?: number;
}

/** Options of `dense`. */
export interface DenseOptions {
  /** Applied to the weighted sums; default 'linear'. */
  activation?: Activation;
  /** Default true. */
  useBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerName;
  /** Default 'zeros'. */
  biasInitializer?: InitializerName;
  /** Default: none. */
  kernelRegularizer?: Regularizer;
  /** Largest norm of a unit's incoming weights, kept after each update; default: none. */
  maxNorm?: number;
  /** Weights given instead of drawn. */
  weights?: DenseWeights;
}

/** A fully connected layer: activation(x · kernel + bias). */
export interface DenseLayer {
  /** Kind of the layer. */
  readonly type: 'dense';
  /** Columns of the output. */
  readonly units: number;
  /** Applied to the weighted sums. */
  readonly activation: Activation;
  /** Whether a bias is added. */
  readonly useBias: boolean;
  /** Draws the kernel. */
  readonly kernelInitializer: InitializerName;
  /** Makes the bias. */
  readonly biasInitializer: InitializerName;
  /** Penalty on the kernel; undefined: none. */
  readonly kernelRegularizer?: Readonly<Required<Regularizer>>;
  /** Largest norm of a unit's incoming weights; undefined: none. */
  readonly maxNorm?: number;
  /** Weights given instead of drawn. */
  readonly weights?: DenseWeights;
}

/** An activation as a layer of its own. */
export interface ActivationLayer {
  /** Kind of the layer. */
  readonly type: 'activation';
  /** Applied to each number, softmax to each row. */
  readonly activation: Activation;
}

/** Inverted dropout; off in inference. */
export interface DropoutLayer {
  /** Kind of the layer. */
  readonly type: 'dropout';
  /** Share of the numbers that is dropped, from 0 to below 1. */
  readonly rate: number;
}

/** Additive normal noise; off in inference. */
export interface GaussianNoiseLayer {
  /** Kind of the layer. */
  readonly type: 'gaussianNoise';
  /** Standard deviation of the noise, at least 0. */
  readonly stddev: number;
}

/** Options of `layerNorm`. */
export interface LayerNormOptions {
  /** Added to the variance; default 1e-5. */
  epsilon?: number;
}

/** Normalises each row: gamma · (x − mean) / √(variance + epsilon) + beta. */
export interface LayerNormLayer {
  /** Kind of the layer. */
  readonly type: 'layerNorm';
  /** Added to the variance. */
  readonly epsilon: number;
}

/** Options of `batchNorm`. */
export interface BatchNormOptions extends LayerNormOptions {
  /** Share that the running statistics keep at each batch; default 0.9. */
  momentum?: number;
}

/** Normalises each column over the batch, in inference by running statistics. */
export interface BatchNormLayer {
  /** Kind of the layer. */
  readonly type: 'batchNorm';
  /** Added to the variance. */
  readonly epsilon: number;
  /** Share that the running statistics keep at each batch. */
  readonly momentum: number;
}

/** Any layer. */
export type Layer = DenseLayer | ActivationLayer | DropoutLayer | GaussianNoiseLayer | LayerNormLayer | BatchNormLayer;

/** A name of the table of activations. */
export const activationNames = (where: string, value: unknown): ActivationName => checkName(where, value, ACTIVATIONS);

/**
 * A fully connected layer of `units` units: activation(x · kernel + bias), kernel [inputs, units], bias [units].
 *
 * @param units whole number, at least 1
 * @param options see {@link DenseOptions}
 * @throws TypeError or RangeError for an option of a wrong kind or value
 */
export function dense(units: number, options?: DenseOptions): DenseLayer {
  checkInteger('dense: units', units, 1, 1 << 24);
  const known = ['activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'kernelRegularizer', 'maxNorm', 'weights'];
  const o = checkOptions('dense', options, known);
  const { activation = 'linear', useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros', maxNorm } = o;
  const weights = o.weights === undefined ? undefined : checkOptions('dense: weights', o.weights, ['kernel', 'bias']);
  if (weights?.bias !== undefined && !useBias) throw new TypeError('dense: weights.bias was given, but useBias is false');
  return Object.freeze({
    type: 'dense' as const,
    units,
    activation: checkActivation('dense: activation', activation, activationNames),
    useBias: checkBoolean('dense: useBias', useBias),
    kernelInitializer: checkName('dense: kernelInitializer', kernelInitializer, INITIALIZERS),
    biasInitializer: checkName('dense: biasInitializer', biasInitializer, INITIALIZERS),
    ...(o.kernelRegularizer !== undefined && { kernelRegularizer: checkRegularizer(o.kernelRegularizer) }),
    ...(maxNorm !== undefined && { maxNorm: checkNumber('dense: maxNorm', maxNorm, { above: 0 }) }),
    ...(weights && { weights }),
  });
}

function checkRegularizer(given: Regularizer): Readonly<Required<Regularizer>> {
  const { l1 = 0, l2 = 0 } = checkOptions('dense: kernelRegularizer', given, ['l1', 'l2']);
  return Object.freeze({
    l1: checkNumber('dense: kernelRegularizer.l1', l1, { min: 0 }),
    l2: checkNumber('dense: kernelRegularizer.l2', l2, { min: 0 }),
  });
}

/**
 * An activation as a layer of its own, by name or your own `{ value(z), derivative?(z, y) }`.
 * @throws TypeError or RangeError for what is no activation
 */
export function activation(given: Activation): ActivationLayer {
  return Object.freeze({ type: 'activation' as const, activation: checkActivation('activation', given, activationNames) });
}

/**
 * Inverted dropout: in training each value becomes 0 with probability `rate`, the others are divided by 1 − rate.
 * @param rate from 0 to below 1
 */
export function dropout(rate: number): DropoutLayer {
  return Object.freeze({ type: 'dropout' as const, rate: checkNumber('dropout: rate', rate, { min: 0, below: 1 }) });
}

/**
 * Adds normal noise of standard deviation `stddev` in training.
 * @param stddev at least 0
 */
export function gaussianNoise(stddev: number): GaussianNoiseLayer {
  return Object.freeze({ type: 'gaussianNoise' as const, stddev: checkNumber('gaussianNoise: stddev', stddev, { min: 0 }) });
}

/** Normalises each row to mean 0 and variance 1, then scales by gamma and shifts by beta (J. Ba et al., 2016). */
export function layerNorm(options?: LayerNormOptions): LayerNormLayer {
  const { epsilon = 1e-5 } = checkOptions('layerNorm', options, ['epsilon']);
  return Object.freeze({ type: 'layerNorm' as const, epsilon: checkNumber('layerNorm: epsilon', epsilon, { above: 0 }) });
}

/**
 * Normalises each column over the batch, then scales by gamma and shifts by beta (S. Ioffe, C. Szegedy, 2015); inference uses
 * running = momentum · running + (1 − momentum) · batch, with the unbiased variance.
 */
export function batchNorm(options?: BatchNormOptions): BatchNormLayer {
  const { epsilon = 1e-5, momentum = 0.9 } = checkOptions('batchNorm', options, ['epsilon', 'momentum']);
  return Object.freeze({
    type: 'batchNorm' as const,
    epsilon: checkNumber('batchNorm: epsilon', epsilon, { above: 0 }),
    momentum: checkNumber('batchNorm: momentum', momentum, { min: 0, max: 1 }),
  });
}

interface LayerForm<L extends Layer> {
  /** The layer again from its description in a file, with activations looked up. */
  readonly read: (saved: L) => L;
}

/** One form for each type of layer. */
export type LayerForms = { readonly [Type in Layer['type']]: LayerForm<Extract<Layer, { type: Type }>> };

/** How each type of layer is read from a file; the types there are. */
export const LAYERS: LayerForms = {
  dense: { read: ({ type: _, units, ...options }) => dense(units, options) },
  activation: { read: (saved) => activation(saved.activation) },
  dropout: { read: ({ rate }) => dropout(rate) },
  gaussianNoise: { read: ({ stddev }) => gaussianNoise(stddev) },
  layerNorm: { read: ({ type: _, ...options }) => layerNorm(options) },
  batchNorm: { read: ({ type: _, ...options }) => batchNorm(options) },
};

/** A layer as it goes into a file: no given weights, own activations by name. */
export function describeLayer(layer: Layer): Record<string, unknown> {
  const { weights: _, ...described } = layer as DenseLayer;
  if (!('activation' in described) || typeof described.activation === 'string') return described;
  return { ...described, activation: { custom: activationName(described.activation) } };
}

/** The activation of a layer, if it has one. */
export function activationOf(layer: Layer): Activation {
  return 'activation' in layer ? layer.activation : 'linear';
}
