/**
 * From an ONNX graph to the layers of a network: one pass over its nodes, each giving names their values, then back from the
 * output along the stages. Knows operators by their table; neither bytes nor networks.
 */
import { show } from '../../check.js';
import type { Layer } from '../../layers.js';
import { describeNode, NodeView } from './node.js';
import { OPERATORS } from './operators.js';
import type { GraphMessage, NodeMessage, ValueMessage } from './schema.js';
import { isFloatType, readTensor } from './tensor.js';
import { knownColumns, type Parameter, type Samples, type Stage, type Value } from './values.js';

/** A layer with its numbers to be. */
export interface Planned {
  readonly where: string;
  readonly layer: Layer;
  readonly trainable: readonly Parameter[];
  readonly running: readonly Parameter[];
}

export interface GraphPlan {
  readonly inputs: number | readonly number[];
  readonly layers: readonly Planned[];
}

const names = (values: readonly ValueMessage[]): string => {
  const shown = values.slice(0, 5).map(({ name = '' }) => show(name));
  return values.length > shown.length ? `${shown.join(', ')}, …` : shown.join(', ');
};

/** The samples as they come in, and the shape of one if the file says it. */
function readInput({ name = '', type }: ValueMessage): { samples: Samples; shape: readonly number[] | undefined } {
  const where = `input ${show(name)}`;
  const { elemType, shape } = type?.tensorType ?? {};
  if (type && !isFloatType(elemType)) throw new RangeError(`${where}: expected a tensor of floats, got type ${elemType ?? 'none'}`);
  const stage: Stage = { where };
  if (!shape) return { samples: { kind: 'samples', stage, rank: 2, batch: 'any', width: { columns: undefined } }, shape: undefined };
  const sizes = shape.dim.map(({ value }) => value);
  const bad = sizes.find((size) => size !== undefined && (!Number.isSafeInteger(size) || size < 0));
  if (bad !== undefined) throw new RangeError(`${where}: expected dimensions that are whole numbers, got ${bad}`);
  if (sizes.length === 0) throw new RangeError(`${where}: expected samples in rows, got a single number`);
  const batched = sizes.length > 1;
  // Some writers put 0 for a size that is left open.
  const own = (batched ? sizes.slice(1) : sizes).map((size) => size || undefined);
  const known = own.every((size) => size !== undefined);
  const columns = known ? own.reduce((product, size) => product * size, 1) : undefined;
  const batch = batched ? sizes[0] || 'any' : 'none';
  const samples: Samples = { kind: 'samples', stage, rank: sizes.length, batch, width: { columns } };
  return { samples, shape: known ? own : undefined };
}

/** Names that have a value, with the checks that make a graph one without circles. */
class Names {
  readonly #values = new Map<string, () => Value>();

  /** `make` runs when the value is wanted first. */
  define(name: string, where: string, make: () => Value): void {
    if (this.#values.has(name)) throw new RangeError(`${where}: the name ${show(name)} is given twice`);
    let value: Value | undefined;
    this.#values.set(name, () => {
      value ??= make();
      return value;
    });
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  find(name: string, where: string): Value {
    const found = this.#values.get(name);
    if (!found)
      throw new RangeError(
        `${where}: its input ${show(name)} is neither an input of the graph, nor an initializer, nor given by a node before`,
      );
    return found();
  }
}

function runNode(node: NodeMessage, values: Names, opset: number): void {
  const where = describeNode(node);
  const { domain = '', opType = '' } = node;
  const known = (domain === '' || domain === 'ai.onnx') && Object.hasOwn(OPERATORS, opType);
  if (!known)
    throw new RangeError(`${where}: expected an operator that layers are made of, such as Gemm, MatMul or Relu; this one has no layer`);
  const [operator, most] = OPERATORS[opType];
  // Inputs left out have an empty name.
  const inputs = node.input.map((name) => (name === '' ? undefined : values.find(name, where)));
  const view = new NodeView(node, inputs, opset);
  view.arity(most);
  const result = operator(view);
  view.checkAllRead();
  if (!node.output[0]) throw new RangeError(`${where}: expected the name of an output, got none`);
  for (const [index, name] of node.output.entries()) {
    if (name !== '') values.define(name, where, () => (index === 0 ? result : { kind: 'unused', where }));
  }
}

/** The layers from the input to a stage, activations put into the dense layers before them. */
function collect(last: Stage): Planned[] {
  const stages: Stage[] = [];
  for (let stage: Stage | undefined = last; stage; stage = stage.previous) stages.push(stage);
  const layers: Planned[] = [];
  for (const { where, layer, trainable = [], running = [] } of stages.reverse()) {
    if (!layer) continue;
    const before = layers[layers.length - 1];
    if (layer.type === 'activation' && before?.layer.type === 'dense' && before.layer.activation === 'linear') {
      layers[layers.length - 1] = { ...before, layer: { ...before.layer, activation: layer.activation } };
    } else {
      layers.push({ where, layer, trainable, running });
    }
  }
  return layers;
}

/**
 * @param opset version of the standard operators
 * @throws RangeError saying which node, name or tensor is not what a feed-forward network has
 */
export function readGraph(graph: GraphMessage, opset: number): GraphPlan {
  const values = new Names();
  for (const tensor of graph.initializer) {
    const { name = '' } = tensor;
    const where = `initializer ${show(name)}`;
    values.define(name, where, () => ({ kind: 'constant', constant: readTensor(where, tensor) }));
  }
  // Old files list initializers among the inputs.
  const inputs = graph.input.filter(({ name = '' }) => !values.has(name));
  if (inputs.length !== 1)
    throw new RangeError(`expected one input, got ${inputs.length} (${names(inputs)}); a network has one table of samples`);
  const { samples, shape } = readInput(inputs[0]);
  values.define(inputs[0].name ?? '', samples.stage.where, () => samples);

  for (const node of graph.node) runNode(node, values, opset);

  if (graph.output.length !== 1)
    throw new RangeError(`expected one output, got ${graph.output.length} (${names(graph.output)}); a network has one`);
  const [{ name = '' }] = graph.output;
  const result = values.find(name, 'the output of the graph');
  if (result.kind !== 'samples') throw new RangeError(`output ${show(name)}: expected what layers make of the input, got something else`);
  const columns = knownColumns(samples.stage.where, samples);
  return { inputs: shape && shape.length > 1 ? shape : columns, layers: collect(result.stage) };
}
