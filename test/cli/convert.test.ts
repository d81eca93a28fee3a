// Models as files of other kinds, there and back, and what inspect shows of them.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { batchNorm, dense, dropout, Network } from '../../src/index.js';
import { leakyRelu, toTorchStateDict } from '../../src/interop.js';
import { loadFile, saveFile } from '../../src/node.js';
import { done, folder, gradlet, inside, insideDone, irisModel, objects, put, useFolder } from './support.js';

useFolder();

const LAYERS = 'dense(16,relu),batchNorm,dropout(0.2),dense(3,softmax)';
const network = new Network({
  inputs: 4,
  layers: [dense(16, { activation: 'relu' }), batchNorm(), dropout(0.2), dense(3, { activation: 'softmax' })],
  seed: 1,
});
network.metadata = { author: 'A. Turing' };
const x = [0.1, 0.2, 0.3, 0.4];
beforeEach(() => saveFile(network, join(folder, 'model.safetensors')));

function expectSame(file: string): void {
  const { data } = loadFile(join(folder, file)).predict(x);
  for (const [index, value] of network.predict(x).data.entries()) expect(data[index]).toBeCloseTo(value, 6);
}

describe('convert', () => {
  it.each([
    ['ONNX', 'model.onnx', ['model.onnx'], []],
    ['JSON', 'copy.json', ['copy.json'], []],
    ['PyTorch', 'model.pt.safetensors', ['model.pt.safetensors'], ['--layers', LAYERS]],
    ['TensorFlow.js', 'web/', ['web/model.json', 'web/weights.bin'], []],
    ['TensorFlow.js by its kind', 'tf.json', ['tf.json', 'weights.bin'], []],
  ])('writes %s, and reads it again', async (name, to, files, words) => {
    const kind = name.includes('kind') ? ['--to', 'tfjs'] : [];
    const { stdout } = await done(['convert', 'model.safetensors', to, ...kind, '--quiet']);
    for (const file of files) expect(stdout).toMatch(new RegExp(`(^|, )${file.replace('.', '\\.')} \\([\\d,]+ bytes\\)`));
    for (const file of files) expect(existsSync(join(folder, file)), file).toBe(true);
    await insideDone(['convert', to, 'back.safetensors', ...words]);
    expectSame('back.safetensors');
  });

  it('reads the standard input and writes the standard output', async () => {
    const child = await gradlet(['convert', '-', '-', '--to', 'json', '--quiet'], {
      input: readFileSync(join(folder, 'model.safetensors')),
    });
    expect(Network.fromJSON(child.stdout).predict(x).data).toEqual(network.predict(x).data);
  });

  it('makes a file half as large', async () => {
    await insideDone(['convert', 'model.safetensors', 'half.safetensors', '--float16']);
    expect(loadFile(join(folder, 'half.safetensors')).predict(x).data[0]).toBeCloseTo(network.predict(x).data[0], 3);
    const { stderr, code } = await inside(['convert', 'model.safetensors', 'half.onnx', '--float16']);
    expect([code, stderr]).toEqual([2, expect.stringContaining('--float16 is for gradlet models')]);
  });

  it('gives a state dict the layers and the metadata of another model', async () => {
    await insideDone(['convert', 'model.safetensors', 'trained.pt.safetensors']);
    await insideDone(['convert', 'trained.pt.safetensors', 'back.safetensors', '--like', 'model.safetensors']);
    expectSame('back.safetensors');
    expect(loadFile(join(folder, 'back.safetensors')).metadata).toEqual({ author: 'A. Turing' });
  });

  it('says what a kind of file has no place for', async () => {
    const { stderr } = await insideDone(['convert', 'model.safetensors', 'model.onnx']);
    expect(stderr).toBe('warning: ONNX has no place for metadata: author is left out\n');
    await irisModel('iris.safetensors');
    expect((await insideDone(['convert', 'iris.safetensors', 'iris.onnx'])).stderr).toMatch(
      /^warning: ONNX has no place for scaling, categories and names of the table/,
    );
    await insideDone(['convert', 'iris.safetensors', 'iris.json']);
    const predict = (model: string) => insideDone(['predict', model, 'iris.csv', '--quiet']);
    expect((await predict('iris.json')).stdout).toBe((await predict('iris.safetensors')).stdout);
  });

  it('reads brain.js and scikit-learn', async () => {
    put(
      'brain.json',
      JSON.stringify({
        type: 'NeuralNetwork',
        sizes: [2, 1],
        layers: [
          { weights: [], biases: [] },
          { weights: [[2, -1]], biases: [0.5] },
        ],
        inputLookup: null,
        outputLookup: null,
        trainOpts: { activation: 'sigmoid' },
      }),
    );
    put('sklearn.json', JSON.stringify({ coefs_: [[[1], [2]]], intercepts_: [[0.5]], activation: 'relu', out_activation_: 'identity' }));
    for (const name of ['brain', 'sklearn']) await insideDone(['convert', `${name}.json`, `${name}.safetensors`]);
    expect(loadFile(join(folder, 'brain.safetensors')).predict([1, 1]).data[0]).toBeCloseTo(1 / (1 + Math.exp(-1.5)), 6);
    expect(loadFile(join(folder, 'sklearn.safetensors')).predict([1, 1]).data[0]).toBe(3.5);
  });

  it('knows rectifiers of any slope by their name', async () => {
    saveFile(new Network({ inputs: 1, layers: [dense(1, { activation: leakyRelu(0.3) })], seed: 1 }), join(folder, 'leaky.safetensors'));
    await insideDone(['convert', 'leaky.safetensors', 'leaky.json']);
    expect((await insideDone(['inspect', 'leaky.json'])).stdout).toContain('leakyRelu(0.3)');
  });

  it.each([
    [
      'a state dict without layers',
      ['model.pt.safetensors', 'm.onnx'],
      2,
      /is a PyTorch state dict, which does not say its layers; give --layers/,
    ],
    [
      'layers that are none',
      ['model.pt.safetensors', 'm.onnx', '--layers', 'dense(16,rellu)'],
      2,
      /--layers: 'dense\(16,rellu\)': .*did you mean 'relu'/,
    ],
    [
      'layers that do not fit',
      ['model.pt.safetensors', 'm.onnx', '--layers', 'dense(9)'],
      1,
      /^gradlet convert: 'model\.pt\.safetensors': fromTorchStateDict: /,
    ],
    ['a list of layers', ['model.pt.safetensors', 'm.onnx', '--layers', 'dense 16'], 2, /expected layers such as dense\(16,relu\)/],
    ['weights outside of the folder', ['evil.json', 'm.onnx'], 1, /names weights outside of its folder: '\.\.\/secret'/],
    ['JSON that is cut off', ['cut.json', 'm.onnx'], 1, /'cut\.json': the JSON of a model is not whole/],
    ['a text', ['notes.txt', 'm.onnx'], 1, /^gradlet convert: 'notes\.txt': /],
  ])('refuses %s', async (_, words, expected, message) => {
    put('model.pt.safetensors', toTorchStateDict(network));
    put('evil.json', JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['../secret'], weights: [] }] }));
    put('cut.json', '{"format":');
    put('notes.txt', 'nothing but words');
    const { code, stderr } = await inside(['convert', ...words]);
    expect([code, stderr]).toEqual([expected, expect.stringMatching(message)]);
    expect(readdirSync(folder)).not.toContain('m.onnx');
  });
});

