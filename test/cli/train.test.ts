// Training from the command line: settings and configurations, what is told meanwhile and afterwards, the same bits again, and going on after Ctrl-C.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTable } from '../../src/tabular.js';
import { csv, done, folder, gradlet, IRIS, interruptAt, iris, objects, program, put, text, trainIris, useFolder } from './support.js';

useFolder();

const model = (name = 'model.safetensors') => loadTable(readFileSync(join(folder, name)));
const bytes = (name: string): string => readFileSync(join(folder, name)).toString('hex');

describe('train', () => {
  it('makes a model as it is told', async () => {
    const words = [
      'train',
      iris(),
      '--target',
      'species',
      '--hidden',
      '16,8',
      '--epochs',
      '30',
      '--activation',
      'tanh',
      '--optimizer',
      'adamw',
    ];
    const more = [
      '--rate',
      '0.01',
      '--batch',
      '16',
      '--patience',
      '7',
      '--validation',
      '0.1',
      '--l2',
      '0',
      '--dropout',
      '0.1',
      '--seed',
      '5',
      '--threads',
      '2',
      '--reproducible',
    ];
    const { stdout, stderr } = await done([...words, ...more, '--out', 'flowers.safetensors']);
    const { settings, network, target, labels } = model('flowers.safetensors');
    expect(settings).toMatchObject({
      hidden: [16, 8],
      activation: 'tanh',
      optimizer: 'adamw',
      learningRate: 0.01,
      epochs: 30,
      batchSize: 16,
      patience: 7,
      l2: 0,
      dropout: 0.1,
    });
    expect([network.seed, network.numerics, target, labels]).toEqual([5, 'reproducible', 'species', ['setosa', 'versicolor', 'virginica']]);
    expect(stdout).toMatch(/^trained \d+ epochs on 135 rows.*; epoch \d+: validation loss [\d.]+, accuracy [\d.]+ %\n/);
    expect(stdout).toContain("flowers.safetensors: classification of 'species', 4-16-8-3, 243 parameters, seed 5\n");
    expect(stderr).toMatch(
      /^135 rows to train on, 15 to validate\nepoch 1\/30 {2}loss \d\.\d{4} {2}validation \d\.\d{4} {2}[\d,]+ rows\/s {2}\d:\d\d left/,
    );
    expect(readdirSync(folder).sort()).toEqual(['flowers.safetensors', 'iris.csv']);
  });

  it('gives the same file for the same seed, and says where it comes from', async () => {
    await trainIris('a.safetensors');
    await trainIris('b.safetensors');
    expect(bytes('a.safetensors')).toBe(bytes('b.safetensors'));
    const provenance = JSON.parse(model('a.safetensors').network.metadata.provenance);
    const sum = execFileSync('sha256sum', [join(folder, 'iris.csv')], { encoding: 'utf8' }).split(' ')[0];
    expect(provenance).toMatchObject({
      date: '2023-11-14T22:13:20Z',
      table: { name: 'iris.csv', sha256: sum, rows: 150 },
      settings: { hidden: [8], epochs: 12, seed: 1 },
    });
  });

  it('speaks JSON', async () => {
    const { stdout, stderr } = await done(['train', iris(), '--target', 'species', '--epochs', '3', '--seed', '1', '--json']);
    const [start, ...others] = objects(stdout);
    expect(stderr).toBe('');
    expect(start).toMatchObject({ event: 'start', settings: { epochs: 3, rows: 120, validationRows: 30 }, table: { rows: 150 } });
    expect(others.map(({ event }) => event)).toEqual(['epoch', 'epoch', 'epoch', 'trained']);
    expect(others[0]).toMatchObject({
      epoch: 1,
      epochs: 3,
      loss: expect.any(Number),
      valLoss: expect.any(Number),
      valMetrics: { accuracy: expect.any(Number) },
    });
    expect(others[3]).toMatchObject({ out: 'model.safetensors', epochs: 3, seed: 1, best: { metric: 'accuracy' } });
  });

  it('writes its settings, and takes them from there; the command line goes before', async () => {
    iris();
    mkdirSync(join(folder, 'runs'));
    const words = ['--hidden', '6', '--epochs', '4', '--seed', '3', '--column', 'petal_width=ignore'];
    await done([
      'train',
      'iris.csv',
      '--target',
      'species',
      ...words,
      '--out',
      'runs/a.safetensors',
      '--write-config',
      'runs/run.json',
      '--quiet',
    ]);
    expect(JSON.parse(text('runs/run.json'))).toEqual({
      data: '../iris.csv',
      out: 'a.safetensors',
      target: 'species',
      columns: { petal_width: 'ignore' },
      hidden: [6],
      epochs: 4,
      seed: 3,
    });
    await done(['train', '--config', 'runs/run.json', '--out', 'b.safetensors', '--quiet']);
    expect(bytes('b.safetensors')).toBe(bytes('runs/a.safetensors'));
    await done(['train', '--config', 'runs/run.json', '--out', 'c.safetensors', '--hidden', '3', '--quiet']);
    expect(model('c.safetensors').settings).toMatchObject({ hidden: [3], epochs: 4 });
  });

  it.each([
    ['no JSON', '{', /'run\.json' is no JSON/],
    ['an unknown key', '{"lr":1}', /run\.json: unknown option 'lr'; did you mean/],
    ['a wrong value', '{"epochs":"ten"}', /run\.json: epochs: expected a whole number of at least 1, got 'ten'/],
    ['a path that is none', '{"out":1}', /run\.json: out: expected the path of a file, got 1/],
  ])('refuses a configuration with %s', async (_, content, expected) => {
    const { code, stderr } = await gradlet(['train', '--config', put('run.json', content)]);
    expect([code, stderr]).toEqual([2, expect.stringMatching(expected)]);
  });

  it('reads the standard input, measures on other rows, and reports', async () => {
    const odd = put('odd.csv', csv(IRIS.filter((_, row) => row % 2)));
    const even = csv(IRIS.filter((_, row) => row % 2 === 0));
    const words = ['train', '-', '--target', 'species', '--epochs', '20', '--seed', '1', '--test', odd, '--report', 'report.html'];
    const { stdout, stderr } = await done(words, { input: even });
    expect(stdout).toMatch(/\non odd\.csv:\n75 rows: accuracy \d+\.\d+ %, .*\n\nlabel +precision +recall +f1 +rows\nsetosa/);
    expect(stderr).toContain('report.html: a report on odd.csv\n');
    expect(text('report.html')).toMatch(/^<!doctype html>[\s\S]*odd\.csv[\s\S]*<\/html>/i);
    expect(text('report.html')).not.toMatch(/<script src|https?:\/\/(?!www\.w3\.org)/);
  });

  it('predicts numbers from a table with semicolons and decimal commas', async () => {
    const rows = Array.from({ length: 200 }, (_, row) =>
      [(row / 7).toFixed(2), (row / 7 + (row % 5)).toFixed(2)].map((cell) => cell.replace('.', ',')),
    );
    const { stdout } = await done([
      'train',
      put('t.csv', csv(rows, ['a', 'y'], ';')),
      '--target',
      'y',
      '--epochs',
      '30',
      '--seed',
      '1',
      '--quiet',
    ]);
    expect(stdout).toContain("model.safetensors: regression of 'y'");
    const predicted = (await done(['predict', 'model.safetensors', 't.csv', '--quiet'])).stdout.split('\n');
    expect(predicted[0]).toBe('a;y;predicted_y');
    expect(predicted[1]).toMatch(/^0,00;0,00;-?\d+,\d+$/);
  });
});

