/** ml-fnn: full-batch gradient descent. */
import { createRequire } from 'node:module';
import { rowsOf } from './works.mjs';

const require = createRequire(import.meta.url);
const Fnn = require('ml-fnn');
const { Matrix } = require('ml-matrix');
export const { version } = require('ml-fnn/package.json');

export function xor({ x, y, learningRate }) {
  const network = new Fnn({ hiddenLayers: [4], learningRate, iterations: 1 });
  const [inputs, labels] = [new Matrix(rowsOf(x, 2)), Array.from(y)];
  const run = (iterations) => {
    network.iterations = iterations;
    network.train(inputs, labels);
  };
  return { units: y.length, run, note: 'train: one update for all four samples; tanh units, cross-entropy' };
}

export function predict({ widths, row }) {
  const network = new Fnn({ hiddenLayers: [widths[1]], iterations: 1 });
  const labels = Array.from({ length: widths[2] }, (_, label) => label);
  network.train(new Matrix(labels.map(() => Array.from(row))), labels);
  const input = new Matrix([Array.from(row)]);
  const run = (count) => {
    for (let i = 0; i < count; i++) network.predict(input);
  };
  return { units: 1, run, note: 'predict; tanh units' };
}

export function train({ widths, batch, x, labels }) {
  const network = new Fnn({ hiddenLayers: [widths[1]], iterations: 1 });
  const inputs = new Matrix(rowsOf(x.subarray(0, batch * widths[0]), widths[0]));
  const targets = Array.from(labels.subarray(0, batch));
  const run = (iterations) => {
    network.iterations = iterations;
    network.train(inputs, targets);
  };
  const hits = () => network.predict(inputs).filter((label, row) => label === targets[row]).length;
  return { units: 1, run, accuracy: () => hits() / batch, note: 'train on one batch; no Adam: plain descent at its own rate; tanh units' };
}
