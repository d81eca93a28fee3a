/**
 * Weights of TensorFlow.js: their specifications (name, shape, dtype, quantization) in order, and their bytes one after another,
 * little-endian, cut into shards anywhere. Knows no layers.
 */
import { checkBytesGiven, show } from '../../check.js';
import { halvesToFloats } from '../half.js';
import type { Tensor } from './assemble.js';
import { type Fields, fieldsOf, integerOf, listOf, numberOf, pick, refuse, textOf } from './fields.js';

/** Bytes as they are given. */
export type Bytes = ArrayBuffer | Uint8Array;

/** What is written about a weight. */
export interface WeightSpec {
  /** As in Keras: 'dense/kernel'. */
  readonly name: string;
  /** Sizes of the dimensions. */
  readonly shape: readonly number[];
  /** Kind of the numbers. */
  readonly dtype: 'float32';
}

/** Bytes of a number of each type; texts have no fixed size. */
const ITEM_BYTES: ReadonlyMap<string, number> = new Map([
  ['float32', 4],
  ['int32', 4],
  ['uint32', 4],
  ['uint16', 2],
  ['float16', 2],
  ['uint8', 1],
  ['bool', 1],
  ['complex64', 8],
]);

/** All shards, checked for their kind, one after another. */
export function bytesGiven(where: string, given: Bytes | readonly Bytes[]): Uint8Array {
  const expected = `${where}: expected ArrayBuffers or Uint8Arrays`;
  const single = (value: unknown): Uint8Array => {
    const kind = Object.prototype.toString.call(value);
    const isBuffer = kind === '[object ArrayBuffer]' || kind === '[object SharedArrayBuffer]';
    return isBuffer ? new Uint8Array(value as ArrayBuffer) : checkBytesGiven(expected, value);
  };
  if (!Array.isArray(given)) return single(given);
  const shards = given.map(single);
  const bytes = new Uint8Array(shards.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const shard of shards) {
    bytes.set(shard, at);
    at += shard.length;
  }
  return bytes;
}

/** A weight's place among the bytes. */
interface Place {
  readonly name: string;
  /** The name in its parts, without ':0'. */
  readonly path: readonly string[];
  readonly shape: readonly number[];
  readonly dtype: string;
  /** The type of the bytes: that of the quantization, if there is one. */
  readonly stored: string;
  readonly quantization: Fields | undefined;
  /** It belongs to an optimizer, not to a layer. */
  readonly isOptimizer: boolean;
  readonly start: number;
  readonly end: number;
}

/** The weights of a file by layer and name; what nobody asks for is known at the end. */
export class StoredWeights {
  readonly #where: string;
  readonly #bytes: Uint8Array;
  readonly #places: readonly Place[];
  /** By each part of the path but the last. */
  readonly #byLayer = new Map<string, Place[]>();
  readonly #used = new Set<Place>();

