// Networks that know no table are measured on columns of inputs and targets: the numbers of network.evaluate, whatever file they come from.

import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dense, type EvaluateOptions, Network } from '../../src/index.js';
import { fromTorchStateDict, toTorchStateDict } from '../../src/interop.js';
import { saveFile } from '../../src/node.js';
import { csv, done, folder, IRIS, inside, insideDone, irisModel, objects, put, useFolder } from './support.js';

useFolder();

const SPECIES = ['setosa', 'versicolor', 'virginica'];
const MEASURES = ['a', 'b', 'c', 'd'];
const X = IRIS.map((cells) => cells.slice(0, 4).map(Number));
const Y = IRIS.map((cells) => SPECIES.indexOf(cells[4]));
const layers = () => [dense(8, { activation: 'relu' }), dense(3, { activation: 'softmax' })];
const network = new Network({ inputs: 4, layers: layers(), seed: 1 });
await network.fit(X, Y, { loss: 'sparseCategoricalCrossentropy', optimizer: 'adam', epochs: 15 });
const MODEL = 'plain.safetensors';

function plain(other = network): string {
  saveFile(other, join(folder, MODEL));
  return MODEL;
}

const classes = (names = [...MEASURES, 'class']): string =>
  csv(
    X.map((row, index) => [...row, Y[index]].map(String)),
    names,
  );
const COUNTS = X.map(([first]) => [first, 2 * first]);

async function event(words: readonly string[]): Promise<Record<string, unknown>> {
  return objects((await insideDone(['evaluate', ...words, '--json'])).stdout)[0];
}

