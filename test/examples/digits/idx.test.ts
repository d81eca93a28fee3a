// The IDX reader: files that are right, and a message for each way a file can be wrong.

import { describe, expect, it } from 'vitest';
import { parseIdx } from '../../../examples/digits/idx.js';

const matrix = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 10, 20, 30, 40, 50, 255];

describe('parseIdx', () => {
  it('reads dimensions and values', () => {
    const { dimensions, data } = parseIdx(Uint8Array.from(matrix), 'a', 2);
    expect(dimensions).toEqual([2, 3]);
    expect(Array.from(data)).toEqual([10, 20, 30, 40, 50, 255]);
  });

  it('reads bytes that start inside a larger buffer', () => {
    const bytes = Uint8Array.from([9, 9, 9, ...matrix, 9]).subarray(3, 3 + matrix.length);
    expect(Array.from(parseIdx(bytes, 'a', 2).data)).toEqual([10, 20, 30, 40, 50, 255]);
  });

  it('reads dimensions as unsigned big-endian numbers', () => {
    const bytes = Uint8Array.from([0, 0, 8, 2, 0, 0, 1, 2, 0, 0, 0, 0]);
    expect(parseIdx(bytes, 'a', 2).dimensions).toEqual([258, 0]);
    const huge = Uint8Array.from([0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff]);
    expect(() => parseIdx(huge, 'a', 1)).toThrow('4294967295 values');
  });

  const changed = (change: Record<number, number>) => matrix.map((byte, i) => change[i] ?? byte);
  it.each([
    ['nothing', [], 'a: an IDX file starts with 4 bytes of magic, but the file has 0 bytes'],
    ['three bytes', [0, 0, 8], 'the file has 3 bytes'],
    ['a gzip archive', changed({ 0: 0x1f, 1: 0x8b }), 'gzip'],
    ['something else', changed({ 0: 0x89, 1: 0x50 }), 'starts with bytes 0x89 0x50 instead of 0x00 0x00'],
    ['floats', changed({ 2: 0x0d }), 'expected values of type 0x08 (unsigned bytes), got 0x0d'],
    ['three dimensions', changed({ 3: 3 }), 'expected 2 dimensions, got 3'],
    ['half a header', matrix.slice(0, 9), 'the header needs 12 bytes, but the file has 9'],
    ['a cut file', matrix.slice(0, -1), '2 x 3 values and a header make 18 bytes, but the file has 17: it was cut off'],
    ['bytes left over', [...matrix, 0], 'make 18 bytes, but the file has 19'],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseIdx(Uint8Array.from(bytes), 'a', 2)).toThrow(message);
  });
});
