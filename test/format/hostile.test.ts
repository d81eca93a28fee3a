// Files made up to mislead the reader: headers that lie, tensors that do not fit, descriptions of networks that cannot be.
// Each has a right checksum, is refused as ERR_FORMAT with a reason, and costs no more memory than it has bytes.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { GradletError, Network } from '../../src/index.js';
import { container, forge, type Parts, sample, sampleOfVersion1, takeApart } from './craft.js';

type Case = readonly [title: string, change: (parts: Parts) => void, reason: RegExp];

/** Numbers in the largest array that an action makes; it may not ask for more than `limit`. */
const LIMIT = 1 << 20;
afterEach(() => void vi.unstubAllGlobals());

function refusal(bytes: Uint8Array): string {
  let largest = 0;
  const Watched = new Proxy(Float32Array, {
    construct(target, given, newTarget) {
      if (typeof given[0] === 'number') largest = Math.max(largest, given[0]);
      if (largest > LIMIT) throw new Error(`an array of ${largest} numbers was asked for`);
      return Reflect.construct(target, given, newTarget);
    },
  });
  vi.stubGlobal('Float32Array', Watched);
  try {
    Network.load(bytes);
  } catch (error) {
    expect(largest).toBeLessThanOrEqual(LIMIT);
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    expect((error as Error).message.length).toBeLessThan(500);
    return (error as Error).message;
  }
  return 'it was loaded';
}

const HUGE = Array(20).fill(2 ** 53 - 1);
const kernel = ({ header }: Parts) => header['layers.0.kernel'];
const layer = ({ network }: Parts) => network.layers[0];
const tensor = (shape: unknown, offsets: unknown) => ({ dtype: 'F32', shape, data_offsets: offsets });

const TENSORS: readonly Case[] = [
  ['a tensor is missing', ({ header }) => delete header['layers.0.bias'], /starts at byte 24, but the one before ends at 16/],
  ['the last tensor is missing', ({ header }) => delete header['layers.1.bias'], /4 bytes belong to no tensor/],
  ['a tensor has another name', rename('layers.0.bias', 'layers.0.beta'), /tensor layers\.0\.bias is missing/],
  ['a tensor is one too many', addTensor('extra'), /5 tensors where 4 belong to the network/],
  ['a tensor is called __proto__', addTensor('__proto__'), /has the key '__proto__'/],
  ['a tensor is called constructor', rename('layers.0.bias', 'constructor'), /tensor layers\.0\.bias is missing/],
  ['two tensors share their bytes', ({ header }) => void (header['layers.1.kernel'].data_offsets = [16, 24]), /starts at byte 16, but/],
  ['tensors overlap', (parts) => void (parts.header['layers.0.bias'].data_offsets = [12, 20]), /starts at byte 12, but/],
  ['a range is upside down', (parts) => void (kernel(parts).data_offsets = [16, 0]), /'layers\.0\.kernel'/],
  ['a range is behind the file', (parts) => void (kernel(parts).data_offsets = [1000, 1016]), /ends at byte 1016 of 36/],
  ['a range is beyond all numbers', (parts) => void (kernel(parts).data_offsets = [0, 2 ** 53]), /no valid data_offsets/],
  ['a range is negative', (parts) => void (kernel(parts).data_offsets = [-16, 0]), /no valid data_offsets/],
  ['a range is broken', (parts) => void (kernel(parts).data_offsets = [0.5, 16.5]), /no valid data_offsets/],
  ['a range has three ends', (parts) => void (kernel(parts).data_offsets = [0, 8, 16]), /no valid data_offsets/],
  ['a range is text', (parts) => void (kernel(parts).data_offsets = '0,16'), /no valid data_offsets/],
  ['a shape is larger than its bytes', (parts) => void (kernel(parts).shape = [2, 3]), /needs 24 bytes, but has 16/],
  ['a shape is transposed', (parts) => void (parts.header['layers.1.kernel'].shape = [1, 2]), /has shape \[1, 2\], expected \[2, 1\]/],
  ['a shape has one dimension too many', (parts) => void (kernel(parts).shape = [2, 2, 1]), /has shape \[2, 2, 1\], expected \[2, 2\]/],
  ['a shape overflows 64 bits', (parts) => void (kernel(parts).shape = [2 ** 32, 2 ** 32]), /needs .* bytes, but has 16/],
  ['a shape overflows all numbers', (parts) => void (kernel(parts).shape = HUGE), /needs Infinity bytes, but has 16/],
  ['a shape overflows, times 0', (parts) => void (kernel(parts).shape = [...HUGE, 0]), /needs NaN bytes, but has 16/],
  ['a shape is negative', (parts) => void (kernel(parts).shape = [-2, -2]), /no valid shape/],
  ['a shape is no array', (parts) => void (kernel(parts).shape = 4), /no valid shape/],
  ['a shape is nested', (parts) => void (kernel(parts).shape = [[2], [2]]), /more than 3 objects and arrays inside each other/],
  ['a shape holds an object', (parts) => void (kernel(parts).shape = [null, 2]), /no valid shape/],
  ['a dtype is narrower', (parts) => void (kernel(parts).dtype = 'F16'), /needs 8 bytes, but has 16/],
  ['a dtype is one of whole numbers', (parts) => void (kernel(parts).dtype = 'I32'), /dtype 'I32'; expected 'F32' or 'F16'/],
  ['a dtype is inherited', (parts) => void (kernel(parts).dtype = 'toString'), /dtype 'toString'; expected one such as 'F32'/],
  ['a dtype is missing', (parts) => delete kernel(parts).dtype, /has dtype undefined; expected one such as 'F32'/],
  ['a tensor is null', ({ header }) => void (header['layers.0.kernel'] = null), /'layers\.0\.kernel' has no description/],
  ['a number is NaN', ({ body }) => body.set([0, 0, 0xc0, 0x7f], 4), /layers\.0\.kernel.*NaN/],
  ['a number is infinite', ({ body }) => body.set([0, 0, 0x80, 0x7f], 32), /layers\.1\.bias.*Infinity/],
];

