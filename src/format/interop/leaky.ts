/** The leaky rectifier with a slope of one's own: other libraries let it be chosen. Knows no formats. */
import type { ActivationName, CustomActivation } from '../../activations.js';
import { checkNumber } from '../../check.js';

/** A leaky rectifier: z where z is positive, else slope · z. */
export interface LeakyRelu extends CustomActivation {
  /** Slope below 0. */
  readonly slope: number;
}

/** The slope of the activation that the core knows by name. */
const BUILT_IN = 0.01;

/**
 * The leaky rectifier with any slope, as an activation of your own: for layers that other libraries made, and for
 * `Network.load(bytes, { custom })` of networks that have it, by its name `leakyRelu(slope)`.
 * @param slope from 0 to 1
 */
export function leakyRelu(slope: number): LeakyRelu {
  checkNumber('leakyRelu: slope', slope, { min: 0, max: 1 });
  return Object.freeze({
    name: `leakyRelu(${slope})`,
    slope,
    value: (z: number) => (z > 0 ? z : slope * z),
    derivative: (z: number) => (z > 0 ? 1 : slope),
  });
}

/** The same, by the core's own name where it has one for the slope. */
export function leakyOf(slope: number): ActivationName | LeakyRelu {
  if (slope === 0) return 'relu';
  return Math.fround(slope) === Math.fround(BUILT_IN) ? 'leakyRelu' : leakyRelu(slope);
}

/** The slope of a leaky rectifier, or undefined. */
export function slopeOf(activation: unknown): number | undefined {
  if (activation === 'leakyRelu') return BUILT_IN;
  const { slope, name } = (activation ?? {}) as Partial<LeakyRelu>;
  return typeof slope === 'number' && name === `leakyRelu(${slope})` ? slope : undefined;
}
