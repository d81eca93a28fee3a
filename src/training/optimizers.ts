/**
 * Optimizers as plain descriptions, made by the functions that users call, and the table of their rules: what the core is
 * told in each step. The update itself stands in assembly/kernels/optimizer.ts. Knows no networks.
 *
 * Formulas are those of torch.optim in PyTorch 2.
 */
import * as abi from '../../assembly/abi.js';
import { checkBoolean, checkNumber, checkOptions, show } from '../check.js';
import { power } from '../data/math.js';
import type { Schedule } from './schedules.js';

/** What every optimizer takes. */
export interface OptimizerOptions {
  /** A number, or a function of the number of updates made before in this fit; defaults differ. */
  learningRate?: number | Schedule;
  /** Times the parameter, added to the gradient (adamw: taken off the parameter); default 0 (adamw 0.01). */
  weightDecay?: number;
}

/** Options of `sgd`; learningRate defaults to 0.01. */
export interface SgdOptions extends OptimizerOptions {
  /** Default 0. */
  momentum?: number;
  /** Default false. */
  nesterov?: boolean;
}

/** Options of `rmsprop`; learningRate defaults to 0.01. */
export interface RmspropOptions extends OptimizerOptions {
  /** Share that the mean square keeps at each update; default 0.99. */
  rho?: number;
  /** Added outside of the root; default 1e-8. */
  epsilon?: number;
  /** Default 0. */
  momentum?: number;
}

/** Options of `adagrad`; learningRate defaults to 0.01. */
export interface AdagradOptions extends OptimizerOptions {
  /** Added outside of the root; default 1e-10. */
  epsilon?: number;
}

/** Options of `adamw`; learningRate defaults to 0.001. */
export interface AdamwOptions extends OptimizerOptions {
  /** Default 0.9. */
  beta1?: number;
  /** Default 0.999. */
  beta2?: number;
  /** Added outside of the root; default 1e-8. */
  epsilon?: number;
  /** Divide by the largest second moment so far; default false. */
  amsgrad?: boolean;
}

/** Options of `adam`; learningRate defaults to 0.001. */
export type AdamOptions = AdamwOptions;

/** Options of `nadam`; learningRate defaults to 0.002. */
export interface NadamOptions extends Omit<AdamwOptions, 'amsgrad'> {
  /** Default 0.004. */
  momentumDecay?: number;
}

type Description<Name extends string, Options> = { readonly name: Name } & Readonly<Required<Options>>;
/** What `sgd()` returns. */
export type Sgd = Description<'sgd', SgdOptions>;
/** What `rmsprop()` returns. */
export type Rmsprop = Description<'rmsprop', RmspropOptions>;
/** What `adagrad()` returns. */
export type Adagrad = Description<'adagrad', AdagradOptions>;
/** What `adam()` returns. */
export type Adam = Description<'adam', AdamOptions>;
/** What `adamw()` returns. */
export type Adamw = Description<'adamw', AdamwOptions>;
/** What `nadam()` returns. */
export type Nadam = Description<'nadam', NadamOptions>;
/** Any optimizer: a plain description. */
export type Optimizer = Sgd | Rmsprop | Adagrad | Adam | Adamw | Nadam;
/** Name of an optimizer. */
export type OptimizerName = Optimizer['name'];

/** Checks options against their defaults: numbers within bounds, booleans, a learning rate. */
function describe<Name extends OptimizerName, Options extends object>(
  name: Name,
  options: Options | undefined,
  defaults: Readonly<Required<Options>>,
): Description<Name, Options> {
  const given = checkOptions(name, options, Object.keys(defaults));
  const result: Record<string, unknown> = { name };
  for (const [key, standard] of Object.entries(defaults)) {
    const value: unknown = (given as Record<string, unknown>)[key] ?? standard;
    const where = `${name}: ${key}`;
    if (typeof standard === 'boolean') result[key] = checkBoolean(where, value);
    else if (key === 'learningRate' && typeof value === 'function') result[key] = value;
    else if (BELOW_ONE.has(key)) result[key] = checkNumber(where, value, { min: 0, below: 1 });
    else result[key] = checkNumber(where, value, { min: 0 });
  }
  return Object.freeze(result) as Description<Name, Options>;
}

const BELOW_ONE = new Set(['momentum', 'rho', 'beta1', 'beta2']);
const ADAM = { learningRate: 0.001, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, amsgrad: false, weightDecay: 0 };

/**
 * Stochastic gradient descent (learningRate 0.01): u = momentum · u + g, w −= learningRate · u; with `nesterov`
 * w −= learningRate · (g + momentum · u). A plain description: the network holds the moments.
 */
