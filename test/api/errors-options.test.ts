// What wrong options, and calls at a wrong time, are answered with: message, class, and what was given. It knows the public
// interface only.

import { describe, expect, it } from 'vitest';
import { adam, type FitOptions, GradletError, sgd } from '../../src/index.js';
import { expectFailure, type Failure, failureOf, smallData, smallNetwork, weightBits, wrong } from './support.js';

const { x, y } = smallData(8);
const TRAIN = { loss: 'meanSquaredError', optimizer: 'adam' } as const;
const WHOLE = 'expected a whole number';

/** Options of a fit, on top of a loss and an optimizer. */
const FIT: readonly Failure<unknown>[] = [
  ["loss is missing; give one, such as { loss: 'meanSquaredError' }", TypeError, { loss: undefined }],
  ['optimizer is missing; give one, such as { optimizer: adam() }', TypeError, { optimizer: undefined }],
  ['loss: expected a name, got 3', TypeError, { loss: 3 }],
  [/^loss: expected one of meanSquaredError, .*, got 'mse'/, RangeError, { loss: 'mse' }],
  [/^loss: expected one of .*, got 'meanSquareError'; did you mean 'meanSquaredError'\?$/, RangeError, { loss: 'meanSquareError' }],
  [/^optimizer: expected one of .*, got 'Adam'; did you mean 'adam'\?$/, RangeError, { optimizer: 'Adam' }],
  [/^optimizer: expected a name or what .* return, got a function/, TypeError, { optimizer: adam }],
  [/^optimizer: expected a name or what .* return, got an object \(Object\)$/, TypeError, { optimizer: {} }],
  [/^optimizer: expected a name or what .* return, got null$/, TypeError, { optimizer: null }],
  ["unknown option 'epoch'; did you mean 'epochs'?", TypeError, { epoch: 3 }],
  ["unknown option 'batchsize'; did you mean 'batchSize'?", TypeError, { batchsize: 3 }],
  ["unknown option 'onepoch'; did you mean 'onEpoch'?", TypeError, { onepoch: () => true }],
  [/^unknown option 'verbose'/, TypeError, { verbose: 1 }],
  [/^unknown option 'learningRate'/, TypeError, { learningRate: 0.1 }],
  [`epochs: ${WHOLE}, got '3'`, TypeError, { epochs: '3' }],
  [`epochs: ${WHOLE} of at least 0, got -1`, RangeError, { epochs: -1 }],
  [`epochs: ${WHOLE} of at least 0, got 1.5`, RangeError, { epochs: 1.5 }],
  [`batchSize: ${WHOLE} of at least 1, got 0`, RangeError, { batchSize: 0 }],
  [`batchSize: ${WHOLE} of at least 1, got Infinity`, RangeError, { batchSize: Infinity }],
  ['shuffle: expected true or false, got 1', TypeError, { shuffle: 1 }],
  ["metrics: expected an array of names, got 'accuracy'", TypeError, { metrics: 'accuracy' }],
  [/^metrics.*: expected a name, got 3$/, TypeError, { metrics: [3] }],
  [/^metrics.*: expected one of .*, got 'acc'/, RangeError, { metrics: ['acc'] }],
  [/^metrics.*: expected one of .*, got 'Accuracy'; did you mean 'accuracy'\?$/, RangeError, { metrics: ['Accuracy'] }],
  ["inputScale: expected a number, got '1/255'", TypeError, { inputScale: '1/255' }],
  ['inputScale: expected a finite number, got NaN', RangeError, { inputScale: NaN }],
  [/^validationSplit: expected a finite number (of )?at least 0 and below 1, got 1$/, RangeError, { validationSplit: 1 }],
  [/^validationSplit: expected a finite number (of )?at least 0 and below 1, got -0.1$/, RangeError, { validationSplit: -0.1 }],
  ["validationSplit: expected a number, got '0.2'", TypeError, { validationSplit: '0.2' }],
  ['validationSplit 0.9 of 8 rows leaves none to train on', RangeError, { validationSplit: 0.9 }],
  [/^validationData and validationSplit were both given; give one of them$/, TypeError, { validationData: { x, y }, validationSplit: 0.5 }],
  [/^validationData: expected .*, got an array of 2$/, TypeError, { validationData: [x, y] }],
  [/^validationData: expected .*, got null$/, TypeError, { validationData: null }],
  [/^validationData: unknown option 'Y'; did you mean 'y'\?$/, TypeError, { validationData: { x, Y: y } }],
  [/^validationData\.y: expected .*, got undefined$/, TypeError, { validationData: { x } }],
  ['validationData.x has 4 columns, but the network has 3 inputs', RangeError, { validationData: { x: [[1, 2, 3, 4]], y: [[0, 0]] } }],
  [
    /^validationData\.y has 2 rows, but x has 8$/,
    RangeError,
    {
      validationData: {
        x,
        y: [
          [0, 0],
          [1, 1],
        ],
      },
    },
  ],
  [/^validationData\.y: expected finite numbers, got NaN at row 7, column 1/, RangeError, { validationData: { x, y: y.with(15, NaN) } }],
  ['onEpoch: expected a function, got 3', TypeError, { onEpoch: 3 }],
  ['onBatch: expected a function, got an object (Object)', TypeError, { onBatch: {} }],
  ['signal: expected an AbortSignal, got an object (AbortController)', TypeError, { signal: new AbortController() }],
];

