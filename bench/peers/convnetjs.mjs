/** ConvNetJS: a Net of fully connected layers and its Trainer. */
import { createRequire } from 'node:module';
import { accuracy, rowsOf } from './works.mjs';

const require = createRequire(import.meta.url);
const convnet = require('convnetjs');
export const { version } = require('convnetjs/package.json');

function net(widths, activation, output) {
  const network = new convnet.Net();
  network.makeLayers([
    { type: 'input', out_sx: 1, out_sy: 1, out_depth: widths[0] },
    { type: 'fc', num_neurons: widths[1], activation },
    output,
  ]);
  return network;
}

function volumes(rows) {
  return rows.map((row) => new convnet.Vol(row));
}

function repeat(count, trainer, inputs, targets) {
  for (let epoch = 0; epoch < count; epoch++) for (let row = 0; row < inputs.length; row++) trainer.train(inputs[row], targets[row]);
}

export function xor({ x, y, learningRate }) {
  const network = net([2, 4], 'sigmoid', { type: 'regression', num_neurons: 1 });
  const trainer = new convnet.Trainer(network, { method: 'sgd', learning_rate: learningRate, momentum: 0, batch_size: 1 });
  const [inputs, targets] = [volumes(rowsOf(x, 2)), rowsOf(y, 1)];
  return { units: y.length, run: (epochs) => repeat(epochs, trainer, inputs, targets), note: 'Trainer.train; linear output' };
}

export function predict({ widths, row }) {
  const network = net(widths, 'relu', { type: 'softmax', num_classes: widths[2] });
  const [input] = volumes([Array.from(row)]);
  const run = (count) => {
    for (let i = 0; i < count; i++) network.forward(input);
  };
  return { units: 1, run, note: 'forward' };
}

export function train({ widths, batch, rows, x, labels }) {
  const network = net(widths, 'relu', { type: 'softmax', num_classes: widths[2] });
  const trainer = new convnet.Trainer(network, { method: 'adadelta', batch_size: batch });
  const inputs = volumes(rowsOf(x, widths[0]));
  return {
    units: rows / batch,
    run: (epochs) => repeat(epochs, trainer, inputs, labels),
    accuracy: () =>
      accuracy(
        inputs.map((input) => Array.from(network.forward(input).w)),
        labels,
      ),
    note: 'Trainer.train; no Adam: adadelta',
  };
}
