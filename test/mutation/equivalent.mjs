/**
 * Mutations that change nothing anyone could see, each with its reason. `line` is the original line, trimmed; `put` what it
 * became. A line that no longer stands in the file is reported, so that this list cannot go stale unseen.
 */
const ACTIVATION = 'assembly/kernels/activation.ts';

const RELU = 'if (kind == ACTIVATION_RELU) return v128.and(dy, f32x4.gt(y, f32x4.splat(0)));';
const LEAKY_RELU = 'if (kind == ACTIVATION_LEAKY_RELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.splat(LEAK)), f32x4.gt(y, zero));';
const ELU = 'if (kind == ACTIVATION_ELU) return v128.bitselect(dy, f32x4.mul(dy, f32x4.add(y, one())), f32x4.gt(y, zero));';
const SELU = 'return f32x4.mul(dy, v128.bitselect(f32x4.splat(SELU_SCALE), below, f32x4.gt(y, zero)));';

const SAME_SIGN = 'z is above 0 exactly where y is';

export const EQUIVALENT = [
  ...[RELU, LEAKY_RELU, ELU, SELU].map((line) => ({ file: ACTIVATION, line, put: line.replace('gt(y', 'gt(z'), why: SAME_SIGN })),
  { file: ACTIVATION, line: ELU, put: ELU.replace('f32x4.gt', 'f32x4.ge'), why: 'at 0 both branches give dy' },
];
