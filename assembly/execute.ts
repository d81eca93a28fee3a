/**
 * The ops, and the loop of one thread: walks a program in linear memory, step after step. Knows ops and tensor descriptors;
 * the arithmetic is in kernels/, how threads share the work in threads.ts, the meaning (layers, losses, optimizers) stays in
 * TypeScript.
 *
 * Every op can be done in part: some rows of the batch, or some panels (8 columns) of a layer. No element's bits depend on
 * how an op was parted.
 */
import {
  CLIP_NORM, DTYPE_I32, DTYPE_U8, FLAG_AMSGRAD, FLAG_DECOUPLED, FLAG_FUSED, FLAG_NESTEROV, FLAG_RELU, FLAG_SCALE, OPTIMIZER_ADAGRAD,
  OPTIMIZER_ADAM, OPTIMIZER_NADAM, OPTIMIZER_RMSPROP, OPTIMIZER_SGD, OPTIMIZER_SGD_MOMENTUM, OP_A, OP_ACTIVATION_BACKWARD, OP_ACTIVATION_FORWARD, OP_B,
  OP_BATCH_NORM_BACKWARD, OP_BATCH_NORM_FORWARD, OP_BATCH_NORM_INFERENCE, OP_C, OP_CHAIN, OP_CLIP, OP_CODE, OP_D,
  OP_DENSE_BACKWARD_INPUT, OP_DENSE_BACKWARD_WEIGHTS, OP_DENSE_FORWARD, OP_E, OP_END, OP_F, OP_FLAGS, OP_G, OP_GATHER, OP_HOST, OP_KIND,
  OP_LAYER_NORM_BACKWARD, OP_LAYER_NORM_BACKWARD_WEIGHTS, OP_LAYER_NORM_FORWARD, OP_LOSS, OP_LOSS_SUM, OP_MAX_NORM, OP_MEMBERS, OP_METRIC,
  OP_NOISE_BACKWARD, OP_NOISE_FORWARD, OP_PANELS, OP_PENALTY, OP_SCALAR, OP_SCALAR_2, OP_SECTION, OP_SEED, OP_SIZE, OP_TILES, OP_TILE_PANELS, OP_UPDATE,
  PANEL_COLUMNS, PANEL_ROW_BYTES, STATUS_LOSS, STATUS_OK, STATUS_UPDATE, STEP_COUNTER, STEP_LOSS, STEP_ORDER, STEP_ROWS, STEP_SCALARS, STEP_SIZE,
  STEP_STATUS, TENSOR_BYTES, TENSOR_COLUMNS, TENSOR_DATA, TENSOR_DTYPE, TENSOR_ROWS, TENSOR_STRIDE,
} from './abi';
import { runChain } from './chain';
import { activationBackward, activationForward } from './kernels/activation';
import { gatherBytes, gatherFloats, gatherLabels } from './kernels/gather';
import { backwardInput, backwardWeights, forward } from './kernels/products';
import { addPenalty, clipNorm, clipValue, maxNorm } from './kernels/gradient';
import { loss, lossSum } from './kernels/loss';
import { metric } from './kernels/metric';
import { noiseBackward, noiseForward } from './kernels/noise';
import {
  batchNormBackward, batchNormForward, batchNormInference, layerNormBackward, layerNormBackwardWeights, layerNormForward,
} from './kernels/norm';
import { adagrad, adam, nadam, rmsprop, sgd, sgdMomentum } from './kernels/optimizer';

/** As the end of a range of panels: all of them. */
export const ALL_PANELS: i32 = 0x3ffffff;

// @ts-ignore: decorator
@inline
function operand(op: usize, place: usize): usize {
  return <usize>load<u32>(op + place);
}

/** Address of a tensor's data; of "none" it is whatever lies at address 0, so ask `operand` first where that may be. */
// @ts-ignore: decorator
@inline
function data(tensor: usize): usize {
  return <usize>load<u32>(tensor, TENSOR_DATA);
}

// @ts-ignore: decorator
@inline
function dataOrNone(tensor: usize): usize {
  return tensor ? data(tensor) : 0;
}

// @ts-ignore: decorator
@inline
function stride(tensor: usize): usize {
  return <usize>load<u32>(tensor, TENSOR_STRIDE);
}

/** Address of row `row`: of a matrix, or of a flat run with one number a row. */
// @ts-ignore: decorator
@inline
function rowOf(tensor: usize, row: i32): usize {
  return data(tensor) + <usize>row * stride(tensor);
}

// @ts-ignore: decorator
@inline
function rowOrNone(tensor: usize, row: i32): usize {
  return tensor ? rowOf(tensor, row) : 0;
}

