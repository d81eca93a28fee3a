/** What the URL says of settings and points comes back as it was, and what makes no sense is left out. */
import { describe, expect, test } from 'vitest';
import { readPoints, writePoints } from '../../playground/src/points/own.js';
import { ACTIVATIONS, readSettings, type Settings, writeSettings } from '../../playground/src/settings.js';
import { ACTIVATIONS as LIBRARY } from '../../src/activations.js';

const DEFAULTS: Settings = { layers: [8, 8], activation: 'tanh', optimizer: 'adam', rate: 0.02, batch: 16, threads: 1, seed: 1 };

function written(settings: Settings): string {
  const parameters = new URLSearchParams();
  writeSettings(parameters, settings, DEFAULTS);
  return parameters.toString();
}

describe('settings', () => {
  test.each<Settings>([
    DEFAULTS,
    { layers: [], activation: 'relu', optimizer: 'sgd', rate: 0.0001, batch: 128, threads: 'auto', seed: 0 },
    { layers: [1, 512, 3, 4, 5, 6], activation: 'leakyRelu', optimizer: 'nadam', rate: 1e-5, batch: 1, threads: 4, seed: 2 ** 32 - 1 },
  ])('%o', (settings) => {
    expect(readSettings(new URLSearchParams(written(settings)), DEFAULTS)).toEqual(settings);
  });

  // Softmax is for the last layer, which is not chosen.
  test('offer every activation of the library for hidden layers', () => {
    expect([...ACTIVATIONS].sort()).toEqual(
      Object.keys(LIBRARY)
        .filter((name) => name !== 'softmax')
        .sort(),
    );
  });

  test('defaults leave the URL empty', () => {
    expect(written(DEFAULTS)).toBe('');
  });

  test.each([
    'layers=0',
    'layers=8-',
    'layers=513',
    'layers=1-1-1-1-1-1-1',
    'layers=__proto__',
    'activation=softmax',
    'optimizer=toString',
    'rate=0',
    'rate=-1',
    'rate=NaN',
    'rate=',
    'rate=11',
    'batch=0',
    'batch=2000',
    'threads=0',
    'threads=17',
    'threads=many',
    'seed=-1',
    'seed=4294967296',
    'seed=1.5',
  ])('%s is as if it were not there', (query) => {
    expect(readSettings(new URLSearchParams(query), DEFAULTS)).toEqual(DEFAULTS);
  });
});

describe('points', () => {
  const points = [
    { x: -3, y: 3, label: 0 },
    { x: 3, y: -3, label: 1 },
    { x: 0.123, y: -1.987, label: 1 },
  ];

  test('come back to within half a cell', () => {
    const read = readPoints(writePoints(points));
    expect(read.map(({ label }) => label)).toEqual([0, 1, 1]);
    for (const [index, { x, y }] of read.entries()) {
      expect(Math.abs(x - points[index].x)).toBeLessThanOrEqual(3 / 2047 + 1e-12);
      expect(Math.abs(y - points[index].y)).toBeLessThanOrEqual(3 / 2047 + 1e-12);
    }
    expect(writePoints(read)).toBe(writePoints(points));
  });

  test('need no escapes in a URL', () => {
    expect(new URLSearchParams({ points: writePoints(points) }).toString()).toBe(`points=${writePoints(points)}`);
  });

  test('letters of another alphabet, and the rest of a cut link', () => {
    expect(readPoints('AA%A')).toEqual([]);
    expect(readPoints(`${writePoints(points)}AB`)).toHaveLength(3);
    expect(readPoints('AAAA'.repeat(1000))).toHaveLength(400);
  });
});
