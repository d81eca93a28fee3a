/**
 * Keras layers and gradlet's, in both directions: class names, options and defaults of Keras 2, Keras 3 and TensorFlow.js, whose
 * keys may be snake_case or camelCase. Knows neither files nor weights' bytes.
 */
import type { ActivationName } from '../../activations.js';
import { show } from '../../check.js';
import type { SlotRole } from '../../compile/parameters.js';
import { activation, batchNorm, type DenseOptions, dense, dropout, gaussianNoise, type Layer, layerNorm } from '../../layers.js';
import { asFormat, type Fields, flagOf, integerOf, numberOf, pick, refuse, textOf } from './fields.js';
import { type LeakyRelu, leakyOf, slopeOf } from './leaky.js';

/** A Keras layer as gradlet's. */
export interface ReadLayer {
  /** None for Flatten and InputLayer. */
  readonly layer?: Layer;
  /** Its tensors: what they are here, and the last part of their names there. */
  readonly tensors: readonly (readonly [SlotRole, string])[];
  /** Values of tensors that are not learned there, and so in no file. */
  readonly constants: Partial<Record<SlotRole, number>>;
  /** Flatten: what follows sees rows. */
  readonly flattens?: boolean;
}

/** The value under a snake_case name or its camelCase form, null as undefined. */
export function option(config: Fields, name: string): unknown {
  return pick(config, name, camelCase(name));
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

const plain = (layer: Layer): ReadLayer => ({ layer, tensors: [], constants: {} });
const nothing: ReadLayer = { tensors: [], constants: {} };

/** Reads a layer's `config`; `dimensions` of its input tell whether an axis is the last. */
type Reader = (where: string, config: Fields, dimensions: number) => ReadLayer;

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['InputLayer', () => nothing],
  ['Dense', readDense],
  ['Activation', (where, config) => plain(activation(readActivation(where, option(config, 'activation'))))],
  ['Dropout', readDropout],
  ['GaussianNoise', (where, config) => plain(asFormat(where, () => gaussianNoise(numberOf(where, option(config, 'stddev')))))],
  ['BatchNormalization', readBatchNorm],
  ['LayerNormalization', readLayerNorm],
  ['Flatten', readFlatten],
  ['ReLU', readRelu],
  ['LeakyReLU', (where, config) => plain(activation(leaky(where, pick(config, 'negative_slope', 'negativeSlope', 'alpha'), 0.3)))],
  ['ELU', readElu],
  ['Softmax', readSoftmax],
]);

/** Layers that work on the last axis of any input, and here on rows alone. */
const NEEDS_ROWS = new Set(['Dense', 'BatchNormalization', 'LayerNormalization', 'Softmax']);

/**
 * A layer of a class and its config, with `dimensions` of an input sample.
 * @throws GradletError ERR_FORMAT for a class or option that has no counterpart
 */
export function readKerasLayer(where: string, className: string, config: Fields, dimensions: number): ReadLayer {
  const reader = READERS.get(className);
  if (!reader) refuse(where, `there is no counterpart to ${show(className)}; expected one of ${[...READERS.keys()].join(', ')}`);
  const onRows = NEEDS_ROWS.has(className) || (className === 'Activation' && option(config, 'activation') === 'softmax');
  if (dimensions > 1 && onRows) refuse(where, `its input has ${dimensions} dimensions; only rows are known here: put a Flatten before it`);
  return reader(where, config, dimensions);
}

function readDense(where: string, config: Fields): ReadLayer {
  const useBias = flagOf(`${where}: use_bias`, option(config, 'use_bias'), true);
  const units = integerOf(`${where}: units`, option(config, 'units'), 1);
  const options: DenseOptions = {
    activation: readActivation(where, option(config, 'activation') ?? 'linear'),
    useBias,
    ...readPenalty(where, option(config, 'kernel_regularizer')),
    ...readConstraint(where, option(config, 'kernel_constraint')),
  };
  const layer = asFormat(where, () => dense(units, options));
  return {
    layer,
    tensors: useBias
      ? [
          ['kernel', 'kernel'],
          ['bias', 'bias'],
        ]
      : [['kernel', 'kernel']],
    constants: {},
  };
}

/** Activations by their names in Keras. Its leaky_relu has a slope of 0.2 where none is given. */
const ACTIVATIONS: ReadonlyMap<string, ActivationName | LeakyRelu> = new Map<string, ActivationName | LeakyRelu>([
  ['linear', 'linear'],
  ['relu', 'relu'],
  ['elu', 'elu'],
  ['selu', 'selu'],
  ['gelu', 'gelu'],
  ['silu', 'silu'],
  ['swish', 'silu'],
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['softplus', 'softplus'],
  ['softsign', 'softsign'],
  ['softmax', 'softmax'],
]);
const LEAKY_NAMES = new Set(['leaky_relu', 'leakyrelu', 'leakyRelu', 'LeakyReLU']);