describe('evaluate of a network', () => {
  const expected = network.evaluate(X, Y, { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });

  it('takes inputs from the first columns and classes from the next', async () => {
    const { stdout } = await done(['evaluate', plain(), put('t.csv', classes())]);
    expect(stdout).toMatch(/^150 rows: accuracy \d+\.\d\d %, loss [\d.]+ \(sparseCategoricalCrossentropy\)\n4 inputs; target: class\n$/);
    expect(await event([MODEL, 't.csv'])).toEqual({
      event: 'evaluation',
      model: MODEL,
      table: 't.csv',
      task: 'network',
      rows: 150,
      inputs: MEASURES,
      targets: ['class'],
      lossFunction: 'sparseCategoricalCrossentropy',
      ...expected,
    });
  });

  it('takes names of classes in the order of the outputs', async () => {
    put('t.csv', csv(IRIS, [...MEASURES, 'species']));
    expect(await event([plain(), 't.csv', '--labels', SPECIES.join(',')])).toMatchObject(expected);
    const turned = (await event([MODEL, 't.csv', '--labels', [...SPECIES].reverse().join(',')])) as { accuracy: number };
    expect(turned.accuracy).toBeLessThan(expected.accuracy / 2);
  });

  it('takes targets from wherever they are, by name; inputs keep their order, whatever they are called', async () => {
    const names = ['class', '10', '9', '1', '0'];
    put(
      't.csv',
      csv(
        X.map((row, index) => [Y[index], ...row].map(String)),
        names,
      ),
    );
    expect(await event([plain(), 't.csv', '--target', 'class'])).toMatchObject({ ...expected, inputs: names.slice(1) });
  });

  it('takes a column for each output, a table without names, and decimal commas', async () => {
    const oneHot = Y.map((label) => SPECIES.map((_, place) => Number(place === label)));
    const rows = X.map((row, index) => [...row, ...oneHot[index]].map((cell) => String(cell).replace('.', ',')));
    put('t.csv', rows.map((row) => row.join(';')).join('\n'));
    const options: EvaluateOptions = { loss: 'categoricalCrossentropy', metrics: ['accuracy'] };
    expect(await event([plain(), 't.csv'])).toMatchObject({
      ...network.evaluate(X, oneHot, options),
      rows: 150,
      targets: ['column5', 'column6', 'column7'],
      lossFunction: 'categoricalCrossentropy',
    });
    const other = network.evaluate(X, oneHot, { loss: 'huber', metrics: ['r2', 'binaryAccuracy'] });
    expect(await event([MODEL, 't.csv', '--loss', 'huber', '--metrics', 'r2,binaryAccuracy'])).toMatchObject(other);
  });

  it('measures numbers, and two classes of one output', async () => {
    const linear = new Network({ inputs: 4, layers: [dense(2)], seed: 2 });
    put(
      't.csv',
      csv(
        X.map((row, index) => [...row, ...COUNTS[index]].map(String)),
        [...MEASURES, 'p', 'q'],
      ),
    );
    const options: EvaluateOptions = { loss: 'meanSquaredError', metrics: ['meanAbsoluteError', 'r2'] };
    expect(await event([plain(linear), 't.csv'])).toMatchObject(linear.evaluate(X, COUNTS, options));
    expect((await insideDone(['evaluate', MODEL, 't.csv'])).stdout).toMatch(
      /^150 rows: mean absolute error [\d.]+, R² -?[\d.]+, loss [\d.]+ \(meanSquaredError\)\n4 inputs; targets: p, q\n$/,
    );
    const one = new Network({ inputs: 4, layers: [dense(1, { activation: 'sigmoid' })], seed: 2 });
    put(
      't.csv',
      csv(
        X.map((row, index) => [...row.map(String), Y[index] ? 'yes' : 'no']),
        [...MEASURES, 'y'],
      ),
    );
    const truth = Y.map((label) => Number(label > 0));
    const binary = one.evaluate(X, truth, { loss: 'binaryCrossentropy', metrics: ['binaryAccuracy'] });
    expect(await event([plain(one), 't.csv', '--labels', 'no,yes'])).toMatchObject({ ...binary, lossFunction: 'binaryCrossentropy' });
  });

  it('reads every kind of file that convert reads', async () => {
    put('t.csv', classes());
    plain();
    put('torch.safetensors', toTorchStateDict(network));
    const again = fromTorchStateDict(toTorchStateDict(network), layers());
    const same = again.evaluate(X, Y, { loss: 'sparseCategoricalCrossentropy', metrics: ['accuracy'] });
    expect(await event(['torch.safetensors', 't.csv', '--layers', 'dense(8,relu),dense(3,softmax)'])).toMatchObject(same);
    for (const to of ['model.onnx', 'model.json', 'web/']) {
      await insideDone(['convert', MODEL, to]);
      const { loss, accuracy } = (await event([to, 't.csv'])) as { loss: number; accuracy: number };
      expect(loss).toBeCloseTo(expected.loss, 5);
      expect(accuracy).toBe(expected.accuracy);
    }
  });

  it('knows the classes of scikit-learn', async () => {
    const [kernel, bias] = network.getWeights().slice(2);
    const rows = Array.from({ length: 8 }, (_, row) => Array.from(kernel.data.subarray(3 * row, 3 * row + 3)));
    const sklearn = {
      coefs_: [rows],
      intercepts_: [Array.from(bias.data)],
      activation: 'relu',
      out_activation_: 'softmax',
      classes_: SPECIES,
    };
    put('sk.json', JSON.stringify(sklearn));
    put('t.csv', csv([['1', '0', '0', '0', '0', '0', '0', '0', 'virginica']], [...'abcdefgh', 'y']));
    const value = -Math.log(softmax(rows[0].map((weight, unit) => weight + bias.data[unit]))[2]);
    expect(((await event(['sk.json', 't.csv'])) as { loss: number }).loss).toBeCloseTo(value, 5);
  });

  it('of a table’s model that PyTorch trained on measures the table', async () => {
    await irisModel();
    await insideDone(['convert', 'model.safetensors', 'tuned.pt.safetensors', '--quiet']);
    const words = ['tuned.pt.safetensors', 'iris.csv', '--like', 'model.safetensors'];
    const { task, accuracy, loss } = (await event(['model.safetensors', 'iris.csv'])) as Record<string, unknown>;
    expect(await event(words)).toMatchObject({ task, accuracy, loss });
  });
});

