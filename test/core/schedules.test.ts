/** Schedules, and the numbers that an update is told, against the oracle's formulas. Knows no core. */
import { describe, expect, it } from 'vitest';
import { cosineDecay, exponentialDecay, oneCycle, type Schedule, stepDecay } from '../../src/training/schedules.js';
import { SCHEDULES, type ScheduleName } from '../reference.js';

type Options = Parameters<(typeof SCHEDULES)[ScheduleName]>[1];

const RATE = 0.3;

/** The library's own functions, by the oracle's names. */
const MAKE: Record<ScheduleName, (options: Options) => Schedule> = {
  exponentialDecay: (options) => exponentialDecay({ initialLearningRate: RATE, decayRate: 1, decaySteps: 1, ...options }),
  cosineDecay: (options) => cosineDecay({ initialLearningRate: RATE, decaySteps: 1, ...options }),
  stepDecay: (options) => stepDecay({ initialLearningRate: RATE, factor: 1, every: 1, ...options }),
  oneCycle: (options) => oneCycle({ maxLearningRate: RATE, totalSteps: 1, ...options }),
};

const EXAMPLES: readonly { name: ScheduleName; options: Options }[] = [
  { name: 'exponentialDecay', options: { decayRate: 0.9, decaySteps: 7 } },
  { name: 'exponentialDecay', options: { decayRate: 1.01, decaySteps: 0.5 } },
  { name: 'cosineDecay', options: { decaySteps: 20 } },
  { name: 'cosineDecay', options: { decaySteps: 13, warmupSteps: 5, alpha: 0.1 } },
  { name: 'cosineDecay', options: { decaySteps: 10.5, warmupSteps: 1, alpha: 1 } },
  { name: 'stepDecay', options: { factor: 0.5, every: 3 } },
  { name: 'stepDecay', options: { factor: 0, every: 4 } },
  { name: 'stepDecay', options: { factor: 0.9, every: 1 } },
  { name: 'oneCycle', options: { totalSteps: 40 } },
  { name: 'oneCycle', options: { totalSteps: 31, pctStart: 0.45, divFactor: 10, finalDivFactor: 50 } },
  { name: 'oneCycle', options: { totalSteps: 10, pctStart: 0 } },
];

describe('schedules', () => {
  it.each(EXAMPLES)('$name of $options is what the oracle says', ({ name, options }) => {
    const expected = SCHEDULES[name](RATE, options);
    const schedule = MAKE[name](options);
    for (let step = 0; step < 50; step++) expect(schedule(step), `step ${step}`).toBeCloseTo(expected(step), 14);
  });

  it('oneCycle is at its top at the border of the phases, and goes on with its last rate', () => {
    const schedule = oneCycle({ maxLearningRate: RATE, totalSteps: 20, pctStart: 0.05 });
    expect(schedule(0)).toBe(RATE);
    expect(schedule(19)).toBeCloseTo(RATE / 25 / 1e4, 15);
    expect(schedule(1000)).toBe(schedule(19));
  });
});
