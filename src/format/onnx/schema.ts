/**
 * The messages of an ONNX file, as far as they are read or written here, by the field numbers of onnx.proto
 * (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Says what there is; what it means stands elsewhere.
 */
import { WireType } from '@bufbuild/protobuf/wire';
import { bytes, float, int, limited, many, message, numbers, one, text, unread } from './wire.js';

const ENTRY = message({ key: one(1, text), value: one(2, text) });

/** An array of numbers; they lie in one of the data fields, which one depends on the type. */
export const TENSOR = message({
  dims: many(1, int),
  dataType: one(2, int),
  floatData: numbers(4, WireType.Bit32),
  int32Data: numbers(5, WireType.Varint),
  int64Data: numbers(7, WireType.Varint),
  name: one(8, text),
  rawData: one(9, bytes),
  doubleData: numbers(10, WireType.Bit64),
  externalData: many(13, ENTRY),
  dataLocation: one(14, int),
});

export const ATTRIBUTE = message({
  name: one(1, text),
  f: one(2, float),
  i: one(3, int),
  s: one(4, bytes),
  t: one(5, TENSOR),
  floats: many(7, float),
  ints: many(8, int),
  type: one(20, int),
});

export const NODE = message({
  input: many(1, text),
  output: many(2, text),
  name: one(3, text),
  opType: one(4, text),
  attribute: many(5, ATTRIBUTE),
  docString: unread(one(6, text)),
  domain: one(7, text),
});

const DIMENSION = message({ value: one(1, int), parameter: one(2, text) });
const SHAPE = message({ dim: many(1, DIMENSION) });
const TENSOR_TYPE = message({ elemType: one(1, int), shape: one(2, SHAPE) });
const TYPE = message({ tensorType: one(1, TENSOR_TYPE) });

/** Name and type of a value of the graph. */
export const VALUE = message({ name: one(1, text), type: one(2, TYPE), docString: unread(one(3, text)) });

export const GRAPH = message({
  node: limited(many(1, NODE)),
  name: one(2, text),
  initializer: limited(many(5, TENSOR)),
  docString: unread(one(10, text)),
  input: many(11, VALUE),
  output: many(12, VALUE),
  valueInfo: unread(many(13, VALUE)),
});

const OPERATOR_SET = message({ domain: one(1, text), version: one(2, int) });

export const MODEL = message({
  irVersion: one(1, int),
  producerName: unread(one(2, text)),
  docString: unread(one(6, text)),
  graph: one(7, GRAPH),
  opsetImport: many(8, OPERATOR_SET),
});

type Of<C> = C extends { readFields(...given: never): infer M } ? M : never;
export type TensorMessage = Of<typeof TENSOR>;
export type AttributeMessage = Of<typeof ATTRIBUTE>;
export type NodeMessage = Of<typeof NODE>;
export type ValueMessage = Of<typeof VALUE>;
export type GraphMessage = Of<typeof GRAPH>;
export type ModelMessage = Of<typeof MODEL>;

/** TensorProto.DataType */
export const TYPE_FLOAT = 1;
export const TYPE_INT32 = 6;
export const TYPE_INT64 = 7;
export const TYPE_BOOL = 9;
export const TYPE_FLOAT16 = 10;
export const TYPE_DOUBLE = 11;
export const TYPE_BFLOAT16 = 16;

/** AttributeProto.AttributeType */
export const ATTRIBUTE_FLOAT = 1;
export const ATTRIBUTE_INT = 2;

/** TensorProto.DataLocation */
export const LOCATION_EXTERNAL = 1;
