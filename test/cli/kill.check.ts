// Processes that are killed without a word, again and again: what is on the disk is whole, and going on ends where an undisturbed run ends, bit for bit.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTable } from '../../src/tabular.js';
import { done, folder, gradlet, iris, objects, text, useFolder } from './support.js';

useFolder(600_000);

const bytes = (name: string): string => readFileSync(join(folder, name)).toString('hex');

/** Runs a command, killing it when a text has been seen so many times, until it ends by itself. */
async function untilDone(first: readonly string[], again: readonly string[], sign: string, times: number): Promise<number> {
  let words = first;
  for (let kills = 0; ; kills++) {
    const { code, signal, stderr } = await gradlet(words, {
      watch: (seen, child) => seen.split(sign).length > times && child.kill('SIGKILL'),
    });
    if (signal === null) {
      expect(code, stderr).toBe(0);
      return kills;
    }
    words = again;
  }
}

describe('a training', () => {
  it('that is killed goes on from its last checkpoint', async () => {
    iris();
    const words = [
      'train',
      'iris.csv',
      '--target',
      'species',
      '--epochs',
      '150',
      '--patience',
      '150',
      '--seed',
      '4',
      '--hidden',
      '32,16',
      '--dropout',
      '0.2',
      '--json',
    ];
    await done([...words, '--out', 'whole.safetensors']);
    const first = [...words, '--out', 'model.safetensors', '--checkpoint', 'run', '--checkpoint-every', '1'];
    const kills = await untilDone(first, ['resume', 'run', '--json'], '"event":"epoch"', 30);
    console.log(`training: killed ${kills} times`);
    expect(kills).toBeGreaterThan(2);
    const [model, whole] = ['model', 'whole'].map((name) => loadTable(readFileSync(join(folder, `${name}.safetensors`))));
    expect(model.network.getWeights()).toEqual(whole.network.getWeights());
    expect(bytes('model.safetensors')).toBe(bytes('whole.safetensors'));
  });
});

describe('a search', () => {
  it.each([['halving'], ['random']])('by %s that is killed goes on from its journal', async (kind) => {
    iris();
    const words = [
      'tune',
      'iris.csv',
      '--target',
      'species',
      '--search',
      kind,
      '--trials',
      '12',
      '--epochs',
      '30',
      '--seed',
      '5',
      '--workers',
      '2',
      '--json',
    ];
    await done([...words, '--out', 'whole.safetensors']);
    const kills = await untilDone(
      [...words, '--out', 'model.safetensors'],
      ['resume', 'model.tune.jsonl', '--workers', '3', '--json'],
      '"event":"trial"',
      3,
    );
    console.log(`${kind}: killed ${kills} times`);
    expect(kills).toBeGreaterThan(2);
    const results = (name: string) => {
      const lines = objects(text(name)).slice(1, -1);
      return lines.map(({ seconds: _, ...rest }) => JSON.stringify(rest)).sort();
    };
    expect(results('model.tune.jsonl')).toEqual(results('whole.tune.jsonl'));
    expect(bytes('model.safetensors')).toBe(bytes('whole.safetensors'));
    expect(existsSync(join(folder, 'model.tune.trials'))).toBe(false);
  });
});