const METADATA: readonly Case[] = [
  ['it is missing', ({ header }) => delete header.__metadata__, /format undefined, expected 'gradlet'/],
  ['it is no object', ({ header }) => void (header.__metadata__ = 'gradlet'), /metadata is no object/],
  ['it holds a number', ({ header }) => void (header.__metadata__.extra = 1), /metadata 'extra' is no text/],
  ['the format is another', ({ header }) => void (header.__metadata__.format = 'pt'), /format 'pt', expected 'gradlet'/],
  ['the version is a later one', ({ header }) => void (header.__metadata__.formatVersion = '3'), /version '3'.*reads 1, 2: update gradlet/],
  ['the version is an inherited name', ({ header }) => void (header.__metadata__.formatVersion = 'constructor'), /version 'constructor'/],
  ['the version is missing', ({ header }) => delete header.__metadata__.formatVersion, /version undefined/],
  ['the network is missing', ({ header }) => delete header.__metadata__.network, /damaged/],
  ['the network is no JSON', (parts) => void (parts.network = '{'), /network is no JSON/],
  ['the network is null', (parts) => void (parts.network = 'null'), /network is no JSON object/],
  ['the network is an array', (parts) => void (parts.network = []), /damaged gradlet model/],
  [
    'the network is nested without end',
    (parts) => void (parts.network = '['.repeat(1e5)),
    /more than 8 objects and arrays inside each other/,
  ],
];

const NETWORKS: readonly Case[] = [
  ['layers are no array', ({ network }) => void (network.layers = {}), /layers/],
  ['layers are null', ({ network }) => void (network.layers = null), /damaged gradlet model/],
  ['there are no layers', ({ network }) => void (network.layers = []), /layers: expected at least one layer/],
  ['a layer is null', ({ network }) => void (network.layers[1] = null), /damaged gradlet model/],
  ['a layer is text', ({ network }) => void (network.layers[1] = 'dense'), /damaged gradlet model/],
  ['a layer is too many', ({ network }) => network.layers.push(network.layers[1]), /layers\.2\.kernel is missing/],
  ['a billion units', (parts) => void (layer(parts).units = 1e9), /(units: expected a whole number|layers need more)/],
  ['units are negative', (parts) => void (layer(parts).units = -2), /units: expected a whole number/],
  ['units are text', (parts) => void (layer(parts).units = '2'), /units: expected a whole number/],
  ['the activation is unknown', (parts) => void (layer(parts).activation = 'evil'), /activation: expected one of/],
  ['the activation is inherited', (parts) => void (layer(parts).activation = 'constructor'), /activation: expected one of/],
  ['a layer has another option', (parts) => void (layer(parts).colour = 'red'), /unknown option 'colour'/],
  ['a layer brings weights', (parts) => void (layer(parts).weights = { kernel: 5 }), /weights/],
  ['a layer brings a prototype', withPrototype('"type":"dense"'), /has the key '__proto__'/],
  ['inputs are missing', ({ network }) => delete network.inputs, /inputs/],
  ['inputs are others', ({ network }) => void (network.inputs = 3), /has shape \[2, 2\], expected \[3, 2\]/],
  ['the seed is negative', ({ network }) => void (network.seed = -1), /seed: expected a whole number/],
  ['the seed is text', ({ network }) => void (network.seed = '42'), /seed: expected a whole number/],
  ['numerics are unknown', ({ network }) => void (network.numerics = 'slow'), /numerics: expected one of/],
  ['the counters are missing', ({ network }) => delete network.counters, /damaged gradlet model/],
  ['a counter is missing', ({ network }) => delete network.counters.epochs, /counters\.epochs: expected a whole number/],
  ['a counter is negative', ({ network }) => void (network.counters.steps = -1), /counters\.steps: expected a whole number/],
];

