/** A user's program for the type checker alone: what must pass, and what must not. */

import type { ActivationName, History, LossName, MetricName, OptimizerName, Prediction, Samples } from 'gradlet';
import { activation, adam, batchNorm, cosineDecay, dense, dropout, GradletError, gradientCheck, layerNorm, Network, sgd } from 'gradlet';
import * as predict from 'gradlet/predict';
import { loadTable, parseTable, reportHtml, type TablePrediction, trainTable } from 'gradlet/tabular';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <T extends true>(_value: T): void => undefined;

same<
  Equal<
    ActivationName,
    'linear' | 'relu' | 'leakyRelu' | 'elu' | 'selu' | 'gelu' | 'silu' | 'sigmoid' | 'tanh' | 'softplus' | 'softsign' | 'softmax'
  >
>(true);
same<
  Equal<
    LossName,
    | 'meanSquaredError'
    | 'meanAbsoluteError'
    | 'huber'
    | 'halfSquaredError'
    | 'binaryCrossentropy'
    | 'categoricalCrossentropy'
    | 'sparseCategoricalCrossentropy'
    | 'kullbackLeiblerDivergence'
    | 'hinge'
  >
>(true);
same<Equal<MetricName, 'accuracy' | 'binaryAccuracy' | 'meanAbsoluteError' | 'r2'>>(true);
same<Equal<OptimizerName, 'sgd' | 'rmsprop' | 'adagrad' | 'adam' | 'adamw' | 'nadam'>>(true);

const network = new Network({
  inputs: [2, 2],
  layers: [
    dense(8, { activation: 'relu', kernelInitializer: 'heNormal', kernelRegularizer: { l2: 1e-4 } }),
    batchNorm({ momentum: 0.9 }),
    dropout(0.2),
    layerNorm(),
    activation({ value: (z) => z * z, derivative: (z) => 2 * z }),
    dense(3, { activation: 'softmax' }),
  ],
  seed: 1,
  numerics: 'reproducible',
});

export async function train(): Promise<History> {
  const history = await network.fit([[1, 2, 3, 4]], new Int32Array([1]), {
    loss: 'sparseCategoricalCrossentropy',
    optimizer: adam({ learningRate: cosineDecay({ initialLearningRate: 0.1, decaySteps: 10 }) }),
    metrics: ['accuracy'],
    classWeight: { 0: 1, 1: 5 },
    threads: 'auto',
    onEpoch: ({ epoch, loss, metrics }) => epoch < 10 || loss > 0.1 || metrics['accuracy'] < 0.9,
  });
  const loss: number[] = history.loss;
  await network.fit(
    async function* () {
      yield { x: [[1, 2, 3, 4]], y: [1], sampleWeight: [1] };
    },
    { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', shuffleWindow: 10 },
  );
  return { ...history, loss };
}

const prediction: Prediction = network.predict(new Uint8Array(4), { inputScale: 1 / 255 });
const data: Float32Array = prediction.data;
const classes: Int32Array = network.predictClasses([1, 2, 3, 4]);
const bytes: Uint8Array = network.save({ trainingState: true });
const loaded: predict.Network = predict.Network.load(bytes, { custom: { custom: { value: (z) => z } } });
const samples: Samples[] = [[1, 2], [[1, 2]], new Float64Array(2), { data: [1, 2], rows: 1, columns: 2 }];
const worst: Record<string, number> = gradientCheck(network, [1, 2, 3, 4], [1, 0, 0], { loss: 'categoricalCrossentropy' });
const code: 'ERR_DIVERGED' | 'ERR_FORMAT' | 'ERR_MEMORY' | 'ERR_RUNTIME' | 'ERR_BUSY' = new GradletError('ERR_BUSY', 'x').code;
export const all = [data, classes, loaded.predict([1]).rows, samples, worst, code, loaded.runtime.binary];

// Where the platform has them, its own classes fit.
declare const controller: { signal: { readonly aborted: boolean; readonly reason: unknown; throwIfAborted(): void } };
network.fit([], [], { loss: 'meanSquaredError', optimizer: sgd(), signal: controller.signal });

// @ts-expect-error an unknown activation
dense(3, { activation: 'rleu' });
// @ts-expect-error an option of another optimizer
adam({ rho: 0.9 });
// @ts-expect-error sgd has no second moments
sgd({ beta1: 0.9 });
// @ts-expect-error units are a number
dense('3');
// @ts-expect-error no layers
new Network({ inputs: 2 });
// @ts-expect-error an unknown loss
network.fit([], [], { loss: 'mse', optimizer: 'adam' });
// @ts-expect-error no loss
network.fit([], [], { optimizer: 'adam' });
// @ts-expect-error no optimizer
network.fit([], [], { loss: 'meanSquaredError' });
// @ts-expect-error an unknown metric
network.fit([], [], { loss: 'meanSquaredError', optimizer: 'adam', metrics: ['acc'] });
// @ts-expect-error targets are missing
network.fit([], { loss: 'meanSquaredError', optimizer: 'adam' }, undefined, 1);
// @ts-expect-error samples are numbers
network.predict(['1']);
// @ts-expect-error a numerics that there is not
new Network({ inputs: 2, layers: [dense(1)], numerics: 'exact' });
// @ts-expect-error gradlet/predict does not train
loaded.fit([], [], { loss: 'meanSquaredError', optimizer: 'adam' });
// @ts-expect-error networks of gradlet/predict are loaded, not made
new predict.Network();

export async function table(): Promise<string> {
  const model = await trainTable(parseTable('a,b\n1,x\n2,y\n'), {
    target: 'b',
    hidden: [4],
    columns: { a: 'number' },
    onEpoch: ({ loss }) => loss > 0,
  });
  const one: TablePrediction = model.predict({ a: 'text of a row' });
  const label: string | number | boolean | undefined = one.label;
  const many: TablePrediction[] = [...model.predict([{ a: 1 }]), ...model.predict({ a: Float32Array.of(1) })];
  const evaluation = loadTable(model.save()).evaluate([{ a: 1, b: 'x' }]);
  // @ts-expect-error a regression has no accuracy
  void evaluation.accuracy;
  const score: number = evaluation.task === 'regression' ? evaluation.r2 : evaluation.accuracy;
  // @ts-expect-error the target is missing
  await trainTable([{ a: 1 }], {});
  // @ts-expect-error there is no such kind
  await trainTable([{ a: 1 }], { target: 'a', columns: { a: 'text' } });
  void [label, many, score];
  return reportHtml({ model, table: [{ a: 1, b: 'x' }] });
}
