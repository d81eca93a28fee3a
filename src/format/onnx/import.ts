/**
 * ONNX files as networks. Every fault of the bytes is one GradletError ERR_FORMAT; limits are options. Knows the file, the
 * graph's reader and the public network.
 */
import { checkBytesGiven, checkInteger, checkOptions } from '../../check.js';
import { GradletError } from '../../errors.js';
import { activation } from '../../layers.js';
import { Network } from '../../network.js';
import { type GraphPlan, readGraph } from './graph.js';
import { MODEL, type ModelMessage } from './schema.js';
import { decode, LimitError } from './wire.js';

/** Options of `fromOnnx`. */
export interface FromOnnxOptions {
  /** Seed of the network, for its further training; default random. */
  seed?: number;
  /** As for `new Network`; default 'fast'. */
  numerics?: 'fast' | 'reproducible';
  /** Most nodes that a file may have, and as many initializers; default 10,000. */
  maximumNodes?: number;
  /** Most bytes that the parameters may take as 32-bit floats; default 512 MiB. */
  maximumParameterBytes?: number;
}

const MAXIMUM_NODES = 10_000;
const MAXIMUM_PARAMETER_BYTES = 2 ** 29;
/** Names, dimensions, attributes and messages that come with a node, generously. */
const ITEMS_PER_NODE = 16;

/** Newest operator set whose operators are read as they are defined. */
const NEWEST_OPSET = 25;
/** Versions of the file format that name operator sets. */
const OLDEST_IR = 3;
const NEWEST_IR = 13;

function checkVersions({ irVersion, opsetImport }: ModelMessage): number {
  if (irVersion === undefined) throw new RangeError('expected an ONNX file, got bytes without an ir_version');
  if (!(irVersion >= OLDEST_IR && irVersion <= NEWEST_IR))
    throw new RangeError(`expected an ir_version from ${OLDEST_IR} to ${NEWEST_IR}, got ${irVersion}`);
  const standard = opsetImport.filter(({ domain = '' }) => domain === '' || domain === 'ai.onnx');
  if (standard.length !== 1) throw new RangeError(`expected one version of the standard operator set, got ${standard.length}`);
  const [{ version = 0 }] = standard;
  if (!(version >= 1 && version <= NEWEST_OPSET))
    throw new RangeError(`expected operator set 1 to ${NEWEST_OPSET}, got ${version}; export the model for one of them`);
  return version;
}

function readModel(file: Uint8Array, maximumNodes: number): ModelMessage {
  try {
    return decode(MODEL, file, { items: maximumNodes * ITEMS_PER_NODE, longest: maximumNodes });
  } catch (cause) {
    if (cause instanceof LimitError) throw cause;
    throw new RangeError(`expected an ONNX file, got bytes that are none or are damaged: ${(cause as Error).message}`, { cause });
  }
}

/** The plan of the network in a file, whose parameters are still bytes of the file. */
function readPlan(file: Uint8Array, maximumNodes: number, maximumParameterBytes: number): GraphPlan {
  const model = readModel(file, maximumNodes);
  const opset = checkVersions(model);
  if (!model.graph) throw new RangeError('expected a graph, got none');
  const plan = readGraph(model.graph, opset);
  const parameters = plan.layers.flatMap(({ trainable, running }) => [...trainable, ...running]);
  const bytes = 4 * parameters.reduce((total, { count }) => total + count, 0);
  if (bytes > maximumParameterBytes)
    throw new RangeError(`expected parameters of at most ${maximumParameterBytes} bytes, got ${bytes}; maximumParameterBytes allows more`);
  return plan;
}

/**
 * A network from the bytes of an ONNX file of a feed-forward graph: one input, one output, one layer after another.
 *
 * Read are the operators Gemm, MatMul and Add, BatchNormalization, LayerNormalization (as one node, or spelled out), Dropout,
 * Identity, Flatten, Reshape to two dimensions, the activations of this library, silu and gelu as formulas, and Constant,
 * Transpose and Cast of constants; floats of 16, 32 and 64 bits. An activation goes into the dense layer before it.
 *
 * @throws TypeError for what are no bytes, or for unknown options; RangeError for options of a wrong value; GradletError
 * ERR_FORMAT for bytes that are no ONNX file, are damaged, keep their numbers in other files, exceed a limit, or hold something
 * else than a feed-forward network, naming the node and its operator
 */
export function fromOnnx(bytes: Uint8Array, options?: FromOnnxOptions): Network {
  const file = checkBytesGiven('fromOnnx: expected the bytes of an ONNX file as a Uint8Array', bytes);
  const {
    maximumNodes = MAXIMUM_NODES,
    maximumParameterBytes = MAXIMUM_PARAMETER_BYTES,
    ...own
  } = checkOptions('fromOnnx', options, ['seed', 'numerics', 'maximumNodes', 'maximumParameterBytes']);
  checkInteger('fromOnnx: maximumNodes', maximumNodes, 1);
  checkInteger('fromOnnx: maximumParameterBytes', maximumParameterBytes, 0);
  // Wrong options of the network are the caller's fault, not the file's.
  if (Object.keys(own).length > 0) new Network({ inputs: 1, layers: [activation('linear')], ...own });
  try {
    const { inputs, layers } = readPlan(file, maximumNodes, maximumParameterBytes);
    const list = layers.length > 0 ? layers.map(({ layer }) => layer) : [activation('linear')];
    const network = new Network({ inputs: typeof inputs === 'number' ? inputs : [...inputs], layers: list, ...own });
    const parameters = [...layers.flatMap(({ trainable }) => trainable), ...layers.flatMap(({ running }) => running)];
    network.setWeights(parameters.map(({ floats }) => floats()));
    return network;
  } catch (cause) {
    if (cause instanceof GradletError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradletError('ERR_FORMAT', `fromOnnx: ${reason}`, { cause });
  }
}