/** Address of a scratch region that each thread has for itself. */
// @ts-ignore: decorator
@inline
function scratchOf(tensor: usize, thread: i32): usize {
  return data(tensor) + <usize>thread * <usize>load<u32>(tensor, TENSOR_BYTES);
}

// @ts-ignore: decorator
@inline
function scalar(op: usize): f32 {
  return load<f32>(op, OP_SCALAR);
}

// @ts-ignore: decorator
@inline
function columns(tensor: usize): i32 {
  return load<i32>(tensor, TENSOR_COLUMNS);
}

/**
 * Runs `count` steps of a program, one step record each, up to its end or the first OP_HOST: a program with one is run in
 * pieces, each for a single step. Returns how many steps are whole: fewer than `count` when
 * something became non-finite, which the record of that step tells (STATUS_).
 */
export function run(program: usize, steps: usize, count: i32): i32 {
  for (let step = 0; step < count; step++) {
    const status = runStep(program, steps);
    store<i32>(steps, status, STEP_STATUS);
    if (status != STATUS_OK) return step;
    steps += STEP_SIZE;
  }
  return count;
}

function runStep(program: usize, step: usize): i32 {
  const rows = load<i32>(step, STEP_ROWS);
  let status = STATUS_OK;
  let code = load<i32>(program, OP_CODE);
  for (let op = program; code != OP_END && code != OP_HOST; op += OP_SIZE, code = load<i32>(op, OP_CODE)) {
    if (code == OP_SECTION) continue;
    if (code == OP_CHAIN) {
      status |= runChain(op, step);
      if (status & STATUS_LOSS) return STATUS_LOSS;
      op += <usize>load<i32>(op, OP_MEMBERS) * OP_SIZE;
      continue;
    }
    if (code == OP_TILES) {
      const panels = load<i32>(op, OP_PANELS), tile = load<i32>(op, OP_TILE_PANELS);
      for (let panel = 0; panel < panels; panel += tile) status |= runTile(op, step, 0, panel, panel + tile);
      op += <usize>load<i32>(op, OP_MEMBERS) * OP_SIZE;
      continue;
    }
    status |= runOp(op, step, 0, 0, rows, 0, ALL_PANELS);
    if (status & STATUS_LOSS) return STATUS_LOSS;
  }
  return status;
}

/** All ops of a group (OP_TILES) on some panels. Returns STATUS_UPDATE if something became non-finite. */
export function runTile(group: usize, step: usize, thread: i32, panel: i32, end: i32): i32 {
  const rows = load<i32>(step, STEP_ROWS);
  let status = STATUS_OK;
  for (let op = group + OP_SIZE, last = op + <usize>load<i32>(group, OP_MEMBERS) * OP_SIZE; op < last; op += OP_SIZE) {
    status |= runOp(op, step, thread, 0, rows, panel, end);
  }
  return status;
}

