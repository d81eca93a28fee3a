/** Everything that `import 'gradlet'` gives. */
export type { ActivationName } from './activations.js';
export type { Numbers, NumericArray, Samples } from './data/samples.js';
export { type ErrorCode, GradletError } from './errors.js';
export type { InitializerName } from './initializers.js';
export { type DenseLayer, type DenseOptions, type DenseWeights, dense, type Layer } from './layers.js';
export { Network, type NetworkOptions, type Prediction, type PredictOptions, type Runtime, type Weight } from './network.js';
export type { LossName } from './training/losses.js';
export type { MetricName } from './training/metrics.js';
export {
  type Adam,
  type AdamOptions,
  adam,
  type Optimizer,
  type OptimizerName,
  type Schedule,
  type Sgd,
  type SgdOptions,
  sgd,
} from './training/optimizers.js';
export type { EvaluateOptions, FitOptions, History, TrainingCallback, TrainingEvent, TrainOnBatchOptions } from './training/options.js';