/** What is let through, or costs too much. */
const MISSED: readonly Case[] = [
  ['the type of a layer is unknown', (parts) => void (layer(parts).type = 'conv'), /conv/],
  ['the type of a layer is missing', (parts) => delete layer(parts).type, /type/],
  ['the seed is missing', ({ network }) => delete network.seed, /seed/],
  ['numerics are missing', ({ network }) => delete network.numerics, /numerics/],
  ['a kernel would take gigabytes', ({ network }) => void (network.inputs = 2 ** 24), /(shape|layers need more)/],
  ['a kernel would take more than there is', ({ network }) => void (network.inputs = [2 ** 30, 2 ** 30]), /(shape|layers need more)/],
  ['the reason repeats a shape without end', (parts) => void (kernel(parts).shape = Array(1e5).fill(1)), /'layers\.0\.kernel'/],
];

function rename(from: string, to: string): Case[1] {
  return ({ header }) => {
    header[to] = header[from];
    delete header[from];
  };
}

function addTensor(name: string): Case[1] {
  return (parts) => {
    Object.defineProperty(parts.header, name, { value: tensor([1], [36, 40]), enumerable: true });
    parts.body = Uint8Array.from([...parts.body, 0, 0, 0, 0]);
  };
}

/** The network's JSON with a key __proto__ of its own beside the first occurrence of `key`. */
function withPrototype(key: string): Case[1] {
  return (parts) => {
    parts.network = JSON.stringify(parts.network).replace(key, `"__proto__":{"polluted":true,"units":9},${key}`);
  };
}

describe.each([
  ['tensors', TENSORS],
  ['metadata', METADATA],
  ['network', NETWORKS],
])('%s', (_, cases) => {
  it.each(cases)('%s', (__, change, reason) => expect(refusal(forge(change))).toMatch(reason));
  it.each(cases)('in format version 1: %s', (__, change, reason) => expect(refusal(forge(change, sampleOfVersion1()))).toMatch(reason));
});

describe('let through or costly', () => {
  it.each(MISSED)('%s', (_, change, reason) => expect(refusal(forge(change))).toMatch(reason));
});

describe('the container', () => {
  const { body } = takeApart(sample().file);

  it.each([
    ['claims a header of 2^63 bytes', container('{}', body, 2n ** 63n), /header claims 9223372036854775808 bytes, but 38 follow/],
    ['claims a header of 100 MB', container('{}', body, 100_000_000n), /header claims 100000000 bytes, but 38 follow/],
    ['claims one byte more than there is', container('{}', new Uint8Array(0), 3n), /header claims 3 bytes, but 2 follow/],
    ['has an empty header', container('', body), /header is no JSON/],
    ['has a header of text', container('"gradlet"', body), /header is no object/],
    ['has a header of an array', container('[]', body), /header is no object/],
    ['has a header that is no UTF-8', container(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), body), /header is no JSON/],
    ['has a header nested without end', container('{"a":'.repeat(1e5), body), /more than 3 objects and arrays inside each other/],
    ['has no metadata', container('{}'), /format undefined, expected 'gradlet'/],
  ])('%s', (_, bytes, reason) => expect(refusal(bytes)).toMatch(reason));
});

it('a key __proto__ in the description of a network changes nothing', () => {
  const message = refusal(forge(withPrototype('"inputs"')));
  expect(message).toMatch(/ERR_FORMAT|damaged|it was loaded/);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});
