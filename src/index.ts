/** Everything that `import 'gradlet'` gives. */
export type { Activation, ActivationName, CustomActivation } from './activations.js';
export type { Numbers, NumericArray, Samples } from './data/samples.js';
export { type ErrorCode, GradletError } from './errors.js';
export type { Metadata } from './format/metadata.js';
export type { NetworkJson } from './format/model-json.js';
export type { InitializerName } from './initializers.js';
export {
  type ActivationLayer,
  activation,
  type BatchNormLayer,
  type BatchNormOptions,
  batchNorm,
  type DenseLayer,
  type DenseOptions,
  type DenseWeights,
  type DropoutLayer,
  dense,
  dropout,
  type GaussianNoiseLayer,
  gaussianNoise,
  type Layer,
  type LayerNormLayer,
  type LayerNormOptions,
  layerNorm,
  type Regularizer,
} from './layers.js';
export { Network, type NetworkOptions, type Weight } from './network.js';
export type { LoadOptions, SaveOptions } from './persist.js';
export type { Prediction, PredictOptions, Runtime } from './prediction.js';
export type { CustomLoss } from './runtime/host.js';
export type { TensorLike } from './shapes.js';
export type { EarlyStoppingOptions } from './training/books.js';
export type { CheckpointOptions } from './training/checkpoint.js';
export { type GradientCheckOptions, gradientCheck } from './training/gradient-check.js';
export type { Loss, LossName } from './training/losses.js';
export type { MetricName } from './training/metrics.js';
export {
  type Adagrad,
  type AdagradOptions,
  type Adam,
  type AdamOptions,
  type Adamw,
  type AdamwOptions,
  adagrad,
  adam,
  adamw,
  type Nadam,
  type NadamOptions,
  nadam,
  type Optimizer,
  type OptimizerName,
  type OptimizerOptions,
  type Rmsprop,
  type RmspropOptions,
  rmsprop,
  type Sgd,
  type SgdOptions,
  sgd,
} from './training/optimizers.js';
export type { EvaluateOptions, FitOptions, History, TrainingCallback, TrainingEvent, TrainOnBatchOptions } from './training/options.js';
export { cosineDecay, exponentialDecay, oneCycle, type Schedule, stepDecay } from './training/schedules.js';
export type { Block, Blocks } from './training/stream.js';
export type { ClassWeight } from './training/weights.js';
