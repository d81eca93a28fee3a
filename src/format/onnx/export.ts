/**
 * Networks as ONNX files of operator set 17. Each layer becomes the nodes of its rule, in inference mode. Knows layers and their
 * tensors; bytes are wire.ts's work.
 *
 * Names follow the layers: node 'layers.0.dense', initializer 'layers.0.kernel', value 'layers.0.output'.
 */
import { type Activation, type ActivationName, activationName } from '../../activations.js';
import { plural } from '../../check.js';
import type { SlotRole } from '../../compile/parameters.js';
import type { NetworkCore } from '../../core.js';
import { activationOf, type Layer } from '../../layers.js';
import { coreOf, type Network } from '../../network.js';
import { summarize } from '../../summary.js';
import {
  ATTRIBUTE_FLOAT,
  ATTRIBUTE_INT,
  type AttributeMessage,
  MODEL,
  type NodeMessage,
  type TensorMessage,
  TYPE_FLOAT,
  type ValueMessage,
} from './schema.js';
import { writeTensor } from './tensor.js';
import { LEAK, SELU_ALPHA, SELU_GAMMA } from './values.js';
import { type Draft, encode } from './wire.js';

/** What ONNX 1.12 brought, in 2022: the first set with LayerNormalization. */
const OPSET = 17;
const IR_VERSION = 8;
const INPUT = 'input';
const OUTPUT = 'output';

const float = (name: string, f: number): Draft<AttributeMessage> => ({ name, f, type: ATTRIBUTE_FLOAT });
const int = (name: string, i: number): Draft<AttributeMessage> => ({ name, i, type: ATTRIBUTE_INT });

/** Activations that are one node; linear is none, silu and gelu are formulas. */
const ACTIVATION_NODES: Readonly<Partial<Record<ActivationName, readonly [opType: string, ...attributes: Draft<AttributeMessage>[]]>>> = {
  relu: ['Relu'],
  leakyRelu: ['LeakyRelu', float('alpha', LEAK)],
  elu: ['Elu', float('alpha', 1)],
  selu: ['Selu', float('alpha', SELU_ALPHA), float('gamma', SELU_GAMMA)],
  sigmoid: ['Sigmoid'],
  tanh: ['Tanh'],
  softplus: ['Softplus'],
  softsign: ['Softsign'],
  softmax: ['Softmax', int('axis', -1)],
};

/** A graph as it grows, node by node. */
class GraphWriter {
  readonly nodes: Draft<NodeMessage>[] = [];
  readonly initializers: Draft<TensorMessage>[] = [];
  readonly values: Draft<ValueMessage>[] = [];
  /** Name of what the layers so far give. */
  current = INPUT;
  readonly #core: NetworkCore;
  #layer = 0;

  constructor(core: NetworkCore) {
    this.#core = core;
  }

  layer(layer: Layer, index: number): void {
    this.#layer = index;
    switch (layer.type) {
      case 'dense':
        if (layer.useBias) this.node('Gemm', 'dense', [this.current, this.tensor('kernel'), this.tensor('bias')]);
        else this.node('MatMul', 'dense', [this.current, this.tensor('kernel')]);
        this.activation(layer.activation);
        break;
      case 'activation':
        this.activation(layer.activation);
        break;
      case 'layerNorm':
        this.node(
          'LayerNormalization',
          'layerNorm',
          [this.current, this.tensor('gamma'), this.tensor('beta')],
          [int('axis', -1), float('epsilon', layer.epsilon)],
        );
        break;
      case 'batchNorm':
        this.node(
          'BatchNormalization',
          'batchNorm',
          [this.current, ...(['gamma', 'beta', 'runningMean', 'runningVariance'] as const).map((role) => this.tensor(role))],
          [float('epsilon', layer.epsilon), float('momentum', layer.momentum)],
        );
        break;
      case 'dropout':
        // Without training_mode the node passes its input on; the rate is there for whoever trains on.
        this.node('Dropout', 'dropout', [this.current, this.scalar(`layers.${index}.rate`, layer.rate)]);
        break;
      case 'gaussianNoise':
        break;
    }
  }

