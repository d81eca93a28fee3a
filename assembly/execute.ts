/**
 * The op loop: walks a program in linear memory, step after step. Knows ops and tensor descriptors; the arithmetic is in
 * kernels/, the meaning (layers, losses, optimizers) stays in TypeScript.
 */
import {
  CLIP_NORM, DTYPE_I32, DTYPE_U8, FLAG_AMSGRAD, FLAG_DECOUPLED, FLAG_FUSED, FLAG_NESTEROV, FLAG_RELU, FLAG_SCALE, OPTIMIZER_ADAGRAD,
  OPTIMIZER_ADAM, OPTIMIZER_NADAM, OPTIMIZER_RMSPROP, OPTIMIZER_SGD, OPTIMIZER_SGD_MOMENTUM, OP_A, OP_ACTIVATION_BACKWARD, OP_ACTIVATION_FORWARD, OP_B,
  OP_BARRIER, OP_BATCH_NORM_BACKWARD, OP_BATCH_NORM_FORWARD, OP_BATCH_NORM_INFERENCE, OP_C, OP_CLIP, OP_CODE, OP_D,
  OP_DENSE_BACKWARD_INPUT, OP_DENSE_BACKWARD_WEIGHTS, OP_DENSE_FORWARD, OP_E, OP_END, OP_F, OP_FLAGS, OP_G, OP_GATHER, OP_HOST, OP_KIND,
  OP_LAYER_NORM_BACKWARD, OP_LAYER_NORM_FORWARD, OP_LOSS, OP_LOSS_SUM, OP_MAX_NORM, OP_METRIC, OP_NOISE_BACKWARD, OP_NOISE_FORWARD,
  OP_PENALTY, OP_SCALAR, OP_SCALAR_2, OP_SEED, OP_SIZE, OP_UPDATE, STATUS_LOSS, STATUS_OK, STATUS_UPDATE, STEP_COUNTER, STEP_LOSS,
  STEP_ORDER, STEP_ROWS, STEP_SCALARS, STEP_SIZE, STEP_STATUS, TENSOR_BYTES, TENSOR_COLUMNS, TENSOR_DATA, TENSOR_DTYPE, TENSOR_ROWS,
  TENSOR_STRIDE,
} from './abi';
import { activationBackward, activationForward } from './kernels/activation';
import { gatherBytes, gatherFloats, gatherLabels } from './kernels/gather';
import { backwardInput, backwardWeights, forward } from './kernels/gemm';
import { addPenalty, clipNorm, clipValue, maxNorm } from './kernels/gradient';
import { loss, lossSum } from './kernels/loss';
import { metric } from './kernels/metric';
import { noiseBackward, noiseForward } from './kernels/noise';
import { batchNormBackward, batchNormForward, batchNormInference, layerNormBackward, layerNormForward } from './kernels/norm';
import { adagrad, adam, nadam, rmsprop, sgd, sgdMomentum } from './kernels/optimizer';

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
    if (!runStep(program, steps)) return step;
    steps += STEP_SIZE;
  }
  return count;
}

