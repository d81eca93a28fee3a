/** How matrices lie in memory: kernels in panels and back, and strides that keep rows and panels apart. Knows no ops. */
import { describe, expect, it } from 'vitest';
import { PANEL_COLUMNS, PANEL_ROW_BYTES } from '../../assembly/abi.js';
import { packKernel, panelCount, panelStride, roundUp, rowStride, unpackKernel, vectorBytes } from '../../src/compile/layout.js';
import { seeded } from '../support/random.js';

const SIZES = [1, 3, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 784];
const CACHE_LINE = 64;

describe('kernels', () => {
  it('come back from panels as they were', () => {
    const random = seeded(1);
    const sizes = SIZES.filter((size) => size < 130);
    for (const inputs of sizes) {
      for (const units of sizes) {
        const kernel = Float32Array.from(random.floats(inputs * units));
        const offset = random.integer(0, 3) * 32;
        const packed = new Float32Array(offset + (panelStride(inputs) * panelCount(units)) / 4);
        packKernel(kernel, inputs, units, packed, offset);
        const back = unpackKernel(packed, offset, inputs, units);
        expect(back.length === kernel.length && kernel.every((value, at) => back[at] === value), `${inputs} x ${units}`).toBe(true);
        // Nothing but the kernel was written: as many numbers as it has are not zero.
        expect(packed.filter((value) => value !== 0).length).toBe(kernel.filter((value) => value !== 0).length);
      }
    }
  });

  it('lie in panels of 8 units, row after row', () => {
    const [inputs, units] = [3, 10];
    const packed = new Float32Array((panelStride(inputs) * panelCount(units)) / 4);
    packKernel(
      Array.from({ length: inputs * units }, (_, at) => at + 1),
      inputs,
      units,
      packed,
      0,
    );
    const panel = panelStride(inputs) / 4;
    expect(Array.from(packed.subarray(0, 16))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 13, 14, 15, 16, 17, 18]);
    expect(Array.from(packed.subarray(panel, panel + 16))).toEqual([9, 10, 0, 0, 0, 0, 0, 0, 19, 20, 0, 0, 0, 0, 0, 0]);
  });
});

describe('strides', () => {
  it.each(SIZES)('of %i columns or inputs hold what is written to them', (size) => {
    const padded = roundUp(size, PANEL_COLUMNS);
    expect(rowStride(size)).toBeGreaterThanOrEqual(padded * 4);
    expect(panelStride(size)).toBeGreaterThanOrEqual(padded * PANEL_ROW_BYTES);
    expect(vectorBytes(size)).toBe(padded * 4);
  });

  it.each(SIZES)('of %i inputs are an odd number of cache lines', (inputs) => {
    expect(panelStride(inputs) % (2 * CACHE_LINE)).toBe(CACHE_LINE);
  });

  it.each(SIZES.filter((size) => size >= 64))('of %i columns are an odd number of cache lines', (columns) => {
    expect(rowStride(columns) % (2 * CACHE_LINE)).toBe(CACHE_LINE);
  });

  it.each(SIZES.filter((size) => size < 64))('of %i columns are a multiple of 8 floats', (columns) => {
    expect(rowStride(columns)).toBe(roundUp(columns, 8) * 4);
  });
});