/** One op on `B` rows from `row` on, or on the panels from `panel` to before `end`, whichever it can be parted by. Returns STATUS_. */
export function runOp(op: usize, step: usize, thread: i32, row: i32, B: i32, panel: i32, end: i32): i32 {
  const a = operand(op, OP_A), b = operand(op, OP_B), c = operand(op, OP_C), d = operand(op, OP_D);
  switch (load<i32>(op, OP_CODE)) {
    case OP_GATHER: runGather(op, step, row, B, a, b); break;
    case OP_DENSE_FORWARD:
      forward(B, load<i32>(b, TENSOR_ROWS), columns(b), rowOf(a, row), stride(a), data(b), stride(b), data(c), rowOf(d, row), stride(d),
        (load<i32>(op, OP_FLAGS) & FLAG_RELU) != 0);
      break;
    case OP_DENSE_BACKWARD_INPUT:
      backwardInput(B, load<i32>(b, TENSOR_ROWS), columns(b), rowOf(a, row), stride(a), data(b), stride(b), rowOf(c, row), stride(c),
        scratchOf(d, thread));
      break;
    case OP_DENSE_BACKWARD_WEIGHTS: {
      const at = <usize>panel * PANEL_ROW_BYTES;
      const bias = dataOrNone(d);
      backwardWeights(B, load<i32>(c, TENSOR_ROWS), min(columns(c), end * PANEL_COLUMNS) - panel * PANEL_COLUMNS, data(a), stride(a), data(b) + at,
        stride(b), data(c) + <usize>panel * stride(c), stride(c), bias ? bias + at : 0, scratchOf(operand(op, OP_E), thread));
      break;
    }
    case OP_ACTIVATION_FORWARD:
      activationForward(load<i32>(op, OP_KIND), B, columns(b), rowOf(a, row), stride(a), rowOf(b, row), stride(b));
      break;
    case OP_ACTIVATION_BACKWARD:
      activationBackward(load<i32>(op, OP_KIND), B, columns(b), rowOf(a, row), stride(a), rowOf(b, row), stride(b), rowOf(c, row), stride(c),
        rowOf(d, row), stride(d));
      break;
    case OP_LOSS: {
      const gradient = operand(op, OP_E);
      loss(load<i32>(op, OP_KIND), (load<i32>(op, OP_FLAGS) & FLAG_FUSED) != 0, B, columns(a), rowOf(a, row), stride(a), rowOf(b, row),
        stride(b), rowOrNone(c, row), rowOf(d, row), rowOrNone(gradient, row), gradient ? stride(gradient) : 0,
        <f32>1 / <f32>load<i32>(step, STEP_ROWS), scratchOf(operand(op, OP_F), thread));
      break;
    }
    case OP_LOSS_SUM: {
      const sum = lossSum(B, data(a));
      if (thread == 0) store<f64>(step, sum, STEP_LOSS);
      if (!isFinite(sum)) return STATUS_LOSS;
      break;
    }
    case OP_UPDATE: return runUpdate(op, step, panel, end, a, b, c, d) ? STATUS_OK : STATUS_UPDATE;
    case OP_METRIC:
      metric(load<i32>(op, OP_KIND), load<i32>(b, TENSOR_DTYPE) == DTYPE_I32, B, columns(a), data(a), stride(a), data(b), stride(b),
        data(c));
      break;
    case OP_NOISE_FORWARD:
      noiseForward(load<i32>(op, OP_KIND), load<u32>(op, OP_SEED), load<u32>(step, STEP_COUNTER), scalar(op), row, B, columns(b), rowOf(a, row),
        stride(a), rowOf(b, row), stride(b));
      break;
    case OP_NOISE_BACKWARD:
      noiseBackward(load<i32>(op, OP_KIND), load<u32>(op, OP_SEED), load<u32>(step, STEP_COUNTER), scalar(op), row, B, columns(b), rowOf(a, row),
        stride(a), rowOf(b, row), stride(b));
      break;
    case OP_LAYER_NORM_FORWARD:
      layerNormForward(B, columns(d), scalar(op), rowOf(a, row), stride(a), data(b), data(c), rowOf(d, row), stride(d),
        data(operand(op, OP_E)) + (<usize>row << 3));
      break;
    case OP_LAYER_NORM_BACKWARD: {
      const dx = operand(op, OP_E);
      layerNormBackward(B, columns(a), rowOf(a, row), stride(a), data(b), data(c) + (<usize>row << 3), rowOf(d, row), stride(d), rowOf(dx, row),
        stride(dx));
      break;
    }
    case OP_LAYER_NORM_BACKWARD_WEIGHTS:
      layerNormBackwardWeights(B, columns(a), data(a), stride(a), data(b), data(c), stride(c), data(d), data(operand(op, OP_E)));
      break;
    case OP_BATCH_NORM_FORWARD:
      batchNormForward(<usize>panel * PANEL_ROW_BYTES, <usize>end * PANEL_ROW_BYTES, B, columns(d), scalar(op), load<f32>(op, OP_SCALAR_2), data(a),
        stride(a), data(b), data(c), data(d), stride(d), data(operand(op, OP_E)), data(operand(op, OP_F)));
      break;
    case OP_BATCH_NORM_BACKWARD: {
      const dx = operand(op, OP_E);
      batchNormBackward(<usize>panel * PANEL_ROW_BYTES, <usize>end * PANEL_ROW_BYTES, B, columns(a), data(a), stride(a), data(b), data(c), data(d),
        stride(d), dataOrNone(dx), dx ? stride(dx) : 0, data(operand(op, OP_F)), data(operand(op, OP_G)));
      break;
    }
    case OP_BATCH_NORM_INFERENCE:
      batchNormInference(B, columns(d), scalar(op), rowOf(a, row), stride(a), data(b), data(c), rowOf(d, row), stride(d), data(operand(op, OP_E)));
      break;
    case OP_PENALTY: {
      const at = <usize>panel * stride(a);
      const bytes = min(<usize>load<u32>(a, TENSOR_BYTES), <usize>end * stride(a)) - at;
      addPenalty(scalar(op), load<f32>(op, OP_SCALAR_2), data(a) + at, data(b) + at, bytes);
      break;
    }
    case OP_CLIP: runClip(op, panel, end, a); break;
    case OP_MAX_NORM:
      maxNorm(scalar(op), load<i32>(a, TENSOR_ROWS), min(columns(a), end * PANEL_COLUMNS) - panel * PANEL_COLUMNS, data(a) + <usize>panel * stride(a),
        stride(a));
      break;
    default: unreachable();
  }
  return STATUS_OK;
}

