// Helpers of the tests that use the library as its users do: data, and networks compared bit by bit. They know the public
// interface only, nothing of how it works.

import { expect } from 'vitest';
import { dense, type Layer, Network, type NetworkOptions } from '../../src/index.js';

/** What two networks must agree in: every weight, as its bits. */
export function weightBits(network: Network): number[] {
  return network.getWeights().flatMap(({ data }) => bits(data));
}

/** Bits of 32-bit floats, so that -0 differs from 0 and NaN equals itself. */
export function bits(data: Float32Array): number[] {
  return Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length));
}

/** Numbers between `low` and `high` that are the same in every run. */
export function numbers(count: number, seed = 1, low = -1, high = 1): Float32Array {
  return Float32Array.from(integers(count, 65536, seed), (value) => low + ((high - low) * value) / 65535);
}

/** Whole numbers from 0 to below `bound` that are the same in every run (a linear congruential generator). */
export function integers(count: number, bound: number, seed = 1): Int32Array {
  let state = seed;
  return Int32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  });
}

/** Flat numbers as an array of rows. */
export function rowsOf(flat: ArrayLike<number>, columns: number): number[][] {
  const row = (first: number): number[] => Array.from({ length: columns }, (_, column) => flat[first + column]);
  return Array.from({ length: flat.length / columns }, (_, index) => row(index * columns));
}

/** Three inputs, a hidden layer of five, two outputs. */
export function smallNetwork(options: Partial<NetworkOptions> & { layers?: readonly Layer[] } = {}): Network {
  return new Network({ inputs: 3, layers: [dense(5, { activation: 'tanh' }), dense(2)], seed: 7, ...options });
}

/** 20 samples for it. */
export function smallData(rows = 20): { x: Float32Array; y: Float32Array } {
  return { x: numbers(rows * 3, 11), y: numbers(rows * 2, 12) };
}

/** What an action throws, or rejects with. */
export async function failureOf(action: () => unknown): Promise<unknown> {
  try {
    await action();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** A value of a wrong kind, which TypeScript would not let through. */
export function wrong(value: unknown): never {
  return value as never;
}

type ErrorClass = new (message: string) => Error;

/** A line of a table of failures: the message (all of it, or what it must match), the class, what was given. */
export type Failure<Given> = readonly [message: string | RegExp, kind: ErrorClass, given: Given];

/** An action fails with an error of exactly that class, and with that message behind the name of the call. */
export async function expectFailure(action: () => unknown, kind: ErrorClass, call: string, message: string | RegExp): Promise<void> {
  const error = (await failureOf(action)) as Error;
  expect(error.message.slice(0, call.length)).toBe(call);
  const rest = error.message.slice(call.length);
  if (typeof message === 'string') expect(rest).toBe(message);
  else expect(rest).toMatch(message);
  expect(error.constructor).toBe(kind);
}
