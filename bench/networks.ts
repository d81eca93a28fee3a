/** Whole steps, XOR and single predictions, through the public API alone. */

import { PURPOSE, randomStream } from '../src/data/random.js';
import { adam, dense, Network, sgd } from '../src/index.js';
import type { Task } from './measure.js';
import { stepFlops } from './shapes.js';

/** Batches of data, and epochs in one call of fit. */
const BATCHES = 10;
const EPOCHS = 8;
const XOR_EPOCHS = 2000;
const PREDICTIONS_PER_RUN = 1000;

function classifier(widths: readonly number[]): Network {
  const last = widths.length - 2;
  const layers = widths.slice(1).map((units, index) => dense(units, { activation: index === last ? 'softmax' : 'relu' }));
  return new Network({ inputs: widths[0], layers, seed: 1 });
}

function randomInputs(count: number): Float32Array {
  const random = randomStream(2, PURPOSE.noise, 0);
  return Float32Array.from({ length: count }, () => random.uniform());
}

/** A training step of a classifier through fit. */
export function stepTask(widths: readonly number[], batch: number, optimizerName: 'sgd' | 'adam'): Task {
  const network = classifier(widths);
  const rows = BATCHES * batch;
  const x = randomInputs(rows * widths[0]);
  const random = randomStream(3, PURPOSE.noise, 0);
  const y = Int32Array.from({ length: rows }, () => random.below(widths[widths.length - 1]));
  const optimizer = optimizerName === 'sgd' ? sgd() : adam();
  const options = { loss: 'sparseCategoricalCrossentropy', optimizer, batchSize: batch, epochs: EPOCHS } as const;
  const steps = BATCHES * EPOCHS;
  const name = `step ${widths.join('-')}, batch ${batch}, ${optimizerName}`;
  return { name, run: () => network.fit(x, y, options), flops: stepFlops(widths, batch) * steps, unit: 'step', units: steps };
}

/** XOR, 2-4-1, one sample an update. */
export function xorTask(): Task {
  const network = new Network({ inputs: 2, layers: [dense(4, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })], seed: 1 });
  const x = [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ];
  const y = [[0], [1], [1], [0]];
  const options = { loss: 'halfSquaredError', optimizer: sgd({ learningRate: 0.5 }), batchSize: 1, epochs: XOR_EPOCHS } as const;
  return { name: 'XOR 2-4-1, sgd, batch 1', run: () => network.fit(x, y, options), unit: 'sample', units: 4 * XOR_EPOCHS };
}

/** predict of one row. */
export function predictTask(widths: readonly number[]): Task {
  const network = classifier(widths);
  const row = randomInputs(widths[0]);
  const run = (): void => {
    for (let i = 0; i < PREDICTIONS_PER_RUN; i++) network.predict(row);
  };
  return { name: `predict one row, ${widths.join('-')}`, run, unit: 'row', units: PREDICTIONS_PER_RUN };
}
