/**
 * The network as users see it: construction, prediction, training, weights, files. A thin face: the work is done by
 * core.ts and training/. Knows neither ops nor memory.
 */
import { checkInteger, checkName, checkOptions, plural, show } from './check.js';
import type { ParameterSlot } from './compile/parameters.js';
import { NetworkCore } from './core.js';
import { PURPOSE, randomSeed, randomStream } from './data/random.js';
import type { Numbers, Samples } from './data/samples.js';
import { GradletError } from './errors.js';
import { decodeModel, encodeModel } from './format/model.js';
import { INITIALIZERS } from './initializers.js';
import { type DenseWeights, dense, type Layer } from './layers.js';
import type { BinaryName } from './runtime/module.js';
import { summarize } from './summary.js';
import { checkData, checkInputScale, checkPredictInputs } from './training/data.js';
import { Evaluator } from './training/evaluate.js';
import { fit } from './training/fit.js';
import { checkEvaluate, type EvaluateOptions, type FitOptions, type History, type TrainOnBatchOptions } from './training/options.js';
import { trainOnBatch } from './training/train-on-batch.js';

export interface NetworkOptions {
  /** Features of a sample, or their shape, such as [28, 28, 1]. */
  inputs: number | readonly number[];
  /** At least one layer. */
  layers: readonly Layer[];
  /** Whole number from 0 to 2^32 - 1; default random. Drives initial weights and the order of samples. */
  seed?: number;
  /** 'fast' (default): fused multiply-add where the engine has it; 'reproducible': the same bits on every engine. */
  numerics?: 'fast' | 'reproducible';
}

export interface PredictOptions {
  /** Multiplies every input, inside of the core; default 1. */
  inputScale?: number;
}

/** Outputs, row-major, in arrays of their own. */
export interface Prediction {
  data: Float32Array;
  rows: number;
  columns: number;
}

/** One parameter tensor: kernels [inputs, units] row-major, biases [units]. */
export interface Weight {
  name: string;
  shape: number[];
  data: Float32Array;
}

export interface Runtime {
  /** Which build of the core runs. */
  readonly binary: BinaryName;
  readonly threads: number;
}

const NUMERICS = { fast: true, reproducible: true } as const;
const MAXIMUM_SEED = 2 ** 32 - 1;

function checkInputs(inputs: number | readonly number[]): number {
  if (!Array.isArray(inputs)) return checkInteger('Network: inputs', inputs, 1, 1 << 24);
  if (inputs.length === 0) throw new RangeError('Network: inputs: expected a number or a shape, got an empty array');
  return inputs.reduce((product, size, index) => product * checkInteger(`Network: inputs[${index}]`, size, 1), 1);
}

function checkLayers(layers: readonly Layer[]): readonly Layer[] {
  if (!Array.isArray(layers)) throw new TypeError(`Network: layers: expected an array of layers, got ${show(layers)}`);
  if (layers.length === 0) throw new RangeError('Network: layers: expected at least one layer, got none');
  layers.forEach((layer, index) => {
    if (layer?.type !== 'dense') throw new TypeError(`Network: layers[${index}]: expected a layer, such as dense(4), got ${show(layer)}`);
  });
  return [...layers];
}

/** Numbers given for a tensor, flat; nested rows are joined after a look at their lengths. */
function flatten(where: string, given: ArrayLike<number> | readonly ArrayLike<number>[], shape: readonly number[]): ArrayLike<number> {
  const form = shape.length === 2 ? `${shape[0]} rows of ${plural(shape[1], 'column')} ([inputs, units])` : plural(shape[0], 'number');
  if (given === null || typeof given !== 'object' || !('length' in given))
    throw new TypeError(`${where}: expected ${form}, got ${show(given)}`);
  const first: unknown = given[0];
  let flat = given as ArrayLike<number>;
  if (typeof first === 'object' && first !== null) {
    const rows = Array.from(given as readonly ArrayLike<number>[]);
    if (shape.length !== 2 || rows.length !== shape[0] || rows.some((row) => row.length !== shape[1])) {
      throw new RangeError(`${where}: expected ${form}, got ${plural(rows.length, 'row')} of ${plural(rows[0].length, 'column')}`);
    }
    flat = rows.flatMap((row) => Array.from(row));
  }
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (flat.length !== size) throw new RangeError(`${where}: expected ${form}, got ${plural(flat.length, 'number')}`);
  for (let i = 0; i < size; i++) {
    if (typeof flat[i] !== 'number') throw new TypeError(`${where}: expected numbers, got ${show(flat[i])} at ${i}`);
    if (!Number.isFinite(Math.fround(flat[i]))) throw new RangeError(`${where}: expected finite 32-bit numbers, got ${flat[i]} at ${i}`);
  }
  return flat;
}

