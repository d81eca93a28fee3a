/**
 * The oracle's formulas for what is done to gradients and parameters, in float64 and as plainly as possible, one row of a
 * table each: penalties, clipping, optimizers (PyTorch's formulas), maximum norms, schedules. Must not know how the library
 * computes.
 */
import { indices, type Row, total } from './formulas.js';

// ---- before the update

export interface Penalty {
  readonly l1?: number;
  readonly l2?: number;
}

/** The gradient of l1 · Σ|w| + l2 · Σw². */
export function penaltyGradient({ l1 = 0, l2 = 0 }: Penalty, weights: Row): Row {
  return weights.map((w) => l1 * Math.sign(w) + 2 * l2 * w);
}

export function clipValueReference(limit: number, gradients: readonly (Row | undefined)[]): (Row | undefined)[] {
  return gradients.map((tensor) => tensor?.map((g) => Math.max(-limit, Math.min(limit, g))));
}

/** All gradients together, times min(1, limit / (norm + 1e-6)). */
export function clipNormReference(limit: number, gradients: readonly (Row | undefined)[]): (Row | undefined)[] {
  const norm = Math.sqrt(total(gradients.flatMap((tensor) => tensor ?? []).map((g) => g * g)));
  const scale = Math.min(1, limit / (norm + 1e-6));
  return gradients.map((tensor) => tensor?.map((g) => g * scale));
}

// ---- optimizers: the new parameter, from the old one and its gradient

/** An optimizer's hyperparameters, as in PyTorch; each row of the table reads those it knows. */
export interface OptimizerSpec {
  readonly name: OptimizerName;
  readonly learningRate?: number | ((step: number) => number);
  readonly momentum?: number;
  readonly nesterov?: boolean;
  readonly weightDecay?: number;
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
  readonly rho?: number;
  readonly amsgrad?: boolean;
  readonly momentumDecay?: number;
}

/** `state` is what is remembered of this one parameter, zeros at first; `step` counts from 1. */
type Update = (w: number, g: number, state: Row, rate: number, step: number, spec: OptimizerSpec) => number;

/** Adam without any decay. */
function adamStep(w: number, g: number, state: Row, rate: number, step: number, spec: OptimizerSpec): number {
  const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, amsgrad = false } = spec;
  state[0] = beta1 * state[0] + (1 - beta1) * g;
  state[1] = beta2 * state[1] + (1 - beta2) * g * g;
  state[2] = Math.max(state[2], state[1]);
  const first = state[0] / (1 - beta1 ** step);
  const second = state[amsgrad ? 2 : 1] / (1 - beta2 ** step);
  return w - (rate * first) / (Math.sqrt(second) + epsilon);
}

export const OPTIMIZERS = {
  sgd(w, gradient, state, rate, _, { momentum = 0, nesterov = false, weightDecay = 0 }) {
    const g = gradient + weightDecay * w;
    state[0] = momentum * state[0] + g;
    return w - rate * (nesterov ? g + momentum * state[0] : state[0]);
  },
  rmsprop(w, gradient, state, rate, _, { rho = 0.99, epsilon = 1e-8, momentum = 0, weightDecay = 0 }) {
    const g = gradient + weightDecay * w;
    state[0] = rho * state[0] + (1 - rho) * g * g;
    state[1] = momentum * state[1] + g / (Math.sqrt(state[0]) + epsilon);
    return w - rate * state[1];
  },
  adagrad(w, gradient, state, rate, _, { epsilon = 1e-10, weightDecay = 0 }) {
    const g = gradient + weightDecay * w;
    state[0] += g * g;
    // Nothing moves where no gradient ever was, with no epsilon either.
    return g === 0 ? w : w - (rate * g) / (Math.sqrt(state[0]) + epsilon);
  },
  adam: (w, gradient, state, rate, step, spec) => adamStep(w, gradient + (spec.weightDecay ?? 0) * w, state, rate, step, spec),
  adamw: (w, gradient, state, rate, step, spec) => adamStep(w - rate * (spec.weightDecay ?? 0.01) * w, gradient, state, rate, step, spec),
  nadam(w, gradient, state, rate, step, spec) {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0, momentumDecay = 0.004 } = spec;
    const g = gradient + weightDecay * w;
    const mu = (at: number): number => beta1 * (1 - 0.5 * 0.96 ** (at * momentumDecay));
    const product = indices(step).reduce((result, at) => result * mu(at + 1), 1);
    state[0] = beta1 * state[0] + (1 - beta1) * g;
    state[1] = beta2 * state[1] + (1 - beta2) * g * g;
    const ahead = ((1 - mu(step)) / (1 - product)) * g + (mu(step + 1) / (1 - product * mu(step + 1))) * state[0];
    return w - (rate * ahead) / (Math.sqrt(state[1] / (1 - beta2 ** step)) + epsilon);
  },
} satisfies Record<string, Update>;

export type OptimizerName = 'sgd' | 'rmsprop' | 'adagrad' | 'adam' | 'adamw' | 'nadam';

// ---- after the update

/** A kernel [inputs, units], row-major, in which no unit's norm is above the limit any more. */
export function maxNormReference(limit: number, kernel: Row, units: number): Row {
  const norms = indices(units).map((u) => Math.sqrt(total(kernel.filter((_, at) => at % units === u).map((w) => w * w))));
  return kernel.map((w, at) => (norms[at % units] > limit ? (w * limit) / norms[at % units] : w));
}

// ---- schedules: the rate of a step, which counts from 0

interface ScheduleOptions {
  readonly decayRate?: number;
  readonly decaySteps?: number;
  readonly warmupSteps?: number;
  readonly alpha?: number;
  readonly factor?: number;
  readonly every?: number;
  readonly totalSteps?: number;
  readonly pctStart?: number;
  readonly divFactor?: number;
  readonly finalDivFactor?: number;
}

type ScheduleRow = (rate: number, options: ScheduleOptions) => (step: number) => number;

/** From one number to another along half a cosine wave. */
function anneal(from: number, to: number, share: number): number {
  return to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
}

export const SCHEDULES = {
  exponentialDecay:
    (rate, { decayRate = 1, decaySteps = 1 }) =>
    (step) =>
      rate * decayRate ** (step / decaySteps),
  cosineDecay:
    (rate, { decaySteps = 1, warmupSteps = 0, alpha = 0 }) =>
    (step) =>
      step < warmupSteps
        ? (rate * (step + 1)) / warmupSteps
        : rate * (alpha + (1 - alpha) * anneal(1, 0, Math.min(1, (step - warmupSteps) / decaySteps))),
  stepDecay:
    (rate, { factor = 1, every = 1 }) =>
    (step) =>
      rate * factor ** Math.floor(step / every),
  /** `rate` is the largest. The phases end as torch.optim.lr_scheduler.OneCycleLR counts them. */
  oneCycle:
    (rate, { totalSteps = 1, pctStart = 0.3, divFactor = 25, finalDivFactor = 1e4 }) =>
    (step) => {
      const top = pctStart * totalSteps - 1;
      const last = totalSteps - 1;
      const start = rate / divFactor;
      if (step <= top) return anneal(start, rate, step / top);
      return anneal(rate, start / finalDivFactor, Math.min(1, (step - top) / (last - top)));
    },
} satisfies Record<string, ScheduleRow>;

export type ScheduleName = keyof typeof SCHEDULES;
