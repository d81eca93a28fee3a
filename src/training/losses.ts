/**
 * The table of losses: one row each. Values and gradients stand in assembly/kernels/loss.ts; losses of the user's own run in
 * JavaScript (runtime/host.ts). Knows no networks.
 */
import * as abi from '../../assembly/abi.js';
import type { ActivationName } from '../activations.js';
import { checkName, show } from '../check.js';
import { type CustomLoss, type HostFunction, lossHost } from '../runtime/host.js';

export interface LossRow {
  /** The core's code. */
  readonly kind: number;
  /** After this activation the loss is taken of the activation's input instead, which is exact where the other overflows. */
  readonly fusesWith?: ActivationName;
  /** Rows as wide as the output, or one class index a row. */
  readonly targets: 'rows' | 'labels';
  /** Of a loss of the user's own. */
  readonly host?: HostFunction;
}

export const LOSSES = {
  meanSquaredError: { kind: abi.LOSS_MEAN_SQUARED_ERROR, targets: 'rows' },
  meanAbsoluteError: { kind: abi.LOSS_MEAN_ABSOLUTE_ERROR, targets: 'rows' },
  huber: { kind: abi.LOSS_HUBER, targets: 'rows' },
  halfSquaredError: { kind: abi.LOSS_HALF_SQUARED_ERROR, targets: 'rows' },
  binaryCrossentropy: { kind: abi.LOSS_BINARY_CROSSENTROPY, fusesWith: 'sigmoid', targets: 'rows' },
  categoricalCrossentropy: { kind: abi.LOSS_CATEGORICAL_CROSSENTROPY, fusesWith: 'softmax', targets: 'rows' },
  sparseCategoricalCrossentropy: { kind: abi.LOSS_SPARSE_CATEGORICAL_CROSSENTROPY, fusesWith: 'softmax', targets: 'labels' },
  kullbackLeiblerDivergence: { kind: abi.LOSS_KULLBACK_LEIBLER_DIVERGENCE, targets: 'rows' },
  hinge: { kind: abi.LOSS_HINGE, targets: 'rows' },
} as const satisfies Record<string, LossRow>;

/** Name of a loss function. */
export type LossName = keyof typeof LOSSES;

/** What may be given as a loss. */
export type Loss = LossName | CustomLoss;

/** Rows of losses of the user's own, so that one object has one row. */
const own = new WeakMap<CustomLoss, LossRow>();

/** The row of a loss, by name or of the user's own. */
export function checkLoss(where: string, loss: Loss): LossRow {
  if (loss === null || typeof loss !== 'object') return LOSSES[checkName(where, loss, LOSSES)];
  if (typeof loss.value !== 'function') {
    throw new TypeError(`${where}: expected a name or { value(output, target), gradient?(output, target, into) }, got ${show(loss)}`);
  }
  if (loss.gradient !== undefined && typeof loss.gradient !== 'function') {
    throw new TypeError(`${where}: gradient: expected a function, got ${show(loss.gradient)}`);
  }
  let row = own.get(loss);
  if (!row) {
    row = { kind: -1, targets: 'rows', host: lossHost(loss) };
    own.set(loss, row);
  }
  return row;
}

/** What a loss is called: in files and messages. */
export function lossName(loss: Loss): string {
  return typeof loss === 'string' ? loss : (loss.name ?? 'custom');
}
