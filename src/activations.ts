/**
 * The table of activations: one row each. What a row computes stands in assembly/kernels/activation.ts, value beside
 * derivative. Knows no layers.
 */
import { ACTIVATION_LINEAR, ACTIVATION_RELU, ACTIVATION_SIGMOID, ACTIVATION_SOFTMAX, ACTIVATION_TANH } from '../assembly/abi.js';

interface ActivationRow {
  /** The core's code. */
  readonly kind: number;
  /** The dense kernel can apply it in its own pass. */
  readonly inDense?: boolean;
}

export const ACTIVATIONS = {
  linear: { kind: ACTIVATION_LINEAR },
  relu: { kind: ACTIVATION_RELU, inDense: true },
  sigmoid: { kind: ACTIVATION_SIGMOID },
  tanh: { kind: ACTIVATION_TANH },
  softmax: { kind: ACTIVATION_SOFTMAX },
} as const satisfies Record<string, ActivationRow>;

/** Name of an activation function. */
export type ActivationName = keyof typeof ACTIVATIONS;

/** The row of a name, with its optional fields. */
export function activationRow(name: ActivationName): ActivationRow {
  return ACTIVATIONS[name];
}
