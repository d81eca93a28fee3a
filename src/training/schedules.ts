/**
 * Learning rates that change: functions of the number of updates made before, from 0 in each fit. Knows no optimizers.
 *
 * They use exp, ln and cos of their own (data/math.ts), so that a run has the same bits on every engine.
 */
import { checkInteger, checkNumber, checkOptions } from '../check.js';
import { cos, power } from '../data/math.js';

/** A learning rate as a function of the update count. Those made here carry their description, for files. */
export interface Schedule {
  (step: number): number;
  /** Name and settings of a schedule made by gradlet, which files keep; your own functions have none. */
  readonly schedule?: Readonly<Record<string, unknown>>;
}

function described(name: string, options: object, rate: (step: number) => number): Schedule {
  return Object.freeze(Object.assign(rate, { schedule: Object.freeze({ name, ...options }) }));
}

const rateOf = (where: string, rate: number): number => checkNumber(where, rate, { min: 0 });

/** Half a cosine wave from 1 down to 0 while `share` goes from 0 to 1. */
function halfWave(share: number): number {
  return 0.5 * (1 + cos(Math.PI * share));
}

/** initialLearningRate · decayRate^(step / decaySteps). */
export function exponentialDecay(options: { initialLearningRate: number; decayRate: number; decaySteps: number }): Schedule {
  const { initialLearningRate, decayRate, decaySteps } = checkOptions('exponentialDecay', options, [
    'initialLearningRate',
    'decayRate',
    'decaySteps',
  ]);
  rateOf('exponentialDecay: initialLearningRate', initialLearningRate);
  checkNumber('exponentialDecay: decayRate', decayRate, { above: 0 });
  checkNumber('exponentialDecay: decaySteps', decaySteps, { above: 0 });
  return described(
    'exponentialDecay',
    { initialLearningRate, decayRate, decaySteps },
    (step) => initialLearningRate * power(decayRate, step / decaySteps),
  );
}

/**
 * First `warmupSteps` (default 0) of initialLearningRate · (step + 1) / warmupSteps, then `decaySteps` of
 * initialLearningRate · (alpha + (1 − alpha) · ½(1 + cos πs / decaySteps)), constant after. (I. Loshchilov, F. Hutter, 2017.)
 */
export function cosineDecay(options: { initialLearningRate: number; decaySteps: number; warmupSteps?: number; alpha?: number }): Schedule {
  const known = ['initialLearningRate', 'decaySteps', 'warmupSteps', 'alpha'];
  const { initialLearningRate, decaySteps, warmupSteps = 0, alpha = 0 } = checkOptions('cosineDecay', options, known);
  rateOf('cosineDecay: initialLearningRate', initialLearningRate);
  checkNumber('cosineDecay: decaySteps', decaySteps, { above: 0 });
  checkInteger('cosineDecay: warmupSteps', warmupSteps, 0);
  checkNumber('cosineDecay: alpha', alpha, { min: 0, max: 1 });
  return described('cosineDecay', { initialLearningRate, decaySteps, warmupSteps, alpha }, (step) => {
    if (step < warmupSteps) return (initialLearningRate * (step + 1)) / warmupSteps;
    const share = Math.min(1, (step - warmupSteps) / decaySteps);
    return initialLearningRate * (alpha + (1 - alpha) * halfWave(share));
  });
}

/** initialLearningRate · factor^⌊step / every⌋. */
export function stepDecay(options: { initialLearningRate: number; factor: number; every: number }): Schedule {
  const { initialLearningRate, factor, every } = checkOptions('stepDecay', options, ['initialLearningRate', 'factor', 'every']);
  rateOf('stepDecay: initialLearningRate', initialLearningRate);
  checkNumber('stepDecay: factor', factor, { min: 0 });
  checkInteger('stepDecay: every', every, 1);
  return described(
    'stepDecay',
    { initialLearningRate, factor, every },
    (step) => initialLearningRate * power(factor, Math.floor(step / every)),
  );
}

/**
 * Up from maxLearningRate / divFactor to maxLearningRate in the first `pctStart` of the steps, then down to
 * maxLearningRate / divFactor / finalDivFactor, both along cosines, as torch.optim.lr_scheduler.OneCycleLR (L. Smith, 2018).
 */
export function oneCycle(options: {
  maxLearningRate: number;
  totalSteps: number;
  pctStart?: number;
  divFactor?: number;
  finalDivFactor?: number;
}): Schedule {
  const known = ['maxLearningRate', 'totalSteps', 'pctStart', 'divFactor', 'finalDivFactor'];
  const { maxLearningRate, totalSteps, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 } = checkOptions('oneCycle', options, known);
  rateOf('oneCycle: maxLearningRate', maxLearningRate);
  checkInteger('oneCycle: totalSteps', totalSteps, 1);
  checkNumber('oneCycle: pctStart', pctStart, { min: 0, max: 1 });
  checkNumber('oneCycle: divFactor', divFactor, { above: 0 });
  checkNumber('oneCycle: finalDivFactor', finalDivFactor, { above: 0 });
  const start = maxLearningRate / divFactor;
  const end = start / finalDivFactor;
  // Both borders as PyTorch counts them: the last step of each phase.
  const top = pctStart * totalSteps - 1;
  const last = totalSteps - 1;
  return described('oneCycle', { maxLearningRate, totalSteps, pctStart, divFactor, finalDivFactor }, (step) => {
    if (step >= last) return end;
    if (step <= top) return maxLearningRate + (start - maxLearningRate) * halfWave(top > 0 ? step / top : 1);
    return end + (maxLearningRate - end) * halfWave((step - top) / (last - top));
  });
}