describe('Ctrl-C', () => {
  const words = ['train', 'iris.csv', '--target', 'species', '--epochs', '400', '--patience', '400', '--seed', '1', '--hidden', '32'];

  it('leaves a checkpoint, from which the run goes on as if nothing had been', async () => {
    iris();
    await done([...words, '--out', 'whole.safetensors', '--quiet']);
    const { code, stderr } = await gradlet([...words, '--out', 'model.safetensors'], {
      watch: interruptAt('epoch 40/'),
    });
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /\ngradlet train: stopped after \d+ whole epochs; the checkpoint is in model\.checkpoint; go on by: gradlet resume model\.checkpoint\n$/,
    );
    expect(existsSync(join(folder, 'model.safetensors'))).toBe(false);
    const again = await gradlet([...words, '--out', 'model.safetensors']);
    expect([again.code, again.stderr]).toEqual([
      2,
      expect.stringMatching(
        /model\.checkpoint has the checkpoint of a run; go on with it by gradlet resume model\.checkpoint, or give --force/,
      ),
    ]);
    await done(['resume', 'model.checkpoint', '--quiet']);
    expect(bytes('model.safetensors')).toBe(bytes('whole.safetensors'));
    expect(readdirSync(folder).sort()).toEqual(['iris.csv', 'model.safetensors', 'whole.safetensors']);
  });

  it('of a table from the standard input keeps the table, too; a folder that was asked for stays, and takes more epochs', async () => {
    const input = csv(IRIS);
    const short = ['train', '-', ...words.slice(2), '--checkpoint', 'run', '--checkpoint-every', '5', '--out', 'model.safetensors'];
    const { code } = await gradlet(short, { input, watch: interruptAt('epoch 20/') });
    expect(code).toBe(130);
    await done(['resume', 'run', '--quiet']);
    expect(readdirSync(join(folder, 'run')).sort()).toEqual(['checkpoint.safetensors', 'data.csv', 'run.json']);
    await done(['resume', 'run', '--epochs', '410', '--patience', '410', '--out', 'more.safetensors', '--quiet']);
    expect(JSON.parse(model('more.safetensors').network.metadata.provenance).epochs).toBe(410);
    put('run/data.csv', csv(IRIS.slice(1)));
    const changed = await gradlet(['resume', 'run', '--epochs', '420', '--out', 'other.safetensors']);
    expect([changed.code, changed.stderr]).toEqual([1, expect.stringMatching(/'run\/data\.csv' is not what it was when the run began/)]);
  });
});

describe('a terminal', () => {
  it.skipIf(spawnSync('script', ['--version']).status !== 0)('shows a bar with loss, rate and time left, and takes it away', () => {
    iris();
    const command = `stty cols 120; ${process.execPath} ${program} train iris.csv --target species --epochs 60 --seed 1 2>&1`;
    const seen = execFileSync('script', ['-qec', command, '/dev/null'], { cwd: folder, encoding: 'utf8' });
    expect(seen).toMatch(/[█░]{24} epoch \d+\/60 {2}loss \d\.\d{4} {2}validation \d\.\d{4} {2}[\d,-]+ rows\/s {2}\d:\d\d left/);
    expect(seen.split('\n').slice(-3).join('\n')).toMatch(/trained 60 epochs on 120 rows/);
  });
});
