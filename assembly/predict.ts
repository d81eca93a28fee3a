/**
 * The core of `gradlet/predict`: the op loop of execute.ts with the ops of prediction alone, so that the binary holds
 * nothing of training. Same programs, same memory contract, same kernels, hence the same bits. Knows no layers.
 */
import {
  ABI_VERSION, DTYPE_U8, FLAG_RELU, FLAG_SCALE, OP_A, OP_ACTIVATION_FORWARD, OP_B, OP_BATCH_NORM_INFERENCE, OP_C, OP_CODE, OP_D,
  OP_DENSE_FORWARD, OP_E, OP_END, OP_FLAGS, OP_GATHER, OP_HOST, OP_KIND, OP_LAYER_NORM_FORWARD, OP_SCALAR, OP_SIZE, STEP_ORDER,
  STEP_ROWS, STEP_SIZE, TENSOR_COLUMNS, TENSOR_DATA, TENSOR_DTYPE, TENSOR_ROWS, TENSOR_STRIDE,
} from './abi';
import { activationForward } from './kernels/activation';
import { gatherBytes, gatherFloats } from './kernels/gather';
import { forward } from './kernels/gemm';
import { batchNormInference, layerNormForward } from './kernels/norm';

// @ts-ignore: decorator
@inline
function word(at: usize, place: usize): usize {
  return <usize>load<u32>(at + place);
}

/** Runs `count` steps of a program, as `run` of execute.ts does. */
export function run(program: usize, steps: usize, count: i32): i32 {
  for (let step = 0; step < count; step++) {
    runStep(program, steps);
    steps += STEP_SIZE;
  }
  return count;
}

function runStep(program: usize, step: usize): void {
  const B = load<i32>(step, STEP_ROWS);
  for (let op = program; ; op += OP_SIZE) {
    const code = load<i32>(op, OP_CODE);
    if (code == OP_END || code == OP_HOST) return;
    const a = word(op, OP_A), b = word(op, OP_B), c = word(op, OP_C), d = word(op, OP_D);
    const x = word(a, TENSOR_DATA), xStride = word(a, TENSOR_STRIDE);
    // The result is the last operand that every op has: D, or B where there is no D.
    const result = d ? d : b;
    const y = word(result, TENSOR_DATA), yStride = word(result, TENSOR_STRIDE), columns = load<i32>(result, TENSOR_COLUMNS);
    const flags = load<i32>(op, OP_FLAGS);
    const scalar = load<f32>(op, OP_SCALAR);
    switch (code) {
      case OP_GATHER: {
        const order = word(step, STEP_ORDER);
        const scaled = (flags & FLAG_SCALE) != 0;
        if (load<i32>(a, TENSOR_DTYPE) == DTYPE_U8) gatherBytes(B, columns, x, xStride, order, y, yStride, scaled, scalar);
        else gatherFloats(B, columns, x, xStride, order, y, yStride, scaled, scalar);
        break;
      }
      case OP_DENSE_FORWARD:
        forward(B, load<i32>(b, TENSOR_ROWS), columns, x, xStride, word(b, TENSOR_DATA), word(b, TENSOR_STRIDE), word(c, TENSOR_DATA),
          y, yStride, (flags & FLAG_RELU) != 0);
        break;
      case OP_ACTIVATION_FORWARD: activationForward(load<i32>(op, OP_KIND), B, columns, x, xStride, y, yStride); break;
      case OP_LAYER_NORM_FORWARD:
        layerNormForward(B, columns, scalar, x, xStride, word(b, TENSOR_DATA), word(c, TENSOR_DATA), y, yStride,
          word(word(op, OP_E), TENSOR_DATA));
        break;
      case OP_BATCH_NORM_INFERENCE:
        batchNormInference(B, columns, scalar, x, xStride, word(b, TENSOR_DATA), word(c, TENSOR_DATA), y, yStride,
          word(word(op, OP_E), TENSOR_DATA));
        break;
      default: unreachable();
    }
  }
}

/** The number of the memory contract (abi.ts) that this core was built with. */
export function abiVersion(): i32 {
  return ABI_VERSION;
}
