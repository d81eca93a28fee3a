/** ONNX files put together for tests, right or wrong. Uses the library's tables of messages, but neither its reader nor its writer of graphs. */
import {
  type AttributeMessage,
  type GraphMessage,
  MODEL,
  type ModelMessage,
  type NodeMessage,
  type TensorMessage,
} from '../../src/format/onnx/schema.js';
import { writeTensor } from '../../src/format/onnx/tensor.js';
import { type Draft, decode, encode } from '../../src/format/onnx/wire.js';
import { GradletError } from '../../src/index.js';
import { type FromOnnxOptions, fromOnnx } from '../../src/onnx.js';

type Attributes = Record<string, number | string | number[] | Draft<TensorMessage>>;

/** A node: operator, inputs, output, attributes; whole numbers become ints, others floats, arrays ints. */
export type Node = readonly [opType: string, input: string[], output: string, attributes?: Attributes];

/** What a graph is made of; the input is 'x' of two columns and the output 'y' unless said otherwise. */
export interface Parts {
  readonly nodes: readonly Node[];
  /** Shape and numbers of each initializer, or a whole tensor. */
  readonly initializers?: Readonly<Record<string, readonly [shape: number[], values: number[]] | Draft<TensorMessage>>>;
  /** Dimensions of the input, a text where one is open. */
  readonly input?: readonly (number | string)[];
  readonly opset?: number;
  readonly graph?: Draft<GraphMessage>;
  readonly model?: Draft<ModelMessage>;
}

function attribute(name: string, value: Attributes[string]): Draft<AttributeMessage> {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: 3 };
  if (Array.isArray(value)) return { name, ints: value, type: 7 };
  if (typeof value === 'object') return { name, t: value, type: 4 };
  return Number.isInteger(value) && name !== 'alpha' && name !== 'beta' && name !== 'ratio' && name !== 'epsilon'
    ? { name, i: value, type: 2 }
    : { name, f: value, type: 1 };
}

export function node([opType, input, output, attributes = {}]: Node): Draft<NodeMessage> {
  return {
    opType,
    input,
    output: [output],
    name: `${opType}_of_${output}`,
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  };
}

export function value(name: string, dims: readonly (number | string)[], elemType = 1) {
  return {
    name,
    type: {
      tensorType: { elemType, shape: { dim: dims.map((size) => (typeof size === 'string' ? { parameter: size } : { value: size })) } },
    },
  };
}

export function craft({ nodes, initializers = {}, input = ['batch', 2], opset = 17, graph, model }: Parts): Uint8Array<ArrayBuffer> {
  const tensors = Object.entries(initializers).map(([name, given]) =>
    'length' in given ? writeTensor(name, given[0], given[1]) : { name, ...given },
  );
  return encode(MODEL, {
    irVersion: 8,
    opsetImport: [{ domain: '', version: opset }],
    graph: { node: nodes.map(node), initializer: tensors, input: [value('x', input)], output: [value('y', [])], ...graph },
    ...model,
  });
}

/** A file's messages. */
export function open(file: Uint8Array): ModelMessage {
  return decode(MODEL, file, { items: 1e6, longest: 1e6 });
}

/** The message with which a file is refused. */
export function refusal(file: Uint8Array, options?: FromOnnxOptions): string {
  try {
    fromOnnx(file, options);
  } catch (error) {
    if (!(error instanceof GradletError) || error.code !== 'ERR_FORMAT') throw error;
    return error.message;
  }
  return 'it was read';
}
