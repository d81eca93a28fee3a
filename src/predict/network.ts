/**
 * The network of gradlet/predict: loaded, never trained, with a core of its own. Whatever takes a network takes this one, too
 * (identity.ts); but nothing here may lead to training/.
 */
import { checkBytesGiven, checkInteger, checkName } from '../check.js';
import type { Samples } from '../data/samples.js';
import type { Metadata } from '../format/metadata.js';
import { isNetwork, keepCore } from '../identity.js';
import { type LoadOptions, loadModel } from '../persist.js';
import { classesOf, type Prediction, type PredictOptions, predictSamples, type Runtime } from '../prediction.js';
import { checkInputShape, MAXIMUM_SEED, NUMERICS, shapeGiven } from '../shapes.js';
import { summarize } from '../summary.js';
import { PredictionCore } from './core.js';
import { PREDICTED } from './layers.js';

/** A network from a file of `network.save()`, for prediction. Nothing has to be set up, and nothing to be disposed of. */
export class Network {
  /** Networks of every entry of the package predict. */
  static [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a derived class inherits this, and asks for itself.
    return isNetwork(this, Network, value, false);
  }

  readonly #core: PredictionCore;

  /** By `Network.load`. */
  private constructor(core: PredictionCore) {
    this.#core = core;
    keepCore(this, { predicts: core });
  }

  /**
   * A network from the bytes of `save`.
   * @throws GradletError ERR_FORMAT for bytes that are no whole gradlet model, or lack a function named in `custom`
   */
  static load(bytes: Uint8Array, options?: LoadOptions): Network {
    const given = checkBytesGiven('Network.load: expected the bytes of a model as a Uint8Array', bytes);
    return loadModel(given, options, PREDICTED, ({ options: model, fill }) => {
      const { layers, seed, numerics } = model;
      const inputs = checkInputShape('inputs', model.inputs);
      const architecture = { inputs, shape: shapeGiven(model.inputs), layers, seed: checkInteger('seed', seed, 0, MAXIMUM_SEED) };
      const core = new PredictionCore(architecture, checkName('numerics', numerics, NUMERICS));
      fill(core);
      return new Network(core);
    });
  }

  /** Texts that were saved with the network. */
  get metadata(): Metadata {
    return this.#core.metadata;
  }

  /** Which build of the core runs, on how many threads. */
  get runtime(): Runtime {
    return { binary: this.#core.binary, threads: 1 };
  }

  /**
   * Outputs for samples of as many columns as the network has inputs.
   * @throws TypeError or RangeError for samples of a wrong kind or width
   */
  predict(x: Samples, options?: PredictOptions): Prediction {
    return predictSamples(this.#core, 'predict', x, options);
  }

  /** For each sample the column of its largest output; for one sigmoid unit 1 where it is above 0.5. */
  predictClasses(x: Samples, options?: PredictOptions): Int32Array<ArrayBuffer> {
    return classesOf(this.#core, predictSamples(this.#core, 'predictClasses', x, options));
  }

  /** A table of the layers, their output shapes, parameter counts and memory. */
  summary(): string {
    return summarize(this.#core.architecture.layers, this.#core.map);
  }
}
