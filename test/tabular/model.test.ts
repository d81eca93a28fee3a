/** What a model answers, its file, and files that are no tables or lie. */
import { describe, expect, it } from 'vitest';
import { dense, GradletError, Network } from '../../src/index.js';
import { Network as Predictor } from '../../src/predict.js';
import { readHistory, writeHistory } from '../../src/tabular/history.js';
import { loadTable, TableModel, trainTable } from '../../src/tabular.js';
import { forge, type Json } from '../format/craft.js';
import { flowers, houses, QUICK, repeat, trained } from './support.js';

const rose = { petal: 2.5, sepal: 4.2, colour: 'red' };
const model = await trainTable(flowers(60), { ...QUICK, target: 'species' });
const prices = await trainTable(houses(60), { ...QUICK, target: 'price' });

describe('predict', () => {
  it('answers for a row, rows and columns alike', () => {
    const one = model.predict(rose);
    expect(model.predict([rose])).toEqual([one]);
    expect(model.predict({ petal: Float64Array.of(2.5), sepal: [4.2], colour: ['red'] })).toEqual([one]);
    expect(model.predict([])).toEqual([]);
    expect(model.predict({ petal: [], sepal: [], colour: [] })).toEqual([]);
  });

  it('takes texts as they come from files', () => {
    expect(model.predict({ petal: ' 2.5', sepal: '4.20', colour: 'red ' })).toEqual(model.predict(rose));
  });

  it('answers a row by itself as among ten thousand others', () => {
    const rows = repeat(10_000, (row) => ({ ...rose, petal: (row % 50) / 10 }));
    const all = model.predict(rows);
    for (const row of [0, 4095, 4096, 9999]) expect(all[row]).toEqual(model.predict(rows[row]));
  });

  it('wants nothing of columns that are not used, nor of the target', async () => {
    const rows = flowers(40).map((row, index) => ({ ...row, id: index, constant: 1 }));
    const other = (await trained(rows, { target: 'species' })).model;
    expect(other.predict(rose)).toEqual(other.predict({ ...rose, id: 'x', constant: 5, species: 'rose', more: {} }));
  });

  it('says which columns are not there', () => {
    const message = "there is no 'petal', 'colour'; give null where a value is not known";
    expect(() => model.predict({ sepal: 4 })).toThrow(RangeError);
    expect(() => model.predict({ sepal: 4 })).toThrow(message);
    expect(() => model.predict([{ sepal: 4 }, { sepal: 5, size: 3 }])).toThrow(message);
    expect(model.predict({ petal: null, sepal: 4, colour: null })).toMatchObject({ label: expect.any(String) });
    expect(model.predict([rose, { petal: 2 }])).toHaveLength(2);
  });

  it('says which cell is not what its column holds', () => {
    expect(() => model.predict([rose, { ...rose, petal: 'long' }])).toThrow(
      "predict: expected a finite number, got 'long' in column 'petal' at row 1",
    );
    expect(() => model.predict({ ...rose, colour: ['red'] })).toThrow(TypeError);
  });

  it('gives the network’s own numbers', () => {
    const { data, columns } = model.encode([rose]);
    expect(columns).toBe(5);
    const outputs = model.network.predict(data).data;
    expect(Object.values(model.predict(rose).probabilities ?? {})).toEqual(Array.from(outputs));
  });

  it('keeps labels apart that are called like what objects have', async () => {
    const rows = repeat(30, (row) => ({ x: row % 3, t: ['__proto__', 'constructor', 'toString'][row % 3] }));
    const { probabilities } = (await trained(rows, { target: 't' })).model.predict({ x: 1 });
    expect(Object.keys(probabilities ?? {}).sort()).toEqual(['__proto__', 'constructor', 'toString']);
  });
});

