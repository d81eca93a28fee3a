/** What networks compile to, written out: which ops in which order on which tensors. Knows no addresses. */
import { expect, it } from 'vitest';
import { lowerEvaluation, lowerPrediction, lowerTraining, type TrainingSpec } from '../../src/compile/lower.js';
import { type Architecture, mapParameters } from '../../src/compile/parameters.js';
import { printProgram } from '../../src/compile/print.js';
import type { Program } from '../../src/compile/program.js';
import { batchNorm, dense } from '../../src/layers.js';
import { LOSSES } from '../../src/training/losses.js';
import { METRICS } from '../../src/training/metrics.js';
import { adam, optimizerRow, sgd } from '../../src/training/optimizers.js';

const DIGITS: Architecture = { seed: 1, inputs: 784, layers: [dense(128, { activation: 'relu' }), dense(10, { activation: 'softmax' })] };
const DIGITS_SPEC: TrainingSpec = {
  rows: 32,
  sourceRows: 60000,
  loss: LOSSES.sparseCategoricalCrossentropy,
  metrics: [],
  weighted: false,
  optimizer: optimizerRow(adam()).form(adam()),
};

/** A hidden softmax, a layer without bias, a loss that is not fused, metrics of the output itself. */
const MIXED: Architecture = {
  seed: 1,
  inputs: 3,
  layers: [dense(5, { activation: 'tanh' }), dense(7, { activation: 'softmax', useBias: false }), dense(2, { activation: 'sigmoid' })],
};
const NESTEROV = sgd({ momentum: 0.9, nesterov: true });
const MIXED_SPEC: TrainingSpec = {
  rows: 16,
  sourceRows: 40,
  loss: LOSSES.meanSquaredError,
  metrics: [METRICS.accuracy, METRICS.r2],
  weighted: false,
  optimizer: optimizerRow(NESTEROV).form(NESTEROV),
};

function lower(architecture: Architecture, how: (map: ReturnType<typeof mapParameters>) => { program: Program }): string {
  const map = mapParameters(architecture);
  return `\n${printProgram(how(map).program)}\n`;
}

it('784-128-10 trains with adam and sparse crossentropy', () => {
  expect(lower(DIGITS, (map) => lowerTraining(DIGITS, map, DIGITS_SPEC))).toBe(`
train
  0 gather: source.x[60000x784], batch.x[32x784]
  1 gather: source.y[60000x1], batch.y[32x1]
  2 dense forward +relu: batch.x[32x784], layers.0.kernel[784x128], layers.0.bias[1x128], layers.0.output[32x128]
  3 dense forward: layers.0.output[32x128], layers.1.kernel[128x10], layers.1.bias[1x10], layers.1.output[32x10]
  4 loss (sparse categorical crossentropy) +fused: layers.1.output[32x10], batch.y[32x1], -, losses[32x1], output.gradient[32x10], spare[1x10]
  5 loss sum: losses[32x1]
  6 dense backward input: output.gradient[32x10], layers.1.kernel[128x10], layers.1.input.gradient[32x128], scratch.input.1[2432x1]
  7 activation backward (relu): layers.0.output[32x128], layers.0.output[32x128], layers.1.input.gradient[32x128], layers.1.input.gradient[32x128]
  8 dense backward weights: layers.0.output[32x128], output.gradient[32x10], layers.1.kernel.gradient[128x10], layers.1.bias.gradient[1x10], scratch.weights.1[25664x1]
  9 update (adam): layers.1.parameters[2x2096], layers.1.gradients[2x2096], layers.1.moments.0[2x2096], layers.1.moments.1[2x2096]
 10 tiles of the next 2, 16 panels, 10 a tile
 11 dense backward weights: batch.x[32x784], layers.1.input.gradient[32x128], layers.0.kernel.gradient[784x128], layers.0.bias.gradient[1x128], scratch.weights.0[37952x1]
 12 update (adam): layers.0.parameters[16x100736], layers.0.gradients[16x100736], layers.0.moments.0[16x100736], layers.0.moments.1[16x100736]
`);
});

it('784-128-10 predicts with its softmax', () => {
  expect(lower(DIGITS, (map) => lowerPrediction(DIGITS, map, 64))).toBe(`
predict
  0 gather: source.x[64x784], batch.x[64x784]
  1 dense forward +relu: batch.x[64x784], layers.0.kernel[784x128], layers.0.bias[1x128], layers.0.output[64x128]
  2 dense forward: layers.0.output[64x128], layers.1.kernel[128x10], layers.1.bias[1x10], layers.1.output[64x10]
  3 activation forward (softmax): layers.1.output[64x10], layers.1.output[64x10]
`);
});

