// Damaged models of other libraries: cut off anywhere, with any character or byte changed. Each is refused as ERR_FORMAT, or is
// a network that works; no damage costs more memory than the file and its network account for.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { activation, batchNorm, dense, dropout, layerNorm, type Network } from '../../src/index.js';
import { fromBrain, fromLayersModel, fromSklearn, fromTorchStateDict } from '../../src/interop.js';
import type { Json } from './craft.js';

const folder = join(import.meta.dirname, 'files', 'interop');
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));
const jsonOf = (name: string): Json => JSON.parse(readFileSync(join(folder, name), 'utf8'));

vi.setConfig({ testTimeout: 60_000 });
afterEach(() => void vi.unstubAllGlobals());

/** Numbers in the largest array that reading may make. */
let largest = 0;
function watchArrays(): void {
  largest = 0;
  for (const name of ['Float32Array', 'Uint16Array', 'Uint8Array'] as const) {
    const Watched = new Proxy(globalThis[name] as Float32ArrayConstructor, {
      construct(target, given, newTarget) {
        if (typeof given[0] === 'number') largest = Math.max(largest, given[0]);
        if (largest > 1 << 24) throw new Error(`an array of ${largest} was asked for`);
        return Reflect.construct(target, given, newTarget);
      },
    });
    vi.stubGlobal(name, Watched);
  }
}

/** 'refused', 'network', or what happened instead. */
function outcome(read: () => Network): string {
  let network: Network;
  try {
    network = read();
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return name === 'GradletError' && code === 'ERR_FORMAT' && message.length < 1000 ? 'refused' : `${name}: ${message}`;
  }
  const finite = network.getWeights().every(({ data }) => data.every(Number.isFinite));
  return finite ? 'network' : 'a network with numbers that are not finite';
}

/** How often each outcome came. */
function count(reads: Iterable<() => Network>): Record<string, number> {
  const found: Record<string, number> = {};
  for (const read of reads) {
    const result = outcome(read);
    found[result] = (found[result] ?? 0) + 1;
  }
  return found;
}

function* cut<T extends string | Uint8Array>(whole: T, read: (part: T) => Network): Generator<() => Network> {
  for (let length = 0; length < whole.length; length++) yield () => read(whole.slice(0, length) as T);
}

function* flipped(whole: Uint8Array, masks: readonly number[], read: (bytes: Uint8Array) => Network): Generator<() => Network> {
  for (const mask of masks) {
    for (let at = 0; at < whole.length; at++) {
      const copy = whole.slice();
      copy[at] ^= mask;
      yield () => read(copy);
    }
  }
}

function* replaced(whole: string, characters: string, read: (text: string) => Network): Generator<() => Network> {
  for (const character of characters) {
    for (let at = 0; at < whole.length; at++) yield () => read(whole.slice(0, at) + character + whole.slice(at + 1));
  }
}

const mlp = [
  dense(8, { activation: 'relu' }),
  batchNorm(),
  dropout(0.25),
  dense(5, { useBias: false }),
  layerNorm(),
  activation('gelu'),
  dense(3, { activation: 'softmax' }),
];

describe('a state dict of PyTorch', () => {
  const read = (bytes: Uint8Array): Network => fromTorchStateDict(bytes, mlp);

  it.each(['torch-f32.safetensors', 'torch-bf16.safetensors'])('%s: cut off at every byte', (name) => {
    expect(Object.keys(count(cut(bytesOf(name), read)))).toEqual(['refused']);
  });

  it.each(['torch-f32.safetensors', 'torch-f16.safetensors'])('%s: any byte changed', (name) => {
    watchArrays();
    const { refused, network, ...others } = count(flipped(bytesOf(name), [0x01, 0x80], read));
    expect(others).toEqual({});
    expect(refused).toBeGreaterThan(100);
    expect(network).toBeGreaterThan(10);
    expect(largest).toBeLessThan(1 << 16);
  });
});

describe('a model of TensorFlow.js', () => {
  const { modelTopology, weightSpecs, weightData } = jsonOf('tfjs.json').mlp;
  const text = JSON.stringify({ modelTopology, weightsManifest: [{ paths: ['w'], weights: weightSpecs }] });
  const bytes = new Uint8Array(Buffer.from(weightData, 'base64'));

  it('(whole)', () => expect(outcome(() => fromLayersModel(text, bytes))).toBe('network'));

  it('model.json cut off at every character', () => {
    expect(Object.keys(count(cut(text, (part) => fromLayersModel(part, bytes))))).toEqual(['refused']);
  });

  it('weights cut off at every byte', () => {
    expect(Object.keys(count(cut(bytes, (part) => fromLayersModel(text, part))))).toEqual(['refused']);
  });

  it('model.json with any character replaced', () => {
    watchArrays();
    const { refused, network: _, ...others } = count(replaced(text, '0', (part) => fromLayersModel(part, bytes)));
    expect(others).toEqual({});
    expect(refused).toBeGreaterThan(500);
    expect(largest).toBeLessThan(1 << 16);
  });

  it('weights with any byte changed', () => {
    const { refused, network, ...others } = count(flipped(bytes, [0xff], (part) => fromLayersModel(text, part)));
    expect(others).toEqual({});
    expect((refused ?? 0) + network).toBe(bytes.length);
  });

  it('quantized weights with any byte changed', () => {
    const { weightSpecs: specs, weightData: data } = jsonOf('tfjs.json').float16;
    const halves = new Uint8Array(Buffer.from(data, 'base64'));
    const { network, ...others } = count(
      flipped(halves, [0x04, 0x7c], (part) => fromLayersModel({ modelTopology, weightSpecs: specs }, part)),
    );
    expect(Object.keys(others).filter((key) => key !== 'refused')).toEqual([]);
    expect(network).toBeGreaterThan(100);
  });
});

describe.each([
  ['brain.js', JSON.stringify(jsonOf('brain.json').at(3).json), fromBrain],
  ['brain.js 1', JSON.stringify(jsonOf('brain.json').find((found: Json) => found.name.includes('(version 1)')).json), fromBrain],
  ['scikit-learn', JSON.stringify(jsonOf('sklearn.json').cases[4].attributes), fromSklearn],
] as readonly [string, string, (text: string) => Network][])('JSON of %s', (_, text, read) => {
  it('(whole)', () => expect(outcome(() => read(text))).toBe('network'));

  it('cut off at every character', () => expect(Object.keys(count(cut(text, read)))).toEqual(['refused']));

  it('with any character replaced', () => {
    watchArrays();
    const { refused, network, ...others } = count(replaced(text, '9]"', read));
    expect(others).toEqual({});
    expect(refused).toBeGreaterThan(100);
    expect(network).toBeGreaterThan(10);
    expect(largest).toBeLessThan(1 << 16);
  });
});

it('a model of wide layers without weights takes no memory until it is used', () => {
  const layers = Array.from({ length: 50 }, (_, index) => ({
    class_name: 'ReLU',
    config: { name: `r${index}`, batch_input_shape: [null, 2 ** 24] },
  }));
  watchArrays();
  expect(outcome(() => fromLayersModel({ class_name: 'Sequential', config: { layers }, weightsManifest: [] }, []))).toBe('network');
  expect(largest).toBeLessThan(1 << 16);
});
