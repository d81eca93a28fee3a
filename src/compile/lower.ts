/**
 * Lowers a network to programs: which ops, in which order, on which tensors. Derivatives and fusion are decided here and in
 * rules.ts, nowhere else. Knows no addresses and no data.
 */
import * as abi from '../../assembly/abi.js';
import type { LossRow } from '../training/losses.js';
import type { MetricRow } from '../training/metrics.js';
import type { OptimizerForm } from '../training/optimizers.js';
import { chainLinks, lowerChain } from './chain.js';
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
  /** Inputs will be bytes (default: f32, and room for either). */
  readonly bytes?: boolean;
  /** Threads that share the program (default 1). */
  readonly threads?: number;
  /** Rows of data that memory has room for at a time (default: a batch). */
  readonly sourceRows?: number;
}

export interface TrainingSpec extends EvaluationSpec {
  /** None: gradients only. */
  readonly optimizer: OptimizerForm | undefined;
  /** Rows of data that memory has room for at a time. */
  readonly sourceRows: number;
  readonly clipValue?: number;
  readonly clipNorm?: number;
}

export interface Data {
  readonly x: { source: Tensor; batch: Tensor };
  readonly y: { source: Tensor; batch: Tensor };
  readonly weights: { source: Tensor; batch: Tensor } | undefined;
}

/** Brings in samples, targets and row weights. */
function gatherAll(lowering: Lowering, spec: EvaluationSpec, sourceRows: number): Data {
  const { widths } = lowering.map;
  return {
    x: lowering.gather('x', widths[0], sourceRows, { size: spec.bytes ? 1 : 4 }),
    y: lowering.gather('y', widths[widths.length - 1], sourceRows, { labels: spec.loss.targets === 'labels' }),
    weights: spec.weighted ? lowering.gather('weights', 1, sourceRows) : undefined,
  };
}

/** Whether the loss takes the input of the last stage, an activation, instead of its output. */
function fuses(stages: readonly Stage[], { fusesWith }: LossRow): boolean {
  const last = stages[stages.length - 1];
  return fusesWith !== undefined && last?.type === 'activation' && last.activation === fusesWith;
}

/** What metrics look at. */
interface Outcome {
  readonly output: Tensor;
  /** The last activation, if the loss has taken its input. */
  readonly fused: Stage | undefined;
  readonly target: Tensor;
}

/**
 * Losses of an output's rows. With `gradient`, also the gradient of the mean loss with respect to that output (fused: to the
 * input of the last activation, which then is `output`).
 */
function lowerLoss(
  lowering: Lowering,
  { loss }: EvaluationSpec,
  data: Data,
  output: Tensor,
  fused: Stage | undefined,
  gradient?: Tensor,
): Tensor {
  const losses = flatTensor('losses', lowering.rows, abi.DTYPE_F32, 4);
  const target = data.y.batch;
  if (loss.host) {
    lowering.host({ run: loss.host, tensors: [output, target, data.weights?.batch, losses, gradient] });
  } else {
    const row = rowsTensor('spare', 1, output.columns);
    const spare = { ...row, region: { ...row.region, bytes: row.bytes * lowering.threads } };
    const operands = [output, target, data.weights?.batch, losses, gradient, spare];
    lowering.emit(abi.OP_LOSS, operands, { kind: loss.kind, flags: fused ? abi.FLAG_FUSED : 0 });
  }
  return losses;
}

/** The sum of the losses: every thread forms it, for each has to know whether to go on. */
function lowerLossSum(lowering: Lowering, losses: Tensor): void {
  lowering.section(abi.SECTION_EACH, { open: true });
  lowering.emit(abi.OP_LOSS_SUM, [losses]);
}

/** Metrics of an output: their accumulators. */
function lowerMetrics(lowering: Lowering, { metrics }: EvaluationSpec, { output, fused, target }: Outcome): Tensor[] {
  const accumulators = metrics.map((metric, index) =>
    flatTensor(`metrics.${index}`, metric.sums(output.columns), abi.DTYPE_F64, 8, 'kept'),
  );
  if (metrics.length === 0) return [];
  lowering.tiles(undefined, () => {
    const predicted = fused ? lowering.activationOf(fused, output) : output;
    for (const [index, { kind }] of metrics.entries()) lowering.emit(abi.OP_METRIC, [predicted, target, accumulators[index]], { kind });
  });
  return accumulators;
}

/** A step's way there and back. */
export interface Way {
  /** One a stage. */
  readonly traces: readonly Trace[];
  readonly output: Tensor;
  /** Gradients of the stages' outputs. */
  readonly deltas: readonly (Tensor | undefined)[];
  /** The gradients of weights are formed already, or the weights are even updated. */
  readonly formed: boolean;
  readonly updated: boolean;
}

