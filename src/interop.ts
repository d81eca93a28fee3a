/** Everything that `import 'gradlet/interop'` gives: models of PyTorch, Keras and TensorFlow.js, brain.js and scikit-learn. */
export { type ColumnNames, fromBrain } from './format/interop/brain.js';
export { fromLayersModel, type LayersModel, type LayersModelJson, toLayersModel } from './format/interop/layers-model.js';
export type { Bytes, WeightSpec } from './format/interop/layers-weights.js';
export { type LeakyRelu, leakyRelu } from './format/interop/leaky.js';
export { type Classes, fromSklearn, type SklearnAttributes } from './format/interop/sklearn.js';
export { fromTorchStateDict, type TorchOptions, toTorchStateDict } from './format/interop/torch.js';
