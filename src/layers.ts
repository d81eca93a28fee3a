/**
 * Layers as plain, frozen descriptions, made by the functions that users call, and the arithmetic of their shapes.
 * Knows no memory and no ops.
 */
import { ACTIVATIONS, type ActivationName } from './activations.js';
import { checkBoolean, checkInteger, checkName, checkOptions } from './check.js';
import { INITIALIZERS, type InitializerName } from './initializers.js';

/** Weights given instead of drawn: a kernel [inputs, units], nested or row-major, and a bias [units]. */
export interface DenseWeights {
  kernel?: ArrayLike<number> | readonly ArrayLike<number>[];
  bias?: ArrayLike<number>;
}

export interface DenseOptions {
  /** Applied to the weighted sums; default 'linear'. */
  activation?: ActivationName;
  /** Default true. */
  useBias?: boolean;
  /** Default 'glorotUniform'. */
  kernelInitializer?: InitializerName;
  /** Default 'zeros'. */
  biasInitializer?: InitializerName;
  /** Weights given instead of drawn. */
  weights?: DenseWeights;
}

/** A fully connected layer: activation(x · kernel + bias). */
export interface DenseLayer {
  readonly type: 'dense';
  readonly units: number;
  readonly activation: ActivationName;
  readonly useBias: boolean;
  readonly kernelInitializer: InitializerName;
  readonly biasInitializer: InitializerName;
  readonly weights?: DenseWeights;
}

export type Layer = DenseLayer;

/**
 * A fully connected layer of `units` units: activation(x · kernel + bias), kernel [inputs, units], bias [units].
 *
 * @param units whole number, at least 1
 * @param options see {@link DenseOptions}
 * @throws TypeError or RangeError for an option of a wrong kind or value
 */
export function dense(units: number, options?: DenseOptions): DenseLayer {
  checkInteger('dense: units', units, 1, 1 << 24);
  const o = checkOptions('dense', options, ['activation', 'useBias', 'kernelInitializer', 'biasInitializer', 'weights']);
  const { activation = 'linear', useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = o;
  const weights = o.weights && checkOptions('dense: weights', o.weights, ['kernel', 'bias']);
  if (weights?.bias !== undefined && !useBias) throw new TypeError('dense: weights.bias was given, but useBias is false');
  return Object.freeze({
    type: 'dense' as const,
    units,
    activation: checkName('dense: activation', activation, ACTIVATIONS),
    useBias: checkBoolean('dense: useBias', useBias),
    kernelInitializer: checkName('dense: kernelInitializer', kernelInitializer, INITIALIZERS),
    biasInitializer: checkName('dense: biasInitializer', biasInitializer, INITIALIZERS),
    ...(weights && { weights }),
  });
}
