/** jax-js on its WebAssembly device: jitted functions; the optimizers are written out, as its optax is not in the registry here. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { defaultDevice, init, jit, nn, numpy as np, tree, valueAndGrad } from '@jax-js/jax';
import { accuracy, rowsOf } from './works.mjs';

const [BETA1, BETA2, EPSILON] = [0.9, 0.999, 1e-8];
const entry = createRequire(import.meta.url).resolve('@jax-js/jax');
export const { version } = JSON.parse(readFileSync(new URL('../package.json', `file://${entry}`), 'utf8'));

await init();
defaultDevice('wasm');

function kernel(inputs, units) {
  const limit = Math.sqrt(6 / (inputs + units));
  const values = Float32Array.from({ length: inputs * units }, () => (2 * Math.random() - 1) * limit);
  return np.array(values).reshape([inputs, units]);
}

function parameters([inputs, hidden, outputs]) {
  return { w1: kernel(inputs, hidden), b1: np.zeros([hidden]), w2: kernel(hidden, outputs), b2: np.zeros([outputs]) };
}

/** Outputs before the last activation. */
function forward({ w1, b1, w2, b2 }, x, activation) {
  return np.dot(activation(np.dot(x, w1).add(b1)), w2).add(b2);
}

export function xor({ x, y, learningRate }) {
  const loss = (p, input, target) =>
    np
      .square(nn.sigmoid(forward(p, input, nn.sigmoid)).sub(target))
      .mul(0.5)
      .sum();
  const step = jit((p, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), input, target);
    value.dispose();
    return tree.map((parameter, gradient) => parameter.sub(gradient.mul(learningRate)), p, gradients);
  });
  const inputs = rowsOf(x, 2).map((row) => np.array([row]));
  const targets = rowsOf(y, 1).map((row) => np.array([row]));
  let p = parameters([2, 4, 1]);
  const run = async (epochs) => {
    for (let epoch = 0; epoch < epochs; epoch++)
      for (let row = 0; row < inputs.length; row++) p = step(p, inputs[row].ref, targets[row].ref);
    await p.b2.ref.data();
  };
  return { units: y.length, run, note: 'jit(valueAndGrad)' };
}

export function predict({ widths, row }) {
  const p = parameters(widths);
  const call = jit((given, x) => nn.softmax(forward(given, x, nn.relu)));
  const run = (count) => {
    for (let i = 0; i < count; i++) call(tree.ref(p), np.array(row).reshape([1, widths[0]])).dataSync();
  };
  return { units: 1, run, note: 'jit and dataSync' };
}

export function train({ widths, batch, rows, x, y, labels, learningRate }) {
  const loss = (p, input, target) =>
    nn
      .logSoftmax(forward(p, input, nn.relu))
      .mul(target)
      .sum(1)
      .mean()
      .neg();
  const step = jit((p, first, second, rate, correction, input, target) => {
    const [value, gradients] = valueAndGrad(loss)(tree.ref(p), input, target);
    const m = tree.map((moment, gradient) => moment.mul(BETA1).add(gradient.mul(1 - BETA1)), first, tree.ref(gradients));
    const v = tree.map((moment, gradient) => moment.mul(BETA2).add(np.square(gradient).mul(1 - BETA2)), second, gradients);
    const next = (parameter, a, b) => parameter.sub(a.mul(rate.ref).div(np.sqrt(b.mul(correction.ref)).add(EPSILON)));
    const updated = tree.map(next, p, tree.ref(m), tree.ref(v));
    rate.dispose();
    correction.dispose();
    return [updated, m, v, value];
  });
  const batches = Array.from({ length: rows / batch }, (_, index) => {
    const cut = (values, columns) =>
      np.array(values.slice(index * batch * columns, (index + 1) * batch * columns)).reshape([batch, columns]);
    return [cut(x, widths[0]), cut(y, widths[2])];
  });
  let p = parameters(widths);
  let m = tree.map((each) => np.zerosLike(each), tree.ref(p));
  let v = tree.map((each) => np.zerosLike(each), tree.ref(p));
  let updates = 0;
  const run = async (epochs) => {
    let value;
    for (let epoch = 0; epoch < epochs; epoch++) {
      for (const [input, target] of batches) {
        updates++;
        value?.dispose();
        const [rate, correction] = [learningRate / (1 - BETA1 ** updates), 1 / (1 - BETA2 ** updates)];
        [p, m, v, value] = step(p, m, v, np.array(rate), np.array(correction), input.ref, target.ref);
      }
    }
    await value.data();
  };
  const outputs = () => rowsOf(forward(tree.ref(p), np.array(x).reshape([rows, widths[0]]), nn.relu).dataSync(), widths[2]);
  return { units: rows / batch, run, accuracy: () => accuracy(outputs(), labels), note: 'jit(valueAndGrad), Adam written out' };
}