it('3-5-7-2 trains with nesterov, mean squared error and metrics', () => {
  expect(lower(MIXED, (map) => lowerTraining(MIXED, map, MIXED_SPEC))).toBe(`
train
  0 gather: source.x[40x3], batch.x[16x3]
  1 gather: source.y[40x2], batch.y[16x2]
  2 dense forward: batch.x[16x3], layers.0.kernel[3x5], layers.0.bias[1x5], layers.0.output[16x5]
  3 activation forward (tanh): layers.0.output[16x5], layers.0.output[16x5]
  4 dense forward: layers.0.output[16x5], layers.1.kernel[5x7], zeros[1x8], layers.1.output[16x7]
  5 activation forward (softmax): layers.1.output[16x7], layers.1.output[16x7]
  6 dense forward: layers.1.output[16x7], layers.2.kernel[7x2], layers.2.bias[1x2], layers.2.output[16x2]
  7 activation forward (sigmoid): layers.2.output[16x2], layers.2.output[16x2]
  8 loss (mean squared error): layers.2.output[16x2], batch.y[16x2], -, losses[16x1], output.gradient[16x2], spare[1x2]
  9 loss sum: losses[16x1]
 10 activation backward (sigmoid): layers.2.output[16x2], layers.2.output[16x2], output.gradient[16x2], output.gradient[16x2]
 11 dense backward input: output.gradient[16x2], layers.2.kernel[7x2], layers.2.input.gradient[16x7], scratch.input.2[1408x1]
 12 activation backward (softmax): layers.1.output[16x7], layers.1.output[16x7], layers.2.input.gradient[16x7], layers.2.input.gradient[16x7]
 13 dense backward input: layers.2.input.gradient[16x7], layers.1.kernel[5x7], layers.1.input.gradient[16x5], scratch.input.1[1408x1]
 14 activation backward (tanh): layers.0.output[16x5], layers.0.output[16x5], layers.1.input.gradient[16x5], layers.1.input.gradient[16x5]
 15 metric (accuracy): layers.2.output[16x2], batch.y[16x2], metrics.0[2x1]
 16 metric (r2): layers.2.output[16x2], batch.y[16x2], metrics.1[8x1]
 17 dense backward weights: layers.1.output[16x7], output.gradient[16x2], layers.2.kernel.gradient[7x2], layers.2.bias.gradient[1x2], scratch.weights.2[1088x1]
 18 update (sgd momentum) +nesterov: layers.2.parameters[1x88], layers.2.gradients[1x88], layers.2.moments.0[1x88]
 19 dense backward weights: layers.0.output[16x5], layers.2.input.gradient[16x7], layers.1.kernel.gradient[5x7], -, scratch.weights.1[1088x1]
 20 update (sgd momentum) +nesterov: layers.1.parameters[1x80], layers.1.gradients[1x80], layers.1.moments.0[1x80]
 21 dense backward weights: batch.x[16x3], layers.1.input.gradient[16x5], layers.0.kernel.gradient[3x5], layers.0.bias.gradient[1x5], scratch.weights.0[1024x1]
 22 update (sgd momentum) +nesterov: layers.0.parameters[1x88], layers.0.gradients[1x88], layers.0.moments.0[1x88]
`);
});

it('a fused loss is evaluated on logits, its metrics on what the activation makes of them', () => {
  const spec = { ...MIXED_SPEC, loss: LOSSES.binaryCrossentropy };
  expect(lower(MIXED, (map) => lowerEvaluation(MIXED, map, spec))).toBe(`
evaluate
  0 gather: source.x[40x3], batch.x[16x3]
  1 gather: source.y[40x2], batch.y[16x2]
  2 dense forward: batch.x[16x3], layers.0.kernel[3x5], layers.0.bias[1x5], layers.0.output[16x5]
  3 activation forward (tanh): layers.0.output[16x5], layers.0.output[16x5]
  4 dense forward: layers.0.output[16x5], layers.1.kernel[5x7], zeros[1x8], layers.1.output[16x7]
  5 activation forward (softmax): layers.1.output[16x7], layers.1.output[16x7]
  6 dense forward: layers.1.output[16x7], layers.2.kernel[7x2], layers.2.bias[1x2], layers.2.output[16x2]
  7 loss (binary crossentropy) +fused: layers.2.output[16x2], batch.y[16x2], -, losses[16x1], -, spare[1x2]
  8 loss sum: losses[16x1]
  9 activation forward (sigmoid): layers.2.output[16x2], predicted[16x2]
 10 metric (accuracy): predicted[16x2], batch.y[16x2], metrics.0[2x1]
 11 metric (r2): predicted[16x2], batch.y[16x2], metrics.1[8x1]
`);
});

