/** A run that diverged: what became non-finite first, and the error that says so, with the likely remedy. Knows no steps. */
import type { LoweredTraining } from '../compile/lower.js';
import { type Plan, tensorAddress } from '../compile/plan.js';
import type { Region } from '../compile/program.js';
import type { NetworkCore } from '../core.js';
import { GradletError } from '../errors.js';

/** What became non-finite in which step (counted from the first of the flush), and where first. */
export interface Divergence {
  readonly step: number;
  readonly what: 'loss' | 'gradient' | 'weights';
  readonly layer: number;
  readonly learningRate: number;
}

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

/** The first layer whose output holds a number that is none, in the first `rows` rows. */
export function firstBadOutput(
  core: NetworkCore,
  plan: Plan,
  { outputs }: LoweredTraining,
  rows: number,
): Pick<Divergence, 'what' | 'layer'> {
  const { f32 } = core.memory.engine;
  const found = outputs.find(({ tensor }) => {
    const from = tensorAddress(plan, tensor) / 4;
    for (let row = 0; row < rows; row++) {
      const at = from + (row * tensor.stride) / 4;
      if (hasNonFinite(f32.subarray(at, at + tensor.columns))) return true;
    }
    return false;
  });
  return { what: 'loss', layer: (found ?? outputs[outputs.length - 1])?.layer ?? 0 };
}

/** The last layer, the first on the way back, with a gradient that is no number; or else with such a weight. */
export function firstBadGradient(core: NetworkCore, plan: Plan, { gradients }: LoweredTraining): Pick<Divergence, 'what' | 'layer'> {
  const { f32 } = core.memory.engine;
  const bad = (region: Region): number => {
    const from = plan.addresses.get(region) as number;
    return core.map.blocks.findLastIndex(({ start, bytes }) => hasNonFinite(f32.subarray((from + start) / 4, (from + start + bytes) / 4)));
  };
  const layer = bad(gradients);
  return layer >= 0 ? { what: 'gradient', layer } : { what: 'weights', layer: Math.max(0, bad(core.map.parameters)) };
}

function hasNonFinite(numbers: Float32Array): boolean {
  return numbers.some((value) => value - value !== 0);
}
