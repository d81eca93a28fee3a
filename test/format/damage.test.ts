// Damaged files: cut off, with bytes turned over, with single bits turned over. Each must be refused as ERR_FORMAT; of version 1,
// whose checksum leaves out spaces and names that mean nothing, the identical network may come of it too, and nothing else ever.

import { describe, expect, it } from 'vitest';
import { adam, Network } from '../../src/index.js';
import { smallData, smallNetwork } from '../api/support.js';
import { sample, sampleOfVersion1 } from './craft.js';

/** 'refused', 'identical', or what happened instead. */
function outcome(bytes: Uint8Array, whole: Uint8Array): string {
  let network: Network;
  try {
    network = Network.load(bytes);
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return name === 'GradletError' && code === 'ERR_FORMAT' && message.length < 500 ? 'refused' : `${name}: ${message}`;
  }
  return Buffer.compare(network.save(), Network.load(whole).save()) === 0 ? 'identical' : 'another network';
}

const { network, file } = sample();
const trained = smallNetwork();
await trained.fit(smallData().x, smallData().y, {
  loss: 'meanSquaredError',
  optimizer: adam(),
  metrics: ['meanAbsoluteError'],
  batchSize: 8,
});
const labelled = sample().network;
labelled.metadata = { author: 'A. Turing', note: ' ' };

const FILES: readonly (readonly [title: string, file: Uint8Array, allowed: readonly string[]])[] = [
  ['a file', file, ['refused']],
  ['a file of half precision with metadata', labelled.save({ dtype: 'float16' }), ['refused']],
  ['a file with a training state', trained.save({ trainingState: true }), ['refused']],
  ['a file of version 1', sampleOfVersion1(), ['refused', 'identical']],
];

describe.each(FILES)('%s, damaged:', (_, whole, allowed) => {
  const check = (damaged: Uint8Array, what: string): void => {
    const found = outcome(damaged, whole);
    if (!allowed.includes(found)) expect.fail(`${what}: ${found}`);
  };

  it('the file itself is whole', () => expect(outcome(whole, whole)).toBe('identical'));

  it('cut off at every byte', () => {
    for (let length = 0; length < whole.length; length++) expect(outcome(whole.subarray(0, length), whole), `${length}`).toBe('refused');
  });

  it('with any bit turned over, and any byte', { timeout: 60_000 }, () => {
    const copy = whole.slice();
    for (let at = 0; at < whole.length; at++) {
      for (const mask of [1, 2, 4, 8, 16, 32, 64, 128, 255]) {
        copy[at] ^= mask;
        check(copy, `byte ${at} ^ ${mask}`);
        copy[at] ^= mask;
      }
    }
  });

  it('with any digit of the header replaced', { timeout: 60_000 }, () => {
    const end = 8 + Number(new DataView(whole.buffer, whole.byteOffset).getBigUint64(0, true));
    for (let at = 8; at < end; at++) {
      if (whole[at] < 48 || whole[at] > 57) continue;
      for (const digit of '0159') {
        const copy = whole.slice();
        copy[at] = digit.charCodeAt(0);
        if (copy[at] !== whole[at]) check(copy, `byte ${at} = ${digit}`);
      }
    }
  });

  it.each([1, 4, 8, 1000])('with %i bytes too many', (more) => {
    for (const value of [0, 32, 255]) {
      const longer = new Uint8Array(whole.length + more).fill(value);
      longer.set(whole);
      expect(outcome(longer, whole)).toBe('refused');
      const shifted = new Uint8Array(whole.length + more).fill(value);
      shifted.set(whole, more);
      expect(outcome(shifted, whole)).toBe('refused');
    }
  });
});

it('two numbers exchanged are noticed', () => {
  const end = file.length - 4 * network.getWeights().reduce((sum, { data }) => sum + data.length, 0);
  const copy = file.slice();
  copy.copyWithin(end, end + 4, end + 8);
  copy.set(file.subarray(end, end + 4), end + 4);
  expect(outcome(copy, file)).toBe('refused');
});

it('a header written anew is refused, whatever its spaces: it has lost its checksum', () => {
  const length = Number(new DataView(file.buffer).getBigUint64(0, true));
  for (const from of [', ', '": ']) {
    const copy = file.slice();
    const text = new TextDecoder().decode(file.subarray(8, 8 + length)).trimEnd();
    const changed = text.replace(from[0] === ',' ? ',"layers' : '":{"dtype', from[0] === ',' ? ', "layers' : '": {"dtype');
    copy.set(new TextEncoder().encode(changed.padEnd(length).slice(0, length)), 8);
    expect(outcome(copy, file)).toBe('refused');
  }
});

describe('what is no model is refused:', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(4096)],
    ['all ones', new Uint8Array(4096).fill(255)],
    ['JSON', new TextEncoder().encode('{"layers":[]}')],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
  ])('%s', (_, bytes) => expect(outcome(bytes, file)).toBe('refused'));
});
