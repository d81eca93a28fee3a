/** Networks and seeded data that the benchmarks share. Knows no timing. */
import { PURPOSE, randomStream } from '../src/data/random.js';
import { adam, dense, type FitOptions, Network, sgd } from '../src/index.js';
import type { Step } from './shapes.js';

export function classifier(widths: readonly number[]): Network {
  const last = widths.length - 2;
  const layers = widths.slice(1).map((units, index) => dense(units, { activation: index === last ? 'softmax' : 'relu' }));
  return new Network({ inputs: widths[0], layers, seed: 1 });
}

export function randomInputs(count: number): Float32Array {
  const random = randomStream(2, PURPOSE.noise, 0);
  return Float32Array.from({ length: count }, () => random.uniform());
}

/** Inputs and class indices. */
export function randomData(widths: readonly number[], rows: number): { x: Float32Array; y: Int32Array } {
  const random = randomStream(3, PURPOSE.noise, 0);
  const y = Int32Array.from({ length: rows }, () => random.below(widths[widths.length - 1]));
  return { x: randomInputs(rows * widths[0]), y };
}

export function stepOptions({ batch, optimizer }: Step): FitOptions {
  return { loss: 'sparseCategoricalCrossentropy', optimizer: optimizer === 'sgd' ? sgd() : adam(), batchSize: batch };
}

/** XOR, 2-4-1, one sample an update. */
export const XOR = {
  network: (): Network =>
    new Network({ inputs: 2, layers: [dense(4, { activation: 'tanh' }), dense(1, { activation: 'sigmoid' })], seed: 1 }),
  x: new Float32Array([0, 0, 0, 1, 1, 0, 1, 1]),
  y: new Float32Array([0, 1, 1, 0]),
  options: { loss: 'halfSquaredError', optimizer: sgd({ learningRate: 0.5 }), batchSize: 1 } as const satisfies FitOptions,
};
