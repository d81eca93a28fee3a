// Sixteen-bit floats: every half both ways, and the f32 around every border between two halves.

import { describe, expect, it } from 'vitest';
import {
  bfloat16sToFloats,
  bfloat16ToFloat,
  floatsToHalves,
  floatToHalf,
  halfToFloat,
  halvesToFloats,
  LARGEST_HALF,
} from '../../src/format/half.js';

/** The f32 after (or before) a positive one. */
function beside(value: number, step: 1 | -1): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer);
  bits[0] += step;
  return new Float32Array(bits.buffer)[0];
}

/** All finite halves of positive sign, ascending. */
const HALVES = Array.from({ length: 0x7c00 }, (_, half) => half);

describe('halves', () => {
  it.each([
    ['zero', 0x0000, 0],
    ['minus zero', 0x8000, -0],
    ['one', 0x3c00, 1],
    ['minus two', 0xc000, -2],
    ['a third', 0x3555, 0.333251953125],
    ['the smallest subnormal', 0x0001, 2 ** -24],
    ['the largest subnormal', 0x03ff, 2 ** -14 - 2 ** -24],
    ['the smallest normal', 0x0400, 2 ** -14],
    ['the largest', 0x7bff, LARGEST_HALF],
    ['infinity', 0x7c00, Infinity],
    ['minus infinity', 0xfc00, -Infinity],
  ])('%s', (_, half, value) => {
    expect(halfToFloat(half)).toBe(value);
    expect(floatToHalf(value)).toBe(half);
  });

  it('every one comes back the same', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = halfToFloat(half);
      if (Number.isNaN(value)) expect((half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0).toBe(true);
      else if (floatToHalf(value) !== half) expect.fail(`half ${half} became ${floatToHalf(value)}`);
    }
  });

  it('NaN stays NaN', () => {
    expect(halfToFloat(floatToHalf(NaN))).toBeNaN();
    expect(halfToFloat(0x7c01)).toBeNaN();
    expect(halfToFloat(0xffff)).toBeNaN();
  });

  it('grow with their number', () => {
    for (const half of HALVES.slice(1)) if (!(halfToFloat(half) > halfToFloat(half - 1))) expect.fail(`half ${half}`);
  });

  it('a value between two goes to the nearer, a tie to the even one, with either sign', () => {
    for (const half of HALVES) {
      const low = halfToFloat(half);
      // Behind the largest half comes 2^16 in this rule, and infinity stands for it.
      const high = half === 0x7bff ? 2 ** 16 : halfToFloat(half + 1);
      const middle = (low + high) / 2;
      const even = half % 2 ? half + 1 : half;
      const found = [beside(middle, -1), middle, beside(middle, 1), -middle].map(floatToHalf);
      if (found.join() !== [half, even, half + 1, even | 0x8000].join()) expect.fail(`around half ${half}: ${found.join()}`);
    }
  });

  it('what is too small becomes zero of its sign, what is too large infinity', () => {
    expect(floatToHalf(2 ** -25)).toBe(0);
    expect(floatToHalf(-(2 ** -26))).toBe(0x8000);
    expect(floatToHalf(1e-45)).toBe(0);
    expect(floatToHalf(65520)).toBe(0x7c00);
    expect(floatToHalf(-3e38)).toBe(0xfc00);
  });

  it('arrays go as their numbers do', () => {
    const values = [0.1, -7, 1e-6, 70000];
    const halves = floatsToHalves(values);
    expect(halves).toBeInstanceOf(Uint16Array);
    expect([...halves]).toEqual(values.map(floatToHalf));
    expect([...halvesToFloats(halves)]).toEqual([...halves].map(halfToFloat));
  });
});

describe('bfloat16', () => {
  it('is the upper half of an f32', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = bfloat16ToFloat(half);
      const view = new DataView(new ArrayBuffer(4));
      view.setUint16(0, half);
      if (!Object.is(value, view.getFloat32(0))) expect.fail(`bfloat16 ${half} is ${value}`);
    }
    expect([...bfloat16sToFloats([0x3f80, 0xc000, 0x0001])]).toEqual([1, -2, 2 ** -133]);
  });
});