export function sgd(options?: SgdOptions): Sgd {
  const result = describe('sgd', options, { learningRate: 0.01, momentum: 0, nesterov: false, weightDecay: 0 });
  if (result.nesterov && !result.momentum) throw new RangeError('sgd: nesterov needs a momentum above 0, got 0');
  return result;
}

/** RMSprop (learningRate 0.01): v = rho · v + (1 − rho) · g², w −= learningRate · g / (√v + epsilon), or that with momentum. */
export function rmsprop(options?: RmspropOptions): Rmsprop {
  return describe('rmsprop', options, { learningRate: 0.01, rho: 0.99, epsilon: 1e-8, momentum: 0, weightDecay: 0 });
}

/** Adagrad (learningRate 0.01): s += g², w −= learningRate · g / (√s + epsilon) (J. Duchi et al., 2011). */
export function adagrad(options?: AdagradOptions): Adagrad {
  return describe('adagrad', options, { learningRate: 0.01, epsilon: 1e-10, weightDecay: 0 });
}

/**
 * Adam (learningRate 0.001): m = beta1 · m + (1 − beta1) · g, v = beta2 · v + (1 − beta2) · g², w −= learningRate · m̂ /
 * (√v̂ + epsilon) with the bias-corrected m̂ and v̂ (D. Kingma, J. Ba, 2015). A plain description: the network holds the moments.
 */
export function adam(options?: AdamOptions): Adam {
  return describe('adam', options, ADAM);
}

/** Adam with decoupled weight decay (0.01): w −= learningRate · weightDecay · w before the update (I. Loshchilov, F. Hutter, 2019). */
export function adamw(options?: AdamwOptions): Adamw {
  return describe('adamw', options, { ...ADAM, weightDecay: 0.01 });
}

/**
 * Adam with Nesterov's momentum (learningRate 0.002; T. Dozat, 2016), mu_t = beta1 · (1 − ½ · 0.96^(t · momentumDecay)) and
 * bias corrections with the running product of mu.
 */
export function nadam(options?: NadamOptions): Nadam {
  const { amsgrad: _, ...rest } = ADAM;
  return describe('nadam', options, { ...rest, learningRate: 0.002, momentumDecay: 0.004 });
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
  /** Update count and running products, for the bias corrections. */
  state: readonly number[];
  /** Writes the next update's hyperparameters at `at` (an index into `to`). */
  write(to: Float32Array, at: number, learningRate: number): void;
}

interface OptimizerRow<D extends Optimizer> {
  readonly create: (options?: Omit<D, 'name'>) => D;
  readonly form: (description: D) => OptimizerForm;
  readonly rule: (description: D) => StepRule;
}

const RATE = abi.SCALAR_RATE / 4;
const WEIGHT_DECAY = abi.SCALAR_WEIGHT_DECAY / 4;
const MOMENTUM = abi.SCALAR_MOMENTUM / 4;
const BETA1 = abi.SCALAR_BETA1 / 4;
const REST1 = abi.SCALAR_ONE_MINUS_BETA1 / 4;
const BETA2 = abi.SCALAR_BETA2 / 4;
const REST2 = abi.SCALAR_ONE_MINUS_BETA2 / 4;
const EPSILON = abi.SCALAR_EPSILON / 4;
const GRADIENT_RATE = abi.SCALAR_GRADIENT_RATE / 4;

/** Adam's rule; with `decoupled` the decay is per step and taken off the parameter. */
function adamRule({ beta1, beta2, epsilon, weightDecay }: Adam | Adamw, decoupled: boolean): StepRule {
  return {
    state: [1, 1],
    write(to, at, learningRate) {
      const product1 = this.state[0] * beta1;
      const product2 = this.state[1] * beta2;
      this.state = [product1, product2];
      const root = Math.sqrt(1 - product2);
      to[at + RATE] = (learningRate * root) / (1 - product1);
      to[at + WEIGHT_DECAY] = decoupled ? learningRate * weightDecay : weightDecay;
      to[at + BETA1] = beta1;
      to[at + REST1] = 1 - beta1;
      to[at + BETA2] = beta2;
      to[at + REST2] = 1 - beta2;
      to[at + EPSILON] = epsilon * root;
    },
  };
}