  activation(given: Activation): void {
    if (typeof given !== 'string') {
      const name = activationName(given);
      throw new RangeError(
        `toOnnx: layers[${this.#layer}] has an activation of its own, '${name}'; expected one of gradlet's, which ONNX has operators for`,
      );
    }
    const x = this.current;
    const one = ACTIVATION_NODES[given];
    if (one) {
      const [opType, ...attributes] = one;
      this.node(opType, given, [x], attributes);
    } else if (given === 'silu') {
      this.node('Mul', 'silu', [x, this.node('Sigmoid', 'silu.sigmoid', [x])]);
    } else if (given === 'gelu') {
      const scaled = this.node('Div', 'gelu.scaled', [x, this.scalar('gelu.sqrt2', Math.SQRT2)]);
      const gate = this.node('Add', 'gelu.gate', [this.node('Erf', 'gelu.erf', [scaled]), this.scalar('gelu.one', 1)]);
      this.node('Mul', 'gelu', [this.node('Mul', 'gelu.product', [x, gate]), this.scalar('gelu.half', 0.5)]);
    }
  }

  /** Adds a node and returns the name of what it gives. */
  node(opType: string, part: string, input: string[], attribute: Draft<AttributeMessage>[] = []): string {
    const name = `layers.${this.#layer}.${part}`;
    const output = `${name}.output`;
    this.nodes.push({ opType, name, input, output: [output], attribute, docString: this.#describe() });
    this.values.push(value(output, this.#core.map.widths[this.#layer + 1]));
    this.current = output;
    return output;
  }

  /** Adds a parameter of the layer and returns its name. */
  tensor(role: SlotRole): string {
    const slot = this.#core.map.blocks[this.#layer].slots[role];
    if (!slot) throw new Error(`toOnnx: layers[${this.#layer}] has no ${role}`);
    this.initializers.push(writeTensor(slot.name, slot.shape, this.#core.read(slot)));
    return slot.name;
  }

  /** Adds a number, once for all that use it, and returns its name. */
  scalar(name: string, number: number): string {
    if (!this.initializers.some((tensor) => tensor.name === name)) this.initializers.push(writeTensor(name, [], [number]));
    return name;
  }

  /** Gives the last value the name of the output. */
  finish(): void {
    const last = this.nodes[this.nodes.length - 1];
    if (last) this.nodes[this.nodes.length - 1] = { ...last, output: [OUTPUT] };
    else this.nodes.push({ opType: 'Identity', name: 'identity', input: [INPUT], output: [OUTPUT] });
    this.values.pop();
  }

  /** The layer that nodes belong to, in words. */
  #describe(): string {
    const { layers } = this.#core.architecture;
    const { widths } = this.#core.map;
    const layer = layers[this.#layer];
    const name = activationName(activationOf(layer));
    const detail = name === 'linear' ? '' : ` with ${name}`;
    return `layers[${this.#layer}], ${layer.type}${detail}: ${widths[this.#layer]} to ${plural(widths[this.#layer + 1], 'column')}`;
  }
}

/** Rows of any number, as wide as said. */
function value(name: string, columns: number, docString?: string): Draft<ValueMessage> {
  const shape = { dim: [{ parameter: 'batch' }, { value: columns }] };
  return { name, type: { tensorType: { elemType: TYPE_FLOAT, shape } }, ...(docString !== undefined && { docString }) };
}

/**
 * A network as the bytes of an ONNX file: operator set 17, one input 'input' [batch, columns] and one output 'output'
 * [batch, units] of 32-bit floats, for any number of rows. Normalisation layers keep their nodes, dropout is a Dropout node in
 * inference mode, noise is left out.
 *
 * @throws TypeError for what is no Network; RangeError for an activation of the user's own, which ONNX has no operator for
 */
export function toOnnx(network: Network): Uint8Array<ArrayBuffer> {
  const core = coreOf('toOnnx', network);
  const { layers } = core.architecture;
  const writer = new GraphWriter(core);
  for (const [index, layer] of layers.entries()) writer.layer(layer, index);
  writer.finish();
  const { widths } = core.map;
  const summary = summarize(layers, core.map);
  return encode(MODEL, {
    irVersion: IR_VERSION,
    producerName: 'gradlet',
    docString: summary,
    graph: {
      name: 'gradlet',
      docString: summary,
      node: writer.nodes,
      initializer: writer.initializers,
      input: [value(INPUT, widths[0], `samples, one a row of ${plural(widths[0], 'column')}`)],
      output: [value(OUTPUT, core.units, `outputs, one row a sample, of ${plural(core.units, 'column')}`)],
      valueInfo: writer.values,
    },
    opsetImport: [{ domain: '', version: OPSET }],
  });
}
