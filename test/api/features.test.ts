/** Early stopping, weights of rows and classes, clipping, norms, noise, own functions, warnings, clone. Public API only. */
import { describe, expect, test, vi } from 'vitest';
import * as g from '../../src/index.js';
import { points } from './support-data.js';

const { x, y } = points(60, 4);
const LOSS = 'sparseCategoricalCrossentropy' as const;

function network(layers: g.Layer[] = [g.dense(8, { activation: 'tanh' }), g.dense(2, { activation: 'softmax' })], seed = 5): g.Network {
  return new g.Network({ inputs: 4, layers, seed });
}

describe('early stopping', () => {
  const noise = points(20, 4, 9);
  const options: g.FitOptions = {
    loss: LOSS,
    optimizer: g.adam({ learningRate: 0.05 }),
    epochs: 200,
    validationData: noise,
    metrics: ['accuracy'],
  };

  test.each([0, 3])('stops when patience %i is at its end, and brings back the best weights', async (patience) => {
    const one = network();
    const perEpoch: g.Weight[][] = [];
    const history = await one.fit(x, y, {
      ...options,
      earlyStopping: { patience, restoreBest: true },
      onEpoch: () => void perEpoch.push(one.getWeights()),
    });
    const valLoss = history.valLoss as number[];
    const best = valLoss.indexOf(Math.min(...valLoss));
    expect(history.stopped).toBe('early');
    expect(history.epochs).toBe(best + 1 + Math.max(1, patience));
    expect(one.getWeights()).toEqual(perEpoch[best]);
  });

  test('minDelta, a metric as monitor, and the higher the better', async () => {
    const huge = await network().fit(x, y, { ...options, earlyStopping: { minDelta: 10, patience: 2 } });
    expect(huge.epochs).toBe(3);
    const accuracy = await network().fit(x, y, { ...options, earlyStopping: { monitor: 'valAccuracy', patience: 5 } });
    const values = accuracy.valMetrics?.accuracy as number[];
    const best = values.indexOf(Math.max(...values));
    expect(accuracy.epochs).toBe(best + 6);
  });

  test('refuses what it cannot watch', async () => {
    const { validationData: _, ...without } = options;
    await expect(network().fit(x, y, { ...without, earlyStopping: {} })).rejects.toThrow(
      /expected one of loss, accuracy, got 'valLoss'; give validationData/,
    );
    await expect(network().fit(x, y, { ...without, earlyStopping: { monitor: 'r2' } })).rejects.toThrow(
      new RangeError("fit: earlyStopping.monitor: expected one of loss, accuracy, got 'r2'"),
    );
    await expect(network().fit(x, y, { ...options, earlyStopping: { monitor: 'valR2' } })).rejects.toThrow(/, got 'valR2'$/);
  });
});

describe('weights of rows', () => {
  test('a full-batch step with weight 0 on some rows equals one without them at the rate scaled by kept / all', async () => {
    const weights = x.map((_, row) => Number(row % 3 !== 0));
    const kept = x.filter((_, row) => weights[row]);
    const keptY = y.filter((_, row) => weights[row]);
    const [a, b] = [network(), network()];
    const options = { loss: LOSS, shuffle: false, batchSize: 60, epochs: 1 };
    await a.fit(x, y, { ...options, optimizer: g.sgd({ learningRate: 0.3 }), sampleWeight: weights });
    await b.fit(kept, keptY, { ...options, optimizer: g.sgd({ learningRate: (0.3 * kept.length) / x.length }) });
    a.getWeights().forEach(({ data }, index) => {
      const other = b.getWeights()[index].data;
      data.forEach((value, at) => expect(value).toBeCloseTo(other[at], 6));
    });
  });

  test('classWeight is the same as the weights of the rows of that class, and multiplies with them', async () => {
    const rowWeight = x.map((_, row) => 1 + (row % 2));
    const options = { loss: LOSS, optimizer: g.adam(), epochs: 2 };
    const [a, b] = [network(), network()];
    const first = await a.fit(x, y, { ...options, classWeight: { 1: 5 }, sampleWeight: rowWeight });
    const second = await b.fit(x, y, { ...options, sampleWeight: rowWeight.map((weight, row) => weight * (y[row] ? 5 : 1)) });
    expect(first).toEqual(second);
    expect(a.getWeights()).toEqual(b.getWeights());
  });

  test('one-hot targets and a single sigmoid unit have classes, too', async () => {
    const oneHot = y.map((label) => [1 - label, label]);
    const binary = [g.dense(1, { activation: 'sigmoid' })];
    const options = { optimizer: 'sgd' as const, epochs: 1 };
    for (const [layers, targets, loss] of [
      [undefined, oneHot, 'categoricalCrossentropy'],
      [binary, y, 'binaryCrossentropy'],
    ] as const) {
      const [a, b] = [network(layers && [...layers]), network(layers && [...layers])];
      await a.fit(x, targets as g.Samples, { ...options, loss, classWeight: { 0: 0.5, 1: 3 } });
      await b.fit(x, targets as g.Samples, { ...options, loss, sampleWeight: y.map((label) => (label ? 3 : 0.5)) });
      expect(a.getWeights()).toEqual(b.getWeights());
    }
  });

  test('evaluate takes them; bad ones are refused', async () => {
    const one = network();
    const all = one.evaluate(x, y, { loss: LOSS }).loss;
    expect(one.evaluate(x, y, { loss: LOSS, sampleWeight: x.map(() => 2) }).loss).toBeCloseTo(2 * all, 5);
    const options = { loss: LOSS, optimizer: 'sgd' as const };
    await expect(one.fit(x, y, { ...options, sampleWeight: [1, 2] })).rejects.toThrow(
      'fit: sampleWeight has 2 numbers, but there are 60 rows',
    );
    await expect(one.fit(x, y, { ...options, sampleWeight: x.map(() => -1) })).rejects.toThrow(/weights of at least 0, got -1 at row 0/);
    await expect(one.fit(x, y, { ...options, classWeight: { 2: 1 } })).rejects.toThrow(/classes from 0 to 1, got '2'/);
  });
});

