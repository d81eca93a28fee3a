// scikit-learn: fitted MLPClassifier and MLPRegressor (files/interop/make-sklearn.py) answer as they did there; what does not
// fit is refused with the place.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { GradletError } from '../../src/index.js';
import { fromSklearn, type SklearnAttributes } from '../../src/interop.js';
import type { Json } from './craft.js';
import { largestDifference } from './interop-support.js';

interface Case {
  name: string;
  attributes: SklearnAttributes;
  outputs: number[][];
  classes: unknown[] | null;
}

const { x, cases }: { x: number[][]; cases: Case[] } = JSON.parse(
  readFileSync(join(import.meta.dirname, 'files', 'interop', 'sklearn.json'), 'utf8'),
);

describe('a model of scikit-learn', () => {
  it.each(cases.map((found): [string, Case] => [found.name, found]))('%s', (_, { attributes, outputs, classes }) => {
    const network = fromSklearn(attributes);
    expect(largestDifference(network.predict(x), outputs)).toBeLessThan(1e-5);
    const found = classes && Array.from(network.predictClasses(x), (index) => network.classes?.[index]);
    expect(found).toEqual(classes);
    expect(fromSklearn(JSON.stringify(attributes)).getWeights()).toEqual(network.getWeights());
    expect('classes' in network).toBe(classes !== null);
  });
});

describe('what does not fit is refused:', () => {
  it.each([
    ['a model that was not fitted', (json: Json) => void delete json.coefs_, /coefs_: expected an array, got undefined/],
    [
      'no layers',
      (json: Json) => void Object.assign(json, { coefs_: [], intercepts_: [] }),
      /a matrix for each layer, got none; fit the model/,
    ],
    ['a vector too few', (json: Json) => void json.intercepts_.pop(), /intercepts_: expected 3 as in coefs_, got 2/],
    ['a matrix that is none', (json: Json) => void (json.coefs_[1] = 3), /coefs_\[1\]: expected an array, got 3/],
    ['a matrix with a hole', (json: Json) => void delete json.coefs_[1], /coefs_: expected 3 items, got none at 1/],
    ['a matrix without rows', (json: Json) => void (json.coefs_[1] = []), /coefs_\[1\]: expected a row for each input, got none/],
    [
      'a matrix without columns',
      (json: Json) => void (json.coefs_[0] = [[], []]),
      /coefs_\[0\]\[0\]: expected a number for each unit, got none/,
    ],
    ['ragged rows', (json: Json) => void json.coefs_[0][2].pop(), /coefs_\[0\]\[2\]: expected 7 numbers, got 6/],
    ['a row too few', (json: Json) => void json.coefs_[1].pop(), /coefs_\[1\] has shape \[6, 5\], expected \[7, 5\]/],
    ['a number that is text', (json: Json) => void (json.coefs_[0][0][0] = '1'), /coefs_\[0\]\[0\]: expected numbers, got '1' at 0/],
    ['NaN as null', (json: Json) => void (json.coefs_[0][0][0] = null), /expected numbers, got null at 0/],
    [
      'an infinite number',
      (json: Json) => void (json.intercepts_[0][3] = Infinity),
      /intercepts_\[0\]: expected finite 32-bit numbers, got Infinity at 3/,
    ],
    ['a vector too long', (json: Json) => void json.intercepts_[0].push(1), /intercepts_\[0\]: expected 7 numbers, got 8/],
    ['no activation', (json: Json) => void delete json.activation, /activation: expected a text, got undefined/],
    [
      'an unknown activation',
      (json: Json) => void (json.activation = 'gelu'),
      /activation: expected one of identity, logistic, tanh, relu, softmax, got 'gelu'/,
    ],
    [
      'an inherited activation',
      (json: Json) => void (json.out_activation_ = 'constructor'),
      /out_activation_: expected one of .* got 'constructor'/,
    ],
    ['a class too few', (json: Json) => void json.classes_.pop(), /classes_: expected 3 for 3 outputs, got 2/],
    [
      'a class that is an object',
      (json: Json) => void (json.classes_[0] = {}),
      /classes_: expected texts, numbers or truth values, got an object/,
    ],
  ] as readonly [string, (json: Json) => void, RegExp][])('%s', (_, change, reason) => {
    const json: Json = structuredClone(cases[0].attributes);
    change(json);
    const call = () => fromSklearn(json);
    expect(call).toThrow(GradletError);
    expect(call).toThrow(reason);
    expect(call).toThrow(expect.objectContaining({ code: 'ERR_FORMAT' }));
  });

  it('what is no JSON object', () => {
    expect(() => fromSklearn(null as never)).toThrow(TypeError);
    expect(() => fromSklearn([] as never)).toThrow(/fromSklearn: expected a JSON object or its text, got an array of 0/);
    expect(() => fromSklearn('{"__proto__":{"coefs_":[]}}')).toThrow(GradletError);
    expect(() => fromSklearn(JSON.parse('{"__proto__":{"coefs_":[],"intercepts_":[]}}'))).toThrow(
      /coefs_: expected an array, got undefined/,
    );
  });
});