function softmax(logits: readonly number[]): number[] {
  const powers = logits.map(Math.exp);
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

describe('what cannot be measured', () => {
  const names = [...MEASURES, 'class'].join(',');
  const wrong: readonly (readonly [what: string, words: readonly string[], table: string, code: number, message: RegExp])[] = [
    [
      'too few columns',
      [],
      'a,b\n1,2\n',
      1,
      /'t\.csv': expected 4 columns of inputs and 3 of targets, or one of classes, got 2 in all; give/,
    ],
    [
      'too many',
      [],
      `${names},x\n1,2,3,4,0,9\n`,
      1,
      /expected 4 columns of inputs and 3 of targets, or one of classes, got 6 in all; give/,
    ],
    ['too many beside the target', ['--target', 'class'], `${names},x\n1,2,3,4,0,9\n`, 1, /got 5 beside the 1 of --target; give/],
    ['a target that is not there', ['--target', 'y'], `${names}\n1,2,3,4,0\n`, 1, /--target: 't\.csv' has no column 'y'; it has 'a', 'b'/],
    ['a text among inputs', [], `${names}\n1,2,3,4,0\n1,big,3,4,0\n`, 1, /expected a number, got 'big' in column 'b' in record 3$/],
    ['a missing value', [], `${names}\n1,2,3,4,0\n1,2,,4,0\n`, 1, /expected a number, got nothing in column 'c' in record 3$/],
    ['a class beyond the outputs', [], `${names}\n1,2,3,4,0\n1,2,3,4,3\n`, 1, /expected class indices from 0 to 2, got 3 in record 3$/],
    ['half a class', [], `${names}\n1,2,3,4,0.5\n`, 1, /expected class indices from 0 to 2, got 0\.5 in record 2$/],
    [
      'names of classes that nobody said',
      [],
      `${names}\n1,2,3,4,setosa\n`,
      1,
      /or names of classes and --labels, got 'setosa' in .*record 2$/,
    ],
    [
      'an unknown name',
      ['--labels', 'a,b,c'],
      `${names}\n1,2,3,4,d\n`,
      1,
      /expected one of a, b, c, got 'd' in column 'class' in record 2$/,
    ],
    ['names too few', ['--labels', 'a,b'], `${names}\n1,2,3,4,a\n`, 2, /--labels: expected 3 names of classes, in the order .*, got 2$/],
    [
      'a loss that takes no classes',
      ['--loss', 'huber'],
      `${names}\n1,2,3,4,0\n`,
      2,
      /--loss: 'huber' takes 3 columns of targets, got one/,
    ],
    ['an unknown loss', ['--loss', 'mse'], `${names}\n1,2,3,4,0\n`, 2, /--loss: expected one of meanSquaredError, .*, got 'mse'/],
    ['an unknown metric', ['--metrics', 'f1'], `${names}\n1,2,3,4,0\n`, 2, /--metrics: expected one of accuracy, .*, got 'f1'/],
    ['a report', ['--report', 'r.html'], `${names}\n1,2,3,4,0\n`, 2, /--report: 'plain\.safetensors' knows of no table: .* gradlet train/],
    ['importance', ['--importance'], `${names}\n1,2,3,4,0\n`, 2, /--importance: 'plain\.safetensors' knows of no table/],
  ];

  it.each(wrong)('%s', async (_, words, table, code, message) => {
    const found = await inside(['evaluate', plain(), put('t.csv', table), ...words]);
    expect([found.code, found.stdout, found.stderr.trimEnd()]).toEqual([code, '', expect.stringMatching(message)]);
    expect(found.stderr.trimEnd()).not.toContain('\n');
  });

  it('classes, of a network whose outputs are no probabilities', async () => {
    const linear = new Network({ inputs: 4, layers: [dense(3)], seed: 2 });
    const { code, stderr } = await inside(['evaluate', plain(linear), put('t.csv', classes())]);
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/a column of classes is for a network that ends in softmax, .*"linear"; give 3 col/),
    ]);
  });

  it('a table’s model with other targets', async () => {
    const { code, stderr } = await inside(['evaluate', await irisModel(), 'iris.csv', '--target', 'species']);
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--target: 'model\.safetensors' is a model of a table, and knows target/)]);
  });
});
