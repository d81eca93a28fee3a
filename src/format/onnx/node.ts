/**
 * One node of an ONNX graph as its operator sees it: inputs by their values, attributes by name, each with the error that tells
 * what is wrong with it. Knows no operator.
 */
import { plural, show } from '../../check.js';
import { ATTRIBUTE_FLOAT, ATTRIBUTE_INT, type AttributeMessage, type NodeMessage } from './schema.js';
import { type Constant, toList } from './tensor.js';
import type { Samples, Sizes, Value } from './values.js';

/** A node as messages call it. */
export function describeNode({ name, opType = '', output, domain }: NodeMessage): string {
  const operator = domain ? `${domain}.${opType}` : opType;
  const label = name ? `node ${show(name)}` : `the node that gives ${show(output[0] ?? '')}`;
  return `${label} (${operator.length > 60 ? `${operator.slice(0, 60)}…` : operator})`;
}

/** The decimal of fewest digits that is the same 32-bit float: 1e-5, where a file has 9.99999974737875e-6. */
export function shortest(value: number): number {
  if (Math.fround(value) !== value) return value;
  for (let digits = 1; digits < 9; digits++) {
    const decimal = Number(value.toPrecision(digits));
    if (Math.fround(decimal) === value) return decimal;
  }
  return value;
}

/** A value that an operator can work on. */
type Usable = Exclude<Value, { readonly kind: 'unused' }>;

export class NodeView {
  readonly where: string;
  readonly #inputs: readonly (Value | undefined)[];
  readonly #attributes = new Map<string, AttributeMessage>();
  readonly #read = new Set<string>();

  /** `inputs`: values of the node's inputs, undefined for those left out. */
  constructor(
    node: NodeMessage,
    inputs: readonly (Value | undefined)[],
    readonly opset: number,
  ) {
    this.where = describeNode(node);
    this.#inputs = inputs;
    for (const attribute of node.attribute) {
      const { name = '' } = attribute;
      if (this.#attributes.has(name)) this.fail(`attribute ${show(name)} is given twice`);
      this.#attributes.set(name, attribute);
    }
  }

  /** @throws RangeError */
  fail(what: string): never {
    throw new RangeError(`${this.where}: ${what}`);
  }

  /** So many inputs, no more. */
  arity(most: number): void {
    if (this.#inputs.length > most) this.fail(`expected at most ${plural(most, 'input')}, got ${this.#inputs.length}`);
  }

  /** Positions of all inputs. */
  indices(): number[] {
    return this.#inputs.map((_, index) => index);
  }

  has(index: number): boolean {
    return this.#inputs[index] !== undefined;
  }

  value(index: number): Usable {
    const value = this.#inputs[index];
    if (value === undefined) return this.fail(`input ${index} is missing`);
    if (value.kind === 'unused') return this.fail(`input ${index} is what ${value.where} gives besides its result, which is not read`);
    return value;
  }

  /** An input that must come from the samples. */
  samples(index: number): Samples {
    const value = this.value(index);
    if (value.kind === 'samples') return value;
    if (value.kind === 'part')
      return this.fail(`input ${index} comes from ${value.where}, which is read only as a part of softsign, gelu or a layer normalisation`);
    const got = value.kind === 'sizes' ? `a shape from ${value.where}` : value.constant.where;
    return this.fail(`expected input ${index} to come from the input of the graph, got ${got}`);
  }

  /** An input that must be a shape, or a part of one. */
  sizes(index: number): Sizes {
    const value = this.value(index);
    if (value.kind !== 'sizes')
      return this.fail(`expected input ${index} to be the shape of samples; nothing else is taken apart or put together`);
    return value;
  }

  /** An input that must be known without the samples. */
  constant(index: number): Constant {
    const value = this.value(index);
    if (value.kind !== 'constant')
      this.fail(`expected an initializer or a Constant for input ${index}, got what is computed from the input of the graph`);
    return value.constant;
  }

  /** An input that is one number. */
  number(index: number): number {
    const constant = this.constant(index);
    if (constant.count !== 1) this.fail(`expected one number in ${constant.where}, got shape [${constant.shape.join(', ')}]`);
    return toList(constant)[0];
  }

  attribute(name: string): AttributeMessage | undefined {
    this.#read.add(name);
    return this.#attributes.get(name);
  }

  /** A number, or what the operator says without it. */
  float(name: string, otherwise: number): number {
    const given = this.attribute(name);
    if (given === undefined) return otherwise;
    // A number of 0 may be left out by writers that follow proto3; the type tells.
    const value = given.f ?? (given.type === ATTRIBUTE_FLOAT ? 0 : undefined);
    if (value === undefined || !Number.isFinite(value)) this.fail(`expected a finite number for attribute ${show(name)}, got ${value}`);
    return value;
  }

  int(name: string, otherwise: number): number {
    const given = this.attribute(name);
    if (given === undefined) return otherwise;
    const value = given.i ?? (given.type === ATTRIBUTE_INT ? 0 : undefined);
    if (value === undefined || !Number.isSafeInteger(value)) this.fail(`expected a whole number for attribute ${show(name)}, got ${value}`);
    return value;
  }

  ints(name: string): readonly number[] | undefined {
    return this.attribute(name)?.ints;
  }

  /** A number that becomes an option of a layer. */
  setting(name: string, otherwise: number): number {
    return shortest(this.float(name, otherwise));
  }

  /** An attribute whose other values mean something that a network cannot do. */
  only(name: string, value: number, otherwise: number, remedy = ''): void {
    const given = this.int(name, otherwise);
    if (given !== value) this.fail(`expected ${name} = ${value}, got ${given}${remedy}`);
  }

  /** Before operator set 7 broadcasting was asked for; what is allowed here is the same with and without. */
  legacyBroadcast(): void {
    if (this.opset < 7) this.int('broadcast', 0);
  }

  /** What the operator did not ask for may change what it means. */
  checkAllRead(): void {
    // A hint about memory, in the first operator sets.
    if (this.opset < 6) this.#read.add('consumed_inputs');
    for (const name of this.#attributes.keys()) if (!this.#read.has(name)) this.fail(`unknown attribute ${show(name)}`);
  }
}
