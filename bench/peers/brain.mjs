/** brain.js: both its released version and its beta have this interface. */
import { accuracy, rowsOf } from './works.mjs';

/** As good as nothing: the library wants an error to stop at, and a momentum. */
const NOTHING = 1e-12;

/** The peer's module for a NeuralNetwork class. */
export function peerOf({ NeuralNetwork }, version) {
  function xor({ x, y, learningRate }) {
    const network = new NeuralNetwork({ hiddenLayers: [4], activation: 'sigmoid' });
    const outputs = rowsOf(y, 1);
    const set = rowsOf(x, 2).map((input, row) => ({ input, output: outputs[row] }));
    const options = { learningRate, momentum: NOTHING, errorThresh: NOTHING };
    return { units: y.length, run: (iterations) => network.train(set, { ...options, iterations }), note: 'train' };
  }

  function predict({ widths, row }) {
    const [inputs, hidden, classes] = widths;
    const network = new NeuralNetwork({ hiddenLayers: [hidden], activation: 'sigmoid' });
    const zeros = (count) => new Array(count).fill(0);
    network.train([{ input: zeros(inputs), output: zeros(classes) }], { iterations: 1, errorThresh: NOTHING });
    const input = Array.from(row);
    const run = (count) => {
      for (let i = 0; i < count; i++) network.run(input);
    };
    return { units: 1, run, note: 'run; logistic units' };
  }

  function train({ widths, batch, rows, x, y, labels, learningRate }) {
    const network = new NeuralNetwork({ hiddenLayers: [widths[1]], activation: 'sigmoid' });
    const inputs = rowsOf(x, widths[0]);
    const outputs = rowsOf(y, widths[2]);
    const set = inputs.map((input, row) => ({ input, output: outputs[row] }));
    const options = { praxis: 'adam', learningRate, errorThresh: NOTHING };
    return {
      units: rows / batch,
      run: (iterations) => network.train(set, { ...options, iterations }),
      accuracy: () =>
        accuracy(
          inputs.map((input) => Array.from(network.run(input))),
          labels,
        ),
      note: `train with praxis 'adam'; no batches: ${batch} updates count as a step; logistic units, squared error`,
    };
  }

  return { version, xor, predict, train };
}
