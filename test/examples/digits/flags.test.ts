// The command line: defaults, every flag, and one line for each wrong value.

import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../../examples/digits/flags.js';

const defaults = {
  epochs: 5,
  hidden: [128],
  seed: 42,
  batch: 64,
  out: 'out',
  limit: 60_000,
  validation: 0,
  build: true,
};

describe('parseFlags', () => {
  it('has defaults', () => {
    expect(parseFlags([])).toEqual(defaults);
  });

  it('takes every flag', () => {
    const words = '--epochs 1 --hidden 64,32 --seed 7 --batch 128 --out a/b --limit 1000 --validation 100 --no-build';
    expect(parseFlags(words.split(' '))).toEqual({
      epochs: 1,
      hidden: [64, 32],
      seed: 7,
      batch: 128,
      out: 'a/b',
      limit: 1000,
      validation: 100,
      build: false,
    });
    expect(parseFlags(['--use', 'a.safetensors'])).toEqual({ ...defaults, use: 'a.safetensors' });
    expect(parseFlags(['--seed=4294967295'])).toEqual({ ...defaults, seed: 4294967295 });
    expect(parseFlags(['--hidden', ' 8, 4 '])).toEqual({ ...defaults, hidden: [8, 4] });
  });

  it('explains every flag', () => {
    const result = parseFlags(['--help']);
    const help = 'help' in result ? result.help : '';
    for (const flag of Object.keys(defaults).filter((name) => name !== 'build')) expect(help).toContain(`--${flag} <`);
    expect(help).toMatch(/^Usage: npm start -- \[options\]/);
    expect(help).toMatch(/--use <file>[\s\S]*--no-build[\s\S]*Ctrl-C/);
  });

  it.each([
    ['--epochs x', "--epochs must be a whole number of at least 1, got 'x'"],
    ['--epochs 0', "--epochs must be a whole number of at least 1, got '0'"],
    ['--epochs 1.5', "--epochs must be a whole number of at least 1, got '1.5'"],
    ['--epochs 99999999999999999999', "--epochs must be a whole number of at least 1, got '99999999999999999999'"],
    ['--epochs', "option '--epochs <n>' argument missing"],
    ['--batch -1', "--batch must be a whole number of at least 1, got '-1'"],
    ['--seed -1', "--seed must be a whole number from 0 to 4294967295, got '-1'"],
    ['--seed 4294967296', "--seed must be a whole number from 0 to 4294967295, got '4294967296'"],
    ['--hidden 64,,32', "--hidden must be whole numbers of at least 1 with commas between them, got '64,,32'"],
    ['--hidden 64,0', "--hidden must be whole numbers of at least 1 with commas between them, got '64,0'"],
    ['--limit 60001', "--limit must be a whole number from 1 to 60000, got '60001'"],
    ['--limit 10 --validation 10', "--validation must leave images to train on: fewer than 10, got '10'"],
    ['--out=', "--out must name a folder, got ''"],
    ['--use=', "--use must name a model file, got ''"],
    ['--use a --epochs 3', "option '--use <file>' cannot be used with option '--epochs <n>'"],
    ['--epoch 3', "unknown option '--epoch' (Did you mean --epochs?)"],
    ['more', 'too many arguments. Expected 0 arguments but got 1.'],
  ])('refuses %s', (line, message) => {
    const refused = expect(() => parseFlags(line.split(' ')));
    refused.toThrow(expect.objectContaining({ name: 'UsageError', exitCode: 2, message }));
  });
});
