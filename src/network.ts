/**
 * The network as users see it: construction, prediction, training, weights, files. A thin face: the work is done by
 * core.ts, training/ and persist.ts. Knows neither ops nor memory.
 */
import { checkBytesGiven, checkInteger, checkName, checkOptions, plural, show } from './check.js';
import type { ParameterSlot } from './compile/parameters.js';
import { elementCount } from './compile/parameters.js';
import { NetworkCore } from './core.js';
import { PURPOSE, randomSeed, randomStream } from './data/random.js';
import type { Samples } from './data/samples.js';
import { GradletError } from './errors.js';
import { checkMetadata, type Metadata } from './format/metadata.js';
import type { NetworkJson } from './format/model-json.js';
import { coresOf, isNetwork, keepCore } from './identity.js';
import { INITIALIZERS } from './initializers.js';
import { type DenseWeights, LAYERS, type Layer } from './layers.js';
import { type Build, coreToJson, type LoadOptions, loadJson, loadModel, type SaveOptions, saveCore } from './persist.js';
import { checkInputScale, classesOf, type Prediction, type PredictOptions, predictSamples, type Runtime } from './prediction.js';
import { checkInputShape, flatten, MAXIMUM_SEED, NUMERICS, shapeGiven, type TensorLike } from './shapes.js';
import { summarize } from './summary.js';
import { checkData } from './training/data.js';
import { Evaluator } from './training/evaluate.js';
import { fit } from './training/fit.js';
import { checkEvaluate, type EvaluateOptions, type FitOptions, type History, type TrainOnBatchOptions } from './training/options.js';
import { type Blocks, isBlocks } from './training/stream.js';
import { trainOnBatch } from './training/train-on-batch.js';

/** What a network is made of. */
export interface NetworkOptions {
  /** Features of a sample, or their shape, such as [28, 28, 1]. */
  inputs: number | readonly number[];
  /** At least one layer. */
  layers: readonly Layer[];
  /** Whole number from 0 to 2^32 - 1; default random. Drives initial weights, the order of samples, dropout and noise. */
  seed?: number;
  /** 'fast' (default): fused multiply-add where the engine has it; 'reproducible': the same bits on every engine. */
  numerics?: 'fast' | 'reproducible';
}

/** One tensor: kernels [inputs, units] row-major, the others [units]. */
export interface Weight {
  /** As in files: 'layers.0.kernel'. */
  name: string;
  /** Rows and columns of a kernel, else one number. */
  shape: number[];
  /** A copy, row-major. */
  data: Float32Array<ArrayBuffer>;
}

/** Full cores of networks that came with one for prediction. */
const revived = new WeakMap<object, NetworkCore>();

/** @internal The core behind a network, of this copy of the package or another one. */
export function coreOf(where: string, network: unknown): NetworkCore {
  const cores = coresOf(where, network);
  if ('trains' in cores) return cores.trains;
  const known = revived.get(cores.predicts);
  if (known) return known;
  const { architecture, numerics, counters } = cores.predicts;
  const core = new NetworkCore(architecture, numerics, { ...counters });
  for (const region of core.memory.state) core.state(region).set(cores.predicts.state(region));
  core.metadata = cores.predicts.metadata;
  revived.set(cores.predicts, core);
  return core;
}

/** @internal Layers, each checked again: they may have been written by hand. */
export function checkLayers(layers: readonly Layer[]): readonly Layer[] {
  if (!Array.isArray(layers)) throw new TypeError(`Network: layers: expected an array of layers, got ${show(layers)}`);
  if (layers.length === 0) throw new RangeError('Network: layers: expected at least one layer, got none');
  return layers.map((layer: Layer, index) => {
    if (typeof layer?.type !== 'string' || !Object.hasOwn(LAYERS, layer.type)) {
      throw new TypeError(`Network: layers[${index}]: expected a layer, such as dense(4), got ${show(layer)}`);
    }
    try {
      return LAYERS[layer.type].read(layer as never);
    } catch (cause) {
      const { constructor: Kind, message } = cause as Error;
      throw new (Kind as ErrorConstructor)(`Network: layers[${index}]: ${message}`, { cause });
    }
  });
}

