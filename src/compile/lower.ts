/**
 * Lowers a network to programs: which ops, in which order, on which tensors. Derivatives and fusion are decided here and in
 * rules.ts, nowhere else. Knows no addresses and no data.
 */
import * as abi from '../../assembly/abi.js';
import type { LossRow } from '../training/losses.js';
import type { MetricRow } from '../training/metrics.js';
import type { OptimizerForm } from '../training/optimizers.js';
import type { Architecture, ParameterMap } from './parameters.js';
import { flatTensor, type Program, type Region, rowsTensor, runTensor, type Tensor } from './program.js';
import { Lowering, type Mode, type Stage, type Trace } from './rules.js';

/** A program and the tensors that TypeScript fills or reads. */
export interface Lowered {
  readonly program: Program;
  /** Rows of the data as they are, and where the core puts the batch. */
  readonly sourceX: Tensor;
  readonly batchX: Tensor;
  readonly output: Tensor;
  readonly sourceY?: Tensor;
  readonly sourceWeights?: Tensor;
  /** One for each metric asked for, in that order. */
  readonly accumulators: readonly Tensor[];
}

/** A training program, and what is left behind for whoever looks for a mistake. */
export interface LoweredTraining extends Lowered {
  readonly sourceY: Tensor;
  /** State that the optimizer keeps, in its order. */
  readonly moments: readonly Region[];
  /** The output of each stage, and the layer it belongs to. */
  readonly outputs: readonly { readonly layer: number; readonly tensor: Tensor }[];
  /** Mirrors the parameters. */
  readonly gradients: Region;
}

export interface EvaluationSpec {
  readonly rows: number;
  readonly loss: LossRow;
  readonly metrics: readonly MetricRow[];
  /** Rows have weights. */
  readonly weighted: boolean;
}

export interface TrainingSpec extends EvaluationSpec {
  /** None: gradients only. */
  readonly optimizer: OptimizerForm | undefined;
  /** Rows of data that memory has room for at a time. */
  readonly sourceRows: number;
  readonly clipValue?: number;
  readonly clipNorm?: number;
}

interface Data {
  readonly x: { source: Tensor; batch: Tensor };
  readonly y: { source: Tensor; batch: Tensor };
  readonly weights: { source: Tensor; batch: Tensor } | undefined;
}

/** Brings in samples, targets and row weights. */
function gatherAll(lowering: Lowering, spec: EvaluationSpec, sourceRows: number): Data {
  const { widths } = lowering.map;
  return {
    x: lowering.gather('x', widths[0], sourceRows),
    y: lowering.gather('y', widths[widths.length - 1], sourceRows, spec.loss.targets === 'labels'),
    weights: spec.weighted ? lowering.gather('weights', 1, sourceRows) : undefined,
  };
}

/** Whether the loss takes the input of the last stage, an activation, instead of its output. */
function fuses(stages: readonly Stage[], { fusesWith }: LossRow): boolean {
  const last = stages[stages.length - 1];
  return fusesWith !== undefined && last?.type === 'activation' && last.activation === fusesWith;
}

/**
 * Loss and metrics of an output. With `gradient`, also the gradient of the mean loss with respect to that output (fused: to
 * the input of the last activation, which then is `output`).
 */
function lowerLoss(
  lowering: Lowering,
  spec: EvaluationSpec,
  data: Data,
  output: Tensor,
  fused: Stage | undefined,
  gradient?: Tensor,
): Tensor[] {
  const { loss, metrics } = spec;
  const { rows } = lowering;
  const losses = flatTensor('losses', rows, abi.DTYPE_F32, 4);
  if (loss.host) {
    lowering.host({ run: loss.host, tensors: [output, data.y.batch, data.weights?.batch, losses, gradient] });
  } else {
    const spare = rowsTensor('spare', 1, output.columns);
    const operands = [output, data.y.batch, data.weights?.batch, losses, gradient, spare];
    lowering.emit(abi.OP_LOSS, operands, { kind: loss.kind, flags: fused ? abi.FLAG_FUSED : 0 });
  }
  lowering.emit(abi.OP_LOSS_SUM, [losses]);
  let predicted = output;
  if (fused && metrics.length) predicted = lowering.activationOf(fused, output);
  return metrics.map((metric, index) => {
    const sums = flatTensor(`metrics.${index}`, metric.sums(output.columns), abi.DTYPE_F64, 8, 'kept');
    lowering.emit(abi.OP_METRIC, [predicted, data.y.batch, sums], { kind: metric.kind });
    return sums;
  });
}

