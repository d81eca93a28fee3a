/**
 * ONNX tensors and the numbers in them. A tensor that was read stays bytes of the file until its numbers are wanted, so that
 * nothing is made larger than what is there. Knows no graphs.
 */
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { show } from '../../check.js';
import { bfloat16ToFloat, halfToFloat } from '../half.js';
import {
  LOCATION_EXTERNAL,
  type TensorMessage,
  TYPE_BFLOAT16,
  TYPE_BOOL,
  TYPE_DOUBLE,
  TYPE_FLOAT,
  TYPE_FLOAT16,
  TYPE_INT32,
  TYPE_INT64,
} from './schema.js';
import type { Draft } from './wire.js';

/** How numbers of one type lie in a file. */
interface NumberType {
  readonly name: string;
  /** Bytes of a number in the raw form, little-endian. */
  readonly size: number;
  readonly raw: (view: DataView, at: number) => number;
  /** The field of the other form, in which numbers are packed one after another. */
  readonly field: 'floatData' | 'doubleData' | 'int32Data' | 'int64Data';
  /** A number from the integer that stands for it there. */
  readonly fromInteger?: (integer: number) => number;
}

const unsigned16 = (view: DataView, at: number): number => view.getUint16(at, true);

const NUMBER_TYPES: ReadonlyMap<number, NumberType> = new Map([
  [TYPE_FLOAT, { name: 'FLOAT', size: 4, raw: (view, at) => view.getFloat32(at, true), field: 'floatData' }],
  [TYPE_DOUBLE, { name: 'DOUBLE', size: 8, raw: (view, at) => view.getFloat64(at, true), field: 'doubleData' }],
  [TYPE_INT32, { name: 'INT32', size: 4, raw: (view, at) => view.getInt32(at, true), field: 'int32Data', fromInteger: (i) => i }],
  [
    TYPE_INT64,
    { name: 'INT64', size: 8, raw: (view, at) => Number(view.getBigInt64(at, true)), field: 'int64Data', fromInteger: (i) => i },
  ],
  [TYPE_BOOL, { name: 'BOOL', size: 1, raw: (view, at) => view.getUint8(at), field: 'int32Data', fromInteger: (i) => i }],
  [
    TYPE_FLOAT16,
    { name: 'FLOAT16', size: 2, raw: (view, at) => halfToFloat(unsigned16(view, at)), field: 'int32Data', fromInteger: halfToFloat },
  ],
  [
    TYPE_BFLOAT16,
    {
      name: 'BFLOAT16',
      size: 2,
      raw: (view, at) => bfloat16ToFloat(unsigned16(view, at)),
      field: 'int32Data',
      fromInteger: bfloat16ToFloat,
    },
  ],
] satisfies [number, NumberType][]);

const FLOAT_TYPES: readonly (number | undefined)[] = [TYPE_FLOAT, TYPE_DOUBLE, TYPE_FLOAT16, TYPE_BFLOAT16];

/** Whether numbers of this type may flow through a network. */
export function isFloatType(type: number | undefined): boolean {
  return FLOAT_TYPES.includes(type);
}

/** A tensor of known numbers. */
export interface Constant {
  /** As messages call it: "initializer 'fc1.weight'". */
  readonly where: string;
  readonly shape: readonly number[];
  readonly count: number;
  /** All numbers in row-major order, one call each. */
  readonly each: (visit: (value: number, index: number) => void) => void;
}

/** At most so many dimensions. */
const MAXIMUM_RANK = 16;

/** Numbers in a shape that a file declares. */
function countOf(where: string, dims: readonly number[]): number {
  if (dims.length > MAXIMUM_RANK) throw new RangeError(`${where} has ${dims.length} dimensions; expected at most ${MAXIMUM_RANK}`);
  const bad = dims.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (bad !== undefined) throw new RangeError(`${where} has a dimension of ${bad}`);
  const count = dims.reduce((product, size) => product * size, 1);
  if (!Number.isSafeInteger(count)) throw new RangeError(`${where} has shape [${dims.join(', ')}], more numbers than there can be`);
  return count;
}

/** The integers in a packed list. */
function* integers(where: string, chunk: Uint8Array): Generator<number> {
  const reader = new BinaryReader(chunk);
  while (reader.pos < chunk.length) {
    try {
      yield Number(reader.int64());
    } catch (cause) {
      throw new RangeError(`${where} has a broken integer: ${(cause as Error).message}`, { cause });
    }
  }
}

