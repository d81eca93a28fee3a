/** TensorFlow.js through its Layers API, on a backend that its caller names. */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { accuracy, rowsOf } from './works.mjs';

export const version = tf.version_core;
const { resolve } = createRequire(import.meta.url);
// yieldEvery spares the runs a turn of the event loop for every batch.
const FIT = { verbose: 0, yieldEvery: 'never' };

function model(widths, hidden, output) {
  return tf.sequential({
    layers: [
      tf.layers.dense({ inputShape: [widths[0]], units: widths[1], activation: hidden }),
      tf.layers.dense({ units: widths[2], activation: output }),
    ],
  });
}

/** The peer's module for one backend. */
export async function on(backend) {
  setWasmPaths(`${dirname(resolve('@tensorflow/tfjs-backend-wasm/package.json'))}/wasm-out/`);
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js cannot start its ${backend} backend`);
  return { version, xor, predict, train };
}

function xor({ x, y, learningRate }) {
  const network = model([2, 4, 1], 'sigmoid', 'sigmoid');
  // The library's mean of squares has twice the gradient of half a square.
  network.compile({ optimizer: tf.train.sgd(learningRate / 2), loss: 'meanSquaredError' });
  const [inputs, targets] = [tf.tensor2d(x, [y.length, 2]), tf.tensor2d(y, [y.length, 1])];
  return { units: y.length, run: (epochs) => network.fit(inputs, targets, { ...FIT, batchSize: 1, epochs }), note: 'model.fit' };
}

function predict({ widths, row }) {
  const network = model(widths, 'relu', 'softmax');
  const run = (count) => {
    for (let i = 0; i < count; i++) tf.tidy(() => network.predict(tf.tensor2d(row, [1, widths[0]])).dataSync());
  };
  return { units: 1, run, note: 'model.predict and dataSync, in tidy' };
}

function train({ widths, batch, rows, x, y, labels, learningRate }) {
  const network = model(widths, 'relu', 'softmax');
  network.compile({ optimizer: tf.train.adam(learningRate), loss: 'categoricalCrossentropy' });
  const [inputs, targets] = [tf.tensor2d(x, [rows, widths[0]]), tf.tensor2d(y, [rows, widths[2]])];
  return {
    units: rows / batch,
    run: (epochs) => network.fit(inputs, targets, { ...FIT, batchSize: batch, epochs }),
    accuracy: () =>
      accuracy(
        rowsOf(
          tf.tidy(() => network.predict(inputs).dataSync()),
          widths[2],
        ),
        labels,
      ),
    note: 'model.fit',
  };
}
