// What is said when something is wrong, on one line and with what to do; exit codes; help and version.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json';
import { buildProgram } from '../../src/cli/program.js';
import { done, folder, gradlet, inside, iris, irisModel, objects, put, text, useFolder } from './support.js';

useFolder();

describe('help', () => {
  it('is there for the program and every command', async () => {
    const { stdout } = await done(['--help']);
    for (const command of ['train', 'predict', 'evaluate', 'inspect', 'convert', 'tune', 'resume'])
      expect(stdout).toContain(`\n  ${command} `);
    expect(stdout).toContain('Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted');
    for (const command of buildProgram().commands)
      expect(command.helpInformation(), command.name()).toMatch(/--json .*\n.*--quiet .*\n.*--debug /s);
  });

  it('of a command names its options', async () => {
    const { stdout } = await done(['train', '--help']);
    for (const flag of [
      '--target',
      '--hidden',
      '--activation',
      '--optimizer',
      '--rate',
      '--batch',
      '--patience',
      '--validation',
      '--seed',
      '--threads',
      '--report',
      '--config',
    ])
      expect(stdout).toContain(flag);
  });

  it('the version is the package’s', async () => {
    expect((await done(['--version'])).stdout).toBe(`${manifest.version}\n`);
  });

  it('without a command goes to the standard error, with the code of a wrong usage', async () => {
    const { code, stdout, stderr } = await gradlet([]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('Usage: gradlet');
  });
});

describe('wrong usage', () => {
  it('is one line and exit code 2', async () => {
    const { code, stdout, stderr } = await gradlet(['train', 'x.csv', '--epochs', 'many']);
    expect([code, stdout, stderr]).toEqual([2, '', "gradlet train: --epochs: expected a whole number of at least 1, got 'many'\n"]);
  });

  const wrong: readonly (readonly [string, readonly string[], string | RegExp])[] = [
    ['an unknown command', ['trian', 'x.csv'], "gradlet: unknown command 'trian' (Did you mean train?); see gradlet --help"],
    [
      'an unknown option',
      ['train', 'x.csv', '--lr', '1'],
      "gradlet train: unknown option '--lr' (Did you mean --l2?); see gradlet train --help",
    ],
    [
      'an option without its value',
      ['train', '--target'],
      "gradlet train: option '--target <column>' argument missing; see gradlet train --help",
    ],
    ['a missing argument', ['inspect'], "gradlet inspect: missing required argument 'model'; see gradlet inspect --help"],
    [
      'no table',
      ['train', '--target', 'y'],
      /^gradlet train: expected a table to learn from: gradlet train table\.csv --target column, or -/,
    ],
    ['no target', ['train', 'x.csv'], 'gradlet train: expected the column to predict: --target column'],
    [
      'epochs that are no number',
      ['train', 'x.csv', '--epochs', 'many'],
      "gradlet train: --epochs: expected a whole number of at least 1, got 'many'",
    ],
    ['no epochs', ['train', 'x.csv', '--epochs', '0'], 'gradlet train: --epochs: expected a whole number of at least 1, got 0'],
    [
      'units that are none',
      ['train', 'x.csv', '--hidden', '16,,8'],
      "gradlet train: --hidden: expected a whole number of at least 1, got ''",
    ],
    ['a negative rate', ['train', 'x.csv', '--rate', '-1'], 'gradlet train: --rate: expected a finite number above 0, got -1'],
    [
      'a share of 1',
      ['train', 'x.csv', '--validation', '1'],
      'gradlet train: --validation: expected a finite number of at least 0 and below 1, got 1',
    ],
    [
      'an activation',
      ['train', 'x.csv', '--activation', 'rellu'],
      /--activation: expected one of linear, relu, .*, got 'rellu'; did you mean 'relu'\?$/,
    ],
    ['an optimizer', ['train', 'x.csv', '--optimizer', 'Adam'], /--optimizer: expected one of .*, got 'Adam'; did you mean 'adam'\?$/],
    [
      'a kind of column',
      ['train', 'x.csv', '--column', 'zip=text'],
      /--column: 'zip': expected one of number, category, boolean, date, ignore, got 'text'$/,
    ],
    [
      'a column without a kind',
      ['train', 'x.csv', '--column', 'zip'],
      "gradlet train: --column: expected name=kind, such as zip=category, got 'zip'",
    ],
    [
      'threads',
      ['train', 'x.csv', '--threads', '0'],
      'gradlet train: --threads: expected a whole number of at least 1 and at most 256, got 0',
    ],
    [
      'another kind of model',
      ['train', 'x.csv', '--target', 'y', '--out', 'm.onnx'],
      /--out: expected a name that ends in \.safetensors, got 'm\.onnx'; gradlet convert/,
    ],
    [
      'a name without a kind',
      ['convert', 'm.safetensors', 'model'],
      /what 'model' should be is not clear from its name; give --to gradlet \|/,
    ],
    [
      'a kind that is only read',
      ['convert', 'm.safetensors', 'x', '--to', 'brain'],
      /--to: expected one of gradlet, json, onnx, torch, tfjs, got 'brain'/,
    ],
    ['a pickle', ['convert', 'model.pt', 'm.onnx'], /'model\.pt' is a pickle, which is code; in Python save the state dict by safetensors/],
    ['two standard inputs', ['predict', '-', '-'], /the model and the table cannot both be the standard input/],
    [
      'a search without validation',
      ['tune', 'x.csv', '--target', 'y', '--validation', '0'],
      /--validation: a search compares trials by validation/,
    ],
    [
      'nothing to resume',
      ['resume', 'nowhere'],
      /there is no 'nowhere'; name the checkpoint folder of a training, or the journal of a search$/,
    ],
  ];

  it.each(wrong)('%s', async (_, words, expected) => {
    const { code, stdout, stderr } = await inside(words);
    expect([code, stdout]).toEqual([2, '']);
    const lines = stderr.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    if (typeof expected === 'string') expect(lines[0]).toBe(expected);
    else expect(lines[0]).toMatch(expected);
  });

  it('replaces no file that is there, unless it is told to', async () => {
    const model = await irisModel();
    const before = text(model);
    const train = ['train', 'iris.csv', '--target', 'species', '--epochs', '2', '--seed', '2', '--quiet'];
    const { code, stderr } = await gradlet(train);
    expect(code).toBe(2);
    expect(stderr).toBe("gradlet train: --out: 'model.safetensors' is there already; choose another name, or give --force to replace it\n");
    expect(text(model)).toBe(before);
    await done([...train, '--force']);
    expect(text(model)).not.toBe(before);
    expect((await gradlet(['predict', model, 'iris.csv', '--out', 'iris.csv', '--force'])).stderr).toMatch(
      /--out: 'iris\.csv' is what is read/,
    );
    expect((await gradlet(['convert', model, 'nowhere/m.onnx'])).stderr).toMatch(/there is no folder 'nowhere'; make it first/);
  });
});

describe('a run that fails', () => {
  it('says what file is not there, and from where', async () => {
    const { code, stderr } = await gradlet(['train', 'absent.csv', '--target', 'y']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^gradlet train: there is no 'absent\.csv'; check the path \(from .*\)\n$/);
  });

  it('says what a folder is', async () => {
    mkdirSync(join(folder, 'data'));
    expect((await gradlet(['train', 'data', '--target', 'y'])).stderr).toBe("gradlet train: 'data' is a folder; name a file\n");
  });

  it('names the columns that there are', async () => {
    const { code, stderr } = await gradlet(['train', iris(), '--target', 'Species']);
    expect(code).toBe(1);
    expect(stderr).toBe(
      "gradlet train: --target: 'iris.csv' has no column 'Species'; it has 'sepal_length', 'sepal_width', 'petal_length', 'petal_width', 'species'; did you mean 'species'?\n",
    );
  });

  it.each([
    ['an empty table', '', /'table\.csv' is empty; a table is expected/],
    ['names alone', 'a,b,y\n', /has names of columns, but no rows/],
    ['lines of different lengths', 'a,y\n1,2\n1,2,3\n', /expected 2 cells in each line, got 3 in record 3/],
    ['a target of one value', 'a,y\n1,x\n2,x\n3,x\n', /y/],
    ['nothing to learn from', 'y\n1\n2\n3\n', /expected columns to learn from beside the target 'y'/],
    ['a text of another encoding', new Uint8Array([97, 44, 98, 10, 49, 44, 0xe9, 10]), /is not utf-8 text; say what it is by --encoding/],
  ])('%s', async (_, content, expected) => {
    const { code, stderr } = await inside(['train', put('table.csv', content), '--target', 'y', '--quiet']);
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n').pop()).toMatch(expected);
    expect(stderr).not.toMatch(/\n\s+at /);
  });

  it('says so as JSON, with a stack only when it is asked for', async () => {
    const bytes = readFileSync(join(folder, await irisModel()));
    const { code, stdout, stderr } = await gradlet([
      'predict',
      put('damaged.safetensors', bytes.subarray(0, -9)),
      'iris.csv',
      '--json',
      '--debug',
    ]);
    expect(code).toBe(1);
    const message = expect.stringMatching(/^'damaged\.safetensors': not a safetensors file/);
    expect(objects(stdout)).toEqual([{ event: 'error', message, code: 'ERR_FORMAT', exitCode: 1 }]);
    expect(stderr).toMatch(/^gradlet predict: .*\n(.*\n)*\s+at /);
  });
});