describe('inspect', () => {
  it('shows layers, parameters, the table and where the model comes from', async () => {
    await irisModel('iris.safetensors');
    const { stdout } = await insideDone(['inspect', 'iris.safetensors']);
    expect(stdout).toMatch(/^iris\.safetensors: gradlet model \(safetensors\), [\d,]+ bytes\n/);
    expect(stdout).toMatch(/\n0 dense +\[rows, 8\] +relu +40\n1 dense +\[rows, 3\] +softmax +27\n67 parameters/);
    expect(stdout).toMatch(/\nlayers\.0\.kernel +\[4, 8\] +-?[\d.]+ +[\d.]+ +-?[\d.]+ +[\d.]+\n/);
    expect(stdout).toContain("\ntable: classification of 'species': setosa, versicolor, virginica\n  sepal_length (number)\n");
    expect(stdout).toMatch(/\nprovenance:\n {2}program +gradlet \d/);
    expect(stdout).toContain('seed 1, numerics fast, trained for 12 epochs, 48 updates\n');
  });

  it('says the same as JSON', async () => {
    await irisModel('iris.safetensors');
    const [model] = objects((await insideDone(['inspect', 'iris.safetensors', '--json'])).stdout);
    expect(model).toMatchObject({
      event: 'model',
      format: 'gradlet',
      inputs: 4,
      parameters: 67,
      seed: 1,
      counters: { epochs: 12, steps: 48 },
      training: false,
      table: { task: 'classification', target: 'species', labels: ['setosa', 'versicolor', 'virginica'] },
      provenance: { settings: { hidden: [8], epochs: 12, seed: 1 }, table: { name: 'iris.csv', rows: 150 } },
    });
  });

  it('shows other kinds of files, and the tensors of a state dict', async () => {
    for (const to of ['m.onnx', 'm.pt.safetensors', 'web/']) await insideDone(['convert', 'model.safetensors', to, '--quiet']);
    expect((await insideDone(['inspect', 'm.onnx'])).stdout).toMatch(/^m\.onnx: ONNX, [\d,]+ bytes\n/);
    expect((await insideDone(['inspect', 'web'])).stdout).toMatch(/^web: TensorFlow\.js layers model/);
    expect((await insideDone(['inspect', 'm.pt.safetensors'])).stdout).toMatch(/\n0\.weight +F32 +\[16, 4\]\n/);
    expect((await insideDone(['inspect', 'm.pt.safetensors', '--layers', LAYERS])).stdout).toMatch(/\n1 batchNorm +\[rows, 16\]/);
    expect((await insideDone(['inspect', 'model.safetensors'])).stdout).toContain('\nmetadata:\n  author  A. Turing\n');
  });
});
