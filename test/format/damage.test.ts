// Damaged files: cut off, with bytes turned over, with single bits turned over. Each must be refused as ERR_FORMAT, or give
// the identical network; nothing else may ever come of it.

import { describe, expect, it } from 'vitest';
import { Network } from '../../src/index.js';
import { sample } from './craft.js';

const { file } = sample();
const headerEnd = 8 + Number(new DataView(file.buffer).getBigUint64(0, true));

/** 'refused', 'identical', or what happened instead. */
function outcome(bytes: Uint8Array): string {
  let network: Network;
  try {
    network = Network.load(bytes);
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string };
    return name === 'GradletError' && code === 'ERR_FORMAT' && message.length < 500 ? 'refused' : `${name}: ${message}`;
  }
  return Buffer.compare(network.save(), file) === 0 ? 'identical' : 'another network';
}

/** What became of `damage` done at each place from `from` to below `to`. */
function outcomes(from: number, to: number, damage: (copy: Uint8Array, at: number) => void): Record<string, number[]> {
  const found: Record<string, number[]> = {};
  for (let at = from; at < to; at++) {
    const copy = file.slice();
    damage(copy, at);
    (found[outcome(copy)] ??= []).push(at);
  }
  return found;
}

/** Turns one bit over. */
const bit =
  (number: number) =>
  (copy: Uint8Array, at: number): void => {
    copy[at] ^= 1 << number;
  };

describe('a damaged file is refused:', () => {
  it('the file itself is whole', () => expect(outcome(file)).toBe('identical'));

  it('cut off at every byte', () => {
    for (let length = 0; length < file.length; length++) expect(outcome(file.subarray(0, length)), `${length} bytes`).toBe('refused');
  });

  it.each([1, 4, 8, 1000])('with %i bytes too many', (more) => {
    for (const value of [0, 32, 255]) {
      const longer = new Uint8Array(file.length + more).fill(value);
      longer.set(file);
      expect(outcome(longer)).toBe('refused');
      const shifted = new Uint8Array(file.length + more).fill(value);
      shifted.set(file, more);
      expect(outcome(shifted)).toBe('refused');
    }
  });

  it('with any byte turned over', () => {
    const found = outcomes(0, file.length, (copy, at) => {
      copy[at] ^= 0xff;
    });
    expect(Object.keys(found)).toEqual(['refused']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6, 7])('with bit %i of any byte of the length or the numbers turned over', (number) => {
    expect(Object.keys(outcomes(0, 8, bit(number)))).toEqual(['refused']);
    expect(Object.keys(outcomes(headerEnd, file.length, bit(number)))).toEqual(['refused']);
  });

  it.each([0, 1, 2, 3, 4, 5, 6])('with bit %i of any byte of the header turned over', (number) => {
    const { refused: _, identical: __, ...rest } = outcomes(8, headerEnd, bit(number));
    expect(rest).toEqual({});
  });

  it('with bit 7 of any byte of the header turned over', () => {
    expect(Object.keys(outcomes(8, headerEnd, bit(7)))).toEqual(['refused']);
  });

  it('with any digit of the header replaced', () => {
    for (const digit of '0159') {
      const {
        refused: _,
        identical: __,
        ...rest
      } = outcomes(8, headerEnd, (copy, at) => {
        if (copy[at] >= 48 && copy[at] <= 57) copy[at] = digit.charCodeAt(0);
      });
      expect(rest).toEqual({});
    }
  });

  it('with two numbers exchanged', () => {
    const copy = file.slice();
    copy.copyWithin(headerEnd, headerEnd + 4, headerEnd + 8);
    copy.set(file.subarray(headerEnd, headerEnd + 4), headerEnd + 4);
    expect(outcome(copy)).toBe('refused');
  });
});

describe('what is no model is refused:', () => {
  it.each([
    ['nothing', new Uint8Array(0)],
    ['zeros', new Uint8Array(4096)],
    ['all ones', new Uint8Array(4096).fill(255)],
    ['JSON', new TextEncoder().encode('{"layers":[]}')],
    ['a picture', Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13)],
  ])('%s', (_, bytes) => expect(outcome(bytes)).toBe('refused'));
});
