/** Scores of models, cross-validation and importance, against figures made by hand. */
import { describe, expect, it } from 'vitest';
import { scoreLabels, scoreValues } from '../../src/tabular/evaluate.js';
import { dealFolds, splitRows } from '../../src/tabular/split.js';
import { crossValidate, permutationImportance, trainTable } from '../../src/tabular.js';
import { flowers, houses, QUICK, repeat, trained, uniform } from './support.js';

describe('scores', () => {
  it('of labels', () => {
    // Predicted: a a b b, actual: a b b c; the fifth has a label that nobody knows.
    const probabilities = Float32Array.of(0.5, 0.25, 0.25, 0.75, 0.25, 0, 0.25, 0.5, 0.25, 0, 0.5, 0.5, 1, 0, 0);
    const score = scoreLabels(['a', 'b', 'c'], probabilities, [0, 1, 1, 2, undefined]);
    expect(score.confusion).toEqual([
      [1, 0, 0],
      [1, 1, 0],
      [0, 1, 0],
    ]);
    expect(score).toMatchObject({ rows: 5, unknown: 1, accuracy: 2 / 5, balancedAccuracy: 0.5 });
    expect(score.loss).toBeCloseTo((Math.log(2) + Math.log(4) + Math.log(2) + Math.log(2)) / 4, 12);
    expect(score.perLabel).toEqual([
      { label: 'a', precision: 0.5, recall: 1, f1: 2 / 3, rows: 1 },
      { label: 'b', precision: 0.5, recall: 0.5, f1: 0.5, rows: 2 },
      { label: 'c', precision: Number.NaN, recall: 0, f1: 0, rows: 1 },
    ]);
  });

  it('of numbers', () => {
    const score = scoreValues(Float64Array.of(1, 2, 6), Float64Array.of(1, 3, 5), 2);
    expect(score).toMatchObject({ rows: 3, mae: 2 / 3, rmse: Math.sqrt(2 / 3), r2: 1 - 2 / 8 });
    expect(score.loss).toBeCloseTo(2 / 3 / 4, 12);
    expect(scoreValues(Float64Array.of(1, 2), Float64Array.of(1, 1), 1).r2).toBeNaN();
  });

  it('of a model leave rows without a target out, and count unknown labels as wrong', async () => {
    const { model } = await trained(flowers(60), { target: 'species', epochs: 60 });
    const rows = [...flowers(8, 3), { ...flowers(1)[0], species: null }, { ...flowers(1)[0], species: 'tulip' }];
    expect(model.evaluate(rows)).toMatchObject({ rows: 9, unknown: 1, accuracy: 8 / 9 });
    expect(() => model.evaluate([{ petal: 1, sepal: 1, colour: 'red' }])).toThrow(
      "evaluate: expected the target 'species' among the columns, but it is not there",
    );
    expect(() => model.evaluate([{ petal: 1, species: null }])).toThrow("evaluate: expected rows with a target ('species'), got none");
  });

  it('of a model are those of its answers', async () => {
    const { model } = await trained(houses(60), { target: 'price', epochs: 20 });
    const rows = houses(20, 8);
    const errors = model.predict(rows).map(({ value }, row) => (value as number) - (rows[row].price as number));
    const evaluation = model.evaluate(rows);
    expect(evaluation.task === 'regression' && evaluation.mae).toBeCloseTo(errors.reduce((sum, error) => sum + Math.abs(error), 0) / 20, 6);
    expect(() => model.evaluate([{ ...rows[0], price: 'cheap' }])).toThrow(
      "evaluate: expected a finite number in the target, got 'cheap' in column 'price' at row 0",
    );
  });

  it('take labels as texts, too', async () => {
    const rows = repeat(40, (row) => ({ x: row % 4, t: row % 2 }));
    const { model } = await trained(rows, { target: 't', epochs: 40 });
    expect(model.evaluate(rows.map(({ x, t }) => ({ x: String(x), t: `${t}.0` })))).toEqual(model.evaluate(rows));
  });
});

describe('rows are drawn', () => {
  const labels = Int32Array.from({ length: 103 }, (_, row) => (row < 60 ? 0 : row < 100 ? 1 : 2));

  it('for validation: each label in proportion, every row once', () => {
    const { train, validation } = splitRows(labels, 0.2, 5);
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual(repeat(103, (row) => row));
    const counts = [0, 1, 2].map((label) => validation.filter((row) => labels[row] === label).length);
    expect(counts).toEqual([12, 8, 1]);
    expect(splitRows(labels, 0.2, 5)).toEqual({ train, validation });
    expect(splitRows(labels, 0.2, 6).validation).not.toEqual(validation);
  });

  it('never the last one of a label', () => {
    const { train } = splitRows(Int32Array.of(0, 1, 1, 0, 2), 0.9, 1);
    expect(new Set(train.map((row) => [0, 1, 1, 0, 2][row]))).toEqual(new Set([0, 1, 2]));
  });

  it('for folds: of each label as many in each, but for one', () => {
    const folds = dealFolds(labels, 5, 1);
    const count = (label: number, fold: number) => folds.filter((of, row) => of === fold && labels[row] === label).length;
    for (let fold = 0; fold < 5; fold++) expect([count(0, fold), count(1, fold), count(2, fold) < 2]).toEqual([12, 8, true]);
  });
});

