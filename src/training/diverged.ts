/** The error of a run that diverged: place and likely remedy. Knows no memory. */
import type { NetworkCore } from '../core.js';
import { GradletError } from '../errors.js';
import type { Divergence } from './trainer.js';

const WHAT = { loss: 'the loss', gradient: 'a gradient', weights: 'a weight' } as const;

/** `place` is where in the run, such as ' at epoch 3, batch 17'. */
export function divergenceError(call: string, core: NetworkCore, { layer, what, learningRate }: Divergence, place: string): GradletError {
  const name = `layers[${layer}] (${core.architecture.layers[layer].type})`;
  const rate = Number(learningRate.toPrecision(3));
  const remedy = `a smaller learningRate (it was ${rate}), clipNorm, or inputs scaled to about 1 usually help`;
  return new GradletError(
    'ERR_DIVERGED',
    `${call}: training diverged${place}: ${WHAT[what]} became non-finite, first in ${name}; the weights are those of the last finite step; ${remedy}`,
  );
}