/** A name, or a name inside of an object with class_name and config, as Keras 3 writes functions. */
function readActivation(where: string, given: unknown): ActivationName | LeakyRelu {
  if (given !== null && typeof given === 'object') return readActivationObject(where, given as Fields);
  const name = textOf(`${where}: activation`, given);
  if (LEAKY_NAMES.has(name)) return leakyOf(0.2);
  const known = ACTIVATIONS.get(name);
  if (known !== undefined) return known;
  const remedy = name.startsWith('gelu')
    ? 'the approximation of gelu has no counterpart, only the exact one'
    : `expected one of ${[...ACTIVATIONS.keys()].join(', ')}, leaky_relu`;
  refuse(where, `activation ${show(name)}: ${remedy}`);
}

function readActivationObject(where: string, given: Fields): ActivationName | LeakyRelu {
  const className = option(given, 'class_name');
  const config = option(given, 'config');
  if (typeof config === 'string') return readActivation(where, config);
  const options = (config ?? {}) as Fields;
  const name = typeof className === 'string' ? className : textOf(`${where}: activation`, className);
  if (LEAKY_NAMES.has(name))
    return leaky(where, pick(options, 'negative_slope', 'negativeSlope', 'alpha'), name === 'LeakyReLU' ? 0.3 : 0.2);
  if (name.toLowerCase() === 'gelu' && option(options, 'approximate') === true) return readActivation(where, 'gelu_approximate');
  return readActivation(where, name.toLowerCase());
}

function leaky(where: string, given: unknown, otherwise: number): ActivationName | LeakyRelu {
  const slope = numberOf(`${where}: negative_slope`, given, otherwise);
  return asFormat(where, () => leakyOf(slope));
}

function readRelu(where: string, config: Fields): ReadLayer {
  const threshold = numberOf(`${where}: threshold`, option(config, 'threshold'), 0);
  if (threshold !== 0) refuse(where, `threshold ${threshold} has no counterpart; expected 0`);
  const maximum = option(config, 'max_value');
  if (maximum !== undefined) refuse(where, `max_value ${show(maximum)} has no counterpart; expected none`);
  return plain(activation(leaky(where, option(config, 'negative_slope'), 0)));
}

function readElu(where: string, config: Fields): ReadLayer {
  const alpha = numberOf(`${where}: alpha`, option(config, 'alpha'), 1);
  if (alpha !== 1) refuse(where, `alpha ${alpha} has no counterpart; expected 1`);
  return plain(activation('elu'));
}

function readSoftmax(where: string, config: Fields, dimensions: number): ReadLayer {
  checkAxis(where, config, dimensions);
  return plain(activation('softmax'));
}

function readDropout(where: string, config: Fields): ReadLayer {
  const shape = option(config, 'noise_shape');
  if (shape !== undefined) refuse(where, `noise_shape ${show(shape)} has no counterpart; expected none`);
  const rate = numberOf(`${where}: rate`, option(config, 'rate'));
  return plain(asFormat(where, () => dropout(rate)));
}

function readFlatten(where: string, config: Fields, dimensions: number): ReadLayer {
  const format = option(config, 'data_format');
  if (dimensions > 1 && (format === 'channels_first' || format === 'channelsFirst')) {
    refuse(where, `data_format ${show(format)} changes the order of the columns; expected 'channels_last'`);
  }
  return { ...nothing, flattens: true };
}

/** An axis that is the last one: -1, its number, or either in an array. */
function checkAxis(where: string, config: Fields, dimensions: number): void {
  const given = option(config, 'axis') ?? -1;
  const axis = Array.isArray(given) && given.length === 1 ? given[0] : given;
  if (axis !== -1 && axis !== dimensions) refuse(where, `axis ${show(given)} has no counterpart; expected -1`);
}

/** Gamma and beta, each in the file unless it was left out. */
function readAffine(where: string, config: Fields): Pick<ReadLayer, 'constants'> & { tensors: [SlotRole, string][] } {
  const scale = flagOf(`${where}: scale`, option(config, 'scale'), true);
  const center = flagOf(`${where}: center`, option(config, 'center'), true);
  return {
    tensors: [...(scale ? [['gamma', 'gamma'] as [SlotRole, string]] : []), ...(center ? [['beta', 'beta'] as [SlotRole, string]] : [])],
    constants: { ...(!scale && { gamma: 1 }), ...(!center && { beta: 0 }) },
  };
}

function readBatchNorm(where: string, config: Fields, dimensions: number): ReadLayer {
  checkAxis(where, config, dimensions);
  const { tensors, constants } = readAffine(where, config);
  const momentum = numberOf(`${where}: momentum`, option(config, 'momentum'), 0.99);
  const epsilon = numberOf(`${where}: epsilon`, option(config, 'epsilon'), 1e-3);
  const layer = asFormat(where, () => batchNorm({ momentum, epsilon }));
  return { layer, tensors: [...tensors, ['runningMean', 'moving_mean'], ['runningVariance', 'moving_variance']], constants };
}

