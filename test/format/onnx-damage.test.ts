/**
 * Real ONNX files cut off at every byte, with every byte changed, and changed at random: what comes out is ERR_FORMAT or a network
 * of finite weights. (ONNX has no checksum, so a file whose damage is another number is another network.)
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { dense, dropout, GradletError, layerNorm, Network } from '../../src/index.js';
import { fromOnnx, toOnnx } from '../../src/onnx.js';
import { seeded } from '../support/random.js';

vi.setConfig({ testTimeout: 60_000 });

// Each test reads thousands of files, which may take a busy machine long.
vi.setConfig({ testTimeout: 120_000 });

const folder = new URL('onnx-files/', import.meta.url);
const files: Readonly<Record<string, Uint8Array>> = {
  gradlet: toOnnx(new Network({ inputs: 2, layers: [dense(3, { activation: 'gelu' }), layerNorm(), dropout(0.5), dense(1)], seed: 1 })),
  ...Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name.endsWith('.onnx'))
      .map((name) => [name, new Uint8Array(readFileSync(new URL(name, folder)))]),
  ),
};
const SMALL = Object.keys(files).filter((name) => files[name].length < 1200 || name === 'gradlet');

/** Whether a file was read; throws where neither a network of finite weights nor ERR_FORMAT came of it. */
function wasRead(file: Uint8Array): boolean {
  let network: Network;
  try {
    network = fromOnnx(file, { maximumParameterBytes: 1 << 20 });
  } catch (error) {
    if (error instanceof GradletError && error.code === 'ERR_FORMAT' && error.message.length < 600) return false;
    throw error;
  }
  for (const { name, data } of network.getWeights()) if (!data.every(Number.isFinite)) throw new Error(`${name} is not finite`);
  return true;
}

describe.each(SMALL)('%s', (name) => {
  const file = files[name];

  it('cut off at every byte', () => {
    let read = 0;
    for (let end = 0; end < file.length; end++) if (wasRead(file.slice(0, end))) read++;
    // The versions stand at the end.
    expect(read).toBe(0);
    expect(wasRead(file)).toBe(true);
  });

  it.each([0xff, 0x80, 0x01])('every byte changed by %i', (mask) => {
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] ^= mask;
      wasRead(changed);
    }
  });
});

it('changed at random', () => {
  const random = seeded(20);
  const names = Object.keys(files);
  let read = 0;
  for (let round = 0; round < 3000; round++) {
    const file = files[random.pick(names)].slice();
    const other = files[random.pick(names)];
    for (let change = random.integer(1, 4); change > 0; change--) {
      const at = random.integer(0, file.length - 1);
      const kind = random.integer(0, 3);
      if (kind === 0) file[at] = random.integer(0, 255);
      else if (kind === 1) file[at] = random.pick([0, 1, 0x7f, 0x80, 0xff]);
      else if (kind === 2) file.copyWithin(at, random.integer(0, file.length - 1), random.integer(0, file.length - 1));
      else file.set(other.subarray(0, Math.min(other.length, random.integer(1, 60), file.length - at)), at);
    }
    if (wasRead(random.integer(0, 9) === 0 ? file.slice(0, random.integer(0, file.length)) : file)) read++;
  }
  expect(read).toBeGreaterThan(0);
  expect(read).toBeLessThan(3000);
});