describe('clipping and norms', () => {
  const one = (): g.Network => network([g.dense(2, { activation: 'linear' })]);
  const targets = x.map(() => [100, -100]);
  const options = { loss: 'meanSquaredError', batchSize: 60, shuffle: false } as const;

  async function stepOf(more: Partial<g.FitOptions>): Promise<number[]> {
    const trained = one();
    const before = trained.getWeights().flatMap(({ data }) => [...data]);
    await trained.fit(x, targets, { ...options, optimizer: g.sgd({ learningRate: 1 }), ...more });
    return trained.getWeights().flatMap(({ data }, index) => [...data].map((value, at) => value - (before[index * 8 + at] ?? 0)));
  }

  test('clipNorm bounds the length of a step, clipValue each of its parts', async () => {
    const free = await stepOf({});
    expect(Math.hypot(...free)).toBeGreaterThan(50);
    const clipped = await stepOf({ clipNorm: 0.5 });
    expect(Math.hypot(...clipped)).toBeCloseTo(0.5, 4);
    clipped.forEach((part, index) => expect(part / free[index]).toBeCloseTo(clipped[0] / free[0], 4));
    const cut = await stepOf({ clipValue: 0.25 });
    cut.forEach((part, index) => expect(part).toBeCloseTo(Math.sign(free[index]) * Math.min(0.25, Math.abs(free[index])), 4));
  });

  test('maxNorm holds after every update, also for a wide kernel', async () => {
    const wide = network([g.dense(13, { activation: 'relu', maxNorm: 0.7 }), g.dense(2, { activation: 'softmax' })]);
    await wide.fit(x, y, { loss: LOSS, optimizer: g.sgd({ learningRate: 5 }), epochs: 3 });
    const [{ data }] = wide.getWeights();
    const norms = Array.from({ length: 13 }, (_, unit) => Math.hypot(...[0, 1, 2, 3].map((input) => data[input * 13 + unit])));
    expect(Math.max(...norms)).toBeLessThanOrEqual(0.7 * (1 + 1e-6));
    expect(Math.max(...norms)).toBeGreaterThan(0.69);
  });
});