/** Data in, outputs out. */
export function lowerPrediction(architecture: Architecture, map: ParameterMap, rows: number): Lowered {
  const lowering = new Lowering(architecture, map, rows, 'inference');
  const { source, batch } = lowering.gather('x', map.widths[0], rows);
  const output = lastOutput(lowering.forward(batch, lowering.stages), batch);
  return { program: { name: 'predict', ops: lowering.ops, results: [output] }, sourceX: source, batchX: batch, output, accumulators: [] };
}

/** Data in, loss and metrics out. */
export function lowerEvaluation(architecture: Architecture, map: ParameterMap, spec: EvaluationSpec): Lowered {
  const lowering = new Lowering(architecture, map, spec.rows, 'inference');
  const data = gatherAll(lowering, spec, spec.rows);
  const { stages } = lowering;
  const fused = fuses(stages, spec.loss);
  const output = lastOutput(lowering.forward(data.x.batch, fused ? stages.slice(0, -1) : stages), data.x.batch);
  const accumulators = lowerLoss(lowering, spec, data, output, fused ? stages[stages.length - 1] : undefined);
  const program = { name: 'evaluate', ops: lowering.ops, results: accumulators };
  return {
    program,
    sourceX: data.x.source,
    batchX: data.x.batch,
    sourceY: data.y.source,
    sourceWeights: data.weights?.source,
    output,
    accumulators,
  };
}

function lastOutput(traces: readonly Trace[], x: Tensor): Tensor {
  return traces.length ? traces[traces.length - 1].y : x;
}

/** One step of training: data in, parameters updated, loss and metrics out. */
export function lowerTraining(architecture: Architecture, map: ParameterMap, spec: TrainingSpec, mode: Mode = 'training'): LoweredTraining {
  const lowering = new Lowering(architecture, map, spec.rows, mode);
  const data = gatherAll(lowering, spec, spec.sourceRows);
  const { stages } = lowering;
  const fused = fuses(stages, spec.loss);
  const run = fused ? stages.slice(0, -1) : stages;
  const traces = lowering.forward(data.x.batch, run);
  const output = lastOutput(traces, data.x.batch);
  const dy = rowsTensor('output.gradient', spec.rows, output.columns);
  const accumulators = lowerLoss(lowering, spec, data, output, fused ? stages[stages.length - 1] : undefined, dy);
  const gradients: Region = { name: 'gradients', bytes: map.parameters.bytes, life: 'kept' };
  const deltas = lowering.backward(run, traces, dy, gradients);
  lowering.emit(abi.OP_BARRIER, []);
  const moments = lowerUpdate(lowering, spec, traces, deltas, gradients);
  return {
    program: { name: 'train', ops: lowering.ops, results: accumulators },
    sourceX: data.x.source,
    batchX: data.x.batch,
    sourceY: data.y.source,
    sourceWeights: data.weights?.source,
    output,
    accumulators,
    outputs: traces.map((trace, index) => ({ layer: run[index].layer, tensor: trace.y })),
    gradients,
    moments,
  };
}

/**
 * Gradients of the weights and their update: layer by layer, while both are near; or, where all gradients have to be known
 * first (clipping by their norm), first the ones, then the other.
 */
function lowerUpdate(
  lowering: Lowering,
  spec: TrainingSpec,
  traces: readonly Trace[],
  deltas: readonly (Tensor | undefined)[],
  gradients: Region,
): Region[] {
  const { map } = lowering;
  const { optimizer, clipNorm, clipValue } = spec;
  const count = optimizer?.moments ?? 0;
  const moments = Array.from(
    { length: count },
    (_, index): Region => ({ name: `moments.${index}`, bytes: map.parameters.bytes, life: 'state' }),
  );
  const state = [map.parameters, gradients, ...moments];
  const update = (name: string, start: number, bytes: number): void => {
    const views = state.map((region) => runTensor(`${name}.${region.name}`, region, start, bytes / 4, bytes));
    if (clipValue !== undefined) lowering.emit(abi.OP_CLIP, [views[1]], { kind: abi.CLIP_VALUE, scalar: clipValue });
    if (clipNorm !== undefined) lowering.emit(abi.OP_CLIP, [views[1]], { kind: abi.CLIP_NORM, scalar: clipNorm });
    if (optimizer) lowering.emit(abi.OP_UPDATE, views, { kind: optimizer.kind, flags: optimizer.flags });
  };
  for (let index = traces.length - 1; index >= 0; index--) {
    const { layer } = lowering.stages[index];
    if (!lowering.weights(index, traces[index], deltas[index], gradients)) continue;
    const { start, bytes } = map.blocks[layer];
    if (clipNorm === undefined) update(`layers.${layer}`, start, bytes);
  }
  // Norm layers form their gradients on the way back; dense layers just now.
  if (clipNorm !== undefined && map.parameters.bytes) update('all', 0, map.parameters.bytes);
  if (optimizer) lowering.maxNorms();
  lowering.emit(abi.OP_BARRIER, []);
  return moments;
}
