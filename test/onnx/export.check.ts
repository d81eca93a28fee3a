/** Exported networks in ONNX Runtime, and under the ONNX project's own checker. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ACTIVATIONS, type ActivationName } from '../../src/activations.js';
import { activation, Network } from '../../src/index.js';
import { fromOnnx, toOnnx } from '../../src/onnx.js';
import { worstDifference } from './difference.js';
import { NETWORKS, randomNetwork } from './networks.js';
import { PYTHON } from './python.js';
import { runOnnx } from './runtime.js';

const LIMIT = 1e-5;

describe(`${NETWORKS} random networks`, () => {
  it('give the same outputs in ONNX Runtime', async () => {
    const differences: number[] = [];
    for (let index = 0; index < NETWORKS; index++) {
      const { network, samples, rows, columns } = randomNetwork(index);
      const { data, columns: units } = network.predict(samples);
      const there = await runOnnx(toOnnx(network), samples, rows, columns);
      expect(there.dims).toEqual([rows, units]);
      differences.push(worstDifference(data, there.data));
      const apart = data.findIndex((value, i) => !(Math.abs(value - there.data[i]) <= LIMIT * Math.max(1, Math.abs(there.data[i]))));
      expect(apart, `network ${index}: ${data[apart]} here, ${there.data[apart]} there`).toBe(-1);
    }
    console.log(`largest difference of ${differences.length} networks: ${Math.max(...differences).toExponential(2)} relative`);
    expect(differences).toHaveLength(NETWORKS);
    expect(Math.max(...differences)).toBeLessThanOrEqual(LIMIT);
  });

  it('predict the same once they are read back', () => {
    for (let index = 0; index < NETWORKS; index++) {
      const { network, samples } = randomNetwork(index);
      const again = fromOnnx(toOnnx(network), { seed: 1 });
      expect(again.getWeights().map(({ data }) => data)).toEqual(network.getWeights().map(({ data }) => data));
      expect(again.predict(samples), `network ${index}`).toEqual(network.predict(samples));
    }
  });

  it.skipIf(PYTHON === undefined)('pass the checker of the ONNX project (skipped without python3-onnx)', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradlet-onnx-'));
    try {
      const files = Array.from({ length: NETWORKS }, (_, index) => {
        const file = join(folder, `${index}.onnx`);
        writeFileSync(file, toOnnx(randomNetwork(index).network));
        return file;
      });
      const printed = execFileSync(PYTHON as string, [new URL('check.py', import.meta.url).pathname, ...files], { encoding: 'utf8' });
      console.log(printed.trim());
      expect(printed).toMatch(/^200 files checked by onnx \S+\n$/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('each activation, over a range of numbers', () => {
  it.each(Object.keys(ACTIVATIONS) as ActivationName[])('%s', async (name) => {
    const columns = 401;
    const network = new Network({ inputs: columns, layers: [activation(name)] });
    const samples = Float32Array.from({ length: columns }, (_, i) => (i - 200) / 10);
    const there = await runOnnx(toOnnx(network), samples, 1, columns);
    const { data } = network.predict(samples);
    for (const [i, value] of there.data.entries())
      expect(Math.abs(data[i] - value)).toBeLessThanOrEqual(LIMIT * Math.max(0.1, Math.abs(value)));
  });
});
