// The engine: which binary runs, memory that grows without losing anything, and memory that cannot be had. Knows engines, and
// of networks the public interface.

import { describe, expect, it } from 'vitest';
import { ABI_VERSION } from '../../assembly/abi.js';
import { dense, GradletError, Network, sgd } from '../../src/index.js';
import { Engine } from '../../src/runtime/engine.js';
import { binaryFor, hasRelaxedSimd, instantiate } from '../../src/runtime/module.js';
import { bits, failureOf, numbers, weightBits } from '../api/support.js';

const PAGE = 65536;
const GIGABYTE = 2 ** 30;

/** The bytes that an ERR_MEMORY message says were wanted. */
function wanted(error: unknown): number {
  expect(error).toBeInstanceOf(GradletError);
  expect((error as GradletError).code).toBe('ERR_MEMORY');
  return Number(/^(\d+) bytes of WebAssembly memory were wanted and refused/.exec((error as Error).message)?.[1]);
}

describe('an engine', () => {
  it.each(hasRelaxedSimd() ? (['strict', 'relaxed'] as const) : (['strict'] as const))('runs the binary %s', (name) => {
    const engine = new Engine(name, 1);
    expect(engine.binary).toBe(name);
    expect(engine.bytes).toBe(PAGE);
    expect(engine.core.abiVersion()).toBe(ABI_VERSION);
  });

  it('takes plain SIMD where results must be reproducible, else the best there is', () => {
    expect(binaryFor('reproducible')).toBe('strict');
    expect(binaryFor('fast')).toBe(hasRelaxedSimd() ? 'relaxed' : 'strict');
  });

  it('runs over memory that is not shared', () => {
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 4 });
    expect(instantiate('strict', memory, false).abiVersion()).toBe(ABI_VERSION);
    expect(() => instantiate('strict', memory, true)).toThrow(WebAssembly.LinkError);
  });

  it.each([
    [PAGE + 1, 2 * PAGE],
    [10 * PAGE, 10 * PAGE],
    [10 * PAGE - 1, 10 * PAGE],
    [40 * PAGE, 40 * PAGE],
  ])('grows to %i bytes and keeps its contents', (bytes, expected) => {
    const engine = new Engine('strict', PAGE);
    const contents = numbers(PAGE / 4, 3);
    engine.f32.set(contents);
    engine.reserve(bytes);
    expect(engine.bytes).toBe(expected);
    expect(bits(engine.f32.slice(0, PAGE / 4))).toEqual(bits(contents));
    expect(engine.f64.subarray(PAGE / 8).some(Boolean)).toBe(false);
    const views = [engine.f32, engine.i32, engine.u32, engine.f64, engine.u8, engine.view];
    expect(new Set(views.map(({ buffer }) => buffer)).size).toBe(1);
    for (const { byteLength } of views) expect(byteLength).toBe(expected);
    engine.i32[expected / 4 - 1] = -1;
    expect(engine.view.getUint32(expected - 4, true)).toBe(0xffffffff);
  });

  it('never shrinks', () => {
    const engine = new Engine('strict', 5 * PAGE);
    const { f32 } = engine;
    engine.reserve(PAGE);
    engine.reserve(5 * PAGE);
    expect(engine.bytes).toBe(5 * PAGE);
    expect(engine.f32).toBe(f32);
  });

  it.each([GIGABYTE + 1, 4 * GIGABYTE, 1e15])('of %i bytes is refused', async (bytes) => {
    expect(wanted(await failureOf(() => new Engine('strict', bytes)))).toBe(Math.ceil(bytes / PAGE) * PAGE);
  });

  it('that cannot grow stays as it was', async () => {
    const engine = new Engine('strict', PAGE);
    engine.f32[100] = 7;
    for (const bytes of [GIGABYTE + 1, 1e15]) {
      expect(wanted(await failureOf(() => engine.reserve(bytes)))).toBeGreaterThanOrEqual(bytes);
      expect([engine.bytes, engine.f32[100]]).toEqual([PAGE, 7]);
    }
    engine.reserve(2 * PAGE);
    expect(engine.f32[100]).toBe(7);
  });
});

describe('a network', () => {
  it('whose batch needs more memory than there is says so, and lives on', async () => {
    const network = new Network({ inputs: 1, layers: [dense(4096, { activation: 'relu' }), dense(1)], seed: 1 });
    const before = weightBits(network);
    const rows = 100_000;
    const options = { loss: 'meanSquaredError', optimizer: 'adam' } as const;
    const error = await failureOf(() => network.fit(new Float32Array(rows), new Float32Array(rows), { ...options, batchSize: rows }));
    expect(wanted(error)).toBeGreaterThan(GIGABYTE);
    expect((error as Error).message).toMatch(/at most 1073741824 are possible: use .* a smaller batch/);
    expect(weightBits(network)).toEqual(before);
    expect(network.predict([1]).data[0]).toBeTypeOf('number');
    expect((await network.fit(new Float32Array(100), numbers(100), options)).epochs).toBe(1);
    expect(weightBits(network)).not.toEqual(before);
  });

  it('that grows between two calls keeps its weights', () => {
    const network = new Network({ inputs: 50, layers: [dense(70, { activation: 'tanh' }), dense(3)], seed: 1 });
    const before = weightBits(network);
    const expected = bits(network.predict(numbers(50)).data);
    for (const rows of [1, 200, 5000]) {
      const [x, y] = [new Float32Array(rows * 50), new Float32Array(rows * 3)];
      network.evaluate(x, y, { loss: 'meanSquaredError' });
      network.trainOnBatch(x, y, { loss: 'meanSquaredError', optimizer: sgd({ learningRate: 0 }) });
    }
    expect(weightBits(network)).toEqual(before);
    expect(bits(network.predict(numbers(50)).data)).toEqual(expected);
  });

  it.each([
    [2 ** 20, [2 ** 14]],
    [2 ** 24, [2 ** 24]],
  ])('of %j inputs and %j units says how many bytes it wants', async (inputs, units) => {
    const error = await failureOf(() => new Network({ inputs, layers: units.map((count) => dense(count)) }));
    expect(wanted(error)).toBeGreaterThan(GIGABYTE);
  });
});