/** A feed-forward network that trains and predicts. Nothing has to be set up, and nothing to be disposed of. */
export class Network {
  /** Networks of another copy of the package (ESM and CommonJS, say) are networks, too. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a derived class inherits this, and asks for itself.
    return isNetwork(this, Network, value, true);
  }

  readonly #core: NetworkCore;

  /** @throws TypeError or RangeError for options of a wrong kind, value or shape */
  constructor(options: NetworkOptions) {
    if (options === undefined) throw new TypeError('Network: expected { inputs, layers }, got undefined');
    const {
      inputs,
      layers,
      seed = randomSeed(),
      numerics = 'fast',
    } = checkOptions('Network', options, ['inputs', 'layers', 'seed', 'numerics']);
    checkInteger('Network: seed', seed, 0, MAXIMUM_SEED);
    const columns = checkInputShape('Network: inputs', inputs);
    const architecture = { inputs: columns, shape: shapeGiven(inputs), layers: checkLayers(layers), seed };
    this.#core = new NetworkCore(architecture, checkName('Network: numerics', numerics, NUMERICS), { epochs: 0, steps: 0 });
    keepCore(this, { trains: this.#core });
    this.#initialize();
  }

  /** The seed given, or drawn. */
  get seed(): number {
    return this.#core.seed;
  }

  /** How sums are formed; see {@link NetworkOptions}. */
  get numerics(): 'fast' | 'reproducible' {
    return this.#core.numerics;
  }

  /** Short texts by name that are saved with the network; replace them as a whole: `network.metadata = { author: 'A. Turing' }`. */
  get metadata(): Metadata {
    return this.#core.metadata;
  }

  /** @throws TypeError for what is no object of texts; RangeError for a name that the file uses itself */
  set metadata(texts: Metadata) {
    this.#core.metadata = checkMetadata('metadata', texts);
  }

  /** Which build of the core runs, and on how many threads the last fit did. */
  get runtime(): Runtime {
    return { binary: this.#core.memory.binary, ...this.#core.threads };
  }

  /**
   * Outputs for samples of `inputs` columns, in inference mode.
   * @throws TypeError or RangeError for samples of a wrong kind or width
   */
  predict(x: Samples, options?: PredictOptions): Prediction {
    return predictSamples(this.#core, 'predict', x, options);
  }

  /** For each sample the column of its largest output; for one sigmoid unit 1 where it is above 0.5. */
  predictClasses(x: Samples, options?: PredictOptions): Int32Array<ArrayBuffer> {
    return classesOf(this.#core, predictSamples(this.#core, 'predictClasses', x, options));
  }

  /**
   * Loss and metrics over the samples, in inference mode, averaged over rows.
   * @throws TypeError or RangeError for options, samples or targets of a wrong kind or shape
   */
  evaluate(x: Samples, y: Samples, options: EvaluateOptions): { loss: number } & Record<string, number> {
    const { loss, metrics, metricNames } = checkEvaluate(options);
    const scale = checkInputScale('evaluate', options.inputScale);
    const data = checkData('evaluate: ', this.#core, x, y, loss, scale, { sampleWeight: options.sampleWeight });
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
  fit(x: Samples, y: Samples, options: FitOptions): Promise<History>;
  /**
   * Trains on a stream of blocks `{ x, y, sampleWeight? }`, opened once an epoch: an (async) iterable, or a function that
   * returns one. Memory holds a window of `shuffleWindow` rows and a block.
   */
  fit(blocks: Blocks, options: FitOptions): Promise<History>;
  async fit(x: Samples | Blocks, y: Samples | FitOptions, options?: FitOptions): Promise<History> {
    this.#checkIdle('fit');
    if (options === undefined && isBlocks(x)) return fit(this.#core, x, undefined, y as FitOptions);
    return fit(this.#core, x, y as Samples, options as FitOptions);
  }

  /**
   * One synchronous update on one batch. Moments go on while the same optimizer object (or name) is given.
   * @throws TypeError or RangeError for bad options or data; GradletError ERR_BUSY while a fit runs, or ERR_DIVERGED
   */
  trainOnBatch(x: Samples, y: Samples, options: TrainOnBatchOptions): { loss: number } & Record<string, number> {
    this.#checkIdle('trainOnBatch');
    return trainOnBatch(this.#core, x, y, options);
  }

  /**
   * Copies of all tensors: the trainable ones in layer order (kernel, then bias; gamma, then beta), then for each batch norm
   * its running mean and variance.
   */
  getWeights(): Weight[] {
    return this.#core.map.slots.map((slot) => ({ name: slot.name, shape: [...slot.shape], data: this.#core.read(slot) }));
  }

  /**
   * Replaces all tensors, or the trainable ones alone, matched by position. Nothing is changed unless everything fits.
   * @throws TypeError or RangeError naming the tensor that does not fit; GradletError ERR_BUSY while a fit runs
   */
  setWeights(weights: readonly (TensorLike | { readonly data: TensorLike })[]): void {
    this.#checkIdle('setWeights');
    const { slots, trainable } = this.#core.map;
    if (!Array.isArray(weights)) throw new TypeError(`setWeights: expected an array of tensors, got ${show(weights)}`);
    if (weights.length !== slots.length && weights.length !== trainable) {
      const names = slots.map(({ name }) => name).join(', ');
      throw new RangeError(`setWeights: expected ${plural(slots.length, 'tensor')} (${names}), got ${weights.length}`);
    }
    const flat = weights.map((given, index) => {
      const data = given !== null && typeof given === 'object' && 'data' in given ? given.data : given;
      return flatten(`setWeights: [${index}] (${slots[index].name})`, data, slots[index].shape);
    });
    for (const [index, values] of flat.entries()) this.#core.write(slots[index], values);
  }

  /** A table of the layers, their output shapes, parameter counts and memory. */
  summary(): string {
    return summarize(this.#core.architecture.layers, this.#core.map);
  }

  /** A network of its own with the same layers, weights, seed and counters. */
  clone(): Network {
    this.#core.memory.settle?.();
    const { inputs, shape, layers, seed } = this.#core.architecture;
    const copy = new Network({ inputs: shape ?? inputs, layers, seed, numerics: this.#core.numerics });
    for (const region of this.#core.memory.state) copy.#core.state(region).set(this.#core.state(region));
    Object.assign(copy.#core.counters, this.#core.counters);
    copy.#core.metadata = this.#core.metadata;
    return copy;
  }

  /**
   * One .safetensors file: weights, architecture, seed, counters and metadata; with `trainingState` also what `resume` needs.
   * @throws TypeError or RangeError for bad options, a number beyond 'float16', or a training state that there is not
   */
  save(options?: SaveOptions): Uint8Array<ArrayBuffer> {
    return saveCore(this.#core, options);
  }

  /**
   * A network from the bytes of `save`, of this release or any before.
   * @throws GradletError ERR_FORMAT for bytes that are no whole gradlet model, or lack a function named in `custom`
   */
  static load(bytes: Uint8Array, options?: LoadOptions): Network {
    const given = checkBytesGiven('Network.load: expected the bytes of a model as a Uint8Array', bytes);
    return loadModel(given, options, LAYERS, Network.#build);
  }

  /** A value for JSON, with every number as the shortest decimal that reads back to the same bits: small networks for source control. */
  toJSON(): NetworkJson {
    return coreToJson(this.#core);
  }

  /**
   * A network from what `toJSON` gave, or from its text, which is read with more care: keys given twice are refused.
   * @throws GradletError ERR_FORMAT for what is no whole gradlet model, or lacks a function named in `custom`
   */
  static fromJSON(json: NetworkJson | string, options?: LoadOptions): Network {
    return loadJson(json, options, LAYERS, Network.#build);
  }

  static readonly #build: Build<Network> = ({ options, fill }) => {
    const network = new Network(options);
    fill(network.#core);
    return network;
  };

  /** Draws or takes over the first weights. */
  #initialize(): void {
    const { architecture, map } = this.#core;
    for (const { layer, slots } of map.blocks) {
      const given: DenseWeights = (architecture.layers[layer] as { weights?: DenseWeights }).weights ?? {};
      const [fanIn, fanOut] = slots.kernel?.shape ?? [1, 1];
      for (const [index, slot] of Object.values(slots).entries()) {
        const values = given[slot.role as keyof DenseWeights];
        if (values !== undefined) {
          this.#core.write(slot, flatten(`Network: layers[${layer}] (dense): weights.${slot.role}`, values, slot.shape));
        } else {
          this.#draw(slot, fanIn, fanOut, 2 * layer + index);
        }
      }
    }
  }

  #draw(slot: ParameterSlot, fanIn: number, fanOut: number, counter: number): void {
    const values = new Float32Array(elementCount(slot.shape));
    INITIALIZERS[slot.initializer](values, fanIn, fanOut, randomStream(this.#core.seed, PURPOSE.weights, counter));
    this.#core.write(slot, values);
  }

  #checkIdle(call: string): void {
    if (this.#core.memory.busy)
      throw new GradletError('ERR_BUSY', `${call}: a fit of this network is running; wait for it, or stop it by its signal`);
  }
}