describe('noise', () => {
  test('dropout keeps the mean, drops its share, and is off in predict and evaluate', async () => {
    const wide = new g.Network({
      inputs: 1000,
      layers: [g.dropout(0.3), g.dense(1, { useBias: false, kernelInitializer: 'ones' })],
      seed: 3,
    });
    const ones = new Float32Array(1000).fill(1);
    expect(wide.predict(ones).data[0]).toBe(1000);
    const outputs: number[] = [];
    const watch: g.CustomLoss = { value: (output) => outputs.push(output[0]) && 0, gradient: () => undefined };
    for (let i = 0; i < 50; i++) wide.trainOnBatch([ones], [[0]], { loss: watch, optimizer: 'sgd', onWarning: () => undefined });
    const mean = outputs.reduce((a, b) => a + b, 0) / outputs.length;
    const deviation = Math.sqrt(outputs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / outputs.length);
    // 1000 kept or not with p = 0.7, each 1 / 0.7 when kept: mean 1000, deviation √(1000 · 0.3 / 0.7) = 20.7.
    expect(mean).toBeGreaterThan(985);
    expect(mean).toBeLessThan(1015);
    expect(deviation).toBeGreaterThan(14);
    expect(deviation).toBeLessThan(28);
    expect(new Set(outputs).size).toBeGreaterThan(30);
  });

  test('gaussian noise has the deviation it was given', () => {
    const wide = new g.Network({ inputs: 1000, layers: [g.gaussianNoise(0.5), g.activation('linear')], seed: 3 });
    let squares = 0;
    let sum = 0;
    const watch: g.CustomLoss = {
      value: (output) => {
        for (const value of output) {
          sum += value;
          squares += value * value;
        }
        return 0;
      },
      gradient: () => undefined,
    };
    wide.trainOnBatch(
      [...Array(20)].map(() => new Float32Array(1000)),
      [...Array(20)].map(() => new Float32Array(1000)),
      { loss: watch, optimizer: 'sgd' },
    );
    expect(Math.abs(sum / 20_000)).toBeLessThan(0.015);
    expect(Math.sqrt(squares / 20_000)).toBeCloseTo(0.5, 1);
  });
});

