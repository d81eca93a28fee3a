/** From a table to a model: what is predicted, the rows that are used, options, and that it learns. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { adam, sgd } from '../../src/index.js';
import { loadTable, type Row, trainTable } from '../../src/tabular.js';
import { flowers, houses, QUICK, repeat, trained } from './support.js';

afterEach(() => void vi.restoreAllMocks());
const targets = (cells: readonly unknown[]): Row[] => cells.map((t, row) => ({ x: (row * 7) % 5, t }));

type Cell = (row: number) => unknown;

describe('what is predicted', () => {
  const LABELS: readonly (readonly [what: string, cell: Cell, labels: readonly unknown[]])[] = [
    ['texts', (row: number) => (row % 2 ? 'yes' : 'no'), ['no', 'yes']],
    ['truth values', (row: number) => row % 2 === 0, [false, true]],
    ['texts of truth values', (row: number) => (row % 2 ? 'True' : 'False'), [false, true]],
    ['zeros and ones', (row: number) => row % 2, [0, 1]],
    ['texts of whole numbers', (row: number) => String([10, 2, 30][row % 3]), [2, 10, 30]],
    ['texts and numbers', (row: number) => (row % 2 ? 'a' : 1), ['1', 'a']],
    ['dates', (row: number) => `2026-01-0${1 + (row % 2)}`, ['2026-01-01', '2026-01-02']],
  ];

  it.each(LABELS)('labels: %s', async (_, cell, labels) => {
    const { model } = await trained(targets(repeat(24, cell)), { target: 't' });
    expect(model).toMatchObject({ task: 'classification', target: 't', labels });
    const { label, probabilities } = model.predict({ x: 1 });
    expect(labels).toContain(label);
    expect(Object.keys(probabilities ?? {}).sort()).toEqual(labels.map(String).sort());
    expect(Object.values(probabilities ?? {}).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  const NUMBERS: readonly (readonly [what: string, cell: Cell])[] = [
    ['fractions', (row: number) => row / 2],
    ['more than twenty whole numbers', (row: number) => row % 21],
    ['whole numbers that are seldom the same', (row: number) => row % 9],
    ['texts of numbers', (row: number) => `${row}.5`],
  ];

  it.each(NUMBERS)('a number: %s', async (_, cell) => {
    const { model } = await trained(targets(repeat(40, cell)), { target: 't' });
    expect(model).toMatchObject({ task: 'regression', labels: undefined });
    expect(model.predict({ x: 1 })).toEqual({ value: expect.any(Number) });
  });

  it('is as told', async () => {
    const rows = targets(repeat(40, (row) => row % 2));
    expect((await trained(rows, { target: 't', task: 'regression' })).model.task).toBe('regression');
    const many = targets(repeat(40, (row) => row));
    expect((await trained(many, { target: 't', task: 'classification' })).model.labels).toHaveLength(40);
  });

  it.each([
    [['a', 'a', 'a'], {}, "trainTable: expected two labels or more in the target 't', got 'a' alone: nothing to tell apart"],
    [[5, 5, 5], { task: 'regression' }, "trainTable: expected different numbers in the target 't', got 5 alone: nothing to learn"],
    [[null, '', 'NA'], {}, "trainTable: expected values in the target 't', but all are missing"],
    [['a', 'b', 'c'], { task: 'regression' }, "trainTable: expected a finite number in the target, got 'a' in column 't' at row 0"],
    [repeat(1001, (row) => `l${row}`), {}, "trainTable: expected at most 1000 labels in the target 't', got more"],
  ] as const)('refuses a target without anything to learn: %j', async (cells, options, message) => {
    await expect(trained(targets(cells), { target: 't', ...options })).rejects.toThrow(RangeError);
    await expect(trained(targets(cells), { target: 't', ...options })).rejects.toThrow(message);
  });

  it('leaves rows without a target out, and says so', async () => {
    const rows = targets(repeat(30, (row) => (row % 5 ? 'ab'[row % 2] : null)));
    const { model, warnings } = await trained(rows, { target: 't' });
    expect(warnings).toEqual(["trainTable: 6 rows without a target ('t') are left out"]);
    expect(model.settings.rows + model.settings.validationRows).toBe(24);
  });

  it('takes rare texts among numbers for missing targets', async () => {
    const { model, warnings } = await trained(targets(repeat(60, (row) => (row % 10 ? String(row / 4) : 'n.a.'))), { target: 't' });
    expect(model.task).toBe('regression');
    expect(warnings[0]).toMatch(/'n\.a\.'.* count as missing/);
    expect(model.evaluate(targets(['1.5', 'n.a.', '2', null]))).toMatchObject({ rows: 2 });
  });
});

describe('tables', () => {
  it('may be rows or columns: the same bits', async () => {
    const rows = flowers(40);
    const columns = Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
    const typed = { ...columns, petal: Float64Array.from(columns.petal as number[]) };
    const models = await Promise.all([rows, columns, typed].map((table) => trainTable(table, { ...QUICK, target: 'species' })));
    const [bytes, ...others] = models.map((model) => model.save());
    for (const other of others) expect(other).toEqual(bytes);
  });

  it.each([
    [5, TypeError, 'trainTable: expected a table: an array of rows { name: value }, or columns { name: [values] }; got 5'],
    [{}, TypeError, 'expected a table'],
    [
      [
        [1, 2],
        [3, 4],
      ],
      TypeError,
      'expected rows such as { name: value }, got an array of 2 at row 0; give rows as objects with the names',
    ],
    [[{ t: 1 }, null], TypeError, 'expected rows such as { name: value }, got null at row 1'],
    [{ x: [1, 2], t: ['a'] }, RangeError, "trainTable: expected columns of one length, but 'x' has 2 rows and 't' has 1"],
    [[], RangeError, 'expected rows to learn from, but the table has none'],
    [[{ x: 1 }], RangeError, "expected the target 't' among the columns, which are 'x'"],
    [targets(['a', 'b']).map(({ t }) => ({ t })), RangeError, "expected columns to learn from beside the target 't': there are none"],
    [repeat(9, (row) => ({ t: 'ab'[row % 2], x: 1 })), RangeError, "beside the target 't': 'x': all of its values are 1"],
  ])('refuses %j', async (table, kind, message) => {
    const rejected = trainTable(table as never, { ...QUICK, target: 't', onWarning: () => undefined });
    await expect(rejected).rejects.toThrow(kind);
    await expect(rejected).rejects.toThrow(message);
  });

  it('takes keys that some rows lack for missing values', async () => {
    const rows = repeat(30, (row) => ({ ...(row % 3 && { x: row % 7 }), t: 'ab'[row % 2] }));
    const { model } = await trained(rows, { target: 't' });
    expect(model.columns[0]).toMatchObject({ missing: true, features: 2 });
  });
});

describe('training', () => {
  it('tells labels apart that can be told', async () => {
    const model = await trainTable(flowers(120), { target: 'species', seed: 1, onWarning: () => undefined });
    expect(model.evaluate(flowers(60, 9))).toMatchObject({ accuracy: 1, balancedAccuracy: 1 });
    expect(model.predict({ petal: 5.5, sepal: 4.5, colour: 'red' })).toMatchObject({ label: 'iris' });
  });

  it('gives numbers back in their units', async () => {
    const model = await trainTable(houses(300), { target: 'price', seed: 1 });
    const evaluation = model.evaluate(houses(100, 7));
    expect(evaluation.task === 'regression' && evaluation.r2).toBeGreaterThan(0.99);
    const { value } = model.predict({ size: 100, place: 'city' });
    expect(value).toBeGreaterThan(430_000);
    expect(value).toBeLessThan(475_000);
  });

  it('stops early and keeps the best weights by default', async () => {
    const model = await trainTable(flowers(100), { target: 'species', seed: 1, patience: 10, onWarning: () => undefined });
    expect(model.history?.stopped).toBe('early');
    expect(model.history?.valLoss).toHaveLength(model.history?.epochs as number);
    expect(model.settings).toMatchObject({ rows: 80, validationRows: 20, patience: 10 });
  });

  it('is the same for the same seed, whatever the threads', async () => {
    const run = (options: object) => trainTable(flowers(60), { ...QUICK, target: 'species', ...options });
    const bytes = (await run({})).save();
    expect((await run({})).save()).toEqual(bytes);
    expect((await run({ threads: 2 })).save()).toEqual(bytes);
    expect((await run({ seed: 2 })).save()).not.toEqual(bytes);
  });

  it('keeps at least one row of each label to train on, and validates labels in proportion', async () => {
    const rows = repeat(101, (row) => ({ x: (row * 7) % 10, t: row === 50 ? 'rare' : row % 4 ? 'often' : 'seldom' }));
    const { model } = await trained(rows, { target: 't' });
    expect(model.settings).toMatchObject({ rows: 81, validationRows: 20 });
  });

  it('says nothing of inputs that happen to be constant, which nobody knows by number', async () => {
    const rows = repeat(40, (row) => ({ x: row % 5, c: row === 3 ? 'rare' : 'often', t: 'ab'[row % 2] }));
    for (let seed = 0; seed < 8; seed++) expect((await trained(rows, { target: 't', seed })).warnings).toEqual([]);
  });

  it('warns on the console when nobody takes warnings', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    await trainTable(
      repeat(20, (row) => ({ x: row % 5, constant: 1, t: 'ab'[row % 2] })),
      { ...QUICK, target: 't' },
    );
    expect(warn.mock.calls).toEqual([["trainTable: column 'constant' is not used: all of its values are 1"]]);
  });

  it('weighs labels', async () => {
    const rows = repeat(100, (row) => ({ x: row % 10, t: row % 10 === 0 || row % 7 === 0 ? 'rare' : 'often' }));
    const recall = async (classWeight?: 'balanced' | Record<string, number>) => {
      const { model } = await trained(rows, { target: 't', epochs: 60, classWeight });
      const evaluation = model.evaluate(rows);
      return evaluation.task === 'classification' ? evaluation.perLabel[1].recall : Number.NaN;
    };
    const plain = await recall();
    expect(await recall('balanced')).toBeGreaterThan(plain);
    expect(await recall({ rare: 5 })).toBeGreaterThan(plain);
    await expect(recall({ never: 5 })).rejects.toThrow("trainTable: classWeight: expected labels of the target, got 'never'");
  });

  it('calls back, stops and aborts as fit does', async () => {
    const epochs: number[] = [];
    const { model } = await trained(flowers(40), {
      target: 'species',
      onEpoch: ({ epoch, valMetrics }) => {
        epochs.push(epoch);
        expect(valMetrics).toHaveProperty('accuracy');
        return epoch < 2;
      },
    });
    expect(epochs).toEqual([0, 1, 2]);
    expect(model.history?.stopped).toBe('callback');
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(trained(flowers(40), { target: 'species', signal: stop.signal })).rejects.toThrow('enough');
  });

  it('tells what was chosen before the first step', async () => {
    const told: unknown[] = [];
    const onEpoch = () => void told.push('epoch');
    const onStart = (settings: unknown) => void told.push(settings);
    const { model } = await trained(flowers(40), { target: 'species', epochs: 1, onStart, onEpoch });
    expect(told).toEqual([model.settings, 'epoch']);
  });

  it('goes on from a state, bit for bit, when the table is the same', async () => {
    const options = { ...QUICK, target: 'species', epochs: 8, patience: 20 } as const;
    const whole = await trainTable(flowers(40), options);
    const half = await trainTable(flowers(40), { ...options, onEpoch: ({ epoch }) => epoch < 3 });
    const resume = half.save({ trainingState: true });
    const resumed = await trainTable(flowers(40), { ...options, resume });
    expect(resumed.save()).toEqual(whole.save());
    expect(resumed.history?.epochs).toBe(8);
    // The seed is in the file.
    const { seed, ...others } = options;
    expect((await trainTable(flowers(40), { ...others, resume })).network.seed).toBe(seed);
    const another = 'trainTable: resume: the run was made with another table or other options';
    await expect(trainTable(flowers(40, 5), { ...options, resume })).rejects.toThrow(another);
    await expect(trainTable(flowers(40), { ...options, hidden: [9], resume })).rejects.toThrow(another);
    expect((await trainTable(flowers(40), { ...options, epochs: 12, resume })).history?.epochs).toBe(12);
  });
});

describe('a checkpoint', () => {
  it('is a whole table model, and the run goes on from it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gradlet-table-'));
    try {
      const path = join(folder, 'run.safetensors');
      const options = { ...QUICK, target: 'species', epochs: 6, patience: 20 } as const;
      const whole = await trainTable(flowers(40), options);
      await trainTable(flowers(40), { ...options, checkpoint: { path }, onEpoch: ({ epoch }) => epoch < 2 });
      const bytes = new Uint8Array(readFileSync(path));
      expect(loadTable(bytes).predict(flowers(3))).toHaveLength(3);
      const resumed = await trainTable(flowers(40), { ...options, resume: bytes });
      expect(resumed.save()).toEqual(whole.save());
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('options', () => {
  it('shape the network', async () => {
    const { model } = await trained(flowers(40), { target: 'species', hidden: [12, 6], activation: 'tanh', dropout: 0.1 });
    expect(model.network.getWeights().map(({ shape }) => shape.join('x'))).toEqual(['5x12', '12', '12x6', '6', '6x2', '2']);
    expect(model.settings).toMatchObject({ hidden: [12, 6], activation: 'tanh', dropout: 0.1, optimizer: 'adam', learningRate: 0.003 });
    const linear = await trained(flowers(40), { target: 'species', hidden: [] });
    expect(linear.model.network.getWeights().map(({ shape }) => shape.join('x'))).toEqual(['5x2', '2']);
  });

  it('choose the optimizer', async () => {
    const settings = async (options: object) => (await trained(flowers(40), { target: 'species', ...options })).model.settings;
    expect(await settings({ optimizer: 'sgd' })).toMatchObject({ optimizer: 'sgd', learningRate: 0.01 });
    expect(await settings({ optimizer: 'sgd', learningRate: 0.5 })).toMatchObject({ learningRate: 0.5 });
    expect(await settings({ optimizer: sgd({ momentum: 0.9 }) })).toMatchObject({ optimizer: 'sgd' });
  });

  it('fit the number of rows where they are left open', async () => {
    const model = await trainTable(flowers(10), { target: 'species', seed: 1, onWarning: () => undefined });
    expect(model.settings).toMatchObject({ validationSplit: 0, validationRows: 0, patience: 0, epochs: 1000, hidden: [64], batchSize: 32 });
    expect(model.history?.valLoss).toBeUndefined();
  });

  it.each([
    [{ target: 3 }, TypeError, 'trainTable: target: expected the name of the column to predict, got 3'],
    [{ task: 'ranking' }, RangeError, "trainTable: task: expected one of classification, regression, got 'ranking'"],
    [{ hidden: 16 }, TypeError, 'trainTable: hidden: expected an array of units, such as [64, 32], got 16'],
    [{ hidden: [16, 0] }, RangeError, 'trainTable: hidden[1]: expected a whole number of at least 1, got 0'],
    [{ columns: { petal: 'text' } }, RangeError, "trainTable: columns: 'petal': expected one of number, category"],
    [
      { columns: { leaf: 'number' } },
      RangeError,
      "trainTable: columns: expected names of columns ('petal', 'sepal', 'colour', 'species'), got 'leaf'",
    ],
    [{ columns: { species: 'category' } }, RangeError, "expected kinds of other columns than the target 'species'; give task:"],
    [{ columns: ['petal'] }, TypeError, 'trainTable: columns: expected kinds by name'],
    [{ learningRate: -1 }, RangeError, 'trainTable: learningRate: expected a finite number above 0, got -1'],
    [{ learningRate: 0.1, optimizer: adam() }, TypeError, 'learningRate and an optimizer’s'.replace('’', "'")],
    [{ optimizer: 'newton' }, RangeError, 'trainTable: optimizer: expected one of'],
    [{ epochs: 0 }, RangeError, 'trainTable: epochs: expected a whole number of at least 1, got 0'],
    [{ batchSize: 1.5 }, RangeError, 'trainTable: batchSize'],
    [{ patience: '5' }, TypeError, 'trainTable: patience'],
    [{ validationSplit: 1 }, RangeError, 'trainTable: validationSplit: expected a finite number of at least 0 and below 1, got 1'],
    [{ l2: -1 }, RangeError, 'trainTable: l2'],
    [{ dropout: 1 }, RangeError, 'trainTable: dropout'],
    [{ seed: -1 }, RangeError, 'trainTable: seed'],
    [{ classWeight: 'even' }, TypeError, "trainTable: classWeight: expected 'balanced', or weights by label, got 'even'"],
    [{ signal: 5 }, TypeError, 'trainTable: signal: expected an AbortSignal, got 5'],
    [{ resume: 'run.safetensors' }, TypeError, 'trainTable: resume: expected the bytes of a checkpoint'],
    [{ onEpoch: 1 }, TypeError, 'trainTable: onEpoch'],
    [{ onStart: 1 }, TypeError, 'trainTable: onStart'],
    [{ hiddenLayers: [4] }, TypeError, "trainTable: unknown option 'hiddenLayers'"],
  ])('%j is refused', async (options, kind, message) => {
    const rejected = trainTable(flowers(40), { ...QUICK, target: 'species', ...options } as never);
    await expect(rejected).rejects.toThrow(kind);
    await expect(rejected).rejects.toThrow(message);
  });
});