/** m' = ((1 − mu_t) / (1 − Πmu)) · g + (mu_{t+1} / (1 − Πmu · mu_{t+1})) · m, over √v̂ + epsilon. */
function nadamRule({ beta1, beta2, epsilon, weightDecay, momentumDecay }: Nadam): StepRule {
  const momentumAt = (step: number): number => beta1 * (1 - 0.5 * power(0.96, step * momentumDecay));
  return {
    state: [0, 1, 1],
    write(to, at, learningRate) {
      const step = this.state[0] + 1;
      const mu = momentumAt(step);
      const next = momentumAt(step + 1);
      const product = this.state[1] * mu;
      const product2 = this.state[2] * beta2;
      this.state = [step, product, product2];
      const root = Math.sqrt(1 - product2);
      to[at + RATE] = (learningRate * next * root) / (1 - product * next);
      to[at + GRADIENT_RATE] = (learningRate * (1 - mu) * root) / (1 - product);
      to[at + WEIGHT_DECAY] = weightDecay;
      to[at + BETA1] = beta1;
      to[at + REST1] = 1 - beta1;
      to[at + BETA2] = beta2;
      to[at + REST2] = 1 - beta2;
      to[at + EPSILON] = epsilon * root;
    },
  };
}

/** Rules whose numbers do not change from step to step, but for the rate. */
function constantRule(write: (to: Float32Array, at: number) => void): StepRule {
  return {
    state: [],
    write(to, at, learningRate) {
      to[at + RATE] = learningRate;
      write(to, at);
    },
  };
}

const adamForm = ({ amsgrad }: Adam | Adamw, flags: number): OptimizerForm => ({
  kind: abi.OPTIMIZER_ADAM,
  flags: flags | (amsgrad ? abi.FLAG_AMSGRAD : 0),
  moments: amsgrad ? 3 : 2,
});

export const OPTIMIZERS: { readonly [Name in OptimizerName]: OptimizerRow<Extract<Optimizer, { name: Name }>> } = {
  sgd: {
    create: sgd,
    form: ({ momentum, nesterov }) =>
      momentum
        ? { kind: abi.OPTIMIZER_SGD_MOMENTUM, flags: nesterov ? abi.FLAG_NESTEROV : 0, moments: 1 }
        : { kind: abi.OPTIMIZER_SGD, flags: 0, moments: 0 },
    rule: ({ momentum, weightDecay }) =>
      constantRule((to, at) => {
        to[at + WEIGHT_DECAY] = weightDecay;
        to[at + MOMENTUM] = momentum;
      }),
  },
  rmsprop: {
    create: rmsprop,
    form: ({ momentum }) => ({ kind: abi.OPTIMIZER_RMSPROP, flags: 0, moments: momentum ? 2 : 1 }),
    rule: ({ rho, epsilon, momentum, weightDecay }) =>
      constantRule((to, at) => {
        to[at + WEIGHT_DECAY] = weightDecay;
        to[at + MOMENTUM] = momentum;
        to[at + BETA2] = rho;
        to[at + REST2] = 1 - rho;
        to[at + EPSILON] = epsilon;
      }),
  },
  adagrad: {
    create: adagrad,
    form: () => ({ kind: abi.OPTIMIZER_ADAGRAD, flags: 0, moments: 1 }),
    rule: ({ epsilon, weightDecay }) =>
      constantRule((to, at) => {
        to[at + WEIGHT_DECAY] = weightDecay;
        to[at + EPSILON] = epsilon;
      }),
  },
  adam: { create: adam, form: (o) => adamForm(o, 0), rule: (o) => adamRule(o, false) },
  adamw: { create: adamw, form: (o) => adamForm(o, abi.FLAG_DECOUPLED), rule: (o) => adamRule(o, true) },
  nadam: { create: nadam, form: () => ({ kind: abi.OPTIMIZER_NADAM, flags: 0, moments: 2 }), rule: nadamRule },
};

/** The row of a description's name. */
export function optimizerRow(description: Optimizer): OptimizerRow<Optimizer> {
  return OPTIMIZERS[description.name] as OptimizerRow<Optimizer>;
}

/** The learning rate of an update, by number or schedule. */
export function learningRateAt(call: string, { learningRate }: Optimizer, step: number): number {
  if (typeof learningRate !== 'function') return learningRate;
  const rate: unknown = learningRate(step);
  if (typeof rate === 'number' && rate >= 0 && rate < Number.POSITIVE_INFINITY) return rate;
  throw new RangeError(
    `${call}: learningRate: expected the schedule to give a finite number of at least 0, got ${show(rate)} for step ${step}`,
  );
}

/** A description as text: two are the same optimizer when their texts are. Functions of the user's own count as 'custom'. */
export function describeOptimizer(description: Optimizer): string {
  return JSON.stringify(description, (_, value: unknown) =>
    typeof value === 'function' ? ((value as Schedule).schedule ?? 'custom') : value,
  );
}
