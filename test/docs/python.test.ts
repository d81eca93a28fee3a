/** The Python blocks of the pages, where there is a Python with what they import; otherwise they are skipped by name. Knows the readers they write for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { activation, dense, Network } from '../../src/index.js';
import { fromSklearn, toTorchStateDict } from '../../src/interop.js';
import { fromOnnx } from '../../src/onnx.js';
import { blockWith } from '../support/blocks.js';

const folder = mkdtempSync(join(tmpdir(), 'gradlet-python-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A Python that has some modules. */
function pythonWith(modules: string): string | undefined {
  return ['python3', '/usr/bin/python3'].find((path) => spawnSync(path, ['-c', `import ${modules}`]).status === 0);
}

/** What a program prints. */
function run(python: string | undefined, program: string): string {
  const { status, stdout, stderr } = spawnSync(python as string, ['-c', program], { cwd: folder, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  return stdout;
}

const close = (ours: ArrayLike<number>, theirs: readonly number[]): void => {
  expect(ours).toHaveLength(theirs.length);
  for (const [index, value] of theirs.entries()) expect(ours[index]).toBeCloseTo(value, 5);
};

describe('a Python block', () => {
  const safetensors = pythonWith('safetensors, numpy');
  test.skipIf(!safetensors)(
    'of docs/formats.md reads a model (needs safetensors)',
    () => {
      const network = new Network({ inputs: 2, layers: [dense(3)], seed: 1 });
      writeFileSync(join(folder, 'model.safetensors'), network.save());
      const printed = run(safetensors, `${blockWith('docs/formats.md', 'python', 'safe_open')}\nprint(kernel.shape)`);
      expect(printed).toMatch(/"units":3[\s\S]*\(2, 3\)/);
    },
    60_000,
  );

  const both = pythonWith('torch, safetensors.torch');
  test.skipIf(!both)(
    'of docs/interop.md loads a state dict (needs torch and safetensors)',
    () => {
      const network = new Network({ inputs: 2, layers: [dense(3, { activation: 'tanh' })], seed: 1 });
      writeFileSync(join(folder, 'model.safetensors'), toTorchStateDict(network));
      const head = 'import torch, safetensors.torch\nmodel = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh())';
      const block = blockWith('docs/interop.md', 'python', 'load_state_dict');
      const printed = run(both, `${head}\n${block}\nprint(model(torch.tensor([[0.5, -1.0]])).tolist()[0])`);
      close(network.predict([0.5, -1]).data, JSON.parse(printed));
    },
    60_000,
  );

  const sklearn = pythonWith('sklearn');
  test.skipIf(!sklearn)(
    'of docs/interop.md writes a classifier (needs scikit-learn)',
    () => {
      const head = [
        'import warnings; warnings.simplefilter("ignore")',
        'from sklearn.neural_network import MLPClassifier',
        'x = [[i % 5, i % 3] for i in range(30)]',
        'model = MLPClassifier([4], max_iter=20, random_state=1).fit(x, ["abc"[i % 3] for i in range(30)])',
      ].join('\n');
      const block = blockWith('docs/interop.md', 'python', '"coefs_"');
      const [attributes, answers] = run(sklearn, `${head}\n${block}\nprint(json.dumps(model.predict_proba(x[:7]).tolist()))`)
        .trim()
        .split('\n');
      const network = fromSklearn(attributes);
      expect(network.classes).toEqual(['a', 'b', 'c']);
      close(network.predict(Array.from({ length: 7 }, (_, i) => [i % 5, i % 3])).data, JSON.parse(answers).flat());
    },
    60_000,
  );

  const torch = pythonWith('torch');
  test.skipIf(!torch)(
    'of docs/onnx.md writes an ONNX file (needs torch)',
    () => {
      const head =
        'import torch, json\ntorch.manual_seed(1)\nmodel = torch.nn.Sequential(torch.nn.Linear(4, 5), torch.nn.Tanh(), torch.nn.Linear(5, 2))';
      const block = blockWith('docs/onnx.md', 'python', 'torch.onnx.export');
      const printed = run(torch, `${head}\n${block}\nprint(json.dumps(model(torch.tensor([[1.0, 2.0, -1.0, 0.5]] * 3)).tolist()))`);
      const network = fromOnnx(new Uint8Array(readFileSync(join(folder, 'model.onnx'))));
      const expected = new Network({ inputs: 4, layers: [dense(5), activation('tanh'), dense(2)] });
      expect(network.getWeights().map(({ shape }) => shape)).toEqual(expected.getWeights().map(({ shape }) => shape));
      const answers = JSON.parse(printed.trim().split('\n').at(-1) as string).flat();
      close(network.predict(Array.from({ length: 3 }, () => [1, 2, -1, 0.5])).data, answers);
    },
    60_000,
  );
});
