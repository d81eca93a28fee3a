/**
 * The table of activations: one row each. What a row computes stands in assembly/kernels/activation.ts, value beside
 * derivative. Activations of the user's own run in JavaScript (runtime/host.ts). Knows no layers.
 */
import * as abi from '../assembly/abi.js';
import { show } from './check.js';

interface ActivationRow {
  /** The core's code. */
  readonly kind: number;
  /** The dense kernel can apply it in its own pass. */
  readonly inDense?: boolean;
  /** The derivative is taken of the input, which must be kept; else of the output. */
  readonly needsInput?: boolean;
}

export const ACTIVATIONS = {
  linear: { kind: abi.ACTIVATION_LINEAR },
  relu: { kind: abi.ACTIVATION_RELU, inDense: true },
  leakyRelu: { kind: abi.ACTIVATION_LEAKY_RELU },
  elu: { kind: abi.ACTIVATION_ELU },
  selu: { kind: abi.ACTIVATION_SELU },
  gelu: { kind: abi.ACTIVATION_GELU, needsInput: true },
  silu: { kind: abi.ACTIVATION_SILU, needsInput: true },
  sigmoid: { kind: abi.ACTIVATION_SIGMOID },
  tanh: { kind: abi.ACTIVATION_TANH },
  softplus: { kind: abi.ACTIVATION_SOFTPLUS, needsInput: true },
  softsign: { kind: abi.ACTIVATION_SOFTSIGN, needsInput: true },
  softmax: { kind: abi.ACTIVATION_SOFTMAX },
} as const satisfies Record<string, ActivationRow>;

/** Name of an activation function. */
export type ActivationName = keyof typeof ACTIVATIONS;

/**
 * An activation of your own, one number at a time, run in JavaScript and therefore slower: `value(z)`, and `derivative(z, y)`
 * with y = value(z) (central differences if left out). A saved network keeps its `name` (default 'custom').
 */
export interface CustomActivation {
  /** What summaries call it. */
  readonly name?: string;
  /** y = value(z), of one weighted sum. */
  readonly value: (z: number) => number;
  /** dy/dz at z, where y = value(z); central differences if left out. */
  readonly derivative?: (z: number, y: number) => number;
}

/** What may be given as an activation. */
export type Activation = ActivationName | CustomActivation;

/** The row of a name, with its optional fields. */
export function activationRow(name: ActivationName): ActivationRow {
  return ACTIVATIONS[name];
}

/** An activation given to a layer, checked. */
export function checkActivation(where: string, given: unknown, checkName: (where: string, value: unknown) => ActivationName): Activation {
  if (given === null || typeof given !== 'object') return checkName(where, given);
  const { value, derivative, name = 'custom' } = given as CustomActivation;
  if (typeof value !== 'function') throw new TypeError(`${where}: expected a name or { value(z), derivative?(z, y) }, got ${show(given)}`);
  if (derivative !== undefined && typeof derivative !== 'function') {
    throw new TypeError(`${where}: derivative: expected a function, got ${show(derivative)}`);
  }
  if (typeof name !== 'string') throw new TypeError(`${where}: name: expected a text, got ${show(name)}`);
  return given as CustomActivation;
}

/** What an activation is called: in summaries and in files. */
export function activationName(activation: Activation): string {
  return typeof activation === 'string' ? activation : (activation.name ?? 'custom');
}