describe('functions of your own', () => {
  const square: g.CustomActivation = { name: 'square', value: (z) => z * z, derivative: (z) => 2 * z };

  test('an own relu and an own squared error train as the built-in ones do', async () => {
    const relu: g.CustomActivation = { value: (z) => Math.max(0, z), derivative: (z) => Number(z > 0) };
    const loss: g.CustomLoss = {
      value: (output, target) => output.reduce((sum, p, i) => sum + (p - target[i]) ** 2, 0) / output.length,
      gradient: (output, target, into) =>
        output.forEach((p, i) => {
          into[i] = (2 * (p - target[i])) / output.length;
        }),
    };
    const build = (activation: g.Activation): g.Network => network([g.dense(6, { activation }), g.dense(2)]);
    const targets = x.map(([a, b]) => [a + b, a - b]);
    const [a, b] = [build('relu'), build(relu)];
    const options = { optimizer: 'adam', epochs: 5, metrics: ['meanAbsoluteError'] } as const;
    const first = await a.fit(x, targets, { ...options, loss: 'meanSquaredError' });
    const second = await b.fit(x, targets, { ...options, loss });
    first.loss.forEach((value, epoch) => expect(second.loss[epoch]).toBeCloseTo(value, 5));
    expect(b.evaluate(x, targets, { loss }).loss).toBeCloseTo(a.evaluate(x, targets, { loss: 'meanSquaredError' }).loss, 5);
  });

  test('are saved by name, and loading says which is missing', () => {
    const one = network([g.dense(3, { activation: square }), g.activation({ value: Math.sin }), g.dense(1)]);
    expect(() => g.Network.load(one.save())).toThrow(/'square'/);
    expect(() => g.Network.load(one.save(), { custom: { square } })).toThrow(/'custom'/);
    const again = g.Network.load(one.save(), { custom: { square, custom: { value: Math.sin } } });
    expect(again.predict(x)).toEqual(one.predict(x));
    expect(again.summary()).toContain('square');
  });

  test('one that throws, or returns no number, leaves the last whole step', async () => {
    let calls = 0;
    const loss: g.CustomLoss = {
      value: (output) => {
        if (++calls > 150) throw new Error('enough');
        return output[0];
      },
    };
    const one = network([g.dense(2)]);
    const targets = x.map(() => [0, 0]);
    await expect(one.fit(x, targets, { loss, optimizer: 'sgd', epochs: 50 })).rejects.toThrow('enough');
    expect(one.getWeights().every(({ data }) => data.every(Number.isFinite))).toBe(true);
    const text = { value: () => 'x' as unknown as number };
    await expect(one.fit(x, targets, { loss: text, optimizer: 'sgd' })).rejects.toThrow(/expected a number/);
    expect(() => g.dense(2, { activation: {} as g.CustomActivation })).toThrow(/expected a name or \{ value/);
  });
});

describe('gradientCheck', () => {
  const ACTIVATIONS = [
    'linear',
    'relu',
    'leakyRelu',
    'elu',
    'selu',
    'gelu',
    'silu',
    'sigmoid',
    'tanh',
    'softplus',
    'softsign',
    'softmax',
  ] as const;
  const LOSSES: Record<g.LossName, { output?: g.ActivationName; target: (row: number[]) => number[] | number }> = {
    meanSquaredError: { target: (row) => row.slice(1) },
    meanAbsoluteError: { target: (row) => row.slice(1) },
    huber: { target: (row) => row.slice(1).map((value) => 3 * value) },
    halfSquaredError: { target: (row) => row.slice(1) },
    binaryCrossentropy: { output: 'sigmoid', target: (row) => row.slice(1).map((value) => (value + 1) / 2) },
    categoricalCrossentropy: { output: 'softmax', target: (row) => row.slice(1).map((value) => (value + 1) / 6) },
    sparseCategoricalCrossentropy: { output: 'softmax', target: (row) => Math.floor(((row[0] + 1) / 2) * 3) },
    kullbackLeiblerDivergence: { output: 'softmax', target: (row) => row.slice(1).map((value) => (value + 1.1) / 6.6) },
    hinge: { target: (row) => row.slice(1).map((value) => (value > 0 ? 1 : -1)) },
  };
  const NORMS: Record<string, () => g.Layer[]> = {
    'no norm': () => [],
    layerNorm: () => [g.layerNorm()],
    batchNorm: () => [g.batchNorm()],
  };
  const rows = x.slice(0, 7);

  test.each(ACTIVATIONS)('%s, with every loss and norm, hidden and last', (activation) => {
    for (const [loss, { output, target }] of Object.entries(LOSSES) as [g.LossName, (typeof LOSSES)[g.LossName]][]) {
      for (const [norm, layers] of Object.entries(NORMS)) {
        const probability = activation === 'sigmoid' || activation === 'softmax';
        const last = output && !probability ? output : activation;
        const one = network([
          g.dense(7, { activation, kernelRegularizer: { l1: 0.01, l2: 0.02 } }),
          ...layers(),
          g.activation(activation),
          g.dropout(0.5),
          g.dense(5, { activation: 'tanh', useBias: false }),
          g.dense(3, { activation: last, biasInitializer: 'randomUniform' }),
        ]);
        one.setWeights(
          one
            .getWeights()
            .filter(({ name }) => !name.includes('running'))
            .map(({ data }) => data.map((value, at) => value + 0.2 * Math.sin(at + 1))),
        );
        const before = one.save();
        const errors = g.gradientCheck(one, rows, rows.map(target) as g.Samples, { loss, entries: 12 });
        for (const [name, error] of Object.entries(errors)) expect(error, `${loss}, ${norm}: ${name}`).toBeLessThan(1e-3);
        expect(one.save()).toEqual(before);
      }
    }
  });

  test('finds a wrong derivative', () => {
    const wrong: g.CustomActivation = { value: (z) => z * z, derivative: (z) => z };
    const one = network([g.dense(4, { activation: wrong }), g.dense(1)]);
    const errors = g.gradientCheck(
      one,
      rows,
      rows.map(() => [1]),
      { loss: 'meanSquaredError' },
    );
    expect(errors['layers.0.kernel']).toBeGreaterThan(0.3);
    expect(errors['layers.1.kernel']).toBeLessThan(1e-3);
  });
});

describe('warnings', () => {
  const options = (onWarning?: (message: string) => void): g.FitOptions => ({ loss: LOSS, optimizer: 'sgd', onWarning });

  test('constant and very large columns, once, through onWarning or console.warn', async () => {
    const odd = x.map(([a, , c, d]) => [a, 3, c * 5000, d]);
    const onWarning = vi.fn();
    await network().fit(odd, y, options(onWarning));
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^fit: column 1 of x is constant .*; column 2 of x reaches 4\d+; scale/),
    );
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await network().fit(odd, y, options());
    expect(warn).toHaveBeenCalledTimes(1);
    await network().fit(x, y, options());
    expect(warn).toHaveBeenCalledTimes(1);
    warn.mockRestore();
  });

  test('inputs are judged as the network gets them, after inputScale', async () => {
    const onWarning = vi.fn();
    const bytes = x.map((row) => row.map((value) => value * 5000));
    await network().fit(bytes, y, { ...options(onWarning), inputScale: 1e-4 });
    expect(onWarning).not.toHaveBeenCalled();
    await network().fit(x, y, { ...options(onWarning), inputScale: -5000 });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^fit: columns 0, 1, 2, 3 of x reach 4\d+; scale/));
  });

  test('a column is constant only if it is in all pieces that large data are looked over in', async () => {
    const [rows, columns] = [3, 1 << 18];
    const wide = new g.Network({ inputs: columns, layers: [g.dense(1)], seed: 1 });
    const data = Float32Array.from({ length: rows * columns }, (_, i) => (i % columns < 2 ? 0.5 : i % 7));
    data[2 * columns] = 0.25;
    const onWarning = vi.fn();
    await wide.fit({ data, rows, columns }, [0, 1, 0], { loss: 'meanSquaredError', optimizer: 'adam', epochs: 1, onWarning });
    expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^fit: column 1 of x is constant over 3 rows/));
  });

  test('small numbers are no excuse for others, whatever they are multiplied by', async () => {
    const fitOn = (data: g.Samples, inputScale = 1): Promise<g.History> => network().fit(data, y.slice(0, 2), { ...options(), inputScale });
    await expect(fitOn(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 1e300), 1e-300)).rejects.toThrow(
      '1e+300 at row 1, column 3 (too large for 32 bits)',
    );
    await expect(fitOn(Float64Array.of(1, 2, 3, 4, 5, Number.NaN, 7, 8), 0)).rejects.toThrow('got NaN at row 1, column 1');
    await expect(
      fitOn([
        [1, 2, 3, 4],
        [5, 6, '7' as unknown as number, 8],
      ]),
    ).rejects.toThrow("expected numbers, got '7' at row 1, column 2");
  });

  test('a batch of one row in a network with batch norm: outputs beta, leaves the running values alone', async () => {
    const one = network([g.batchNorm(), g.dense(2, { activation: 'softmax' })]);
    const onWarning = vi.fn();
    const running = one.getWeights().slice(-2);
    one.trainOnBatch([x[0]], [y[0]], { loss: LOSS, optimizer: 'sgd', onWarning });
    one.trainOnBatch([x[1]], [y[1]], { loss: LOSS, optimizer: 'sgd', onWarning });
    expect(onWarning).toHaveBeenCalledTimes(1);
    expect(one.getWeights().slice(-2)).toEqual(running);
    await one.fit(x.slice(0, 33), y.slice(0, 33), options(onWarning));
    expect(onWarning).toHaveBeenCalledTimes(2);
    expect(one.getWeights().slice(-2)).not.toEqual(running);
  });
});

