// brain.js: networks that versions 1 and 2 trained (files/interop/brain.json, made by test/interop/make-fixtures.mjs) answer as
// they did there, by the names of their columns; what does not fit is refused with the place.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GradletError } from '../../src/index.js';
import { fromBrain } from '../../src/interop.js';
import type { Json } from './craft.js';
import { largestDifference } from './interop-support.js';

interface Case {
  name: string;
  json: Json;
  inputs: (number[] | Record<string, number>)[];
  outputs: (number[] | Record<string, number>)[];
}

const cases: Case[] = JSON.parse(readFileSync(join(import.meta.dirname, 'files', 'interop', 'brain.json'), 'utf8'));

/** Rows in the order of the columns. */
function rowsOf(values: readonly (number[] | Record<string, number>)[], names: readonly string[] | undefined): number[][] {
  return values.map((value) => (Array.isArray(value) ? value : (names ?? []).map((name) => value[name] ?? 0)));
}

function refusal(json: Json): string {
  try {
    fromBrain(json);
  } catch (error) {
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    expect((error as Error).message.length).toBeLessThan(500);
    return (error as Error).message;
  }
  return 'it was read';
}

describe('a network of brain.js', () => {
  it.each(cases.map((found) => [found.name, found] as const))('%s', (_, { json, inputs, outputs }) => {
    const network = fromBrain(json);
    expect(largestDifference(network.predict(rowsOf(inputs, network.inputNames)), rowsOf(outputs, network.outputNames))).toBeLessThan(1e-6);
    expect(fromBrain(JSON.stringify(json)).getWeights()).toEqual(network.getWeights());
  });

  it.each([1, 2])('of objects has the names of its columns (version %i)', (version) => {
    const { json } = cases.find(({ name }) => name === `objects with names (version ${version})`) as Case;
    const { inputNames, outputNames } = fromBrain(json);
    expect(inputNames).toEqual(['r', 'g', 'b']);
    expect([...(outputNames ?? [])].sort()).toEqual(['10', 'black', 'white']);
    const plain = fromBrain(cases[0].json);
    expect('inputNames' in plain || 'outputNames' in plain).toBe(false);
  });

  it('trains on', async () => {
    const network = fromBrain(cases[0].json);
    const xor = [
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ];
    const { loss } = await network.fit(xor, [[0], [1], [1], [0]], {
      loss: 'meanSquaredError',
      optimizer: 'adam',
      epochs: 20,
      batchSize: 4,
    });
    expect(loss[19]).toBeLessThan(loss[0]);
  });
});

