// A network as JSON for source control: every bit comes back, every number is as short as it can be, and what was changed by
// accident is noticed.

import { describe, expect, it } from 'vitest';
import { shortestDecimal } from '../../src/format/model-json.js';
import { batchNorm, dense, GradletError, Network, type NetworkJson } from '../../src/index.js';
import { bits, numbers, smallData, smallNetwork, weightBits } from '../api/support.js';
import { seeded } from '../support/random.js';
import { type Json, sample } from './craft.js';

const f32 = new Float32Array(1);
const u32 = new Uint32Array(f32.buffer);
const fromBits = (value: number): number => {
  u32[0] = value;
  return f32[0];
};

/** Significant digits of a decimal. */
const digits = (decimal: number): number =>
  String(Math.abs(decimal))
    .replace(/e.*$/, '')
    .replace('.', '')
    .replace(/^0+|0+$/g, '').length;

/** Fewest digits of any decimal that reads back to a number: looked for in all decimals near it, one digit after the other. */
function fewestDigits(value: number): number {
  for (let count = 1; ; count++) {
    const [fraction, exponent] = Math.abs(value)
      .toExponential(count - 1)
      .split('e');
    const whole = Number(fraction.replace('.', ''));
    for (let near = whole - 2; near <= whole + 2; near++) {
      if (Math.fround(Number(`${near}e${Number(exponent) - count + 1}`)) === Math.abs(value)) return count;
    }
  }
}

describe('a decimal', () => {
  const edges = [1, 2, 0x7fffff, 0x800000, 0x800001, 0x7f7fffff, 0x3f800000, 0x3f7fffff, 0x3dcccccd];
  const powers = Array.from({ length: 254 }, (_, exponent) => (exponent + 1) << 23);
  const small = Array.from({ length: 2000 }, (_, index) => index + 1);
  const random = seeded(5);
  const drawn = Array.from({ length: 20_000 }, () => random.integer(0, 0x7f7fffff));

  it.each([
    ['edges', edges],
    ['powers of two', powers],
    ['subnormal', small],
    ['drawn', drawn],
  ])('reads back to the same bits and is as short as can be: %s', (_, list) => {
    for (const pattern of list) {
      for (const value of [fromBits(pattern), -fromBits(pattern)]) {
        const decimal = JSON.parse(JSON.stringify(shortestDecimal(value)));
        if (Math.fround(decimal) !== value) expect.fail(`${value} became ${decimal}`);
        if (value > 0 && digits(decimal) > fewestDigits(value)) expect.fail(`${value}: ${decimal} is too long`);
      }
    }
  });

  it.each([0, -0])('of %d keeps the sign', (zero) => {
    expect(Math.fround(JSON.parse(JSON.stringify(shortestDecimal(zero))))).toBe(zero);
  });

  it.each([
    [0.1, '0.1'],
    [1 / 3, '0.33333334'],
    [16777216, '16777216'],
    [5e-324, '0'],
    [1.401298464324817e-45, '1e-45'],
    [3.4028234663852886e38, '3.4028235e+38'],
  ])('of %d is %s', (value, text) => expect(JSON.stringify(shortestDecimal(Math.fround(value)))).toBe(text));
});

describe('toJSON', () => {
  it.each([
    ['small', () => smallNetwork()],
    ['of given weights', () => sample().network],
    ['of a shape, reproducible', () => new Network({ inputs: [2, 3, 4], layers: [dense(2), batchNorm()], numerics: 'reproducible' })],
    ['of negative zeros', () => new Network({ inputs: 1, layers: [dense(2, { weights: { kernel: [-0, 1e-45], bias: [-0, 0] } })] })],
  ])('of a network %s gives it back', (_, create) => {
    const network = create();
    network.metadata = { author: 'A. Turing' };
    for (const json of [network.toJSON(), JSON.parse(JSON.stringify(network)), JSON.stringify(network), JSON.stringify(network, null, 2)]) {
      const loaded = Network.fromJSON(json);
      expect(weightBits(loaded)).toEqual(weightBits(network));
      expect(loaded.save()).toEqual(network.save());
    }
  });

  it('goes on training as if it had not been away', async () => {
    const { x, y } = smallData();
    const network = smallNetwork();
    const options = { loss: 'meanSquaredError', optimizer: 'adam', epochs: 3, batchSize: 3 } as const;
    await network.fit(x, y, options);
    const loaded = Network.fromJSON(network.toJSON());
    expect(await loaded.fit(x, y, options)).toEqual(await network.fit(x, y, options));
    expect(weightBits(loaded)).toEqual(weightBits(network));
  });

  it('is a value of its own', () => {
    const { network } = sample();
    const json = network.toJSON() as Json;
    json.network.layers[0].units = 99;
    json.weights[0].data[0] = 99;
    expect(Network.fromJSON(network.toJSON()).save()).toEqual(sample().file);
  });

  it('keeps functions of your own by name', () => {
    const wave = { name: 'wave', value: Math.sin };
    const network = new Network({ inputs: 2, layers: [dense(2, { activation: wave })], seed: 1 });
    const x = numbers(8, 1);
    expect(bits(Network.fromJSON(network.toJSON(), { custom: { wave } }).predict(x).data)).toEqual(bits(network.predict(x).data));
    expect(() => Network.fromJSON(network.toJSON())).toThrow(/activation of its own, 'wave'/);
  });
});