  /** @throws GradletError ERR_FORMAT for specifications that do not fit the bytes */
  constructor(where: string, specs: readonly unknown[], bytes: Uint8Array) {
    this.#where = where;
    this.#bytes = bytes;
    const names = new Set<string>();
    let end = 0;
    this.#places = specs.map((value, index) => {
      const place = readPlace(`${where}: weights[${index}]`, value, end, bytes.length);
      if (names.has(place.name)) refuse(where, `two weights have the name ${show(place.name)}`);
      names.add(place.name);
      end = place.end;
      for (const part of new Set(place.isOptimizer ? [] : place.path.slice(0, -1))) {
        const list = this.#byLayer.get(part);
        if (list) list.push(place);
        else this.#byLayer.set(part, [place]);
      }
      return place;
    });
    if (end !== bytes.length) refuse(where, `the weights have ${end} bytes, but the buffers ${bytes.length}`);
  }

  /**
   * The place of layer `layer`'s weight `own`, its `index`-th: 'dense/kernel', 'model/dense/kernel:0' or 'dense/vars/0'. Where
   * several fit, the one right behind the layer's name.
   */
  find(where: string, layer: string, own: string, index: number): Place {
    const fitting = (this.#byLayer.get(layer) ?? []).filter(({ path }) => {
      const last = path[path.length - 1];
      return last === own || (last === String(index) && path[path.length - 2] === 'vars');
    });
    const nearest = fitting.filter(({ path }) => path[path.length - 2] === layer || path[path.length - 3] === layer);
    const found = nearest.length === 1 ? nearest : fitting;
    if (found.length === 1) return found[0];
    const all = this.#places.slice(0, 8).map(({ name }) => name);
    const count = found.length === 0 ? 'no weight' : `${found.length} weights`;
    const list = `${all.join(', ')}${this.#places.length > all.length ? ', …' : ''}`;
    refuse(where, `there is ${count} '${layer}/${own}' among ${list.length > 240 ? `${list.slice(0, 240)}…` : list || 'none'}`);
  }

  /** That weight's numbers. */
  read(where: string, layer: string, own: string, index: number): Tensor {
    const place = this.find(where, layer, own, index);
    if (this.#used.has(place)) refuse(where, `weight ${show(place.name)} belongs to two layers`);
    this.#used.add(place);
    return { name: place.name, shape: place.shape, data: decode(where, place, this.#bytes) };
  }

  /** Floats that no layer asked for would mean that the model was misread. */
  checkAllUsed(): void {
    const left = this.#places.find((place) => place.dtype === 'float32' && !place.isOptimizer && !this.#used.has(place));
    if (left) refuse(this.#where, `weight ${show(left.name)} belongs to no layer`);
  }
}

function readPlace(where: string, value: unknown, start: number, total: number): Place {
  const spec = fieldsOf(where, value);
  const name = textOf(`${where}.name`, spec.name);
  const dtype = textOf(`${where}.dtype`, spec.dtype);
  const quantized = pick(spec, 'quantization');
  const quantization = quantized === undefined ? undefined : fieldsOf(`${where}.quantization`, quantized);
  const stored = quantization ? textOf(`${where}.quantization.dtype`, quantization.dtype) : dtype;
  const bytes = ITEM_BYTES.get(stored);
  if (bytes === undefined)
    refuse(where, `weight ${show(name)} has dtype ${show(stored)}; expected one of ${[...ITEM_BYTES.keys()].join(', ')}`);
  const shape = listOf(`${where}.shape`, spec.shape).map((size, index) => integerOf(`${where}.shape[${index}]`, size, 0));
  // Products beyond what numbers hold are larger than any file, infinite or NaN.
  const end = start + bytes * shape.reduce((product, size) => product * size, 1);
  if (!(end <= total)) refuse(where, `weight ${show(name)} ends at byte ${end} of ${total}`);
  const path = name.replace(/:\d+$/, '').split('/');
  return { name, path, shape, dtype, stored, quantization, isOptimizer: pick(spec, 'group') === 'optimizer', start, end };
}

function decode(where: string, { name, shape, dtype, stored, quantization, start, end }: Place, bytes: Uint8Array): Float32Array {
  if (dtype !== 'float32') refuse(where, `weight ${show(name)} has dtype ${show(dtype)}; expected 'float32'`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, end - start);
  const count = shape.reduce((product, size) => product * size, 1);
  const data = new Float32Array(count);
  if (!quantization) {
    for (let i = 0; i < count; i++) data[i] = view.getFloat32(4 * i, true);
    return data;
  }
  if (stored === 'float16') return halvesToFloats(Uint16Array.from(data, (_, i) => view.getUint16(2 * i, true)));
  if (stored !== 'uint8' && stored !== 'uint16') {
    refuse(where, `weight ${show(name)} is quantized as ${show(stored)}; expected uint8, uint16 or float16`);
  }
  const scale = numberOf(`${where}: ${show(name)}: quantization.scale`, pick(quantization, 'scale'));
  const min = numberOf(`${where}: ${show(name)}: quantization.min`, pick(quantization, 'min'));
  for (let i = 0; i < count; i++) data[i] = (stored === 'uint8' ? view.getUint8(i) : view.getUint16(2 * i, true)) * scale + min;
  return data;
}

/** Weights as f32 in one buffer, and what is written about them. */
export function writeWeights(weights: readonly Tensor[]): { specs: WeightSpec[]; data: ArrayBuffer } {
  const data = new ArrayBuffer(weights.reduce((sum, { data: { length } }) => sum + 4 * length, 0));
  const view = new DataView(data);
  let at = 0;
  const specs = weights.map(({ name, shape, data: values }): WeightSpec => {
    for (let i = 0; i < values.length; i++, at += 4) view.setFloat32(at, values[i], true);
    return { name, shape: [...shape], dtype: 'float32' };
  });
  return { specs, data };
}
