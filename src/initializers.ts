/**
 * Initial weights: the table of initializers, one row each. Knows no layers; draws from a stream it is given.
 *
 * Uniform ones draw from (-limit, limit) with limit √(3 · scale), where scale is 1 / the mean of fan-in and fan-out
 * (X. Glorot, Y. Bengio, 2010), 2 / fan-in (K. He et al., 2015) or 1 / fan-in (Y. LeCun et al., 1998). Only +, ·, / and
 * √ are used, which every engine rounds the same way.
 */
import type { Random } from './data/random.js';

type Fill = (to: Float32Array, fanIn: number, fanOut: number, random: Random) => void;

/** Uniform with variance `scale(fanIn, fanOut)`. */
function uniform(scale: (fanIn: number, fanOut: number) => number): Fill {
  return (to, fanIn, fanOut, random) => {
    const limit = Math.sqrt(3 * scale(fanIn, fanOut));
    for (let i = 0; i < to.length; i++) to[i] = (2 * random.uniform() - 1) * limit;
  };
}

export const INITIALIZERS = {
  glorotUniform: uniform((fanIn, fanOut) => 2 / (fanIn + fanOut)),
  heUniform: uniform((fanIn) => 2 / fanIn),
  /** Between -0.05 and 0.05. */
  randomUniform: uniform(() => 0.05 ** 2 / 3),
  zeros: (to) => to.fill(0),
  ones: (to) => to.fill(1),
} as const satisfies Record<string, Fill>;

/** Name of an initializer. */
export type InitializerName = keyof typeof INITIALIZERS;