/** Options that evaluate and trainOnBatch do not have. */
const OTHERS = ['epochs', 'batchSize', 'shuffle', 'onEpoch', 'signal', 'validationData'];

const OPTIMIZERS: readonly Failure<() => unknown>[] = [
  ['sgd: expected an object of options, got 0.1', TypeError, () => sgd(wrong(0.1))],
  ["sgd: unknown option 'lr'; did you mean 'learningRate'?", TypeError, () => sgd(wrong({ lr: 0.1 }))],
  ["sgd: unknown option 'learningrate'; did you mean 'learningRate'?", TypeError, () => sgd(wrong({ learningrate: 0.1 }))],
  ["sgd: learningRate: expected a number, got '0.1'", TypeError, () => sgd({ learningRate: wrong('0.1') })],
  [/^sgd: learningRate: expected a finite number (of )?at least 0, got -0.1$/, RangeError, () => sgd({ learningRate: -0.1 })],
  [/^sgd: momentum: expected a finite number (of )?at least 0 and below 1, got 1$/, RangeError, () => sgd({ momentum: 1 })],
  ['sgd: nesterov: expected true or false, got 1', TypeError, () => sgd({ nesterov: wrong(1), momentum: 0.9 })],
  ['sgd: nesterov needs a momentum above 0, got 0', RangeError, () => sgd({ nesterov: true })],
  [/^sgd: weightDecay: expected a finite number (of )?at least 0, got -1$/, RangeError, () => sgd({ weightDecay: -1 })],
  [/^adam: beta1: expected a finite number (of )?at least 0 and below 1, got 1$/, RangeError, () => adam({ beta1: 1 })],
  [/^adam: beta2: expected a finite number (of )?at least 0 and below 1, got NaN$/, RangeError, () => adam({ beta2: NaN })],
  ["adam: unknown option 'momentum'", TypeError, () => adam(wrong({ momentum: 0.9 }))],
];

describe('fit refuses', () => {
  it.each(FIT)('%s', async (message, kind, more) => {
    const network = smallNetwork();
    const before = weightBits(network);
    await expectFailure(() => network.fit(x, y, { ...TRAIN, ...(more as Partial<FitOptions>) }), kind, 'fit: ', message);
    expect(weightBits(network)).toEqual(before);
    await network.fit(x, y, TRAIN);
    expect(weightBits(network)).not.toEqual(before);
  });

  it.each([
    [undefined, "loss is missing; give one, such as { loss: 'meanSquaredError' }"],
    [null, 'expected an object of options, got null'],
    ['adam', "expected an object of options, got 'adam'"],
  ])('%j for options', async (options, message) => {
    await expectFailure(() => smallNetwork().fit(x, y, wrong(options)), TypeError, 'fit: ', message);
  });

  it.each([
    ['a schedule that gives NaN', adam({ learningRate: () => NaN })],
    ['a schedule that gives text', adam({ learningRate: () => wrong('fast') })],
    ['a schedule that gives a negative rate', adam({ learningRate: () => -1 })],
    ['a description with a negative rate', { ...adam(), learningRate: -1 }],
  ])('%s', async (_, optimizer) => {
    const error = await failureOf(() => smallNetwork().fit(x, y, { ...TRAIN, optimizer: wrong(optimizer) }));
    expect(error).not.toBeInstanceOf(GradletError);
    expect((error as Error).message).toMatch(/^fit: .*(learningRate|momentum)/);
  });
});

