/**
 * Dropout masks and normal noise as the library promises them: a pure function of seed, step, row and column, because saved
 * runs go on with the same ones. Written from the definition, in float64; imports nothing of the library.
 *
 * The function: the finaliser of MurmurHash3 (A. Appleby) twice over the element's number, with two keys made of seed and step.
 */
import { indices, type Matrix, normalCdf } from './formulas.js';

const BITS = 2 ** 24;

function finalize(given: number): number {
  let h = given >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 24 random bits of each element of a batch; elements count with the padding of rows to a multiple of 8 columns. */
export function randomBits(seed: number, step: number, rows: number, columns: number): Matrix {
  const first = finalize(finalize(seed ^ 0x9e3779b9) ^ step);
  const second = finalize(first ^ 0x85ebca77);
  const padded = Math.ceil(columns / 8) * 8;
  return indices(rows).map((r) =>
    indices(columns).map((c) => finalize(finalize(Math.imul(r * padded + c, 0x9e3779b1) ^ first) ^ second) >>> 8),
  );
}

/** What dropout multiplies by: 0, or 1 / (1 - rate). */
export function dropoutMask(rate: number, ...draw: Parameters<typeof randomBits>): Matrix {
  return randomBits(...draw).map((row) => row.map((bits) => (bits / BITS < rate ? 0 : 1 / (1 - rate))));
}

/** The x at which Φ is p, by halving. */
export function normalQuantile(p: number): number {
  let [low, high] = [-9, 9];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (normalCdf(middle) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** What Gaussian noise adds. */
export function gaussianNoise(deviation: number, ...draw: Parameters<typeof randomBits>): Matrix {
  return randomBits(...draw).map((row) => row.map((bits) => deviation * normalQuantile((bits + 0.5) / BITS)));
}