/** A feed-forward network that trains and predicts. Nothing has to be set up, and nothing to be disposed of. */
export class Network {
  readonly #core: NetworkCore;
  readonly #inputs: number | readonly number[];

  /** @throws TypeError or RangeError for options of a wrong kind, value or shape */
  constructor(options: NetworkOptions) {
    if (options === undefined) throw new TypeError('Network: expected { inputs, layers }, got undefined');
    const {
      inputs,
      layers,
      seed = randomSeed(),
      numerics = 'fast',
    } = checkOptions('Network', options, ['inputs', 'layers', 'seed', 'numerics']);
    const architecture = { inputs: checkInputs(inputs), layers: checkLayers(layers) };
    checkInteger('Network: seed', seed, 0, MAXIMUM_SEED);
    this.#inputs = typeof inputs === 'number' ? inputs : [...inputs];
    this.#core = new NetworkCore(architecture, checkName('Network: numerics', numerics, NUMERICS), seed, { epochs: 0, steps: 0 });
    this.#initialize();
  }

  /** The seed given, or drawn. */
  get seed(): number {
    return this.#core.seed;
  }

  get numerics(): 'fast' | 'reproducible' {
    return this.#core.numerics;
  }

  /** Which build of the core runs, on how many threads. */
  get runtime(): Runtime {
    return { binary: this.#core.memory.binary, threads: 1 };
  }

  /**
   * Outputs for samples of `inputs` columns, in inference mode.
   * @throws TypeError or RangeError for samples of a wrong kind or width
   */
  predict(x: Samples, options?: PredictOptions): Prediction {
    const columns = this.#core.units;
    const scale =
      options === undefined ? undefined : checkInputScale('predict', checkOptions('predict', options, ['inputScale']).inputScale);
    const row = this.#singleRow(x);
    if (row) return { data: this.#core.predictRow(row, scale ?? 1), rows: 1, columns };
    const table = checkPredictInputs('predict: x', this.#core, x);
    return { data: this.#core.predict(table, scale), rows: table.rows, columns };
  }

  /** For each sample the column of its largest output; for one sigmoid unit 1 where it is above 0.5. */
  predictClasses(x: Samples, options?: PredictOptions): Int32Array {
    const { data, rows, columns } = this.predict(x, options);
    const { layers } = this.#core.architecture;
    const threshold = columns === 1 && layers[layers.length - 1].activation === 'sigmoid';
    return Int32Array.from({ length: rows }, (_, row) => {
      if (threshold) return data[row] > 0.5 ? 1 : 0;
      let best = row * columns;
      for (let at = best + 1; at < (row + 1) * columns; at++) if (data[at] > data[best]) best = at;
      return best - row * columns;
    });
  }

  /**
   * Loss and metrics over the samples, in inference mode, averaged over rows.
   * @throws TypeError or RangeError for options, samples or targets of a wrong kind or shape
   */
  evaluate(x: Samples, y: Samples, options: EvaluateOptions): { loss: number } & Record<string, number> {
    const { loss, metrics, metricNames } = checkEvaluate(options);
    const data = checkData('evaluate: ', this.#core, x, y, loss, checkInputScale('evaluate', options.inputScale));
    const chunks = new Evaluator(this.#core, loss, metrics, data).run();
    let next = chunks.next();
    while (!next.done) next = chunks.next();
    const { value } = next;
    return { loss: value.loss, ...Object.fromEntries(metricNames.map((name, index) => [name, value.metrics[index]])) };
  }

  /**
   * Trains on samples and targets, in slices of about 10 ms between which the host goes on with its own work.
   * @throws (as a rejection) TypeError or RangeError for bad options or data, before any work; GradletError ERR_BUSY while
   * another fit runs, ERR_DIVERGED when loss, gradients or weights become non-finite; the signal's reason on abort
   */
  async fit(x: Samples, y: Samples, options: FitOptions): Promise<History> {
    this.#checkIdle('fit');
    return fit(this.#core, x, y, options);
  }

  /**
   * One synchronous update on one batch. Moments go on while the same optimizer object (or name) is given.
   * @throws TypeError or RangeError for bad options or data; GradletError ERR_BUSY while a fit runs, or ERR_DIVERGED
   */
  trainOnBatch(x: Samples, y: Samples, options: TrainOnBatchOptions): { loss: number } & Record<string, number> {
    this.#checkIdle('trainOnBatch');
    return trainOnBatch(this.#core, x, y, options);
  }

  /** Copies of all trainable tensors, in layer order: kernel, then bias. */
  getWeights(): Weight[] {
    return this.#core.map.slots.map((slot) => ({ name: slot.name, shape: [...slot.shape], data: this.#core.read(slot) }));
  }

  /**
   * Replaces all trainable tensors, matched by position. Nothing is changed unless everything fits.
   * @throws TypeError or RangeError naming the tensor that does not fit; GradletError ERR_BUSY while a fit runs
   */
  setWeights(weights: readonly (ArrayLike<number> | readonly ArrayLike<number>[] | { data: ArrayLike<number> })[]): void {
    this.#checkIdle('setWeights');
    const { slots } = this.#core.map;
    if (!Array.isArray(weights)) throw new TypeError(`setWeights: expected an array of tensors, got ${show(weights)}`);
    if (weights.length !== slots.length) {
      throw new RangeError(
        `setWeights: expected ${plural(slots.length, 'tensor')} (${slots.map(({ name }) => name).join(', ')}), got ${weights.length}`,
      );
    }
    const flat = weights.map((given, index) => {
      const data = given !== null && typeof given === 'object' && 'data' in given ? given.data : given;
      return flatten(`setWeights: [${index}] (${slots[index].name})`, data, slots[index].shape);
    });
    for (const [index, slot] of slots.entries()) this.#core.write(slot, flat[index]);
  }

  /** A table of the layers, their output shapes and parameter counts. */
  summary(): string {
    return summarize(this.#core.architecture);
  }

  /** One .safetensors file: weights, architecture, seed and counters. */
  save(): Uint8Array<ArrayBuffer> {
    const { architecture, seed, numerics, counters } = this.#core;
    return encodeModel({ inputs: this.#inputs, layers: architecture.layers, seed, numerics, counters }, this.getWeights());
  }

  /**
   * A network from the bytes of `save`.
   * @throws GradletError ERR_FORMAT for bytes that are no whole gradlet model
   */
  static load(bytes: Uint8Array): Network {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError(`Network.load: expected the bytes of a model as a Uint8Array, got ${show(bytes)}`);
    const { description, tensors } = decodeModel(bytes);
    let network: Network;
    try {
      const { inputs, layers, seed, numerics, counters } = description;
      network = new Network({ inputs, layers: layers.map(({ type: _, units, ...options }) => dense(units, options)), seed, numerics });
      network.#core.counters.epochs = checkInteger('counters.epochs', counters.epochs, 0);
      network.#core.counters.steps = checkInteger('counters.steps', counters.steps, 0);
      const { slots } = network.#core.map;
      for (const slot of slots) {
        const tensor = tensors.get(slot.name);
        if (!tensor) throw new RangeError(`tensor ${slot.name} is missing`);
        if (tensor.shape.join() !== slot.shape.join()) {
          throw new RangeError(`tensor ${slot.name} has shape [${tensor.shape.join(', ')}], expected [${slot.shape.join(', ')}]`);
        }
      }
      if (tensors.size !== slots.length) throw new RangeError(`${tensors.size} tensors where ${slots.length} belong to the network`);
      network.setWeights(slots.map(({ name }) => tensors.get(name)?.data ?? []));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new GradletError('ERR_FORMAT', `a damaged gradlet model: ${reason}`, { cause });
    }
    return network;
  }

  /** Draws or takes over the first weights. */
  #initialize(): void {
    const { architecture, map, seed } = this.#core;
    architecture.layers.forEach((layer, index) => {
      const { kernel, bias } = map.blocks[index];
      const [fanIn, fanOut] = kernel.shape;
      const fill = (
        slot: ParameterSlot,
        purpose: number,
        name: keyof typeof INITIALIZERS,
        given: DenseWeights[keyof DenseWeights],
      ): void => {
        if (given !== undefined) {
          const what = slot === kernel ? 'weights.kernel' : 'weights.bias';
          const shaped = flatten(`Network: layers[${index}] (dense): ${what}`, given, slot.shape);
          this.#core.write(slot, shaped);
          return;
        }
        const values = new Float32Array(slot.shape.reduce((product, extent) => product * extent, 1));
        INITIALIZERS[name](values, fanIn, fanOut, randomStream(seed, PURPOSE.weights, 2 * index + purpose));
        this.#core.write(slot, values);
      };
      fill(kernel, 0, layer.kernelInitializer, layer.weights?.kernel);
      if (bias) fill(bias, 1, layer.biasInitializer, layer.weights?.bias);
    });
  }

  /** x as one flat row of the right width, if it is that: the quick way. */
  #singleRow(x: Samples): Numbers | undefined {
    const { inputs } = this.#core.architecture;
    if (x instanceof Float32Array) return x.length === inputs ? x : undefined;
    if (!Array.isArray(x) || x.length !== inputs) return undefined;
    for (let i = 0; i < inputs; i++) if (typeof x[i] !== 'number') return undefined;
    return x as readonly number[];
  }

  #checkIdle(call: string): void {
    if (this.#core.memory.busy)
      throw new GradletError('ERR_BUSY', `${call}: a fit of this network is running; wait for it, or stop it by its signal`);
  }
}
