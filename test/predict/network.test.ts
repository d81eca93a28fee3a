/** gradlet/predict gives what the network that was saved gives: bit for bit on the strict binary, which is the one it has. */
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, type ActivationName } from '../../src/activations.js';
import { activation, batchNorm, dense, dropout, gaussianNoise, layerNorm, Network } from '../../src/index.js';
import { coreOf } from '../../src/network.js';
import { GradletError, Network as Predictor } from '../../src/predict.js';
import { MAXIMUM_ENGINES } from '../../src/runtime/pool.js';
import { bits, numbers, smallData, smallNetwork } from '../api/support.js';
import { randomArchitecture } from '../support/architectures.js';
import { seeded } from '../support/random.js';

/** The same network on the strict binary. */
function strict(network: Network): Network {
  const { inputs, layers } = coreOf('test', network).architecture;
  const twin = new Network({ inputs, layers, numerics: 'reproducible' });
  twin.setWeights(network.getWeights());
  return twin;
}

function expectSame(given: Network, custom = {}): void {
  const predictor = Predictor.load(given.save(), { custom });
  const network = strict(given);
  const inputs = network.getWeights()[0]?.shape[0] ?? 5;
  for (const rows of [1, 2, 5, 64, 65, 130]) {
    const x = numbers(inputs * rows, rows);
    expect(bits(predictor.predict(x).data)).toEqual(bits(network.predict(x).data));
    expect(predictor.predictClasses(x)).toEqual(network.predictClasses(x));
    const bytes = Uint8Array.from(x, (value) => Math.abs(value) * 100);
    const scaled = { inputScale: 1 / 255 };
    expect(bits(predictor.predict(bytes, scaled).data)).toEqual(bits(network.predict(bytes, scaled).data));
    expect(bits(predictor.predict(x, scaled).data)).toEqual(bits(network.predict(x, scaled).data));
  }
  expect(predictor.summary()).toBe(network.summary());
  expect(predictor.runtime).toEqual(network.runtime);
}

describe('a network of gradlet/predict', () => {
  it.each(['fast', 'reproducible'] as const)('gives the same bits for random architectures, numerics %s', (numerics) => {
    const random = seeded(7);
    for (let round = 0; round < 25; round++) {
      const { inputs, layers } = randomArchitecture(random);
      const network = new Network({ inputs, layers: [dense(random.integer(1, 20)), ...layers], seed: round, numerics });
      expectSame(network);
    }
  });

  it.each(Object.keys(ACTIVATIONS) as ActivationName[])('gives the same bits for %s', (name) => {
    expectSame(new Network({ inputs: 5, layers: [dense(9, { activation: name }), activation(name), dense(3)], seed: 1 }));
  });

  it('knows every layer, trained', async () => {
    const { x, y } = smallData();
    const layers = [dense(6, { activation: 'relu' }), batchNorm(), dropout(0.3), layerNorm(), gaussianNoise(0.1)];
    const network = smallNetwork({ layers: [...layers, dense(2, { useBias: false })] });
    await network.fit(x, y, { loss: 'meanSquaredError', optimizer: 'adam', epochs: 3, batchSize: 4 });
    expectSame(network);
  });

  it('runs activations of the user’s own', () => {
    const square = { name: 'square', value: (z: number) => z * z };
    const network = new Network({ inputs: 4, layers: [dense(5, { activation: square }), activation(square), dense(2)], seed: 3 });
    expectSame(network, { square });
    expect(() => Predictor.load(network.save())).toThrow("'square'");
  });

  it('shares engines: more networks than there are leases, by turns', () => {
    const networks = Array.from({ length: MAXIMUM_ENGINES * 2 + 1 }, (_, seed) => smallNetwork({ seed }));
    const predictors = networks.map((network) => Predictor.load(network.save()));
    const { x } = smallData();
    for (let round = 0; round < 2; round++) {
      for (const [index, predictor] of predictors.entries()) expect(predictor.predict(x)).toEqual(strict(networks[index]).predict(x));
    }
  });

  it.each([
    ['bytes that are no model', Uint8Array.of(1, 2, 3)],
    [
      'a damaged file',
      smallNetwork({})
        .save()
        .map((byte, at) => (at === 200 ? byte ^ 1 : byte)),
    ],
  ])('refuses %s', (_, bytes) => {
    expect(() => Predictor.load(bytes)).toThrow(GradletError);
  });

  it('refuses samples of another width', () => {
    expect(() => Predictor.load(smallNetwork({}).save()).predict([1, 2, 3, 4, 5, 6, 7])).toThrow(RangeError);
  });
});
