/** Parts that refused ONNX files are made of, and a refusal that is watched for memory. Knows no cases. */
import { vi } from 'vitest';
import type { TensorMessage } from '../../src/format/onnx/schema.js';
import type { Draft } from '../../src/format/onnx/wire.js';
import { craft, type Parts, refusal } from './onnx-craft.js';

export type Case = readonly [title: string, parts: Parts, message: RegExp];
export type Numbers = [shape: number[], values: number[]];

export const W: Numbers = [
  [2, 2],
  [1, 2, 3, 4],
];
export const V: Numbers = [[2], [1, 2]];
export const dense: Parts['nodes'] = [['MatMul', ['x', 'w'], 'y']];
export const withTensor = (tensor: Draft<TensorMessage>): Parts => ({ nodes: dense, initializers: { w: tensor } });
export const one = (...given: Parts['nodes'][number]): Parts => ({
  nodes: [given],
  initializers: { w: W, v: V, one: [[], [1]], half: [[], [0.5]] },
});
export const statistics = { g: V, b: V, m: V, v: V };

/** Numbers in the largest array that an action makes; it may not ask for more than this. */
const LIMIT = 1 << 20;

/** The message of a refusal, during which no larger array is made. */
export function watchedRefusal(parts: Parts): string {
  const file = craft(parts);
  const watch = (Original: typeof Float32Array | typeof Float64Array | typeof Uint8Array) =>
    new Proxy(Original, {
      construct(target, given, newTarget) {
        if (typeof given[0] === 'number' && given[0] > LIMIT) throw new Error(`an array of ${given[0]} numbers was asked for`);
        return Reflect.construct(target, given, newTarget);
      },
    });
  vi.stubGlobal('Float32Array', watch(Float32Array));
  vi.stubGlobal('Float64Array', watch(Float64Array));
  vi.stubGlobal('Uint8Array', watch(Uint8Array));
  try {
    return refusal(file);
  } finally {
    vi.unstubAllGlobals();
  }
}
