/**
 * Optimizers as plain descriptions, made by the functions that users call, and the table of their rules: what the core is
 * told in each step. The update itself stands in assembly/kernels/optimizer.ts. Knows no networks.
 */
import {
  FLAG_NESTEROV,
  OPTIMIZER_ADAM,
  OPTIMIZER_SGD,
  OPTIMIZER_SGD_MOMENTUM,
  SCALAR_BETA1,
  SCALAR_BETA2,
  SCALAR_EPSILON,
  SCALAR_MOMENTUM,
  SCALAR_ONE_MINUS_BETA1,
  SCALAR_ONE_MINUS_BETA2,
  SCALAR_RATE,
  SCALAR_WEIGHT_DECAY,
} from '../../assembly/abi.js';
import { checkBoolean, checkNumber, checkOptions } from '../check.js';

/** A learning rate as a function of the number of updates made before, in this `fit`. */
export type Schedule = (step: number) => number;

export interface SgdOptions {
  /** Default 0.01. */
  learningRate?: number | Schedule;
  /** Default 0. */
  momentum?: number;
  /** Default false. */
  nesterov?: boolean;
  /** Times the parameter, added to the gradient; default 0. */
  weightDecay?: number;
}

export interface AdamOptions {
  /** Default 0.001. */
  learningRate?: number | Schedule;
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added outside of the root; default 1e-8. */
  epsilon?: number;
  /** Times the parameter, added to the gradient; default 0. */
  weightDecay?: number;
}

export type Sgd = { readonly name: 'sgd' } & Readonly<Required<SgdOptions>>;
export type Adam = { readonly name: 'adam' } & Readonly<Required<AdamOptions>>;
export type Optimizer = Sgd | Adam;
export type OptimizerName = Optimizer['name'];

function checkRate(where: string, rate: number | Schedule): number | Schedule {
  return typeof rate === 'function' ? rate : checkNumber(`${where}: learningRate`, rate, { min: 0 });
}

/**
 * Stochastic gradient descent: u = momentum · u + g, w −= learningRate · u; with `nesterov` w −= learningRate · (g + momentum · u).
 * After PyTorch's torch.optim.SGD. A plain description: the network holds the moments.
 */
export function sgd(options?: SgdOptions): Sgd {
  const o = checkOptions('sgd', options, ['learningRate', 'momentum', 'nesterov', 'weightDecay']);
  const { learningRate = 0.01, momentum = 0, nesterov = false, weightDecay = 0 } = o;
  checkNumber('sgd: momentum', momentum, { min: 0, below: 1 });
  if (checkBoolean('sgd: nesterov', nesterov) && !momentum) throw new RangeError('sgd: nesterov needs a momentum above 0, got 0');
  checkNumber('sgd: weightDecay', weightDecay, { min: 0 });
  return Object.freeze({ name: 'sgd', learningRate: checkRate('sgd', learningRate), momentum, nesterov, weightDecay });
}

/**
 * Adam: m = beta1 · m + (1 − beta1) · g, v = beta2 · v + (1 − beta2) · g², w −= learningRate · m̂ / (√v̂ + epsilon) with the
 * bias-corrected m̂ and v̂ (D. Kingma, J. Ba, 2015). A plain description: the network holds the moments.
 */
export function adam(options?: AdamOptions): Adam {
  const o = checkOptions('adam', options, ['learningRate', 'beta1', 'beta2', 'epsilon', 'weightDecay']);
  const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, weightDecay = 0 } = o;
  checkNumber('adam: beta1', beta1, { min: 0, below: 1 });
  checkNumber('adam: beta2', beta2, { min: 0, below: 1 });
  checkNumber('adam: epsilon', epsilon, { min: 0 });
  checkNumber('adam: weightDecay', weightDecay, { min: 0 });
  return Object.freeze({ name: 'adam', learningRate: checkRate('adam', learningRate), beta1, beta2, epsilon, weightDecay });
}

/** What an update needs of the core. */
export interface OptimizerForm {
  readonly kind: number;
  readonly flags: number;
  /** Moments kept for each parameter. */
  readonly moments: number;
}

/** Writes the hyperparameters of one update after another; `state` is all that it remembers. */
export interface StepRule {
  /** Running products of the betas, for the bias corrections. */
  state: readonly number[];
  /** Writes the next update's hyperparameters at `at` (an index into `to`). */
  write(to: Float32Array, at: number, learningRate: number): void;
}

interface OptimizerRow<Description extends Optimizer> {
  readonly create: () => Description;
  readonly form: (description: Description) => OptimizerForm;
  readonly rule: (description: Description) => StepRule;
}

const place = (bytes: number): number => bytes / 4;

export const OPTIMIZERS: { readonly [Name in OptimizerName]: OptimizerRow<Extract<Optimizer, { name: Name }>> } = {
  sgd: {
    create: sgd,
    form: ({ momentum, nesterov }) =>
      momentum
        ? { kind: OPTIMIZER_SGD_MOMENTUM, flags: nesterov ? FLAG_NESTEROV : 0, moments: 1 }
        : { kind: OPTIMIZER_SGD, flags: 0, moments: 0 },
    rule: ({ momentum, weightDecay }) => ({
      state: [],
      write(to, at, learningRate) {
        to[at + place(SCALAR_RATE)] = learningRate;
        to[at + place(SCALAR_WEIGHT_DECAY)] = weightDecay;
        to[at + place(SCALAR_MOMENTUM)] = momentum;
      },
    }),
  },
  adam: {
    create: adam,
    form: () => ({ kind: OPTIMIZER_ADAM, flags: 0, moments: 2 }),
    rule: ({ beta1, beta2, epsilon, weightDecay }) => ({
      state: [1, 1],
      write(to, at, learningRate) {
        const product1 = this.state[0] * beta1;
        const product2 = this.state[1] * beta2;
        this.state = [product1, product2];
        const root = Math.sqrt(1 - product2);
        to[at + place(SCALAR_RATE)] = (learningRate * root) / (1 - product1);
        to[at + place(SCALAR_WEIGHT_DECAY)] = weightDecay;
        to[at + place(SCALAR_BETA1)] = beta1;
        to[at + place(SCALAR_ONE_MINUS_BETA1)] = 1 - beta1;
        to[at + place(SCALAR_BETA2)] = beta2;
        to[at + place(SCALAR_ONE_MINUS_BETA2)] = 1 - beta2;
        to[at + place(SCALAR_EPSILON)] = epsilon * root;
      },
    }),
  },
};

/** The row of a description's name. */
export function optimizerRow(description: Optimizer): OptimizerRow<Optimizer> {
  return OPTIMIZERS[description.name] as OptimizerRow<Optimizer>;
}