function readLayerNorm(where: string, config: Fields, dimensions: number): ReadLayer {
  checkAxis(where, config, dimensions);
  if (flagOf(`${where}: rms_scaling`, option(config, 'rms_scaling'), false))
    refuse(where, 'rms_scaling has no counterpart; expected false');
  const epsilon = numberOf(`${where}: epsilon`, option(config, 'epsilon'), 1e-3);
  return { layer: asFormat(where, () => layerNorm({ epsilon })), ...readAffine(where, config) };
}

/** L1, L2 or both; other penalties are the business of a training that is over. */
function readPenalty(where: string, given: unknown): DenseOptions {
  if (given === undefined || typeof given !== 'object') return {};
  const config = option(given as Fields, 'config');
  const name = option(given as Fields, 'class_name');
  if (config === null || typeof config !== 'object' || typeof name !== 'string' || !/^(L1|L2|L1L2)$/i.test(name)) return {};
  const l1 = numberOf(`${where}: kernel_regularizer.l1`, option(config as Fields, 'l1'), 0);
  const l2 = numberOf(`${where}: kernel_regularizer.l2`, option(config as Fields, 'l2'), 0);
  return l1 === 0 && l2 === 0 ? {} : { kernelRegularizer: { l1, l2 } };
}

/** The largest norm of a unit's incoming weights. */
function readConstraint(where: string, given: unknown): DenseOptions {
  if (given === undefined || typeof given !== 'object') return {};
  const config = option(given as Fields, 'config');
  if (option(given as Fields, 'class_name') !== 'MaxNorm' || config === null || typeof config !== 'object') return {};
  if ((option(config as Fields, 'axis') ?? 0) !== 0) return {};
  return { maxNorm: numberOf(`${where}: kernel_constraint.max_value`, option(config as Fields, 'max_value'), 2) };
}

/** A layer as TensorFlow.js and Keras describe it. */
export interface KerasLayer {
  readonly class_name: string;
  readonly config: Record<string, unknown>;
}

/** Gradlet's names of tensors and Keras's. */
export const KERAS_TENSORS: ReadonlyMap<SlotRole, string> = new Map([
  ['kernel', 'kernel'],
  ['bias', 'bias'],
  ['gamma', 'gamma'],
  ['beta', 'beta'],
  ['runningMean', 'moving_mean'],
  ['runningVariance', 'moving_variance'],
]);

/**
 * The Keras layers that do what a layer does: one, or a dense layer and the activation that Keras has as a layer only. The first
 * has the tensors.
 * @throws RangeError for an activation of the user's own
 */
export function writeKerasLayer(where: string, layer: Layer, name: string): KerasLayer[] {
  switch (layer.type) {
    case 'dense': {
      const { units, useBias, kernelRegularizer, maxNorm } = layer;
      const written = writeActivation(where, layer.activation, `${name}_activation`);
      const config = {
        name,
        units,
        activation: typeof written === 'string' ? written : 'linear',
        use_bias: useBias,
        ...(kernelRegularizer && { kernel_regularizer: { class_name: 'L1L2', config: { ...kernelRegularizer } } }),
        ...(maxNorm !== undefined && { kernel_constraint: { class_name: 'MaxNorm', config: { max_value: maxNorm, axis: 0 } } }),
      };
      return [{ class_name: 'Dense', config }, ...(typeof written === 'string' ? [] : [written])];
    }
    case 'activation': {
      const written = writeActivation(where, layer.activation, name);
      return [typeof written === 'string' ? { class_name: 'Activation', config: { name, activation: written } } : written];
    }
    case 'dropout':
      return [{ class_name: 'Dropout', config: { name, rate: layer.rate } }];
    case 'gaussianNoise':
      return [{ class_name: 'GaussianNoise', config: { name, stddev: layer.stddev } }];
    case 'layerNorm':
      return [{ class_name: 'LayerNormalization', config: { name, axis: -1, epsilon: layer.epsilon, center: true, scale: true } }];
    case 'batchNorm': {
      const { momentum, epsilon } = layer;
      return [{ class_name: 'BatchNormalization', config: { name, axis: -1, momentum, epsilon, center: true, scale: true } }];
    }
  }
}

/** An activation by its name in Keras, or as a layer. */
function writeActivation(where: string, given: unknown, name: string): string | KerasLayer {
  const slope = slopeOf(given);
  if (slope !== undefined) return { class_name: 'LeakyReLU', config: { name, alpha: slope } };
  if (typeof given !== 'string') throw new RangeError(`${where}: an activation of your own has no counterpart; expected one by name`);
  return given === 'silu' ? 'swish' : given;
}
