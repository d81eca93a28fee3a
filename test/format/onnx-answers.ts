/** What a crafted ONNX file answers, and what layers it becomes. Knows no cases. */
import { expect } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { craft, type Parts } from './onnx-craft.js';

/** Two samples of two columns. */
export const X = [0.5, -1.5, 2, 0.25];
/** A kernel: two inputs, three units. */
export const W: [number[], number[]] = [
  [2, 3],
  [1, 2, 3, -4, -5, 6],
];

/** Every number of a file's answer to two samples of two columns. */
export function answer(parts: Parts, x: number[] = X): number[] {
  return [...fromOnnx(craft(parts)).predict(Float32Array.from(x)).data];
}

export function expectClose(given: readonly number[], wanted: readonly number[]): void {
  expect(given).toHaveLength(wanted.length);
  for (const [i, number] of wanted.entries()) expect(Math.abs(given[i] - number)).toBeLessThanOrEqual(2e-6 * Math.max(1, Math.abs(number)));
}

export const layersOf = (file: Uint8Array) =>
  fromOnnx(file)
    .summary()
    .split('\n')
    .slice(2, -1)
    .map((line) =>
      line
        .split(/ {2,}/)
        .slice(0, 3)
        .join(' ')
        .replace(/\[rows, (\d+)\]/, '$1')
        .trim(),
    );
