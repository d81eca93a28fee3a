// Predictions from the command line: rows in, rows out, in the form they came in, whatever separates them; and what happens at the ends of pipes.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { dense, Network } from '../../src/index.js';
import { saveFile } from '../../src/node.js';
import { loadTable, type Row, trainTable } from '../../src/tabular.js';
import { csv, done, folder, gradlet, IRIS, NAMES, objects, program, put, text, useFolder } from './support.js';

useFolder();

const rows: Row[] = IRIS.map((cells) => Object.fromEntries(NAMES.map((name, index) => [name, cells[index]])));
const trained = (await trainTable(rows, { target: 'species', hidden: [8], epochs: 12, seed: 1, onWarning: () => {} })).save();
const model = loadTable(trained);
const MODEL = 'model.safetensors';
beforeEach(() => void put(MODEL, trained));

const predictions = model.predict(rows);
const lines = (output: string): string[] => output.trimEnd().split('\n');
/** What is expected for some rows: their cells, the label, its probability. */
function expected(picked: readonly number[], keep = true): string[] {
  return picked.map((row) => {
    const { label, probabilities } = predictions[row];
    return [...(keep ? IRIS[row] : []), label, Number(probabilities?.[String(label)].toPrecision(9))].join(',');
  });
}
const all = IRIS.map((_, row) => row);

describe('predict', () => {
  it('repeats the table with the predictions beside it, to the standard output or a file', async () => {
    put('rows.csv', csv(IRIS));
    const { stdout, stderr } = await done(['predict', MODEL, 'rows.csv']);
    expect(lines(stdout)).toEqual([`${NAMES.join(',')},predicted_species,probability`, ...expected(all)]);
    expect(stderr).toMatch(/^150 rows, [\d,]+ rows\/s\n$/);
    await done(['predict', MODEL, 'rows.csv', '--out', 'out.csv', '--quiet']);
    expect(text('out.csv')).toBe(stdout);
    expect(readdirSync(folder).sort()).toEqual([MODEL, 'out.csv', 'rows.csv']);
  });

  it('reads the standard input, without the target, in any order of columns', async () => {
    const input = `id,petal_width,petal_length,sepal_width,sepal_length\n${IRIS.map(([a, b, c, d], row) => `${row},${d},${c},${b},${a}`).join('\n')}`;
    const { stdout } = await done(['predict', MODEL, '--keep', 'id', '--quiet'], { input });
    expect(lines(stdout)).toEqual(['id,predicted_species,probability', ...expected(all, false).map((line, row) => `${row},${line}`)]);
    const bare = await done(['predict', MODEL, '-', '--keep', 'none', '--probabilities', '--quiet'], { input });
    expect(lines(bare.stdout)[0]).toBe('predicted_species,probability,probability_setosa,probability_versicolor,probability_virginica');
    expect(
      lines(bare.stdout)[1]
        .split(',')
        .slice(2)
        .map(Number)
        .reduce((a, b) => a + b),
    ).toBeCloseTo(1, 6);
  });

  it('gives JSON, one object a line', async () => {
    const { stdout } = await done(['predict', MODEL, '--json', '--probabilities'], { input: csv(IRIS.slice(0, 3)) });
    const { label, probabilities } = predictions[0];
    expect(objects(stdout)).toHaveLength(3);
    expect(objects(stdout)[0]).toEqual({
      ...rows[0],
      predicted_species: label,
      probability: probabilities?.[String(label)],
      probabilities,
    });
  });

  const some = [0, 60, 120];
  const german = csv(
    some.map((row) => IRIS[row].map((cell) => cell.replace('.', ','))),
    NAMES,
    ';',
  );
  it.each([
    ['line ends of Windows and a mark', `\ufeff${csv(some.map((row) => IRIS[row])).replaceAll('\n', '\r\n')}`, []],
    [
      'quotes',
      csv(
        some.map((row) => IRIS[row].map((cell) => `"${cell}"`)),
        NAMES.map((name) => `"${name}"`),
      ),
      [],
    ],
    ['empty lines', csv(some.map((row) => IRIS[row])).replaceAll('\n', '\n\n'), []],
    ['UTF-16', Buffer.from(`\ufeff${csv(some.map((row) => IRIS[row]))}`, 'utf16le'), []],
    [
      'tabs',
      csv(
        some.map((row) => IRIS[row]),
        NAMES,
        '\t',
      ),
      ['--separator', 'tab'],
    ],
  ])('reads %s', async (_, input, words) => {
    const { stdout } = await done(['predict', MODEL, '--quiet', ...words], { input });
    const separator = words.length ? '\t' : ',';
    expect(lines(stdout).slice(1)).toEqual(expected(some).map((line) => line.replaceAll(',', separator)));
  });

  it('answers decimal commas and semicolons in kind', async () => {
    const { stdout } = await done(['predict', MODEL, '--quiet'], { input: german });
    expect(lines(stdout).slice(1)).toEqual(expected(some).map((line) => line.replaceAll(',', ';').replaceAll('.', ',')));
  });

  it('quotes what needs quotes', async () => {
    const input = `note,${NAMES.join(',')}\n"one, ""two""\nthree",${IRIS[0].join(',')}\n`;
    expect((await done(['predict', MODEL, '--quiet', '--keep', 'note'], { input })).stdout).toBe(
      `note,predicted_species,probability\n"one, ""two""\nthree",${expected([0], false)[0]}\n`,
    );
  });

  it('gives the same over the borders of blocks', async () => {
    const picked = Array.from({ length: 6000 }, (_, index) => (index * 7) % 150);
    const table = picked.map((row, index) => [`"${'x'.repeat(index % 50)}\n${index}"`, ...IRIS[row]]);
    const { stdout } = await done(['predict', MODEL, '--quiet', '--keep', 'none'], { input: csv(table, ['text', ...NAMES]) });
    expect(lines(stdout).slice(1)).toEqual(expected(picked, false));
  });

  it('takes numbers for a network that knows no table', async () => {
    const network = new Network({ inputs: 2, layers: [dense(3, { activation: 'tanh' })], seed: 1 });
    saveFile(network, join(folder, 'plain.safetensors'));
    const cells = (input: number[]): string =>
      Array.from(network.predict(input).data, (value) => String(Number(value.toPrecision(9)))).join(',');
    expect((await done(['predict', 'plain.safetensors', '--quiet'], { input: '1,2\n3,4\n' })).stdout).toBe(
      `1,2,${cells([1, 2])}\n3,4,${cells([3, 4])}\n`,
    );
    const named = await done(['predict', 'plain.safetensors', '--quiet', '--keep', 'none'], { input: 'a,b\n1,2\n' });
    expect(named.stdout).toBe(`output_0,output_1,output_2\n${cells([1, 2])}\n`);
  });
});

