/**
 * What brain.js writes by `net.toJSON()`: the form of version 2 (arrays) and that of version 1 (objects keyed by node).
 * Both have one activation for all layers. Reads only.
 */
import type { Activation } from '../../activations.js';
import { show } from '../../check.js';
import { dense } from '../../layers.js';
import type { Network } from '../../network.js';
import { MAXIMUM_INPUTS } from '../../shapes.js';
import { assemble, type LayerTensors } from './assemble.js';
import { type Fields, fieldsOf, integerOf, jsonGiven, listOf, numberOf, numbersOf, pick, refuse, textOf } from './fields.js';
import { leakyOf } from './leaky.js';

/** What the other library knew of the columns besides their order. */
export interface ColumnNames {
  /** Names of the input columns, in their order, if the network was trained on objects. */
  readonly inputNames?: readonly string[];
  /** Names of the output columns. */
  readonly outputNames?: readonly string[];
}

const WHERE = 'fromBrain';

/** A node's weights and bias, its weights in the order of the nodes before it. */
interface Node {
  readonly weights: Float32Array;
  readonly bias: number;
}

/** What both forms say. */
interface Described {
  /** Nodes of each layer behind the inputs. */
  readonly layers: readonly (readonly Node[])[];
  readonly names: ColumnNames;
}

/**
 * A network from what `net.toJSON()` of brain.js's `NeuralNetwork` gives (versions 1 and 2), or its text. Was it trained on
 * objects, the result has `inputNames` and `outputNames`: the keys in the order of the columns.
 * @throws GradletError ERR_FORMAT for what is no such network; TypeError for what is no object
 */
export function fromBrain(json: object | string): Network & ColumnNames {
  const given = jsonGiven(WHERE, json);
  const type = pick(given, 'type') ?? 'NeuralNetwork';
  if (type !== 'NeuralNetwork' && type !== 'NeuralNetworkGPU') {
    refuse(WHERE, `expected a network of type 'NeuralNetwork', got ${show(type)}; other types of brain.js have no counterpart`);
  }
  const sizes = listOf(`${WHERE}: sizes`, given.sizes).map((size, index) =>
    integerOf(`${WHERE}: sizes[${index}]`, size, 1, MAXIMUM_INPUTS),
  );
  if (sizes.length < 2) refuse(WHERE, `sizes: expected those of inputs and outputs at least, got ${sizes.length}; train the network first`);
  const layers = listOf(`${WHERE}: layers`, given.layers);
  if (layers.length !== sizes.length) refuse(WHERE, `layers: expected ${sizes.length} as in sizes, got ${layers.length}`);
  const first = fieldsOf(`${WHERE}: layers[1]`, layers[1]);
  const isArrays = Object.hasOwn(first, 'weights') && Array.isArray(first.weights);
  const described = isArrays ? readArrays(given, sizes, layers) : readNodes(given, sizes, layers);
  const activation = activationOf(given, isArrays);
  const network = assemble(
    WHERE,
    { inputs: sizes[0], layers: sizes.slice(1).map((units) => dense(units, { activation })) },
    described.layers.map((nodes, index) => tensorsOf(nodes, sizes[index], index + 1)),
  );
  return Object.assign(network, described.names);
}

/** A layer's nodes as kernel and bias. */
function tensorsOf(nodes: readonly Node[], inputs: number, layer: number): LayerTensors {
  const units = nodes.length;
  const kernel = new Float32Array(inputs * units);
  for (const [unit, { weights }] of nodes.entries()) for (let i = 0; i < inputs; i++) kernel[i * units + unit] = weights[i];
  return {
    kernel: { name: `layers[${layer}].weights`, shape: [inputs, units], data: kernel },
    bias: { name: `layers[${layer}].biases`, shape: [units], data: Float32Array.from(nodes, ({ bias }) => bias) },
  };
}

