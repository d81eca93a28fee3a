// Training states made up to mislead: each has right checksums, is refused as ERR_FORMAT with a reason, and changes nothing.

import { describe, expect, it } from 'vitest';
import { adam, batchNorm, dense, GradletError, Network } from '../../src/index.js';
import { smallData, weightBits } from '../api/support.js';
import { forge, type Json } from './craft.js';

const { x, y } = smallData();
const options = {
  loss: 'meanSquaredError',
  optimizer: adam(),
  batchSize: 8,
  epochs: 2,
  metrics: ['meanAbsoluteError'],
  validationSplit: 0.2,
  earlyStopping: { patience: 9, restoreBest: true },
} as const;
const network = new Network({ inputs: 3, layers: [dense(4, { activation: 'tanh' }), batchNorm(), dense(2)], seed: 3 });
await network.fit(x, y, options);
const file = network.save({ trainingState: true });

type Change = (state: Json, header: Json, body: Uint8Array) => void;

/** The file with a changed state. */
function changed(change: Change): Uint8Array {
  return forge(({ header, body }) => {
    const metadata = header.__metadata__;
    const state = JSON.parse(metadata.training);
    change(state, header, body);
    if (metadata.training !== undefined) metadata.training = JSON.stringify(state);
  }, file);
}

const poison =
  (name: string): Change =>
  (_, header, body) => {
    const [start] = header[name].data_offsets;
    new DataView(body.buffer, body.byteOffset).setFloat32(start, Number.NaN, true);
  };

const CASES: readonly (readonly [string, Change, RegExp])[] = [
  ['no books', (state) => delete state.books, /no books/],
  ['no history', (state) => delete state.books.history, /no books/],
  ['a negative epoch', (state) => void (state.books.epoch = -1), /epoch: expected a whole number/],
  ['a batch that is text', (state) => void (state.books.batch = '1'), /batch: expected a whole number/],
  ['a loss that is text', (state) => void (state.books.history.loss[0] = 'low'), /history\.loss: expected a list of numbers/],
  ['an unknown metric', (state) => void (state.books.history.metrics = { constructor: [] }), /'constructor' is no metric/],
  ['sums beyond their place', (state) => void (state.books.metricSums = [Array(1000).fill(1)]), /metricSums\[0\]: expected 2 numbers/],
  ['sums too many', (state) => state.books.metricSums.push([1, 2]), /metricSums: expected 1 lists/],
  ['moments without end', (state) => void (state.moments = 1e9), /moments: expected a whole number of at least 0 and at most 8/],
  ['a moment too many', (state) => void (state.moments = 3), /training\.moments\.2\.layers\.0\.kernel is missing/],
  ['a rule that is NaN', (state) => void (state.rule = ['NaN']), /rule: expected a finite number/],
  ['updates that are half', (state) => void (state.updates = 0.5), /updates: expected a whole number/],
  ['a key __proto__', (state) => Object.defineProperty(state, '__proto__', { value: { polluted: 1 }, enumerable: true }), /__proto__/],
  ['a moment that is NaN', poison('training.moments.1.layers.2.kernel'), /training\.moments\.1\.layers\.2\.kernel: .*NaN/],
  ['a best weight that is NaN', poison('training.best.layers.0.bias'), /training\.best\.layers\.0\.bias: .*NaN/],
  ['a last weight that is NaN', poison('training.last.layers.0.kernel'), /training\.last\.layers\.0\.kernel: .*NaN/],
];

describe('a training state is refused with', () => {
  it.each(CASES)('%s', async (_, change, reason) => {
    const before = weightBits(network);
    const error = await network.fit(x, y, { ...options, epochs: 4, resume: changed(change) }).then(
      () => 'it was taken up',
      (reasonGiven: unknown) => reasonGiven,
    );
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    expect((error as Error).message).toMatch(reason);
    expect(weightBits(network)).toEqual(before);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('nothing wrong: then it is taken up', async () => {
    const copy = Network.load(file);
    const history = await copy.fit(x, y, { ...options, epochs: 4, resume: changed(() => {}) });
    expect(history.epochs).toBe(4);
  });
});