describe('a table that does not fit', () => {
  const good = `${NAMES.join(',')}\n${IRIS[0].join(',')}\n`;
  it.each([
    [
      'a missing column',
      'sepal_length,species\n1,setosa\n',
      /expected the columns that the model was trained with, but there is no 'sepal_width'/,
    ],
    ['a text among numbers', `${good}5,tall,1,1,setosa\n`, /expected a finite number, got 'tall' in column 'sepal_width' in record 3$/],
    ['a short record', `${good}1,2\n`, /expected 5 cells in each line, got 2 in record 3; is a quote or a separator missing\?$/],
    ['a quote without end', `${good}"1,2,3,4,x\n`, /record 3: expected quotes to come in pairs/],
    ['nothing', '', /the standard input is empty; a table is expected/],
    [
      'bytes of another encoding',
      Buffer.from([...Buffer.from(good), 0xe9, 0xe8, 10]),
      /the standard input is not utf-8 text; say what it is by --encoding/,
    ],
  ])('%s', async (_, input, message) => {
    const { code, stderr } = await gradlet(['predict', MODEL, '--out', 'out.csv', '--quiet'], { input });
    expect([code, stderr.trimEnd()]).toEqual([1, expect.stringMatching(message)]);
    expect(existsSync(join(folder, 'out.csv'))).toBe(false);
    expect(readdirSync(folder)).toEqual([MODEL]);
  });

  it('an unknown column to keep', async () => {
    const { code, stderr } = await gradlet(['predict', MODEL, '--keep', 'id'], { input: good });
    expect([code, stderr]).toEqual([2, expect.stringMatching(/--keep: the table has no column 'id'; it has 'sepal_length'/)]);
  });
});

