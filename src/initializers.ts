/**
 * Initial weights: the table of initializers, one row each. Knows no layers; draws from a stream it is given.
 *
 * Variance of a weight: 1 / the mean of fan-in and fan-out (X. Glorot, Y. Bengio, 2010), 2 / fan-in (K. He et al., 2015)
 * or 1 / fan-in (Y. LeCun et al., 1998); 'random' ones have deviation 0.05 (normal) or limits ±0.05 (uniform). Normal ones
 * are drawn by the polar method (G. Marsaglia, 1964) and not truncated.
 */
import { log } from './data/math.js';
import type { Random } from './data/random.js';

type Fill = (to: Float32Array, fanIn: number, fanOut: number, random: Random) => void;
type Variance = (fanIn: number, fanOut: number) => number;

const glorot: Variance = (fanIn, fanOut) => 2 / (fanIn + fanOut);
const he: Variance = (fanIn) => 2 / fanIn;
const lecun: Variance = (fanIn) => 1 / fanIn;

/** Uniform between ±√(3 · variance). */
function uniform(variance: Variance): Fill {
  return (to, fanIn, fanOut, random) => {
    const limit = Math.sqrt(3 * variance(fanIn, fanOut));
    for (let i = 0; i < to.length; i++) to[i] = (2 * random.uniform() - 1) * limit;
  };
}

/** Normal with mean 0. */
function normal(variance: Variance): Fill {
  return (to, fanIn, fanOut, random) => {
    const deviation = Math.sqrt(variance(fanIn, fanOut));
    for (let i = 0; i < to.length; i += 2) {
      let u: number;
      let v: number;
      let square: number;
      do {
        u = 2 * random.uniform() - 1;
        v = 2 * random.uniform() - 1;
        square = u * u + v * v;
      } while (square >= 1);
      const factor = Math.sqrt((-2 * log(square)) / square) * deviation;
      to[i] = u * factor;
      if (i + 1 < to.length) to[i + 1] = v * factor;
    }
  };
}

export const INITIALIZERS = {
  glorotUniform: uniform(glorot),
  glorotNormal: normal(glorot),
  heUniform: uniform(he),
  heNormal: normal(he),
  lecunNormal: normal(lecun),
  randomUniform: uniform(() => 0.05 ** 2 / 3),
  randomNormal: normal(() => 0.05 ** 2),
  zeros: (to) => to.fill(0),
  ones: (to) => to.fill(1),
} as const satisfies Record<string, Fill>;

/** Name of an initializer. */
export type InitializerName = keyof typeof INITIALIZERS;