function runGather(op: usize, step: usize, row: i32, B: i32, source: usize, target: usize): void {
  let order = <usize>load<u32>(step, STEP_ORDER);
  let from = data(source);
  if (order) order += <usize>row << 2;
  else from += <usize>row * stride(source);
  const dtype = load<i32>(source, TENSOR_DTYPE);
  const to = rowOf(target, row);
  if (dtype == DTYPE_I32) {
    gatherLabels(B, from, order, to);
    return;
  }
  const scaled = (load<i32>(op, OP_FLAGS) & FLAG_SCALE) != 0;
  const scale = load<f32>(op, OP_SCALAR);
  if (dtype == DTYPE_U8) gatherBytes(B, columns(source), from, stride(source), order, to, stride(target), scaled, scale);
  else gatherFloats(B, columns(source), from, stride(source), order, to, stride(target), scaled, scale);
}

// What works on all parameters of a layer is parted by its panels: those of the kernel, `stride` bytes each, come first, then
// the bias, 32 bytes of each panel. A block without panels (rows 0) is never parted.

/** Bytes of the kernel in a block of parameters. */
// @ts-ignore: decorator
@inline
function kernelBytes(block: usize): usize {
  return <usize>load<i32>(block, TENSOR_ROWS) * stride(block);
}

function isWhole(block: usize, panel: i32, end: i32): bool {
  return panel == 0 && end >= load<i32>(block, TENSOR_ROWS);
}

function runClip(op: usize, panel: i32, end: i32, gradients: usize): void {
  const bytes = <usize>load<u32>(gradients, TENSOR_BYTES);
  const g = data(gradients);
  if (load<i32>(op, OP_KIND) == CLIP_NORM) {
    clipNorm(scalar(op), g, bytes);
  } else if (isWhole(gradients, panel, end)) {
    clipValue(scalar(op), g, bytes);
  } else {
    const kernel = kernelBytes(gradients);
    const last = min(end, load<i32>(gradients, TENSOR_ROWS));
    clipValue(scalar(op), g + <usize>panel * stride(gradients), <usize>(last - panel) * stride(gradients));
    if (bytes > kernel) clipValue(scalar(op), g + kernel + <usize>panel * PANEL_ROW_BYTES, <usize>(last - panel) * PANEL_ROW_BYTES);
  }
}

function runUpdate(op: usize, step: usize, panel: i32, end: i32, parameters: usize, gradients: usize, first: usize, second: usize): bool {
  const bytes = <usize>load<u32>(parameters, TENSOR_BYTES);
  if (isWhole(parameters, panel, end)) return updateRun(op, step, 0, bytes, parameters, gradients, first, second);
  const kernel = kernelBytes(parameters);
  const last = min(end, load<i32>(parameters, TENSOR_ROWS));
  const at = <usize>panel * stride(parameters), own = <usize>(last - panel);
  const finite = updateRun(op, step, at, own * stride(parameters), parameters, gradients, first, second);
  if (bytes == kernel) return finite;
  return updateRun(op, step, kernel + <usize>panel * PANEL_ROW_BYTES, own * PANEL_ROW_BYTES, parameters, gradients, first, second) && finite;
}

/** Updates `bytes` of a block from `at` on. */
function updateRun(op: usize, step: usize, at: usize, bytes: usize, parameters: usize, gradients: usize, first: usize, second: usize): bool {
  const scalars = step + STEP_SCALARS;
  const flags = load<i32>(op, OP_FLAGS);
  const w = data(parameters) + at, g = data(gradients) + at;
  const m = first ? data(first) + at : 0, v = second ? data(second) + at : 0;
  switch (load<i32>(op, OP_KIND)) {
    case OPTIMIZER_SGD_MOMENTUM: return sgdMomentum(scalars, (flags & FLAG_NESTEROV) != 0, w, g, m, bytes);
    case OPTIMIZER_ADAM: {
      const largest = flags & FLAG_AMSGRAD ? data(operand(op, OP_E)) + at : 0;
      return adam(scalars, (flags & FLAG_DECOUPLED) != 0, w, g, m, v, largest, bytes);
    }
    case OPTIMIZER_NADAM: return nadam(scalars, w, g, m, v, bytes);
    case OPTIMIZER_RMSPROP: return rmsprop(scalars, w, g, m, v, bytes);
    case OPTIMIZER_ADAGRAD: return adagrad(scalars, w, g, m, bytes);
    case OPTIMIZER_SGD: return sgd(scalars, w, g, bytes);
    default: return unreachable();
  }
}