describe('pipes', () => {
  it('a reader that goes away ends it quietly', async () => {
    put('long.csv', csv(Array.from({ length: 40_000 }, (_, row) => IRIS[row % 150])));
    const child = spawn('sh', ['-c', `"${process.execPath}" "${program}" predict ${MODEL} long.csv --quiet; echo $? > code`], {
      cwd: folder,
    });
    let [first, errors] = ['', ''];
    child.stdout.setEncoding('utf8').once('data', (chunk: string) => {
      first = chunk;
      child.stdout.destroy();
    });
    child.stderr.on('data', (chunk) => (errors += chunk));
    await new Promise((resolve) => child.on('close', resolve));
    expect(lines(first)[0]).toBe(`${NAMES.join(',')},predicted_species,probability`);
    expect([text('code'), errors]).toEqual(['0\n', '']);
  });

  it('waits for a slow reader, and reads no faster than it', async () => {
    // An endless table: were it read ahead, memory would grow until the process dies.
    const child = spawn(process.execPath, ['--max-old-space-size=64', program, 'predict', MODEL, '-', '--quiet'], { cwd: folder });
    const block = csv(Array.from({ length: 3000 }, (_, row) => IRIS[row % 150]))
      .split('\n')
      .slice(1)
      .join('\n');
    let taken = 0;
    child.stdin.write(`${NAMES.join(',')}\n`);
    const feed = (): void => {
      while (child.stdin.writable && child.stdin.write(block)) taken += block.length;
      taken += block.length;
    };
    child.stdin.on('drain', feed).on('error', () => {});
    feed();
    await new Promise((resolve) => child.stdout.once('readable', resolve));
    for (let before = 0; taken > before && taken < 8_000_000; ) {
      before = taken;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    // Two pipes, the streams on both ends and a block in work.
    expect(taken).toBeLessThan(4_000_000);
    child.kill('SIGKILL');
    child.stdin.destroy();
  });

  it('Ctrl-C stops it, without a half-written file', async () => {
    const child = spawn(process.execPath, [program, 'predict', MODEL, '-', '--out', 'out.csv'], { cwd: folder });
    let errors = '';
    child.stderr.on('data', (chunk) => (errors += chunk));
    child.stdin.on('error', () => {});
    child.stdin.write(csv(IRIS.slice(0, 50)));
    // It waits for more: its input stays open.
    while (!readdirSync(folder).some((name) => name.endsWith('.tmp'))) await new Promise((resolve) => setTimeout(resolve, 20));
    setTimeout(() => child.kill('SIGINT'), 100);
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, errors]).toEqual([130, expect.stringMatching(/^gradlet predict: stopped after \d+ rows; 'out\.csv' was not written\n$/)]);
    expect(readdirSync(folder)).toEqual([MODEL]);
  });
});

describe('evaluate', () => {
  it('says how good a model is, and what each column does for it', async () => {
    put('rows.csv', csv(IRIS));
    const { stdout } = await done(['evaluate', MODEL, 'rows.csv', '--importance', '--report', 'r.html', '--quiet']);
    expect(stdout).toMatch(/^150 rows: accuracy [\d.]+ %, balanced accuracy [\d.]+ %, loss [\d.]+\n/);
    expect(stdout).toMatch(/\nactual \\ predicted +setosa +versicolor +virginica\n/);
    expect(stdout).toMatch(/\ncolumn +importance +deviation\n(petal|sepal)_/);
    expect(readFileSync(join(folder, 'r.html'), 'utf8')).toMatch(/rows\.csv[\s\S]*<h2>Learning<\/h2>[\s\S]*over the epochs/);
    const { accuracy, loss } = model.evaluate(rows) as { accuracy: number; loss: number };
    const [event] = objects((await done(['evaluate', MODEL, '--json'], { input: csv(IRIS) })).stdout);
    expect(event).toMatchObject({ event: 'evaluation', task: 'classification', rows: 150, accuracy, loss });
  });

  it('refuses a table without the target', async () => {
    const { code, stderr } = await gradlet(['evaluate', MODEL], { input: 'a,b\n1,2\n' });
    expect([code, stderr]).toEqual([1, expect.stringMatching(/the standard input has no column 'species'; it has 'a', 'b'/)]);
  });
});