it('threads share sections, and tiles of each layer', () => {
  const layers = [dense(24, { activation: 'relu' }), batchNorm(), dense(2, { activation: 'softmax' })];
  const architecture: Architecture = { seed: 1, inputs: 3, layers };
  const spec = { ...DIGITS_SPEC, metrics: [METRICS.accuracy], sourceRows: 40, threads: 2, clipNorm: 1 };
  expect(lower(architecture, (map) => lowerTraining(architecture, map, spec))).toBe(`
train
  0 section (rows) of the next 3
  1 gather: source.x[40x3], batch.x[32x3]
  2 gather: source.y[40x1], batch.y[32x1]
  3 dense forward +relu: batch.x[32x3], layers.0.kernel[3x24], layers.0.bias[1x24], layers.0.output[32x24]
  4 section (columns) of the next 1, 3 panels
  5 batch norm forward: layers.0.output[32x24], layers.1.gamma[1x24], layers.1.beta[1x24], layers.1.output[32x24], layers.1.statistics[48x1], layers.1.runningMean[1x24]
  6 section (rows) of the next 3
  7 dense forward: layers.1.output[32x24], layers.2.kernel[24x2], layers.2.bias[1x2], layers.2.output[32x2]
  8 loss (sparse categorical crossentropy) +fused: layers.2.output[32x2], batch.y[32x1], -, losses[32x1], output.gradient[32x2], spare[1x2]
  9 dense backward input: output.gradient[32x2], layers.2.kernel[24x2], layers.2.input.gradient[32x24], scratch.input.2[1408x1]
 10 section (columns) of the next 1, 3 panels
 11 batch norm backward: layers.0.output[32x24], layers.1.gamma[1x24], layers.1.statistics[48x1], layers.2.input.gradient[32x24], layers.1.input.gradient[32x24], layers.1.gamma.gradient[1x24], layers.1.beta.gradient[1x24]
 12 section (rows) of the next 1
 13 activation backward (relu): layers.0.output[32x24], layers.0.output[32x24], layers.1.input.gradient[32x24], layers.1.input.gradient[32x24]
 14 section (each) +open of the next 1
 15 loss sum: losses[32x1]
 16 section (tiles) of the next 7
 17 tiles of the next 2, 1 panels, 1 a tile
 18 activation forward (softmax): layers.2.output[32x2], predicted[32x2]
 19 metric (accuracy): predicted[32x2], batch.y[32x1], metrics.0[2x1]
 20 tiles of the next 1, 1 panels, 1 a tile
 21 dense backward weights: layers.1.output[32x24], output.gradient[32x2], layers.2.kernel.gradient[24x2], layers.2.bias.gradient[1x2], scratch.weights.2[5696x1]
 22 tiles of the next 1, 3 panels, 2 a tile
 23 dense backward weights: batch.x[32x3], layers.1.input.gradient[32x24], layers.0.kernel.gradient[3x24], layers.0.bias.gradient[1x24], scratch.weights.0[2048x1]
 24 section (one) of the next 1
 25 clip (norm): all.gradients[1x576]
 26 section (tiles) of the next 6
 27 tiles of the next 1, 1 panels, 1 a tile
 28 update (adam): layers.2.parameters[1x216], layers.2.gradients[1x216], layers.2.moments.0[1x216], layers.2.moments.1[1x216]
 29 tiles of the next 1, 1 panels, 1 a tile
 30 update (adam): layers.1.parameters[0x48], layers.1.gradients[0x48], layers.1.moments.0[0x48], layers.1.moments.1[0x48]
 31 tiles of the next 1, 3 panels, 2 a tile
 32 update (adam): layers.0.parameters[3x264], layers.0.gradients[3x264], layers.0.moments.0[3x264], layers.0.moments.1[3x264]
`);
});