const WRONG: readonly (readonly [string, (json: Json) => void, RegExp])[] = [
  ['another format', (json) => void (json.format = 'keras'), /format is 'keras', expected 'gradlet'/],
  ['another version', (json) => void (json.formatVersion = '3'), /format version '3'.*update gradlet/],
  ['a version that is a number', (json) => void (json.formatVersion = 2), /format version 2/],
  ['a key too many', (json) => void (json.extra = 1), /unknown key 'extra'/],
  ['no network', (json) => delete json.network, /no JSON object/],
  ['no layers', (json) => delete json.network.layers, /no layers/],
  ['no seed', (json) => delete json.network.seed, /no seed/],
  ['another seed', (json) => void (json.network.seed = 43), /checksum is .*leave crc32 out/],
  ['another number', (json) => void (json.weights[1].data[0] = 0.25), /checksum is/],
  ['another activation', (json) => void (json.network.layers[0].activation = 'relu'), /checksum is/],
  ['other metadata', (json) => void (json.metadata = { a: 'b' }), /checksum is/],
  ['metadata that are no texts', (json) => void (json.metadata = { a: 1 }), /expected texts, got 1/],
  ['no weights', (json) => delete json.weights, /weights: expected an array, got undefined/],
  ['a weight that is null', (json) => void (json.weights[0] = null), /weights\[0\]: expected \{ name, shape, data \}, got null/],
  ['a weight missing', (json) => json.weights.pop(), /checksum is/],
  ['a weight twice', (json) => void (json.weights[1].name = 'layers.0.kernel'), /two tensors have the same name/],
  ['a weight with more', (json) => void (json.weights[0].dtype = 'F32'), /unknown key 'dtype'/],
  ['a shape with too many numbers', (json) => void (json.weights[0].shape = [2, 3]), /has 6 numbers, data 4/],
  ['a shape beyond all numbers', (json) => void (json.weights[0].shape = [2 ** 53 - 1, 2 ** 53 - 1]), /numbers, data 4/],
  ['a shape with a fraction', (json) => void (json.weights[0].shape = [0.5, 8]), /shape\[0\]: expected a whole number/],
  ['a text for a number', (json) => void (json.weights[0].data[1] = '1'), /data\[1\]: expected a number, got '1'/],
  ['null for a number', (json) => void (json.weights[0].data[1] = null), /data\[1\]: expected a number, got null/],
  ['a text for data', (json) => void (json.weights[0].data = '1234'), /data: expected an array of numbers/],
  ['a checksum that is a number', (json) => void (json.crc32 = 0), /crc32 says 0/],
];

describe('fromJSON refuses', () => {
  const refusal = (json: unknown): string => {
    try {
      Network.fromJSON(json as NetworkJson);
    } catch (error) {
      expect(error).toBeInstanceOf(GradletError);
      expect((error as GradletError).code).toBe('ERR_FORMAT');
      return (error as Error).message;
    }
    return 'it was loaded';
  };

  it.each(WRONG)('%s', (_, change, reason) => {
    const json: Json = JSON.parse(JSON.stringify(sample().network));
    change(json);
    expect(refusal(json)).toMatch(reason);
    expect(refusal(JSON.stringify(json))).toMatch(reason);
  });

  it.each([
    [
      'a weight that is too large',
      (json: Json) => void (json.weights[0].data[0] = 1e39),
      /layers\.0\.kernel: expected finite 32-bit numbers/,
    ],
    ['a layer too many', (json: Json) => json.network.layers.push(json.network.layers[1]), /layers\.2\.kernel is missing/],
    ['units that nobody has', (json: Json) => void (json.network.layers[0].units = 1 << 24), /layers need more than/],
  ])('%s, without a checksum too', (_, change, reason) => {
    const json: Json = JSON.parse(JSON.stringify(sample().network));
    change(json);
    delete json.crc32;
    expect(refusal(json)).toMatch(reason);
  });

  it('a text with a key twice, a prototype, or no end', () => {
    const text = JSON.stringify(sample().network);
    expect(refusal(text.replace('"seed":42', '"seed":42,"seed":42'))).toMatch(/key twice/);
    expect(refusal(text.replace('"seed":42', '"seed":42,"s\\u0065ed":42'))).toMatch(/key twice/);
    expect(refusal(text.replace('"seed":42', '"seed":42,"__proto__":{"polluted":1}'))).toMatch(/'__proto__'/);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(refusal('['.repeat(1e6))).toMatch(/inside each other/);
    expect(refusal(`{"a":[${'[],'.repeat(1e5)}[]]}`)).toMatch(/objects and arrays/);
  });

  it('a text that was cut off or changed, at every place', () => {
    const { network, file } = sample();
    const text = JSON.stringify(network);
    for (let length = 0; length < text.length; length++) expect(refusal(text.slice(0, length)), `${length}`).toMatch(/is no JSON/);
    for (let at = 0; at < text.length; at++) {
      for (let bit = 0; bit < 7; bit++) {
        const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ (1 << bit)) + text.slice(at + 1);
        let same = false;
        try {
          same = Buffer.compare(Network.fromJSON(changed).save(), file) === 0;
        } catch (error) {
          expect((error as GradletError).code, changed.slice(at - 20, at + 20)).toBe('ERR_FORMAT');
          continue;
        }
        // Nothing but the checksum's own name can be another one: then there is no checksum, and that key is unknown.
        expect(same, `at ${at}: ${changed.slice(Math.max(0, at - 20), at + 20)}`).toBe(true);
      }
    }
  });

  it.each([undefined, null, 5, true])('%s, as a TypeError', (value) => {
    expect(() => Network.fromJSON(value as never)).toThrow(TypeError);
  });

  it('is content without a checksum, for those who edit by hand', () => {
    const json: Json = sample().network.toJSON();
    delete json.crc32;
    json.weights[0].data[0] = 2;
    expect(Network.fromJSON(json).getWeights()[0].data[0]).toBe(2);
  });
});
