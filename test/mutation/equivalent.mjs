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
  {
    file: 'src/training/books.ts',
    line: "const { monitor = 'valLoss', patience = 0, minDelta = 0, restoreBest = false } = checkOptions('fit: earlyStopping', given, known);",
    put: "const { monitor = 'valLoss', patience = 1, minDelta = 0, restoreBest = false } = checkOptions('fit: earlyStopping', given, known);",
    why: 'the first epoch without improvement ends a fit with patience 0 and with patience 1',
  },
  {
    file: 'src/compile/rules.ts',
    line: "if (stage.type === 'activation' && typeof stage.activation === 'string') {",
    put: "if (stage.type === 'activation' || typeof stage.activation === 'string') {",
    why: 'asked of activation stages that a loss is fused with, which have names',
  },
  {
    file: 'src/training/loop.ts',
    line: 'this.#sliceFlops += flushed.count * trainer.flopsPerStep;',
    put: 'this.#sliceFlops += flushed.count / trainer.flopsPerStep;',
    why: 'an estimate of the work for clocks that stand still: it decides when the host has its turn, not what is computed',
  },
  {
    file: 'src/training/trainer.ts',
    line: 'this.flopsPerStep = stepFlops(map, batchSize) + STEP_FLOPS * architecture.layers.length;',
    put: 'this.flopsPerStep = stepFlops(map, batchSize) - STEP_FLOPS * architecture.layers.length;',
    why: 'an estimate of the work: it decides how many steps share a call, not what is computed',
  },
  {
    file: 'src/training/feed.ts',
    line: 'const WINDOW_BYTES = 2 * 2 ** 20;',
    put: 'const WINDOW_BYTES = 2 / 2 ** 20;',
    why: 'how many rows of large data are brought in at a time, not what is computed',
  },
  {
    file: 'src/training/trainer.ts',
    line: 'return this.core.memory.holds(this) && own.bytes === x.bytes && Boolean(ownWeights) === Boolean(weights) && x.rows <= this.#capacity;',
    put: 'return this.core.memory.holds(this) && own.bytes === x.bytes && Boolean(ownWeights) === Boolean(weights) && x.rows < this.#capacity;',
    why: 'a trainer that could be used again is made anew, with the same moments',
  },
  {
    file: 'src/training/loop.ts',
    line: 'if (this.#sliceFlops < SLICE_FLOPS && performance.now() - this.#sliceStart < SLICE_MS) return;',
    put: 'if (this.#sliceFlops < SLICE_FLOPS && performance.now() - this.#sliceStart <= SLICE_MS) return;',
    why: 'a clock that shows exactly the end of a slice',
  },
  {
    file: 'src/compile/plan.ts',
    line: 'for (const lifetime of lifetimes(program).sort((a, b) => b.region.bytes - a.region.bytes || a.first - b.first)) {',
    put: 'for (const lifetime of lifetimes(program).sort((a, b) => b.region.bytes - a.region.bytes && a.first - b.first)) {',
    why: 'regions find their places in another order, which may take more memory',
  },
  {
    file: 'src/training/trainer.ts',
    line: 'const callFlops = options.worker ? WORKER_CALL_FLOPS * (options.threads ?? 1) : CALL_FLOPS;',
    put: 'const callFlops = options.worker ? WORKER_CALL_FLOPS / (options.threads ?? 1) : CALL_FLOPS;',
    why: 'how much work a call of several workers takes, not what is computed',
  },
  {
    file: 'src/training/trainer.ts',
    line: 'own.batchSize >= batchSize &&',
    put: 'own.batchSize > batchSize &&',
    why: 'a trainer that could be used again is made anew, with the same moments',
  },
  {
    file: 'src/training/optimizers.ts',
    line: '? { kind: abi.OPTIMIZER_SGD_MOMENTUM, flags: nesterov ? abi.FLAG_NESTEROV : 0, moments: 1 }',
    put: '? { kind: abi.OPTIMIZER_SGD_MOMENTUM, flags: nesterov ? abi.FLAG_NESTEROV : 1, moments: 1 }',
    why: 'the bit of another op, which updates do not look at',
  },
  {
    file: 'src/training/journal.ts',
    line: 'return this.#calls.length === 0 || this.#calls.length >= this.limit;',
    put: 'return this.#calls.length === 0 || this.#calls.length > this.limit;',
    why: 'one call more between two snapshots, which are only there to save time',
  },
  {
    file: 'assembly/chain.ts',
    line: 'let s0 = madd(d0, v128.load(w), zero), s1 = madd(d0, v128.load(w, 32), zero);',
    put: 'let s0 = f32x4.mul(d0, v128.load(w)), s1 = madd(d0, v128.load(w, 32), zero);',
    why: 'adding to zero changes nothing but the sign of a zero, which no weight shows',
  },
  {
    file: 'assembly/chain.ts',
    line: 'let s0 = madd(d0, v128.load(w), zero), s1 = madd(d0, v128.load(w, 32), zero);',
    put: 'let s0 = madd(d0, v128.load(w), zero), s1 = f32x4.mul(d0, v128.load(w, 32));',
    why: 'adding to zero changes nothing but the sign of a zero, which no weight shows',
  },
  {
    file: 'assembly/chain.ts',
    line: 'let s2 = madd(d0, v128.load(w, 64), zero), s3 = madd(d0, v128.load(w, 96), zero);',
    put: 'let s2 = f32x4.mul(d0, v128.load(w, 64)), s3 = madd(d0, v128.load(w, 96), zero);',
    why: 'adding to zero changes nothing but the sign of a zero, which no weight shows',
  },
  {
    file: 'assembly/chain.ts',
    line: 'let s2 = madd(d0, v128.load(w, 64), zero), s3 = madd(d0, v128.load(w, 96), zero);',
    put: 'let s2 = madd(d0, v128.load(w, 64), zero), s3 = f32x4.mul(d0, v128.load(w, 96));',
    why: 'adding to zero changes nothing but the sign of a zero, which no weight shows',
  },
];
