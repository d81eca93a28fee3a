/**
 * The op loop: walks a program in linear memory, step after step. Knows ops and tensor descriptors; the arithmetic is in
 * kernels/, the meaning (layers, losses, optimizers) stays in TypeScript.
 */
import {
  DTYPE_I32, DTYPE_U8, FLAG_FUSED, FLAG_NESTEROV, FLAG_RELU, FLAG_SCALE, OPTIMIZER_ADAM, OPTIMIZER_SGD_MOMENTUM, OP_A,
  OP_ACTIVATION_BACKWARD, OP_ACTIVATION_FORWARD, OP_B, OP_BARRIER, OP_C, OP_CODE, OP_D, OP_DENSE_BACKWARD_INPUT,
  OP_DENSE_BACKWARD_WEIGHTS, OP_DENSE_FORWARD, OP_E, OP_END, OP_F, OP_FLAGS, OP_GATHER, OP_KIND, OP_LOSS, OP_LOSS_SUM,
  OP_METRIC, OP_SCALAR, OP_SIZE, OP_UPDATE, STATUS_LOSS, STATUS_OK, STATUS_UPDATE, STEP_LOSS, STEP_ORDER, STEP_ROWS,
  STEP_SCALARS, STEP_SIZE, STEP_STATUS, TENSOR_BYTES, TENSOR_COLUMNS, TENSOR_DATA, TENSOR_DTYPE, TENSOR_ROWS, TENSOR_STRIDE,
} from './abi';
import { activationBackward, activationForward } from './kernels/activation';
import { gatherBytes, gatherFloats, gatherLabels } from './kernels/gather';
import { backwardInput, backwardWeights, forward } from './kernels/gemm';
import { loss, lossSum } from './kernels/loss';
import { metric } from './kernels/metric';
import { adam, sgd, sgdMomentum } from './kernels/optimizer';

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
function columns(tensor: usize): i32 {
  return load<i32>(tensor, TENSOR_COLUMNS);
}

/**
 * Runs `count` steps of a program, one step record each. Returns how many steps are whole: fewer than `count` when
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
  for (let op = program; load<i32>(op, OP_CODE) != OP_END; op += OP_SIZE) {
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

function runUpdate(op: usize, step: usize, parameters: usize, gradients: usize, first: usize, second: usize): bool {
  const scalars = step + STEP_SCALARS;
  const w = data(parameters), g = data(gradients);
  const bytes = <usize>load<u32>(parameters, TENSOR_BYTES);
  switch (load<i32>(op, OP_KIND)) {
    case OPTIMIZER_SGD_MOMENTUM: return sgdMomentum(scalars, (load<i32>(op, OP_FLAGS) & FLAG_NESTEROV) != 0, w, g, data(first), bytes);
    case OPTIMIZER_ADAM: return adam(scalars, w, g, data(first), data(second), bytes);
    default: return sgd(scalars, w, g, bytes);
  }
}
