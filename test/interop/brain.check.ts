// Real brain.js, versions 1 and 2: networks that it trains here and now answer the same when gradlet reads them.

import brain from 'brain.js';
import brain1 from 'brain.js-1';
import { expect, it } from 'vitest';
import { fromBrain } from '../../src/interop.js';
import { largestDifference } from '../format/interop-support.js';
import { brainCases } from './brains.mjs';

interface Case {
  name: string;
  json: object;
  inputs: (number[] | Record<string, number>)[];
  outputs: (number[] | Record<string, number>)[];
}

const cases: Case[] = [...brainCases(brain, 2), ...brainCases(brain1, 1)];

it.each(cases.map((found) => [found.name, found] as const))('%s', (_, { json, inputs, outputs }) => {
  const network = fromBrain(json);
  const rows = (values: Case['inputs'], names: readonly string[] = []) =>
    values.map((value) => (Array.isArray(value) ? value : names.map((name) => value[name] ?? 0)));
  expect(largestDifference(network.predict(rows(inputs, network.inputNames)), rows(outputs, network.outputNames))).toBeLessThan(1e-6);
});