function runStep(program: usize, step: usize): bool {
  const B = load<i32>(step, STEP_ROWS);
  let finite = true;
  for (let op = program; load<i32>(op, OP_CODE) != OP_END && load<i32>(op, OP_CODE) != OP_HOST; op += OP_SIZE) {
    const a = operand(op, OP_A), b = operand(op, OP_B), c = operand(op, OP_C), d = operand(op, OP_D);
    switch (load<i32>(op, OP_CODE)) {
      case OP_GATHER: runGather(op, step, B, a, b); break;
      case OP_DENSE_FORWARD:
        forward(B, load<i32>(b, TENSOR_ROWS), columns(b), data(a), stride(a), data(b), stride(b), data(c), data(d), stride(d),
          (load<i32>(op, OP_FLAGS) & FLAG_RELU) != 0);
        break;
      case OP_DENSE_BACKWARD_INPUT:
        backwardInput(B, load<i32>(b, TENSOR_ROWS), columns(b), data(a), stride(a), data(b), stride(b), data(c), stride(c), data(d));
        break;
      case OP_DENSE_BACKWARD_WEIGHTS:
        backwardWeights(B, load<i32>(c, TENSOR_ROWS), columns(c), data(a), stride(a), data(b), stride(b), data(c), stride(c),
          dataOrNone(d), data(operand(op, OP_E)));
        break;
      case OP_ACTIVATION_FORWARD:
        activationForward(load<i32>(op, OP_KIND), B, columns(b), data(a), stride(a), data(b), stride(b));
        break;
      case OP_ACTIVATION_BACKWARD:
        activationBackward(load<i32>(op, OP_KIND), B, columns(b), data(a), stride(a), data(b), stride(b), data(c), stride(c),
          data(d), stride(d));
        break;
      case OP_LOSS: {
        const gradient = operand(op, OP_E);
        loss(load<i32>(op, OP_KIND), (load<i32>(op, OP_FLAGS) & FLAG_FUSED) != 0, B, columns(a), data(a), stride(a), data(b),
          stride(b), dataOrNone(c), data(d), dataOrNone(gradient), gradient ? stride(gradient) : 0, <f32>1 / <f32>B,
          data(operand(op, OP_F)));
        break;
      }
      case OP_LOSS_SUM: {
        const sum = lossSum(B, data(a));
        store<f64>(step, sum, STEP_LOSS);
        if (!isFinite(sum)) {
          store<i32>(step, STATUS_LOSS, STEP_STATUS);
          return false;
        }
        break;
      }
      case OP_UPDATE:
        if (!runUpdate(op, step, a, b, c, d)) finite = false;
        break;
      case OP_METRIC:
        metric(load<i32>(op, OP_KIND), load<i32>(b, TENSOR_DTYPE) == DTYPE_I32, B, columns(a), data(a), stride(a), data(b), stride(b),
          data(c));
        break;
      case OP_BARRIER: break;
      case OP_NOISE_FORWARD:
        noiseForward(load<i32>(op, OP_KIND), load<u32>(op, OP_SEED), load<u32>(step, STEP_COUNTER), scalar(op), B, columns(b), data(a),
          stride(a), data(b), stride(b));
        break;
      case OP_NOISE_BACKWARD:
        noiseBackward(load<i32>(op, OP_KIND), load<u32>(op, OP_SEED), load<u32>(step, STEP_COUNTER), scalar(op), B, columns(b), data(a),
          stride(a), data(b), stride(b));
        break;
      case OP_LAYER_NORM_FORWARD:
        layerNormForward(B, columns(d), scalar(op), data(a), stride(a), data(b), data(c), data(d), stride(d), data(operand(op, OP_E)));
        break;
      case OP_BATCH_NORM_FORWARD:
        batchNormForward(B, columns(d), scalar(op), load<f32>(op, OP_SCALAR_2), data(a), stride(a), data(b), data(c), data(d), stride(d),
          data(operand(op, OP_E)), data(operand(op, OP_F)));
        break;
      case OP_BATCH_NORM_INFERENCE:
        batchNormInference(B, columns(d), scalar(op), data(a), stride(a), data(b), data(c), data(d), stride(d), data(operand(op, OP_E)));
        break;
      case OP_LAYER_NORM_BACKWARD:
      case OP_BATCH_NORM_BACKWARD:
        runNormBackward(op, B, a, b, c, d);
        break;
      case OP_PENALTY: addPenalty(scalar(op), load<f32>(op, OP_SCALAR_2), data(a), data(b), <usize>load<u32>(a, TENSOR_BYTES)); break;
      case OP_CLIP: {
        const bytes = <usize>load<u32>(a, TENSOR_BYTES);
        if (load<i32>(op, OP_KIND) == CLIP_NORM) clipNorm(scalar(op), data(a), bytes);
        else clipValue(scalar(op), data(a), bytes);
        break;
      }
      case OP_MAX_NORM: maxNorm(scalar(op), load<i32>(a, TENSOR_ROWS), columns(a), data(a), stride(a)); break;
      default: unreachable();
    }
  }
  store<i32>(step, finite ? STATUS_OK : STATUS_UPDATE, STEP_STATUS);
  return finite;
}

function runGather(op: usize, step: usize, B: i32, source: usize, to: usize): void {
  const order = <usize>load<u32>(step, STEP_ORDER);
  const dtype = load<i32>(source, TENSOR_DTYPE);
  if (dtype == DTYPE_I32) {
    gatherLabels(B, data(source), order, data(to));
    return;
  }
  const scaled = (load<i32>(op, OP_FLAGS) & FLAG_SCALE) != 0;
  const scale = load<f32>(op, OP_SCALAR);
  if (dtype == DTYPE_U8) gatherBytes(B, columns(source), data(source), stride(source), order, data(to), stride(to), scaled, scale);
  else gatherFloats(B, columns(source), data(source), stride(source), order, data(to), stride(to), scaled, scale);
}

function runNormBackward(op: usize, B: i32, x: usize, gamma: usize, statistics: usize, dy: usize): void {
  const dx = operand(op, OP_E), dgamma = data(operand(op, OP_F)), dbeta = data(operand(op, OP_G));
  const dxStride = dx ? stride(dx) : 0;
  if (load<i32>(op, OP_CODE) == OP_LAYER_NORM_BACKWARD) {
    layerNormBackward(B, columns(x), data(x), stride(x), data(gamma), data(statistics), data(dy), stride(dy), dataOrNone(dx), dxStride, dgamma, dbeta);
  } else {
    batchNormBackward(B, columns(x), data(x), stride(x), data(gamma), data(statistics), data(dy), stride(dy), dataOrNone(dx), dxStride, dgamma, dbeta);
  }
}

function runUpdate(op: usize, step: usize, parameters: usize, gradients: usize, first: usize, second: usize): bool {
  const scalars = step + STEP_SCALARS;
  const flags = load<i32>(op, OP_FLAGS);
  const w = data(parameters), g = data(gradients);
  const bytes = <usize>load<u32>(parameters, TENSOR_BYTES);
  switch (load<i32>(op, OP_KIND)) {
    case OPTIMIZER_SGD_MOMENTUM: return sgdMomentum(scalars, (flags & FLAG_NESTEROV) != 0, w, g, data(first), bytes);
    case OPTIMIZER_ADAM: {
      const largest = flags & FLAG_AMSGRAD ? data(operand(op, OP_E)) : 0;
      return adam(scalars, (flags & FLAG_DECOUPLED) != 0, w, g, data(first), data(second), largest, bytes);
    }
    case OPTIMIZER_NADAM: return nadam(scalars, w, g, data(first), data(second), bytes);
    case OPTIMIZER_RMSPROP: return rmsprop(scalars, w, g, data(first), dataOrNone(second), bytes);
    case OPTIMIZER_ADAGRAD: return adagrad(scalars, w, g, data(first), bytes);
    case OPTIMIZER_SGD: return sgd(scalars, w, g, bytes);
    default: return unreachable();
  }
}
