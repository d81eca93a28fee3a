/** Random networks and random ways to train them, for properties that must hold for all of them. Knows no memory. */
import { ACTIVATIONS, type ActivationName } from '../../src/activations.js';
import { type Lowered, type LoweredTraining, lowerEvaluation, lowerPrediction, lowerTraining } from '../../src/compile/lower.js';
import { type Architecture, mapParameters } from '../../src/compile/parameters.js';
import type { Region } from '../../src/compile/program.js';
import { activation, batchNorm, dense, dropout, type Layer, layerNorm } from '../../src/layers.js';
import { LOSSES, type LossName } from '../../src/training/losses.js';
import { METRICS, type MetricName } from '../../src/training/metrics.js';
import { adagrad, adam, adamw, nadam, optimizerRow, rmsprop, sgd } from '../../src/training/optimizers.js';
import type { Random } from './random.js';

const OPTIMIZERS = [
  sgd(),
  sgd({ momentum: 0.9 }),
  rmsprop(),
  rmsprop({ momentum: 0.5 }),
  adagrad(),
  adam(),
  adamw({ amsgrad: true }),
  nadam(),
];

function names<Name extends string>(table: Record<Name, unknown>): Name[] {
  return Object.keys(table) as Name[];
}

export function randomArchitecture(random: Random): Architecture {
  const anyActivation = (): ActivationName => random.pick<ActivationName>(names(ACTIVATIONS));
  const kinds: (() => Layer)[] = [
    () => dense(random.integer(1, 130), { activation: anyActivation(), useBias: random.pick([true, false]) }),
    () => dense(random.integer(1, 130), { kernelRegularizer: { l1: 0.1, l2: 0.1 }, maxNorm: 1 }),
    () => activation(anyActivation()),
    () => dropout(0.5),
    () => layerNorm(),
    () => batchNorm(),
  ];
  const layers = Array.from({ length: random.integer(1, 6) }, () => random.pick(kinds)());
  return { inputs: random.integer(1, 100), layers, seed: 1 };
}

export interface LoweredNetwork {
  readonly parameters: Region;
  readonly predict: Lowered;
  readonly evaluate: Lowered;
  readonly train: LoweredTraining;
}

/** All three programs of a network, with a random loss, metrics, optimizer and batch size. */
export function lowerAll(architecture: Architecture, random: Random): LoweredNetwork {
  const map = mapParameters(architecture);
  const metrics = names(METRICS)
    .filter(() => random.pick([true, false]))
    .map((name: MetricName) => METRICS[name]);
  const loss = LOSSES[random.pick<LossName>(names(LOSSES))];
  const optimizer = random.pick(OPTIMIZERS);
  const rows = random.integer(1, 70);
  const weighted = random.pick([true, false]);
  return {
    parameters: map.parameters,
    predict: lowerPrediction(architecture, map, 64),
    evaluate: lowerEvaluation(architecture, map, { rows: random.integer(1, 128), loss, metrics, weighted }),
    train: lowerTraining(architecture, map, {
      rows,
      sourceRows: rows + random.integer(0, 200),
      loss,
      metrics,
      weighted,
      clipNorm: random.pick([undefined, 1]),
      clipValue: random.pick([undefined, 1]),
      optimizer: optimizerRow(optimizer).form(optimizer),
    }),
  };
}
