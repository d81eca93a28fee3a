/** synaptic: its Perceptron and Trainer, which write code for a network and run that. */
import { createRequire } from 'node:module';
import { rowsOf } from './works.mjs';

const require = createRequire(import.meta.url);
const { Architect, Trainer } = require('synaptic');
export const { version } = require('synaptic/package.json');
export const missing = { train: 'no Adam, no batches; the code it writes for 100,000 weights takes seconds for 64 samples' };

export function xor({ x, y, learningRate }) {
  const trainer = new Trainer(new Architect.Perceptron(2, 4, 1));
  const outputs = rowsOf(y, 1);
  const set = rowsOf(x, 2).map((input, row) => ({ input, output: outputs[row] }));
  // It stops below an error; there is none below -1.
  const options = { rate: learningRate, error: -1, cost: Trainer.cost.MSE };
  return { units: y.length, run: (iterations) => trainer.train(set, { ...options, iterations }), note: 'Trainer.train' };
}

export function predict({ widths, row }) {
  const network = new Architect.Perceptron(...widths);
  const input = Array.from(row);
  const run = (count) => {
    for (let i = 0; i < count; i++) network.activate(input);
  };
  return { units: 1, run, note: 'activate; logistic units' };
}