describe('what does not fit is refused:', () => {
  const changed = (index: number, change: (json: Json) => void) => {
    const json = structuredClone(cases[index].json);
    change(json);
    return refusal(json);
  };
  const version1 = cases.findIndex(({ name }) => name === 'sigmoid, arrays (version 1)');
  const named = cases.findIndex(({ name }) => name === 'objects with names (version 2)');

  it.each([
    ['a recurrent network', 0, (json: Json) => void (json.type = 'LSTM'), /of type 'NeuralNetwork', got 'LSTM'/],
    ['no sizes', 0, (json: Json) => void delete json.sizes, /sizes: expected an array, got undefined/],
    [
      'a network that was not trained',
      0,
      (json: Json) => void (json.sizes = []),
      /sizes: expected those of inputs and outputs at least, got 0; train/,
    ],
    [
      'a size beyond all memory',
      0,
      (json: Json) => void (json.sizes[0] = 1e12),
      /sizes\[0\]: expected a whole number of at least 1 and at most 16777216/,
    ],
    [
      'a size that the layers do not have',
      0,
      (json: Json) => void (json.sizes[1] = 1e6),
      /layers\[1\]: weights: expected 1000000 rows as in sizes, got 3/,
    ],
    ['layers that are none', 0, (json: Json) => void (json.layers = 'all'), /layers: expected an array, got 'all'/],
    ['a layer too few', 0, (json: Json) => void json.layers.pop(), /layers: expected 3 as in sizes, got 2/],
    ['a layer that is null', 0, (json: Json) => void (json.layers[2] = null), /layers\[2\]: expected an object, got null/],
    ['a row too short', 0, (json: Json) => void json.layers[1].weights[2].pop(), /layers\[1\]\.weights\[2\]: expected 2 numbers, got 1/],
    [
      'a weight that is null',
      0,
      (json: Json) => void (json.layers[1].weights[2][1] = null),
      /layers\[1\]\.weights\[2\]: expected numbers, got null at 1/,
    ],
    [
      'a weight too large',
      0,
      (json: Json) => void (json.layers[1].weights[0][0] = 1e39),
      /expected finite 32-bit numbers, got 1e\+39 at 0/,
    ],
    ['a bias that is missing', 0, (json: Json) => void json.layers[1].biases.pop(), /layers\[1\]\.biases: expected 3 numbers, got 2/],
    [
      'an unknown activation',
      0,
      (json: Json) => void (json.trainOpts.activation = 'sine'),
      /activation: expected one of sigmoid, relu, leaky-relu, tanh, got 'sine'/,
    ],
    ['an inherited activation', 0, (json: Json) => void (json.trainOpts.activation = 'toString'), /got 'toString'/],
    [
      'a slope above 1',
      0,
      (json: Json) => void Object.assign(json.trainOpts, { activation: 'leaky-relu', leakyReluAlpha: 2 }),
      /leakyReluAlpha: expected a number from 0 to 1, got 2/,
    ],
    [
      'a slope of text',
      0,
      (json: Json) => void Object.assign(json.trainOpts, { activation: 'leaky-relu', leakyReluAlpha: 'x' }),
      /leakyReluAlpha: expected a number, got 'x'/,
    ],
    ['options that are none', 0, (json: Json) => void (json.trainOpts = 3), /trainOpts: expected an object, got 3/],
    ['a name too few', named, (json: Json) => void delete json.inputLookup.g, /inputLookup: expected 3 names, got 2/],
    ['two names of one column', named, (json: Json) => void (json.inputLookup.g = 0), /inputLookup: 'r' and 'g' have the same column 0/],
    [
      'a name without a column',
      named,
      (json: Json) => void (json.outputLookup.black = 3),
      /outputLookup: 'black': expected a whole number of at least 0 and at most 2, got 3/,
    ],
    [
      'version 1: leaky-relu',
      version1,
      (json: Json) => void (json.activation = 'leaky-relu'),
      /version 1 of brain\.js does not save its slope/,
    ],
    [
      'version 1: a node too few',
      version1,
      (json: Json) => void delete json.layers[1][0],
      /layers\[1\]: expected 3 nodes as in sizes, got 2/,
    ],
    [
      'version 1: a node that is null',
      version1,
      (json: Json) => void (json.layers[1][0] = null),
      /layers\[1\]\['0'\]: expected an object, got null/,
    ],
    [
      'version 1: a weight of no node',
      version1,
      (json: Json) => void (json.layers[1][0].weights.x = 1),
      /weights: expected 2 numbers, got 3/,
    ],
    ['version 1: a weight of another node', version1, rename, /layers\[1\]\['0'\]\.weights: expected numbers, got undefined at 1/],
    [
      'version 1: no bias',
      version1,
      (json: Json) => void delete json.layers[1][0].bias,
      /layers\[1\]\['0'\]\.bias: expected numbers, got undefined/,
    ],
  ] as readonly [string, number, (json: Json) => void, RegExp][])('%s', (_, index, change, reason) => {
    expect(changed(index, change)).toMatch(reason);
  });

  function rename(json: Json): void {
    const { weights } = json.layers[1][0];
    weights.constructor = weights[1];
    delete weights[1];
  }

  it('what is no JSON object', () => {
    expect(() => fromBrain(3 as never)).toThrow(/fromBrain: expected a JSON object or its text, got 3/);
    expect(() => fromBrain(3 as never)).toThrow(TypeError);
    expect(refusal('[1]')).toMatch(/expected a JSON object, got an array of 1/);
    expect(refusal('{"sizes":[1,1],"sizes":[1,1]}')).toMatch(/a key twice/);
  });
});

it('names such as __proto__ and constructor are names like others', () => {
  const json = JSON.parse(`{"sizes":[2,1],"inputLookup":{"__proto__":0,"constructor":1},"layers":[{"weights":[],"biases":[]},
    {"weights":[[1,2]],"biases":[0]}],"trainOpts":{"activation":"relu"}}`);
  const network = fromBrain(json);
  expect(network.inputNames).toEqual(['__proto__', 'constructor']);
  expect(network.predict([1, 1]).data[0]).toBe(3);
  const first = JSON.parse(`{"sizes":[2,1],"inputLookup":true,"layers":[{"__proto__":{},"constructor":{}},
    {"0":{"bias":0,"weights":{"__proto__":1,"constructor":2}}}],"activation":"relu"}`);
  expect(fromBrain(first).predict([1, 0]).data[0]).toBe(1);
  expect(({} as Json).bias).toBeUndefined();
});
