/** The core's binaries as files: what they import, export and contain, and the copy for memory that is not shared. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ABI_VERSION, HINT_ONE_STEP, MEMORY_BASE } from '../../assembly/abi.js';
import { RELAXED, STRICT } from '../../src/runtime/binaries.generated.js';
import { type BinaryName, type Core, unshare } from '../../src/runtime/module.js';
import { WIDE } from '../../src/runtime/wide.generated.js';
import type { Goal, NetworkSpec } from '../reference.js';
import { describeBinaries } from '../support/binaries.js';
import { seeded } from '../support/random.js';
import { TrainingRig } from '../support/training.js';
import { FIRST_RELAXED, parseWasm, RELAXED_MADD } from '../support/wasm.js';

const INLINED: Record<BinaryName, string> = { strict: STRICT, relaxed: RELAXED, wide: WIDE };
const NAMES = Object.keys(INLINED) as BinaryName[];

function fileOf(name: BinaryName): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(readFileSync(new URL(`../../dist/core/${name}.wasm`, import.meta.url)));
}

describe.each(NAMES)('the %s binary', (name) => {
  const bytes = fileOf(name);
  const module = parseWasm(bytes);

  it('is the one that is inlined in the package', () => {
    expect(Buffer.from(INLINED[name], 'base64').equals(bytes)).toBe(true);
  });

  it('exports the op loops, the version of the memory contract and the memory, and nothing else', () => {
    expect([...module.exports].sort()).toEqual(['abiVersion', 'memory', 'run', 'runTeam']);
  });

  it('imports nothing but a shared memory', () => {
    expect(module.imports).toEqual([{ name: 'env.memory', kind: 2, shared: true }]);
  });

  it('has no state of its own: no mutable global, no start function', () => {
    expect(module.globals.filter((mutable) => mutable)).toEqual([]);
    expect(module.hasStart).toBe(false);
  });

  it('keeps its tables below planned memory', () => {
    expect(module.segments.length).toBeGreaterThan(0);
    for (const { from, to } of module.segments) {
      expect(from).toBeGreaterThan(0);
      expect(to).toBeLessThanOrEqual(MEMORY_BASE);
    }
  });

  it('uses SIMD, and of relaxed SIMD the fused multiply-add alone, and that not where it is strict', () => {
    expect(module.simd.size).toBeGreaterThan(10);
    const relaxed = [...module.simd].filter((code) => code >= FIRST_RELAXED);
    expect(relaxed).toEqual(name === 'strict' ? [] : [RELAXED_MADD]);
  });

  it('differs from its unshared copy in one byte', () => {
    const copy = unshare(bytes);
    expect(copy.filter((byte, at) => byte !== bytes[at]).length).toBe(1);
    expect(copy.length).toBe(bytes.length);
    expect(parseWasm(copy).imports).toEqual([{ name: 'env.memory', kind: 2, shared: false }]);
  });
});

describe('unshare', () => {
  it('refuses a binary that imports no shared memory', () => {
    expect(() => unshare(unshare(fileOf('strict')))).toThrow('imports no shared memory');
  });
});

describeBinaries('the unshared copy', (name) => {
  it('computes the same bits on memory that is not shared', () => {
    const random = seeded(4);
    const network: NetworkSpec = {
      inputs: 11,
      layers: [
        { type: 'dense', units: 13, activation: 'tanh' },
        { type: 'dense', units: 5, activation: 'softmax' },
      ],
    };
    const weights = [11 * 13, 13, 13 * 5, 5].map((count) => random.floats(count));
    const x = Array.from({ length: 9 }, () => random.floats(11));
    const goal: Goal = { loss: 'sparseCategoricalCrossentropy', y: x.map(() => [random.integer(0, 4)]) };
    const training = new TrainingRig(name, network, weights, x, goal);
    training.step();
    const { before, engine, lastCall } = training.rig;
    const after = engine.i32.slice(0, before.length);
    expect(after).not.toEqual(before);

    const memory = new WebAssembly.Memory({ initial: engine.bytes / 65536, maximum: 16384 });
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(unshare(fileOf(name))), { env: { memory } });
    const core = exports as unknown as Core;
    expect(core.abiVersion()).toBe(ABI_VERSION);
    const words = new Int32Array(memory.buffer, 0, before.length);
    // The core's tables lie below; they are its own.
    words.set(before.subarray(MEMORY_BASE / 4), MEMORY_BASE / 4);
    words[HINT_ONE_STEP / 4] = before[HINT_ONE_STEP / 4];
    expect(core.run(...lastCall)).toBe(1);
    expect(words).toEqual(after);
  });
});