test('clone is a network of its own that goes on the same way', async () => {
  const one = network([g.dense(8, { activation: 'silu' }), g.batchNorm(), g.dropout(0.2), g.dense(2, { activation: 'softmax' })]);
  const options: g.FitOptions = { loss: LOSS, optimizer: 'adam', epochs: 2 };
  await one.fit(x, y, options);
  const copy = one.clone();
  expect(copy.save()).toEqual(one.save());
  const before = copy.getWeights();
  await one.fit(x, y, options);
  expect(copy.getWeights()).toEqual(before);
  await copy.fit(x, y, options);
  expect(copy.getWeights()).toEqual(one.getWeights());
});

describe('schedules', () => {
  const CASES: [string, g.Schedule, (step: number) => number][] = [
    ['exponentialDecay', g.exponentialDecay({ initialLearningRate: 0.1, decayRate: 0.9, decaySteps: 5 }), (s) => 0.1 * 0.9 ** (s / 5)],
    ['stepDecay', g.stepDecay({ initialLearningRate: 0.1, factor: 0.5, every: 10 }), (s) => 0.1 * 0.5 ** Math.floor(s / 10)],
    [
      'cosineDecay',
      g.cosineDecay({ initialLearningRate: 0.1, decaySteps: 20, warmupSteps: 4, alpha: 0.1 }),
      (s) => (s < 4 ? (0.1 * (s + 1)) / 4 : 0.1 * (0.1 + 0.9 * 0.5 * (1 + Math.cos((Math.PI * Math.min(20, s - 4)) / 20)))),
    ],
    [
      'oneCycle',
      g.oneCycle({ maxLearningRate: 1, totalSteps: 100 }),
      (s) => {
        const wave = (from: number, to: number, share: number): number => to + ((from - to) / 2) * (1 + Math.cos(Math.PI * share));
        return s <= 29 ? wave(1 / 25, 1, s / 29) : wave(1, 1 / 25 / 1e4, Math.min(1, (s - 29) / 70));
      },
    ],
  ];

  test.each(CASES)('%s is its formula, and the rate that events tell', async (_, schedule, formula) => {
    for (let step = 0; step < 120; step++) expect(schedule(step)).toBeCloseTo(formula(step), 12);
    const rates: number[] = [];
    const onBatch = ({ learningRate }: g.TrainingEvent): void => void rates.push(learningRate);
    await network().fit(x, y, { loss: LOSS, optimizer: g.sgd({ learningRate: schedule }), epochs: 2, batchSize: 10, onBatch });
    rates.forEach((rate, step) => expect(rate).toBeCloseTo(formula(step), 12));
    expect(rates).toHaveLength(12);
  });
});
