/**
 * A whole network on a rig: the library's own lowering, planned and run over poisoned memory, with weights, data and
 * gradients as plain arrays. Knows no training loop.
 */
import { PANEL_COLUMNS, PANEL_ROW_BYTES } from '../../assembly/abi.js';
import { panelStride } from '../../src/compile/layout.js';
import { type LoweredTraining, lowerTraining } from '../../src/compile/lower.js';
import { type Architecture, mapParameters, type ParameterMap } from '../../src/compile/parameters.js';
import { kernelTensor, type Region, runTensor, type Tensor } from '../../src/compile/program.js';
import { dense } from '../../src/layers.js';
import type { BinaryName } from '../../src/runtime/module.js';
import { LOSSES } from '../../src/training/losses.js';
import { METRICS, type MetricName } from '../../src/training/metrics.js';
import { type Optimizer, optimizerRow, sgd } from '../../src/training/optimizers.js';
import type { Goal, Matrix, NetworkSpec, Weights } from '../reference.js';
import { type Result, Rig } from './rig.js';

export interface TrainingRigOptions {
  readonly optimizer?: Optimizer;
  readonly metrics?: readonly MetricName[];
}

/** The library's own description of a network of the oracle's. */
export function architectureOf({ inputs, layers }: NetworkSpec): Architecture {
  return { seed: 1, inputs, layers: layers.map(({ units, activation, useBias }) => dense(units, { activation, useBias })) };
}

export class TrainingRig {
  readonly rig: Rig;
  readonly lowered: LoweredTraining;
  readonly #map: ParameterMap;
  readonly #region: Region;

  constructor(
    binary: BinaryName,
    architecture: Architecture,
    weights: Weights,
    x: Matrix,
    { loss, y }: Goal,
    options: TrainingRigOptions = {},
  ) {
    const { optimizer = sgd({ learningRate: 0 }), metrics = [] } = options;
    this.#map = mapParameters(architecture);
    this.#region = this.#map.parameters;
    this.lowered = lowerTraining(architecture, this.#map, {
      rows: x.length,
      sourceRows: x.length,
      loss: LOSSES[loss],
      weighted: false,
      metrics: metrics.map((name) => METRICS[name]),
      optimizer: optimizerRow(optimizer).form(optimizer),
    });
    this.rig = new Rig(binary, this.lowered.program);
    this.rig.clearKept();
    this.rig.put(this.lowered.sourceX, x.flat());
    this.rig.put(this.lowered.sourceY, y.flat());
    for (const [index, tensor] of this.#tensors(this.#region).entries()) this.rig.put(tensor, weights[index]);
  }

  /** One step over all rows. */
  step(scalars?: ArrayLike<number>): Result {
    return this.rig.run({ rows: this.lowered.batchX.rows, scalars });
  }

  get weights(): Weights {
    return this.#tensors(this.#region).map((tensor) => this.rig.get(tensor));
  }

  get gradients(): Weights {
    return this.#tensors(this.lowered.gradients).map((tensor) => this.rig.get(tensor));
  }

  /** Whatever lies in parameters, gradients and moments beside the values themselves. */
  padding(): number[] {
    return [this.#region, this.lowered.gradients, ...this.lowered.moments].flatMap((region) => {
      const from = this.rig.plan.addresses.get(region) as number;
      const all = this.rig.engine.f32.slice(from / 4, (from + region.bytes) / 4);
      for (const { shape, start } of this.#map.slots) {
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

  #tensors(region: Region): Tensor[] {
    return this.#map.slots.map(({ name, shape, start, bytes }) =>
      shape.length === 2 ? kernelTensor(name, region, start, shape[0], shape[1]) : runTensor(name, region, start, shape[0], bytes),
    );
  }
}
