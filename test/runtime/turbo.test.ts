/**
 * gradlet/turbo: when the wide binary comes into play, when not, and that it computes the same. The core's own suites run on it
 * too (test/support/binaries.ts). Where this engine has no such binary, what needs it is skipped by name.
 */
import { execFileSync } from 'node:child_process';
import { afterEach, describe, expect, it, test } from 'vitest';
import { adam, dense, Network } from '../../src/index.js';
import { binaryFor, moduleFor, offerWide } from '../../src/runtime/module.js';
import { enableWide, refusal } from '../../src/runtime/wide.js';
import { bits, numbers, weightBits } from '../api/support.js';
import { describeWide } from '../support/binaries.js';
import { GOLDEN, replay } from '../support/golden.js';

const fast = binaryFor('fast');

function classifier(numerics: 'fast' | 'reproducible' = 'fast'): Network {
  const layers = [dense(40, { activation: 'relu' }), dense(23, { activation: 'tanh' }), dense(5, { activation: 'softmax' })];
  return new Network({ inputs: 70, layers, seed: 4, numerics });
}

/** Trains long enough for every kernel to be compiled by the optimizing compiler, and returns the bits of all weights. */
async function train(network: Network, batchSize = 32): Promise<unknown> {
  const x = numbers(90 * 70, 5);
  const y = Int32Array.from({ length: 90 }, (_, row) => row % 5);
  await network.fit(x, y, { loss: 'sparseCategoricalCrossentropy', optimizer: adam(), epochs: 40, batchSize });
  return weightBits(network);
}

describe('turbo', () => {
  afterEach(() => offerWide(undefined));

  it('refuses with a reason where it cannot be, and leaves the other binaries in place', () => {
    const reason = refusal();
    if (reason === undefined) return;
    expect(reason).toMatch(/^it needs/);
    expect(enableWide(() => 9)).toEqual({ active: false, reason });
    expect(binaryFor('fast')).toBe(fast);
  });

  it('throws where the wide binary is wanted and not there', () => {
    expect(() => moduleFor('wide', false)).toThrow('the wide binary is not loaded; import gradlet/turbo first');
  });
});

describeWide('turbo', () => {
  it('gives the wide binary to networks made afterwards, but for reproducible ones', () => {
    offerWide(undefined);
    const before = classifier();
    expect(enableWide(() => 1.7)).toEqual({ active: true, speedup: 1.7 });
    expect(before.runtime.binary).toBe(fast);
    expect(classifier().runtime.binary).toBe('wide');
    expect(classifier('reproducible').runtime.binary).toBe('strict');
    expect(before.predict(numbers(70, 1)).columns).toBe(5);
    expect(before.runtime.binary).toBe(fast);
  });

  it('changes nothing where wide tiles do not pay', () => {
    offerWide(undefined);
    expect(enableWide(() => 1.1)).toEqual({ active: false, speedup: 1.1, reason: 'a product ran 1.10 times as fast, and 1.2 is worth it' });
    expect(classifier().runtime.binary).toBe(fast);
    // The suites that follow in this process want the flag again.
    expect(enableWide(() => 2).active).toBe(true);
  });

  it('times a product in wide tiles and in others', () => {
    const { active, speedup = 0, reason } = enableWide();
    expect(speedup).toBeGreaterThan(0);
    expect(reason === undefined).toBe(active);
  });

  it.each([1, 2, 7, 32])('trains to the same bits as the other binary, batch size %i', async (batchSize) => {
    offerWide(undefined);
    const other = classifier();
    enableWide(() => 2);
    const wide = classifier();
    expect([other.runtime.binary, wide.runtime.binary]).toEqual([fast, 'wide']);
    expect(await train(wide, batchSize)).toEqual(await train(other, batchSize));
  });

  it('computes the same bits every time, and for a row alone as among others', async () => {
    const networks = [classifier(), classifier()];
    expect(await train(networks[0])).toEqual(await train(networks[1]));
    const x = numbers(21 * 70, 6);
    const together = networks[0].predict(x).data;
    for (let row = 0; row < 21; row++) {
      const alone = networks[0].predict(x.subarray(row * 70, (row + 1) * 70)).data;
      expect(bits(alone)).toEqual(bits(together.slice(row * 5, row * 5 + 5)));
    }
  });

  test.each(GOLDEN.map((item) => [item.id, item] as const))('PyTorch trajectory %s', (_, item) => replay(item));
});

describeWide('the flag', () => {
  /** Weights after a short run of the strict binary in a process of its own. */
  function run(...flags: string[]): string {
    const program = `import { Network, adam, dense, layerNorm } from '${new URL('../../dist/gradlet.js', import.meta.url).href}';
const layers = [dense(37, { activation: 'gelu' }), layerNorm(), dense(21, { activation: 'elu' }), dense(4, { activation: 'softmax' })];
const network = new Network({ inputs: 50, layers, seed: 3, numerics: 'reproducible' });
const x = Float32Array.from({ length: 80 * 50 }, (_, i) => ((i * 7919) % 1000) / 500 - 1);
const y = Int32Array.from({ length: 80 }, (_, i) => i % 4);
await network.fit(x, y, { loss: 'sparseCategoricalCrossentropy', optimizer: adam(), epochs: 30, batchSize: 24 });
console.log(network.runtime.binary, network.getWeights().map(({ data }) => Buffer.from(data.buffer).toString('hex')).join());`;
    return execFileSync(process.execPath, [...flags, '--input-type=module', '--eval', program], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  }

  it('leaves the bits of reproducible networks as they are', () => {
    const plain = run('--no-liftoff');
    expect(plain).toMatch(/^strict [0-9a-f]{100}/);
    expect(run('--no-liftoff', '--experimental-wasm-revectorize')).toBe(plain);
    expect(run('--liftoff-only')).toBe(plain);
  });
});
