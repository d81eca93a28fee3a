/** gradlet, the built package: as the README shows it. */
import { createRequire } from 'node:module';
import { accuracy, rowsOf } from './works.mjs';

// From the root of the repository, where 'gradlet' means the package itself.
const root = createRequire(new URL('../../package.json', import.meta.url));
const { adam, dense, Network, sgd } = root('gradlet');
export const { version } = root('./package.json');

export function xor({ x, y, learningRate }) {
  const layers = [dense(4, { activation: 'sigmoid' }), dense(1, { activation: 'sigmoid' })];
  const network = new Network({ inputs: 2, layers, seed: 1 });
  const options = { loss: 'halfSquaredError', optimizer: sgd({ learningRate }), batchSize: 1 };
  return { units: y.length, run: (epochs) => network.fit(x, y, { ...options, epochs }), note: 'fit' };
}

function classifier([inputs, hidden, classes]) {
  return new Network({ inputs, layers: [dense(hidden, { activation: 'relu' }), dense(classes, { activation: 'softmax' })], seed: 1 });
}

export function predict({ widths, row }) {
  const network = classifier(widths);
  const run = (count) => {
    for (let i = 0; i < count; i++) network.predict(row);
  };
  return { units: 1, run, note: 'predict' };
}

export function train({ widths, batch, rows, x, labels, learningRate }) {
  const network = classifier(widths);
  const options = { loss: 'sparseCategoricalCrossentropy', optimizer: adam({ learningRate }), batchSize: batch };
  return {
    units: rows / batch,
    run: (epochs) => network.fit(x, labels, { ...options, epochs }),
    accuracy: () => accuracy(rowsOf(network.predict(x).data, widths.at(-1)), labels),
    note: 'fit',
  };
}
