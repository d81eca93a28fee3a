/** Everything that `import 'gradlet/predict'` gives: loading and predicting, with a core of its own that is small. */
export type { CustomActivation } from './activations.js';
export type { Numbers, NumericArray, Samples } from './data/samples.js';
export { type ErrorCode, GradletError } from './errors.js';
export type { LoadOptions } from './persist.js';
export { Network } from './predict/network.js';
export type { Prediction, PredictOptions, Runtime } from './prediction.js';
