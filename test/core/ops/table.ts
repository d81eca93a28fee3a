/** The table of ops: every op of the core, every kind of it, one row each. An op without a row fails kernels.test.ts. */
import { ACTIVATION_ROWS } from './activation.js';
import { DENSE_ROWS } from './dense.js';
import { GATHER_ROWS, IDLE_ROWS } from './gather.js';
import { GRADIENT_ROWS } from './gradient.js';
import { LOSS_ROWS } from './loss.js';
import { METRIC_ROWS } from './metric.js';
import { NOISE_ROWS } from './noise.js';
import { NORM_ROWS } from './norm.js';
import type { OpRow } from './row.js';
import { UPDATE_ROWS } from './update.js';

export const OP_TABLE: readonly OpRow[] = [
  ...IDLE_ROWS,
  ...GATHER_ROWS,
  ...DENSE_ROWS,
  ...ACTIVATION_ROWS,
  ...NORM_ROWS,
  ...NOISE_ROWS,
  ...LOSS_ROWS,
  ...GRADIENT_ROWS,
  ...UPDATE_ROWS,
  ...METRIC_ROWS,
];
