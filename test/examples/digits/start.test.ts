// The example as a whole, in a process of its own: wrong usage, a short training, its files, using them, and Ctrl-C.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { needBuild, run, withFolder } from './cli';

const QUICK = ['--no-build', '--limit', '1000', '--epochs', '2', '--hidden', '32', '--batch', '16'];
const ENDLESS = ['--no-build', '--limit', '2000', '--epochs', '100000', '--hidden', '16'];
const TIMEOUT = 30_000;

describe('wrong usage', () => {
  it.each([
    [['--epochs', 'x'], "digits: --epochs must be a whole number of at least 1, got 'x'\n"],
    [['--colour'], "digits: unknown option '--colour'\n"],
    [['--use', 'none.safetensors'], "digits: --use must be a model file, got 'none.safetensors' (no such file)\n"],
    [['--out', 'f'], "digits: --out must be a folder that can be written to, got 'f' (there is a file of that name)\n"],
  ])('%s is one line and exit code 2', (words, stderr) =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'f'), '');
      expect(await run(words, folder)).toEqual({ code: 2, stdout: '', stderr });
      expect(readdirSync(folder)).toEqual(['f']);
    }));

  it('--help is no error', () =>
    withFolder(async (folder) => {
      const { code, stdout, stderr } = await run(['--help'], folder);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toMatch(/^Usage: npm start/);
      expect(readdirSync(folder)).toEqual([]);
    }));
});

describe('training and using', () => {
  beforeAll(needBuild);

  it('ends with the accuracy and the paths of two whole files, which --use can read', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      const { code, stdout, stderr } = await run(QUICK, folder);
      expect([code, stderr]).toEqual([0, '']);
      const lines = stdout.trimEnd().split('\n');
      const [accuracyLine, ...paths] = lines.slice(-3);
      expect(accuracyLine).toMatch(/^test accuracy: \d+\.\d\d %$/);
      expect(paths).toEqual(['model: out/digits.safetensors', 'curves: out/digits.svg']);
      expect(Number(accuracyLine.slice(15, -2))).toBeGreaterThan(50);
      expect(stdout).not.toContain(folder);
      expect(stdout).toMatch(/epoch 2\/2 {2}training loss \d\.\d{4}, \d\d\.\d\d % {2}test loss /);
      expect(readdirSync(join(folder, 'out')).sort()).toEqual(['digits.safetensors', 'digits.svg']);
      const svg = readFileSync(join(folder, 'out', 'digits.svg'), 'utf8');
      expect(svg).toContain(accuracyLine);
      expect(svg).toContain('training (1,000 images)');
      expect(svg).toContain('validation (the test set: 10,000 images)');

      const used = await run(['--no-build', '--use', 'out/digits.safetensors'], folder);
      expect([used.code, used.stderr]).toEqual([0, '']);
      const captions = Array.from(used.stdout.matchAll(/label (\d), guess (\d) \(\d+\.\d\d %\)/g));
      expect(captions.map((caption) => caption[1]).join('')).toBe('7210414959');
      const right = captions.filter(([, label, guess]) => label === guess).length;
      expect(used.stdout).toContain(`${right} of the first 10 test images are right`);
      expect(used.stdout).toMatch(/@@/);
    }),
  );

  it('gives the same model for the same seed, another one for another', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      const runs = [
        ['7', 'a'],
        ['7', 'b'],
        ['8', 'c'],
      ];
      await Promise.all(runs.map(([seed, out]) => run([...QUICK, '--seed', seed, '--out', out], folder)));
      const [a, b, c] = runs.map(([, out]) => readFileSync(join(folder, out, 'digits.safetensors')));
      expect(a.equals(b)).toBe(true);
      expect(a.equals(c)).toBe(false);
    }),
  );

  it('draws the held-out training images when asked to', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      const { stdout } = await run([...QUICK, '--validation', '100', '--hidden', '16,8'], folder);
      expect(stdout).toMatch(/^training 784-16-8-10 on 900 images: 2 epochs, batch 16, Adam, seed 42\n/);
      expect(stdout).toMatch(/validation loss \d\.\d{4}/);
      expect(readFileSync(join(folder, 'out', 'digits.svg'), 'utf8')).toContain('validation (held out: 100 images)');
    }),
  );

  it('says in one line that a model file is broken', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      writeFileSync(join(folder, 'broken.safetensors'), 'not a model');
      const { code, stdout, stderr } = await run(['--no-build', '--use', 'broken.safetensors'], folder);
      expect([code, stdout]).toEqual([1, '']);
      expect(stderr).toMatch(/^digits: broken\.safetensors: [^\n]+\n$/);
    }),
  );
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  beforeAll(needBuild);

  it('saves model and curves, and says so', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      let sent = false;
      const { code, stdout, stderr } = await run(ENDLESS, folder, (text, kill) => {
        if (sent || !text.includes('epoch 1/100000  training')) return;
        sent = true;
        // Twice at once, as it arrives under npm: still one request to stop.
        kill('SIGINT');
        setTimeout(() => kill('SIGINT'), 20);
      });
      expect([code, stderr]).toEqual([130, '']);
      const lines = stdout.trimEnd().split('\n').slice(-2);
      expect(lines[0]).toMatch(/^test accuracy: \d+\.\d\d %$/);
      expect(lines[1]).toMatch(/^stopped after step [\d,]+ of 3,200,000, saved /);
      expect(lines[1]).toMatch(/, saved out\/digits\.safetensors and out\/digits\.svg$/);
      expect(readdirSync(join(folder, 'out')).sort()).toEqual(['digits.safetensors', 'digits.svg']);
      const used = await run(['--no-build', '--use', 'out/digits.safetensors'], folder);
      expect([used.code, used.stderr]).toEqual([0, '']);
    }),
  );

  it('before the first whole epoch saves the model alone', { timeout: TIMEOUT }, () =>
    withFolder(async (folder) => {
      let sent = false;
      const slow = ['--no-build', '--epochs', '1', '--hidden', '512', '--batch', '1'];
      const { code, stdout } = await run(slow, folder, (text, kill) => {
        if (sent || !/epoch 1\/1 .*left/.test(text)) return;
        sent = true;
        kill('SIGINT');
      });
      expect(code).toBe(130);
      expect(stdout).toMatch(/saved out\/digits\.safetensors \(no whole epoch yet, so no curves\)\n$/);
      expect(existsSync(join(folder, 'out', 'digits.svg'))).toBe(false);
    }),
  );
});
