/**
 * The table of losses: one row each. Values and gradients stand in assembly/kernels/loss.ts. Knows no networks.
 */
import {
  LOSS_BINARY_CROSSENTROPY,
  LOSS_CATEGORICAL_CROSSENTROPY,
  LOSS_HALF_SQUARED_ERROR,
  LOSS_MEAN_SQUARED_ERROR,
  LOSS_SPARSE_CATEGORICAL_CROSSENTROPY,
} from '../../assembly/abi.js';
import type { ActivationName } from '../activations.js';

export interface LossRow {
  /** The core's code. */
  readonly kind: number;
  /** After this activation the loss is taken of the activation's input instead, which is exact where the other overflows. */
  readonly fusesWith?: ActivationName;
  /** Rows as wide as the output, or one class index a row. */
  readonly targets: 'rows' | 'labels';
}

export const LOSSES = {
  meanSquaredError: { kind: LOSS_MEAN_SQUARED_ERROR, targets: 'rows' },
  halfSquaredError: { kind: LOSS_HALF_SQUARED_ERROR, targets: 'rows' },
  binaryCrossentropy: { kind: LOSS_BINARY_CROSSENTROPY, fusesWith: 'sigmoid', targets: 'rows' },
  categoricalCrossentropy: { kind: LOSS_CATEGORICAL_CROSSENTROPY, fusesWith: 'softmax', targets: 'rows' },
  sparseCategoricalCrossentropy: { kind: LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, fusesWith: 'softmax', targets: 'labels' },
} as const satisfies Record<string, LossRow>;

/** Name of a loss function. */
export type LossName = keyof typeof LOSSES;

/** The row of a name, with its optional fields. */
export function lossRow(name: LossName): LossRow {
  return LOSSES[name];
}