const sum = (chunks: readonly Uint8Array[]): number => chunks.reduce((total, { length }) => total + length, 0);
const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView => new DataView(buffer, byteOffset, byteLength);

/**
 * Checks what a tensor declares against its bytes.
 * @throws RangeError for numbers outside of the file, of another type, or not as many as the shape says
 */
export function readTensor(where: string, tensor: TensorMessage): Constant {
  const { dims, dataType = 0, rawData, externalData, dataLocation } = tensor;
  if (dataLocation === LOCATION_EXTERNAL || externalData.length > 0) {
    const place = externalData.find(({ key }) => key === 'location')?.value;
    const file = place === undefined ? 'a file of its own' : show(place);
    throw new RangeError(`${where} has its numbers in ${file}, not in this file; save the model with all its data inside`);
  }
  const type = NUMBER_TYPES.get(dataType);
  if (!type) {
    const names = [...NUMBER_TYPES.values()].map(({ name }) => name).join(', ');
    throw new RangeError(`${where} has data type ${dataType}; expected one of ${names}`);
  }
  const { size, raw, field, fromInteger } = type;
  const count = countOf(where, dims);
  const claim = `${where} has shape [${dims.join(', ')}] of type ${type.name}`;
  if (rawData !== undefined) {
    if (rawData.length !== count * size) throw new RangeError(`${claim}, ${count * size} bytes, but there are ${rawData.length}`);
    const view = viewOf(rawData);
    const each: Constant['each'] = (visit) => {
      for (let i = 0; i < count; i++) visit(raw(view, i * size), i);
    };
    return { where, shape: dims, count, each };
  }
  const chunks = tensor[field];
  if (!fromInteger) {
    if (sum(chunks) !== count * size || chunks.some(({ length }) => length % size))
      throw new RangeError(`${claim}, ${count * size} bytes, but there are ${sum(chunks)}`);
    const each: Constant['each'] = (visit) => {
      let index = 0;
      for (const chunk of chunks) {
        const view = viewOf(chunk);
        for (let at = 0; at < chunk.length; at += size) visit(raw(view, at), index++);
      }
    };
    return { where, shape: dims, count, each };
  }
  let found = 0;
  for (const chunk of chunks) for (const byte of chunk) if (byte < 128) found++;
  if (found !== count) throw new RangeError(`${claim}, ${count} numbers, but there are ${found}`);
  const each: Constant['each'] = (visit) => {
    let index = 0;
    for (const chunk of chunks) for (const integer of integers(where, chunk)) visit(fromInteger(integer), index++);
  };
  return { where, shape: dims, count, each };
}

/** A constant whose numbers are here already. */
export function constantOf(where: string, values: readonly number[], shape: readonly number[]): Constant {
  return { where, shape, count: values.length, each: (visit) => values.forEach(visit) };
}

/** The matrix with rows and columns exchanged. */
export function transpose({ where, shape: [rows, columns], count, each }: Constant): Constant {
  return {
    where,
    shape: [columns, rows],
    count,
    each: (visit) => each((value, index) => visit(value, (index % columns) * rows + Math.floor(index / columns))),
  };
}

/**
 * The numbers times a factor as 32-bit floats.
 * @throws RangeError when one is not finite
 */
export function toFloats({ where, count, each }: Constant, factor = 1): Float32Array {
  const floats = new Float32Array(count);
  each((value, index) => {
    floats[index] = value * factor;
    if (!Number.isFinite(floats[index])) throw new RangeError(`${where}: expected finite 32-bit numbers, got ${value} at ${index}`);
  });
  return floats;
}

/** Most numbers of a constant that says how to do something (a shape, a factor). */
const MAXIMUM_SMALL = 64;

/** The numbers of a small constant. */
export function toList({ where, count, each }: Constant): number[] {
  if (count > MAXIMUM_SMALL) throw new RangeError(`${where} has ${count} numbers; expected at most ${MAXIMUM_SMALL}`);
  const list: number[] = [];
  each((value) => list.push(value));
  return list;
}

/** A tensor to be written: 32-bit floats, row-major. */
export function writeTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Draft<TensorMessage> {
  const rawData = new Uint8Array(values.length * 4);
  const view = viewOf(rawData);
  for (let i = 0; i < values.length; i++) view.setFloat32(i * 4, values[i], true);
  return { name, dims, dataType: TYPE_FLOAT, rawData };
}