function activationOf(given: Fields, isArrays: boolean): Activation {
  const options = ['trainOpts', 'options'].map((name) => fieldsOf(`${WHERE}: ${name}`, pick(given, name) ?? {}));
  const find = (name: string): unknown => options.map((fields) => pick(fields, name)).find((value) => value !== undefined);
  const name = textOf(`${WHERE}: activation`, pick(given, 'activation') ?? find('activation') ?? 'sigmoid');
  if (name === 'sigmoid' || name === 'relu' || name === 'tanh') return name;
  if (name !== 'leaky-relu') refuse(WHERE, `activation: expected one of sigmoid, relu, leaky-relu, tanh, got ${show(name)}`);
  if (!isArrays) refuse(WHERE, "activation 'leaky-relu': version 1 of brain.js does not save its slope; train with version 2");
  const slope = numberOf(`${WHERE}: leakyReluAlpha`, find('leakyReluAlpha') ?? pick(given, 'leakyReluAlpha'), 0.01);
  if (slope < 0 || slope > 1) refuse(WHERE, `leakyReluAlpha: expected a number from 0 to 1, got ${slope}`);
  return leakyOf(slope);
}

/** Version 2: layers of { weights: number[][], biases: number[] }, names as { key: column }. */
function readArrays(given: Fields, sizes: readonly number[], layers: readonly unknown[]): Described {
  const nodes = sizes.slice(1).map((units, index) => {
    const where = `${WHERE}: layers[${index + 1}]`;
    const layer = fieldsOf(where, layers[index + 1]);
    const rows = listOf(`${where}.weights`, layer.weights);
    if (rows.length !== units) refuse(where, `weights: expected ${units} rows as in sizes, got ${rows.length}`);
    const biases = numbersOf(`${where}.biases`, layer.biases, units);
    return rows.map((row, unit): Node => ({ weights: numbersOf(`${where}.weights[${unit}]`, row, sizes[index]), bias: biases[unit] }));
  });
  const inputNames = namesOf(given, 'inputLookup', sizes[0]);
  const outputNames = namesOf(given, 'outputLookup', sizes[sizes.length - 1]);
  return { layers: nodes, names: { ...(inputNames && { inputNames }), ...(outputNames && { outputNames }) } };
}

/** The keys of a table of columns, in the order of the columns. */
function namesOf(given: Fields, field: string, count: number): readonly string[] | undefined {
  const table = pick(given, field);
  if (table === undefined) return undefined;
  const where = `${WHERE}: ${field}`;
  const entries = Object.entries(fieldsOf(where, table));
  if (entries.length !== count) refuse(where, `expected ${count} names, got ${entries.length}`);
  const names: string[] = Array(count);
  for (const [name, column] of entries) {
    const at = integerOf(`${where}: ${show(name)}`, column, 0, count - 1);
    if (names[at] !== undefined) refuse(where, `${show(names[at])} and ${show(name)} have the same column ${at}`);
    names[at] = name;
  }
  return Object.freeze(names);
}

/** Version 1: layers of { node: { bias, weights: { node before: number } } }; with names, the nodes are called by them. */
function readNodes(given: Fields, sizes: readonly number[], layers: readonly unknown[]): Described {
  const keys = layers.map((layer, index) => {
    const found = Object.keys(fieldsOf(`${WHERE}: layers[${index}]`, layer));
    if (found.length !== sizes[index]) refuse(WHERE, `layers[${index}]: expected ${sizes[index]} nodes as in sizes, got ${found.length}`);
    return found;
  });
  const nodes = layers.slice(1).map((layer, index) =>
    keys[index + 1].map((key): Node => {
      const where = `${WHERE}: layers[${index + 1}][${show(key)}]`;
      const node = fieldsOf(where, (layer as Fields)[key]);
      const weights = fieldsOf(`${where}.weights`, node.weights);
      const ordered = keys[index].map((before) => (Object.hasOwn(weights, before) ? weights[before] : undefined));
      const count = Object.keys(weights).length;
      if (count !== ordered.length) refuse(`${where}.weights`, `expected ${ordered.length} numbers, got ${count}`);
      return { weights: numbersOf(`${where}.weights`, ordered, ordered.length), bias: numbersOf(`${where}.bias`, [node.bias], 1)[0] };
    }),
  );
  const named = (field: string, index: number): readonly string[] | undefined =>
    pick(given, field) === true ? Object.freeze([...keys[index]]) : undefined;
  const inputNames = named('inputLookup', 0);
  const outputNames = named('outputLookup', keys.length - 1);
  return { layers: nodes, names: { ...(inputNames && { inputNames }), ...(outputNames && { outputNames }) } };
}