describe('a file', () => {
  it('brings the model back: the same answers, names and numbers', () => {
    for (const before of [model, prices]) {
      const after = loadTable(before.save());
      expect(after).toBeInstanceOf(TableModel);
      expect({ ...after, network: 0 }).toEqual({ ...before, network: 0 });
      expect([after.task, after.target, after.labels]).toEqual([before.task, before.target, before.labels]);
      expect(after.history?.valLoss).toHaveLength(QUICK.epochs);
      const row = { ...rose, size: 80, place: 'city' };
      expect(after.predict(row)).toEqual(before.predict(row));
      expect(after.save()).toEqual(before.save());
    }
  });

  it('keeps the history, however long, of a run that was gone on with, too', async () => {
    const options = { ...QUICK, target: 'species', validationSplit: 0, epochs: 3000 };
    const long = await trainTable(flowers(4), { ...options, hidden: [] });
    const file = long.save({ trainingState: true });
    expect(loadTable(file).history).toEqual(long.history);
    expect(long.history?.loss).toHaveLength(3000);
    expect(long.save().length - JSON.stringify(long.history).length).toBeLessThan(0.7 * JSON.stringify(long.history).length);
    const further = await trainTable(flowers(4), { ...options, hidden: [], epochs: 3001, resume: file });
    expect(loadTable(further.save()).history).toEqual(further.history);
    expect(further.history?.loss.slice(0, 3000)).toEqual(long.history?.loss);
  });

  it('keeps numbers that JSON has no words for', () => {
    const history = {
      epochs: 4,
      loss: [0.1, NaN, Infinity, -0],
      metrics: { r2: [-Infinity, NaN, 5e-324, 1 / 3] },
      stopped: 'callback',
    } as const;
    const written = JSON.parse(JSON.stringify(writeHistory(history as never)));
    const read = readHistory('history', written);
    expect(read).toEqual(history);
    expect(Object.is(read.loss[3], -0)).toBe(true);
    expect(readHistory('history', writeHistory({ epochs: 0, loss: [], metrics: {} }))).toEqual({ epochs: 0, loss: [], metrics: {} });
  });

  it('of before there was a history, and a checkpoint, have none', async () => {
    const before = forge(({ header }) => {
      const { table } = JSON.parse(header.__metadata__.preprocessing);
      delete table.history;
      header.__metadata__.preprocessing = JSON.stringify({ table });
    }, model.save());
    const loaded = loadTable(before);
    expect(loaded.history).toBeUndefined();
    expect(loaded.predict(rose)).toEqual(model.predict(rose));
    expect(loadTable(loaded.save()).history).toBeUndefined();
  });

  it('keeps all kinds of columns', async () => {
    const rows = repeat(60, (row) => ({
      number: row % 7 ? row : '-',
      category: ['a', null, 'ü"\\\u{1f600}', '\ud800'][row % 4],
      truth: row % 3 === 0,
      date: new Date(row * 1e10),
      constant: 1,
      t: row / 2,
    }));
    const { model: before } = await trained(rows, { target: 't' });
    const after = loadTable(before.save());
    expect(after.columns).toEqual(before.columns);
    expect(after.predict(rows)).toEqual(before.predict(rows));
  });

  it('is an ordinary model to those who know no tables', () => {
    const { data } = model.encode([rose]);
    const expected = model.network.predict(data).data;
    expect(Network.load(model.save()).predict(data).data).toEqual(expected);
    expect(Predictor.load(model.save()).predict(data).data).toEqual(expected);
  });

  it('of another network is no table', () => {
    const plain = new Network({ inputs: 5, layers: [dense(2)] });
    for (const preprocessing of [undefined, '{"inputScale":0.5}', '[]', '5']) {
      plain.metadata = preprocessing === undefined ? {} : { preprocessing };
      expect(() => loadTable(plain.save())).toThrow(
        'a gradlet model, but not one of a table: its metadata say nothing of columns; use Network.load',
      );
    }
  });

  it('is a Uint8Array', () => {
    expect(() => loadTable('model.safetensors' as never)).toThrow(
      new TypeError("loadTable: expected the bytes of a model as a Uint8Array, got 'model.safetensors'"),
    );
  });
});

/** The file after a change of what it says of the table, and why it is refused. */
function refusal(change: (table: Json) => unknown, file = model.save()): string {
  const forged = forge(({ header }) => {
    const metadata = header.__metadata__;
    const json = JSON.parse(metadata.preprocessing);
    change(json.table);
    metadata.preprocessing = JSON.stringify(json);
  }, file);
  try {
    loadTable(forged);
  } catch (error) {
    expect(error).toBeInstanceOf(GradletError);
    expect((error as GradletError).code).toBe('ERR_FORMAT');
    return (error as Error).message;
  }
  return 'it was loaded';
}

