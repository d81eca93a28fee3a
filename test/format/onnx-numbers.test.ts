/** Every form in which numbers lie in ONNX files. */
import { describe, expect, it } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { craft } from './onnx-craft.js';

const varints = (...values: number[]) =>
  Uint8Array.from(
    values.flatMap((v) => (v < 128 ? [v] : v < 16384 ? [(v & 127) | 128, v >> 7] : [(v & 127) | 128, ((v >> 7) & 127) | 128, v >> 14])),
  );
const halves = [0x3c00, 0xc100, 0x3555, 0x0001];
const halfValues = [1, -2.5, 0.333251953125, 2 ** -24];
const brains = [0x3f80, 0xc020, 0x3eab, 0x0080];
const brainValues = [1, -2.5, 0.333984375, 2 ** -126];
const floats = [1, -2.5, 1 / 3, 1e-40].map(Math.fround);
const bytesOf = (array: { buffer: ArrayBufferLike }) => new Uint8Array(array.buffer);

describe('numbers', () => {
  it.each([
    ['FLOAT as raw bytes', { dataType: 1, rawData: bytesOf(Float32Array.from(floats)) }, floats],
    ['FLOAT, packed', { dataType: 1, floatData: [bytesOf(Float32Array.from(floats))] }, floats],
    ['FLOAT, one by one', { dataType: 1, floatData: floats.map((float) => bytesOf(Float32Array.of(float))) }, floats],
    ['DOUBLE as raw bytes', { dataType: 11, rawData: bytesOf(Float64Array.from([1, -2.5, 1 / 3, 1e-40])) }, floats],
    ['DOUBLE, packed', { dataType: 11, doubleData: [bytesOf(Float64Array.from([1, -2.5, 1 / 3, 1e-40]))] }, floats],
    ['FLOAT16 as raw bytes', { dataType: 10, rawData: bytesOf(Uint16Array.from(halves)) }, halfValues],
    ['FLOAT16, packed', { dataType: 10, int32Data: [varints(...halves)] }, halfValues],
    ['BFLOAT16 as raw bytes', { dataType: 16, rawData: bytesOf(Uint16Array.from(brains)) }, brainValues],
    ['BFLOAT16, packed in two', { dataType: 16, int32Data: [varints(...brains.slice(0, 3)), varints(...brains.slice(3))] }, brainValues],
  ])('%s', (_, tensor, wanted) => {
    const network = fromOnnx(craft({ nodes: [['MatMul', ['x', 'w'], 'y']], initializers: { w: { dims: [2, 2], ...tensor } } }));
    expect([...network.getWeights()[0].data]).toEqual(wanted);
  });

  it('of initializers nobody uses are not looked at', () => {
    const file = craft({ nodes: [['Relu', ['x'], 'y']], initializers: { w: { dims: [9, 9], dataType: 8 } } });
    expect([...fromOnnx(file).predict([-1, 1]).data]).toEqual([0, 1]);
  });
});