describe.each([
  ['evaluate', (options: unknown) => smallNetwork().evaluate(x, y, wrong(options))],
  ['trainOnBatch', (options: unknown) => smallNetwork().trainOnBatch(x, y, wrong(options))],
] as const)('%s refuses', (call, action) => {
  it.each(OTHERS)("the option of fit '%s'", async (name) => {
    const message = new RegExp(`^unknown option '${name}'`);
    await expectFailure(() => action({ loss: 'meanSquaredError', [name]: 1 }), TypeError, `${call}: `, message);
  });

  it('to go without a loss', async () => {
    await expectFailure(() => action({}), TypeError, `${call}: `, /^loss is missing; give one, such as /);
    await expectFailure(() => action(undefined), TypeError, `${call}: `, /^loss is missing; give one, such as /);
  });
});

it('trainOnBatch refuses to go without an optimizer', async () => {
  const action = () => smallNetwork().trainOnBatch(x, y, wrong({ loss: 'meanSquaredError' }));
  await expectFailure(action, TypeError, 'trainOnBatch: ', /^optimizer is missing; give one, such as /);
});

it('predict refuses options that are none of its own', async () => {
  const predict = (options: unknown) => () => smallNetwork().predict(x, wrong(options));
  await expectFailure(predict({ inputscale: 2 }), TypeError, 'predict: ', "unknown option 'inputscale'; did you mean 'inputScale'?");
  await expectFailure(predict({ inputScale: Infinity }), RangeError, 'predict: ', 'inputScale: expected a finite number, got Infinity');
});

it.each(OPTIMIZERS)('%s', async (message, kind, action) => expectFailure(action, kind, '', message));

describe('while fit runs', () => {
  it.each([
    ['fit', (network) => network.fit(x, y, TRAIN)],
    ['trainOnBatch', (network) => network.trainOnBatch(x, y, TRAIN)],
    ['setWeights', (network) => network.setWeights(network.getWeights())],
  ] as readonly (readonly [string, (network: ReturnType<typeof smallNetwork>) => unknown])[])('%s is refused', async (call, action) => {
    const network = smallNetwork();
    const running = network.fit(x, y, { ...TRAIN, epochs: 3, onEpoch: () => new Promise((resolve) => setTimeout(resolve, 1)) });
    const error = await failureOf(() => action(network));
    expect(error).toBeInstanceOf(GradletError);
    expect(error).toMatchObject({ code: 'ERR_BUSY', name: 'GradletError' });
    expect((error as Error).message).toBe(`${call}: a fit of this network is running; wait for it, or stop it by its signal`);
    expect(await running).toMatchObject({ epochs: 3 });
    await action(network);
  });

  it('of one network, others train', async () => {
    const [a, b] = [smallNetwork(), smallNetwork()];
    await Promise.all([a.fit(x, y, { ...TRAIN, epochs: 50 }), b.fit(x, y, { ...TRAIN, epochs: 50 })]);
    expect(weightBits(a)).toEqual(weightBits(b));
  });
});

describe('a signal aborted before', () => {
  it.each([
    ['a reason of its own', new Error('enough')],
    ['the usual reason', undefined],
    ['a text', 'enough'],
  ])('rejects with %s', async (_, reason) => {
    const network = smallNetwork();
    const before = weightBits(network);
    const signal = AbortSignal.abort(reason);
    expect(await failureOf(() => network.fit(x, y, { ...TRAIN, signal }))).toBe(signal.reason);
    expect(weightBits(network)).toEqual(before);
    await network.fit(x, y, TRAIN);
  });
});