describe('a file that lies is refused', () => {
  const [petal, sepal, colour] = [0, 1, 2];
  const cases: readonly (readonly [what: string, change: (table: Json) => unknown, reason: RegExp])[] = [
    ['another version', (table) => (table.version = 2), /a table model of version 2; this release reads 1: update gradlet/],
    ['no target', (table) => delete table.target, /table\.target: expected an object, got undefined/],
    ['no columns', (table) => delete table.columns, /table\.columns: expected an array, got undefined/],
    ['no settings', (table) => delete table.settings, /table\.settings: expected an object, got undefined/],
    ['an unknown task', (table) => (table.target.task = 'ranking'), /table\.target\.task: expected one of classification, regression/],
    ['a target without a name', (table) => (table.target.name = 5), /table\.target\.name: expected a text, got 5/],
    ['one label', (table) => table.target.labels.pop(), /table\.target\.labels: expected 2 to 1000 labels, got 1/],
    ['a label twice', (table) => (table.target.labels = ['a', 'a']), /table\.target\.labels: expected each value once/],
    ['labels of two types', (table) => (table.target.labels = ['a', 1]), /expected labels of one type, got 'a' and 1/],
    ['labels that are none', (table) => (table.target.labels = [null, {}]), /labels\[0\]: expected a text, number or boolean, got null/],
    ['labels beyond the outputs', (table) => table.target.labels.push('x'), /target needs 3 outputs, but the network has 2/],
    ['another task', (table) => (table.target = { task: 'regression', name: 't', mean: 0, deviation: 1 }), /needs 1 outputs, but .* has 2/],
    ['a column less', (table) => table.columns.pop(), /columns make 2 inputs, but the network has 5/],
    ['a column twice', (table) => (table.columns[sepal].name = 'petal'), /table\.columns: expected each value once/],
    ['a column called like the target', (table) => (table.columns[sepal].name = 'species'), /table\.columns: expected each value once/],
    ['an unknown kind', (table) => (table.columns[petal].kind = 'image'), /columns\[0\]\.kind: expected one of number, boolean, date/],
    ['a kind that objects have', (table) => (table.columns[petal].kind = 'constructor'), /columns\[0\]\.kind: expected one of/],
    [
      'features that it does not make',
      (table) => (table.columns[colour].features = 1e9),
      /features: expected 3, which the column makes, got 1000000000/,
    ],
    [
      'a deviation below 0',
      (table) => (table.columns[petal].deviation = -1),
      /columns\[0\]\.deviation: expected a finite number of at least 0/,
    ],
    ['a mean that is none', (table) => (table.columns[petal].mean = null), /columns\[0\]\.mean: expected a number, got null/],
    ['numbers beyond numbers', (table) => (table.columns[petal].mean = '1e999'), /columns\[0\]\.mean: expected a number/],
    ['a category twice', (table) => table.columns[colour].categories.push('red'), /columns\[2\]\.categories: expected each value once/],
    ['a category that is no text', (table) => (table.columns[colour].categories[0] = 5), /categories\[0\]: expected a text, got 5/],
    ['neither others nor none', (table) => delete table.columns[colour].others, /others: expected true or false, got undefined/],
    [
      'parts of no date',
      (table) => Object.assign(table.columns[petal], { kind: 'date', parts: [{ part: 'eons' }] }),
      /parts\[0\]\.part: expected one of days/,
    ],
    ['a column that is none', (table) => (table.columns[petal] = 5), /columns\[0\]: expected an object, got 5/],
    ['a history that is none', (table) => (table.history = [1]), /table\.history: expected an object, got an array of 1/],
    ['a history without losses', (table) => delete table.history.loss, /history\.loss: expected one 64-bit float for each of 5 epochs/],
    ['a loss too many', (table) => (table.history.loss += 'AAAA'), /history\.loss: expected one 64-bit float for each of 5 epochs/],
    ['a loss too few', (table) => (table.history.epochs = 6), /history\.loss: expected one 64-bit float for each of 6 epochs/],
    ['a byte too many', (table) => (table.history.loss = `${table.history.loss.slice(0, -2)}A=`), /5 epochs, as base64, got 41 bytes/],
    ['epochs without number', (table) => (table.history.epochs = 2 ** 50), /history\.loss: expected one 64-bit float for each of/],
    ['losses that are numbers', (table) => (table.history.loss = [1, 2, 3, 4, 5]), /history\.loss: expected one .* got an array of 5/],
    ['losses that are no base64', (table) => (table.history.loss = '\u00e4'.repeat(56)), /history\.loss: expected one 64-bit float/],
    ['validation by halves', (table) => delete table.history.valLoss, /history: expected valLoss and valMetrics both or neither/],
    ['an unknown metric', (table) => (table.history.metrics.beauty = ''), /history\.metrics: expected one of accuracy.*got 'beauty'/],
    ['metrics that are none', (table) => (table.history.valMetrics = 5), /history\.valMetrics: expected an object, got 5/],
    ['an unknown end', (table) => (table.history.stopped = 'late'), /history\.stopped: expected one of early, callback, got 'late'/],
    ['settings that are none', (table) => (table.settings.epochs = 'many'), /settings\.epochs: expected a whole number, got 'many'/],
  ];

  it.each(cases)('%s', (_, change, reason) => {
    expect(refusal(change)).toMatch(reason);
  });

  it('a regression without a scale', () => {
    expect(refusal((table) => (table.target.deviation = 0), prices.save())).toMatch(/target\.deviation: expected a finite number above 0/);
  });

  it('JSON that is none, too deep, or has a key twice', () => {
    const forged = (text: string) => forge(({ header }) => (header.__metadata__.preprocessing = text), model.save());
    expect(() => loadTable(forged('{'))).toThrow("a damaged table model: the metadata's preprocessing is no JSON");
    expect(() => loadTable(forged(`{"table":${'['.repeat(1000)}`))).toThrow('more than 8 objects and arrays inside each other');
    expect(() => loadTable(forged('{"table":{},"table":{}}'))).toThrow('has a key twice');
    expect(() => loadTable(forged('{"table":{"__proto__":{}}}'))).toThrow("has the key '__proto__'");
  });
});
