/**
 * A small network as a JSON value, for source control: its description and its tensors as numbers, each the shortest decimal that
 * reads back to the same f32. Knows the form of the description; neither memory nor training.
 *
 * `crc32` covers all the rest (keys in alphabetical order, then the tensors' bytes), so that a bad merge is noticed; whoever edits
 * by hand leaves it out.
 */
import { checkInteger, show } from '../check.js';
import { GradletError } from '../errors.js';
import { crc32, hexadecimal } from './crc32.js';
import { isRecord } from './json.js';
import { checkMetadata, type Metadata } from './metadata.js';
import {
  checkDescription,
  checkVersion,
  type Description,
  FORMAT,
  FORMAT_VERSION,
  type StoredModel,
  type StoredTensor,
  type WritableModel,
} from './model.js';

/** What `toJSON` gives and `fromJSON` takes. */
export interface NetworkJson {
  /** Tells such objects from others. */
  readonly format: 'gradlet';
  /** Version of the form; readers refuse what is newer than they are. */
  readonly formatVersion: string;
  /** Inputs, layers, seed, numerics and counters. */
  readonly network: Description;
  /** Texts that belong to the model, as in `network.metadata`. */
  readonly metadata?: Metadata;
  /** As `getWeights` gives them; kernels [inputs, units] row-major. */
  readonly weights: readonly { readonly name: string; readonly shape: readonly number[]; readonly data: readonly number[] }[];
  /** Checksum of the weights, 8 hexadecimal digits; checked where it is given. */
  readonly crc32?: string;
}

/** Least normal f32. */
const NORMAL = 2 ** -126;
/** Any number nearer to 0 than half the least f32 reads back as 0 with its sign, and JSON writes no -0. */
const MINUS_ZERO = -1e-46;

/** Of the decimals with so many digits, those next to a number: the nearest one, and the one beyond it. */
function* decimals(value: number, digits: number): Generator<number> {
  const [fraction, exponent] = value.toExponential(digits - 1).split('e');
  yield Number(`${fraction}e${exponent}`);
  // Below a power of two numbers lie closer together than above it, where the second nearest may do.
  const whole = Number(fraction.replace('.', ''));
  yield Number(`${whole + Math.sign(value)}e${Number(exponent) - digits + 1}`);
}

/** The number with the fewest decimal digits that is the same as f32. */
export function shortestDecimal(value: number): number {
  if (value === 0) return Object.is(value, -0) ? MINUS_ZERO : 0;
  // Six digits are never too many for a normal f32, and what they have too much of is zeros.
  for (let digits = Math.abs(value) < NORMAL ? 1 : 6; digits < 9; digits++) {
    for (const decimal of decimals(value, digits)) if (Math.fround(decimal) === value) return decimal;
  }
  return Number(value.toPrecision(9));
}

/** JSON with the keys of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) =>
    isRecord(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

function checksum(
  network: unknown,
  metadata: unknown,
  weights: readonly { name: string; shape: unknown; data: ArrayLike<number> }[],
): string {
  const names = weights.map(({ name, shape }) => [name, shape]);
  let sum = crc32(new TextEncoder().encode(canonical([FORMAT_VERSION, network, metadata ?? {}, names])));
  for (const { data } of weights) {
    const view = new DataView(new ArrayBuffer(4 * data.length));
    for (let i = 0; i < data.length; i++) view.setFloat32(4 * i, data[i], true);
    sum = crc32(new Uint8Array(view.buffer), sum);
  }
  return hexadecimal(sum);
}

export function encodeJson({ description, tensors, metadata }: WritableModel): NetworkJson {
  // Through JSON, so that nobody holds the network's own objects.
  const network = JSON.parse(JSON.stringify(description)) as Description;
  return {
    format: FORMAT,
    formatVersion: FORMAT_VERSION,
    network,
    ...(Object.keys(metadata).length > 0 && { metadata: { ...metadata } }),
    weights: tensors.map(({ name, shape, data }) => ({ name, shape: [...shape], data: Array.from(data, shortestDecimal) })),
    crc32: checksum(network, metadata, tensors),
  };
}

function fail(what: string): never {
  throw new GradletError('ERR_FORMAT', `a damaged gradlet model: ${what}`);
}

function readTensor(entry: unknown, index: number): [string, StoredTensor] {
  const where = `weights[${index}]`;
  if (!isRecord(entry)) fail(`${where}: expected { name, shape, data }, got ${show(entry)}`);
  const { name, shape, data, ...others } = entry;
  for (const key of Object.keys(others)) fail(`${where}: unknown key ${show(key)}`);
  if (typeof name !== 'string') fail(`${where}.name: expected a text, got ${show(name)}`);
  if (!Array.isArray(shape)) fail(`${where}.shape: expected an array, got ${show(shape)}`);
  if (!Array.isArray(data)) fail(`${where}.data: expected an array of numbers, got ${show(data)}`);
  const count = shape.reduce((product: number, extent, axis) => product * checkInteger(`${where}.shape[${axis}]`, extent, 0), 1);
  if (count !== data.length) fail(`${where}: shape [${shape.slice(0, 8).join(', ')}] has ${count} numbers, data ${data.length}`);
  const wrong = data.findIndex((value) => typeof value !== 'number');
  if (wrong >= 0) fail(`${where}.data[${wrong}]: expected a number, got ${show(data[wrong])}`);
  return [name, { shape, count, values: () => data as number[] }];
}

/** Reads what `toJSON` gave; errors other than GradletError are of checks that say what is wrong. */
export function decodeJson(value: unknown): StoredModel {
  if (!isRecord(value)) fail(`expected the object that toJSON gave, got ${show(value)}`);
  const { format, formatVersion, network, metadata, weights, crc32: sum, ...others } = value;
  if (format !== FORMAT) fail(`format is ${show(format)}, expected '${FORMAT}'`);
  checkVersion(formatVersion, [FORMAT_VERSION]);
  for (const key of Object.keys(others)) fail(`unknown key ${show(key)}`);
  const description = checkDescription(network);
  if (!Array.isArray(weights)) fail(`weights: expected an array, got ${show(weights)}`);
  const entries = weights.map(readTensor);
  const tensors = new Map(entries);
  if (tensors.size !== entries.length) fail('weights: two tensors have the same name');
  const free = checkMetadata('metadata', metadata ?? {});
  if (sum !== undefined) {
    const found = checksum(
      network,
      free,
      entries.map(([name, { shape, values }]) => ({ name, shape, data: values() })),
    );
    if (found !== sum) fail(`its checksum is ${found}, but crc32 says ${show(sum)}; leave crc32 out when you change it by hand`);
  }
  return { description, tensors, training: undefined, metadata: free };
}
