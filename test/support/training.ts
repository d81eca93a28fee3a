/**
 * A whole network on a rig: the library's own lowering, planned and run over poisoned memory, with weights, data and
 * gradients as plain arrays. Knows no training loop.
 */
import { PANEL_COLUMNS, PANEL_ROW_BYTES } from '../../assembly/abi.js';
import { panelStride } from '../../src/compile/layout.js';
import { type LoweredTraining, lowerTraining } from '../../src/compile/lower.js';
import { type Architecture, mapParameters, type ParameterMap } from '../../src/compile/parameters.js';
import { kernelTensor, type Region, runTensor, type Tensor } from '../../src/compile/program.js';
import type { Mode } from '../../src/compile/rules.js';
import { activation, batchNorm, dense, dropout, gaussianNoise, type Layer, layerNorm } from '../../src/layers.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { LOSSES } from '../../src/training/losses.js';
import { METRICS, type MetricName } from '../../src/training/metrics.js';
import { type Optimizer, optimizerRow, sgd } from '../../src/training/optimizers.js';
import { completed, type Goal, type LayerSpec, type Matrix, type NetworkSpec, type Weights } from '../reference.js';
import { type Result, Rig } from './rig.js';

export interface TrainingRigOptions {
  readonly optimizer?: Optimizer;
  readonly metrics?: readonly MetricName[];
  readonly clipValue?: number;
  readonly clipNorm?: number;
  readonly mode?: Mode;
}

/** The library's own layer for each of the oracle's: a new type is one row here. */
const LAYERS: { readonly [Type in LayerSpec['type']]: (spec: Extract<LayerSpec, { type: Type }>) => Layer } = {
  dense: ({ type: _, units, ...options }) => dense(units, options),
  activation: (spec) => activation(spec.activation),
  layerNorm: ({ epsilon }) => layerNorm({ epsilon }),
  batchNorm: ({ epsilon, momentum }) => batchNorm({ epsilon, momentum }),
  dropout: ({ rate = 0.5 }) => dropout(rate),
  gaussianNoise: ({ stddev = 1 }) => gaussianNoise(stddev),
};

/** The library's own description of a network of the oracle's. */
export function architectureOf({ inputs, layers }: NetworkSpec): Architecture {
  return { seed: 1, inputs, layers: layers.map((layer) => (LAYERS[layer.type] as (spec: LayerSpec) => Layer)(layer)) };
}

export class TrainingRig {
  readonly rig: Rig;
  readonly lowered: LoweredTraining;
  readonly #map: ParameterMap;
  readonly #region: Region;

  constructor(binary: BinaryName, network: NetworkSpec, weights: Weights, x: Matrix, goal: Goal, options: TrainingRigOptions = {}) {
    const { loss, y, rowWeights } = goal;
    const { optimizer = sgd({ learningRate: 0 }), metrics = [], clipValue, clipNorm, mode } = options;
    const architecture = architectureOf(network);
    this.#map = mapParameters(architecture);
    this.#region = this.#map.parameters;
    const spec = {
      rows: x.length,
      sourceRows: x.length,
      loss: LOSSES[loss],
      weighted: rowWeights !== undefined,
      metrics: metrics.map((name) => METRICS[name]),
      optimizer: optimizerRow(optimizer).form(optimizer),
      clipValue,
      clipNorm,
    };
    this.lowered = lowerTraining(architecture, this.#map, spec, mode);
    this.rig = new Rig(binary, this.lowered.program);
    this.rig.clearKept();
    this.rig.put(this.lowered.sourceX, x.flat());
    this.rig.put(this.lowered.sourceY, y.flat());
    if (rowWeights && this.lowered.sourceWeights) this.rig.put(this.lowered.sourceWeights, rowWeights);
    const all = completed(network, weights);
    for (const [index, tensor] of this.#tensors().entries()) this.rig.put(tensor, all[index]);
  }

  /** One step over all rows. */
  step(scalars?: ArrayLike<number>, counter?: number): Result {
    return this.rig.run({ rows: this.lowered.batchX.rows, scalars, counter });
  }

  /** As the oracle lists them: trainable tensors, then running ones. */
  get weights(): Weights {
    return this.#tensors().map((tensor) => this.rig.get(tensor));
  }

  /** Of the trainable tensors. */
  get gradients(): Weights {
    return this.#tensors(this.lowered.gradients).map((tensor) => this.rig.get(tensor));
  }

  /** Whatever lies in parameters, gradients and moments beside the values themselves. */
  padding(): number[] {
    return [this.#region, this.lowered.gradients, ...this.lowered.moments].flatMap((region) => {
      const from = this.rig.plan.addresses.get(region) as number;
      const all = this.rig.engine.f32.slice(from / 4, (from + region.bytes) / 4);
      for (const { shape, start } of this.#map.slots.slice(0, this.#map.trainable)) {
        const isKernel = shape.length === 2;
        const rows = isKernel ? shape[0] : 1;
        const units = shape[shape.length - 1];
        const panel = isKernel ? panelStride(rows) : PANEL_ROW_BYTES;
        for (let i = 0; i < rows; i++) {
          for (let u = 0; u < units; u++)
            all[(start + Math.floor(u / PANEL_COLUMNS) * panel + i * PANEL_ROW_BYTES) / 4 + (u % PANEL_COLUMNS)] = 0;
        }
      }
      return Array.from(all);
    });
  }

  /** All tensors where they are, or the trainable ones in a region that mirrors the parameters. */
  #tensors(mirror?: Region): Tensor[] {
    const slots = mirror ? this.#map.slots.slice(0, this.#map.trainable) : this.#map.slots;
    return slots.map(({ name, region, shape, start, bytes }) =>
      shape.length === 2
        ? kernelTensor(name, mirror ?? region, start, shape[0], shape[1])
        : runTensor(name, mirror ?? region, start, shape[0], bytes),
    );
  }
}