describe('crossValidate', () => {
  const options = { ...QUICK, target: 'species', epochs: 80, folds: 3 } as const;

  it('evaluates every row once, by a model that has not seen it', async () => {
    const seen: number[] = [];
    const result = await crossValidate(flowers(61), { ...options, onFold: ({ fold, folds }) => seen.push(fold, folds) });
    expect(seen).toEqual([0, 3, 1, 3, 2, 3]);
    expect(result.task).toBe('classification');
    expect(result.folds.map(({ rows }) => rows)).toEqual([21, 20, 20]);
    const accuracies = result.folds.map((fold) => (fold.task === 'classification' ? fold.accuracy : Number.NaN));
    expect(result.mean.accuracy).toBeCloseTo(accuracies.reduce((a, b) => a + b) / 3, 12);
    expect(result.mean.accuracy).toBeGreaterThan(0.9);
    expect(Object.keys(result.deviation)).toEqual(['loss', 'accuracy', 'balancedAccuracy']);
    expect(await crossValidate(flowers(61), options)).toEqual(result);
  });

  it('learns nothing from what cannot be learned', async () => {
    const random = uniform(3);
    const rows = repeat(200, () => ({ x: random(), y: random(), t: random() < 0.5 ? 'a' : 'b' }));
    const { mean } = await crossValidate(rows, { ...QUICK, target: 't', epochs: 30 });
    expect(mean.accuracy).toBeGreaterThan(0.35);
    expect(mean.accuracy).toBeLessThan(0.65);
  });

  it('of numbers gives their figures', async () => {
    const { mean } = await crossValidate(houses(60), { ...QUICK, target: 'price', epochs: 60, folds: 2 });
    expect(Object.keys(mean)).toEqual(['loss', 'r2', 'rmse', 'mae']);
  });

  it('bears labels that a fold has alone', async () => {
    const rows = [...flowers(40), { petal: 9, sepal: 9, colour: 'red', species: 'tulip' }];
    const { folds } = await crossValidate(rows, options);
    expect(folds.map((fold) => fold.task === 'classification' && fold.unknown).sort()).toEqual([0, 0, 1]);
  });

  it('warns once, not for each fold', async () => {
    const warnings: string[] = [];
    const rows = flowers(40).map((row) => ({ ...row, constant: 1 }));
    await crossValidate(rows, { ...options, epochs: 1, onWarning: (message) => warnings.push(message) });
    expect(warnings).toEqual(["crossValidate: column 'constant' is not used: all of its values are 1"]);
  });

  it.each([
    [{ folds: 1 }, RangeError, 'crossValidate: folds: expected a whole number of at least 2, got 1'],
    [{ folds: 41 }, RangeError, 'crossValidate: folds: expected at most one for each of 40 rows, got 41'],
    [{ checkpoint: { path: 'x' } }, TypeError, 'crossValidate: checkpoint belongs to trainTable'],
    [{ fold: 3 }, TypeError, "crossValidate: unknown option 'fold'"],
    [{ hidden: 5 }, TypeError, 'crossValidate: hidden'],
  ])('%j is refused', async (more, kind, message) => {
    const rejected = crossValidate(flowers(40), { ...options, ...more } as never);
    await expect(rejected).rejects.toThrow(kind);
    await expect(rejected).rejects.toThrow(message);
  });
});

describe('permutationImportance', () => {
  it('is large for what the target follows from, and nothing for what it does not', async () => {
    const model = await trainTable(flowers(120), { target: 'species', seed: 1 });
    const importance = permutationImportance(model, flowers(80, 5));
    expect(importance.map(({ column }) => column).sort()).toEqual(['colour', 'petal', 'sepal']);
    expect(importance[0].column).toBe('petal');
    // Shuffled petals are right by chance.
    expect(importance[0].importance).toBeGreaterThan(0.35);
    for (const { importance: drop } of importance.slice(1)) expect(Math.abs(drop)).toBeLessThan(0.05);
    expect(permutationImportance(model, flowers(80, 5))).toEqual(importance);
    expect(permutationImportance(model, flowers(80, 5), { seed: 1 })).not.toEqual(importance);
  });

  it('moves all inputs of a column together, and drops r2', async () => {
    const model = await trainTable(houses(200), { target: 'price', seed: 1, epochs: 100 });
    const [size, place] = permutationImportance(model, houses(100, 4), { repeats: 3 });
    expect([size.column, place.column]).toEqual(['size', 'place']);
    expect(size.importance).toBeGreaterThan(1);
    expect(place.importance).toBeGreaterThan(0.02);
    expect(size.deviation).toBeGreaterThan(0);
  });

  it('leaves columns out that are not used', async () => {
    const { model } = await trained(
      flowers(40).map((row) => ({ ...row, constant: 1 })),
      { target: 'species' },
    );
    expect(permutationImportance(model, flowers(20), { repeats: 1 })).toHaveLength(3);
  });

  it('looks at so many rows at most', async () => {
    const { model } = await trained(flowers(40), { target: 'species', epochs: 40 });
    const few = permutationImportance(model, flowers(400, 3), { maximumRows: 10, repeats: 1 });
    for (const { importance } of few) expect(Math.abs(importance * 10 - Math.round(importance * 10))).toBeLessThan(1e-9);
  });

  it.each([
    [{ repeats: 0 }, 'permutationImportance: repeats'],
    [{ seed: -1 }, 'permutationImportance: seed'],
    [{ maximumRows: 1 }, 'permutationImportance: maximumRows'],
    [{ shuffles: 5 }, "permutationImportance: unknown option 'shuffles'"],
  ])('%j is refused', async (options, message) => {
    const { model } = await trained(flowers(40), { target: 'species', epochs: 1 });
    expect(() => permutationImportance(model, flowers(20), options as never)).toThrow(message);
    expect(() => permutationImportance(model.network as never, flowers(20))).toThrow('expected what trainTable or loadTable gave');
  });
});