function lowerWay(
  lowering: Lowering,
  spec: TrainingSpec,
  data: Data,
  run: readonly Stage[],
  fused: Stage | undefined,
  gradients: Region,
): Way {
  const traces = lowering.forward(data.x.batch, run);
  const output = lastOutput(traces, data.x.batch);
  const dy = rowsTensor('output.gradient', spec.rows, output.columns);
  const losses = lowerLoss(lowering, spec, data, output, fused, dy);
  const alone = lowering.threads === 1;
  if (alone) lowerLossSum(lowering, losses);
  const deltas = lowering.backward(run, traces, dy, gradients);
  if (!alone) lowerLossSum(lowering, losses);
  return { traces, output, deltas, formed: false, updated: false };
}

/** Data in, outputs out. */
export function lowerPrediction(architecture: Architecture, map: ParameterMap, rows: number, threads = 1): Lowered {
  const lowering = new Lowering(architecture, map, rows, 'inference', threads);
  lowering.section(abi.SECTION_ROWS);
  const { source, batch } = lowering.gather('x', map.widths[0], rows);
  const output = lastOutput(lowering.forward(batch, lowering.stages), batch);
  return {
    program: { name: 'predict', ops: lowering.finish(), results: [output] },
    sourceX: source,
    batchX: batch,
    output,
    accumulators: [],
  };
}

/** Data in, loss and metrics out. */
export function lowerEvaluation(architecture: Architecture, map: ParameterMap, spec: EvaluationSpec): Lowered {
  const lowering = new Lowering(architecture, map, spec.rows, 'inference', spec.threads);
  lowering.section(abi.SECTION_ROWS);
  const data = gatherAll(lowering, spec, spec.sourceRows ?? spec.rows);
  const { stages } = lowering;
  const fused = fuses(stages, spec.loss);
  const output = lastOutput(lowering.forward(data.x.batch, fused ? stages.slice(0, -1) : stages), data.x.batch);
  const last = fused ? stages[stages.length - 1] : undefined;
  lowerLossSum(lowering, lowerLoss(lowering, spec, data, output, last));
  lowering.section(abi.SECTION_TILES);
  const accumulators = lowerMetrics(lowering, spec, { output, fused: last, target: data.y.batch });
  const program = { name: 'evaluate', ops: lowering.finish(), results: accumulators };
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
  const lowering = new Lowering(architecture, map, spec.rows, mode, spec.threads);
  lowering.section(abi.SECTION_ROWS);
  const data = gatherAll(lowering, spec, spec.sourceRows);
  const { stages } = lowering;
  const fused = fuses(stages, spec.loss) ? stages[stages.length - 1] : undefined;
  const run = fused ? stages.slice(0, -1) : stages;
  const gradients: Region = { name: 'gradients', bytes: map.parameters.bytes, life: 'kept' };
  const links = mode === 'training' ? chainLinks(lowering, run, spec) : undefined;
  const way = links
    ? lowerChain(lowering, spec, data, links, fused !== undefined, gradients)
    : lowerWay(lowering, spec, data, run, fused, gradients);
  const { traces, output } = way;
  lowering.section(abi.SECTION_TILES);
  const accumulators = lowerMetrics(lowering, spec, { output, fused, target: data.y.batch });
  const moments = way.updated ? [] : lowerUpdate(lowering, spec, way, gradients);
  return {
    program: { name: 'train', ops: lowering.finish(), results: accumulators },
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
function lowerUpdate(lowering: Lowering, spec: TrainingSpec, { traces, deltas, formed }: Way, gradients: Region): Region[] {
  const { map } = lowering;
  const { optimizer, clipNorm, clipValue } = spec;
  const count = optimizer?.moments ?? 0;
  const moments = Array.from(
    { length: count },
    (_, index): Region => ({ name: `moments.${index}`, bytes: map.parameters.bytes, life: 'state' }),
  );
  const state = [map.parameters, gradients, ...moments];
  const update = (layer: number): void => {
    if (!optimizer) return;
    const views = state.map((region) => lowering.block(layer, region));
    lowering.emit(abi.OP_UPDATE, views, { kind: optimizer.kind, flags: optimizer.flags });
    lowering.maxNorm(layer);
  };
  const learning = traces.flatMap((trace, index) => {
    const dy = deltas[index];
    return lowering.learns(index, dy) ? [{ index, trace, dy, layer: lowering.stages[index].layer }] : [];
  });
  for (const { index, trace, dy, layer } of learning.reverse()) {
    lowering.tiles(layer, () => {
      if (!formed) lowering.weights(index, trace, dy, gradients);
      if (clipValue !== undefined)
        lowering.emit(abi.OP_CLIP, [lowering.block(layer, gradients)], { kind: abi.CLIP_VALUE, scalar: clipValue });
      if (clipNorm === undefined) update(layer);
    });
  }
  if (clipNorm === undefined || learning.length === 0) return moments;
  const all = runTensor('all.gradients', gradients, 0, gradients.bytes / 4, gradients.bytes);
  lowering.section(abi.SECTION_ONE);
  lowering.emit(abi.OP_CLIP, [all], { kind: abi.CLIP_NORM, scalar: clipNorm });
  lowering.section(abi.SECTION_TILES);
  for (const { layer } of learning) lowering.tiles(layer, () => update(layer));
  return moments;
}
