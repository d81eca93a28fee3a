// Models of TensorFlow.js: for the fixtures of the root tests (make-fixtures.mjs) and for the checks in this folder.

import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');

/** Repeatable numbers from -1 to 1. */
export function numbers(count, seed = 1) {
  let state = seed;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

const ACTIVATIONS = ['linear', 'relu', 'elu', 'selu', 'gelu', 'swish', 'sigmoid', 'tanh', 'softplus', 'softsign', 'softmax'];
const dense = (units, options) => tf.layers.dense({ units, ...options });

/** Layers by the name of a model. */
const LAYERS = {
  mlp: () => [
    dense(8, { inputShape: [5], activation: 'relu', kernelRegularizer: tf.regularizers.l1l2({ l1: 0.01, l2: 0.02 }) }),
    tf.layers.batchNormalization(),
    tf.layers.dropout({ rate: 0.25 }),
    dense(6, { useBias: false, kernelConstraint: tf.constraints.maxNorm({ maxValue: 3 }) }),
    tf.layers.layerNormalization({ epsilon: 1e-4 }),
    tf.layers.activation({ activation: 'gelu' }),
    tf.layers.gaussianNoise({ stddev: 0.1 }),
    dense(3, { activation: 'softmax' }),
  ],
  activations: () => [
    dense(4, { inputShape: [5] }),
    ...ACTIVATIONS.flatMap((activation) => [dense(4, { activation }), tf.layers.activation({ activation })]),
    tf.layers.leakyReLU(),
    tf.layers.leakyReLU({ alpha: 0.01 }),
    tf.layers.reLU(),
    tf.layers.elu(),
    tf.layers.softmax(),
    dense(3),
  ],
  image: () => [
    tf.layers.inputLayer({ inputShape: [4, 3, 2] }),
    tf.layers.activation({ activation: 'tanh' }),
    tf.layers.flatten(),
    tf.layers.batchNormalization({ scale: false, momentum: 0.8, epsilon: 0.01 }),
    dense(3, { activation: 'sigmoid' }),
    tf.layers.layerNormalization({ center: false }),
    tf.layers.batchNormalization({ center: false }),
  ],
};

/** A model whose weights are all different, with samples for it. */
export function tfModel(name) {
  const model = tf.sequential({ layers: LAYERS[name]() });
  const weights = model.layers.flatMap((layer) => layer.weights);
  for (const [index, weight] of weights.entries()) {
    const { shape } = weight;
    const values = numbers(
      shape.reduce((a, b) => a * b, 1),
      index + 3,
    );
    // A variance is positive, and none of the others vanishes.
    if (weight.originalName.endsWith('moving_variance')) for (const [at, value] of values.entries()) values[at] = 0.5 + value ** 2;
    weight.write(tf.tensor(values, shape));
  }
  const shape = model.inputs[0].shape.slice(1);
  return { model, x: numbers(4 * shape.reduce((a, b) => a * b, 1), 9), shape };
}

/** What a model answers for rows of samples. */
export function answers(model, x, shape) {
  return tf.tidy(() => model.predict(tf.tensor(x, [x.length / shape.reduce((a, b) => a * b, 1), ...shape])).arraySync());
}

/** What `model.save` writes: the parts of model.json and the weights' bytes. */
export async function artifactsOf(model) {
  let saved;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
    }),
  );
  const { modelTopology, weightSpecs, weightData } = saved;
  return { modelTopology, weightSpecs, weightData: tf.io.concatenateArrayBuffers([weightData].flat()) };
}

/** The same weights as bytes or halves, as the converter's --quantize options write them. */
export function quantize({ modelTopology, weightSpecs, weightData }, dtype) {
  const parts = [];
  let at = 0;
  const specs = weightSpecs.map((spec) => {
    const count = spec.shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(weightData, at, count);
    at += 4 * count;
    if (dtype === 'float16') {
      parts.push(Uint16Array.from(values, toHalf).buffer);
      return { ...spec, quantization: { dtype } };
    }
    const levels = dtype === 'uint8' ? 255 : 65535;
    const min = values.reduce((a, b) => Math.min(a, b), Infinity);
    const scale = (values.reduce((a, b) => Math.max(a, b), -Infinity) - min) / levels || 1;
    const Stored = dtype === 'uint8' ? Uint8Array : Uint16Array;
    parts.push(Stored.from(values, (value) => Math.round((value - min) / scale)).buffer);
    return { ...spec, quantization: { dtype, min, scale, original_dtype: 'float32' } };
  });
  return { modelTopology, weightSpecs: specs, weightData: tf.io.concatenateArrayBuffers(parts) };
}

/** A half by truncation; these numbers are no subnormals. */
function toHalf(value) {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0];
  const exponent = ((bits >>> 23) & 255) - 112;
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}

/** A model back from artifacts. */
export function loadModel(artifacts) {
  return tf.loadLayersModel(tf.io.fromMemory(artifacts));
}

export { tf };
