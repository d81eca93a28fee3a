// The search: what is drawn, which trials go on, what the journal says, and that a search that was stopped ends as if it had not been.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bestResult, halvingBudgets, nextRound, survivors } from '../../src/cli/tune/search.js';
import { checkSpace, drawTrials } from '../../src/cli/tune/space.js';
import { csv, done, folder, gradlet, IRIS, interruptAt, iris, objects, put, text, useFolder } from './support.js';

useFolder();

describe('rounds', () => {
  it.each([
    [27, 81, 1 / 3, undefined, [3, 9, 27, 81]],
    [9, 60, 1 / 3, undefined, [7, 20, 60]],
    [8, 100, 0.5, undefined, [13, 25, 50, 100]],
    [8, 100, 0.5, 20, [20, 50, 100]],
    [1, 50, 1 / 3, undefined, [50]],
    [100, 2, 1 / 3, undefined, [1, 2]],
  ])('of %i trials and %i epochs', (trials, epochs, keep, first, budgets) => {
    expect(halvingBudgets(trials, epochs, keep, first)).toEqual(budgets);
  });

  it('keep some, not all and not none', () => {
    expect([27, 9, 4, 3, 2].map((count) => survivors(count, 1 / 3))).toEqual([9, 3, 1, 1, 1]);
    expect(survivors(3, 0.99)).toBe(2);
  });

  it('follow from the results alone', () => {
    const search = { budgets: [1, 3], keep: 0.5 };
    const result = (trial: number, round: number, valLoss: number | null) => ({ trial, round, valLoss, settings: {} });
    const first = [result(2, 0, 0.5), result(0, 0, null), result(1, 0, 0.5)];
    expect(nextRound(search, 4, first)).toEqual({ round: 0, over: [], jobs: [{ trial: 3, round: 0, epochs: 1 }] });
    const all = [...first, result(3, 0, 0.7)];
    expect(nextRound(search, 4, all)).toEqual({ round: 1, over: [3, 0], jobs: [1, 2].map((trial) => ({ trial, round: 1, epochs: 3 })) });
    const over = [...all, result(1, 1, 0.4), result(2, 1, 0.3)];
    expect(nextRound(search, 4, over)).toBeUndefined();
    expect(bestResult(over)?.trial).toBe(2);
  });
});

describe('a space', () => {
  const space = checkSpace('space', {
    hidden: [[4], [8, 8]],
    learningRate: { min: 1e-4, max: 1e-1, scale: 'log' },
    batchSize: { min: 8, max: 64, integer: true },
  });

  it('gives the same trials for the same seed, the usual settings first', () => {
    const trials = drawTrials(space, 50, 7);
    expect(trials).toEqual(drawTrials(space, 50, 7));
    expect(drawTrials(space, 10, 7)).toEqual(trials.slice(0, 10));
    expect(drawTrials(space, 50, 8)).not.toEqual(trials);
    expect(trials[0]).toEqual({});
    for (const { learningRate, batchSize } of trials.slice(1) as { learningRate: number; batchSize: number }[]) {
      expect(learningRate >= 1e-4 && learningRate <= 1e-1 && Number.isInteger(batchSize) && batchSize >= 8 && batchSize <= 64).toBe(true);
    }
    const small = trials.filter(({ learningRate }) => (learningRate as number) < 1e-2).length;
    expect(small).toBeGreaterThan(20);
  });

  it('tries nothing twice, and ends when there is nothing more', () => {
    expect(drawTrials(checkSpace('space', { activation: ['relu', 'tanh'] }), 20, 1)).toHaveLength(3);
  });

  it.each([
    ['nothing', {}, /expected settings to search, got none/],
    ['an unknown setting', { epochs: [1] }, /unknown option 'epochs'/],
    ['no values', { hidden: [] }, /hidden: expected some values, got none/],
    ['a wrong value', { hidden: [[0]] }, /hidden\[0\]: expected a whole number of at least 1, got 0/],
    ['a range upside down', { l2: { min: 1, max: 0 } }, /l2: max: expected a finite number of at least 1/],
    ['orders of magnitude from 0', { l2: { min: 0, max: 1, scale: 'log' } }, /l2: min: expected a finite number above 0/],
  ])('that has %s is refused', (_, value, message) => {
    expect(() => checkSpace('space', value)).toThrow(message);
  });
});

const lines = (name: string) => objects(text(name)).map(({ seconds: _, ...rest }) => rest);
const WORDS = [
  'tune',
  'iris.csv',
  '--target',
  'species',
  '--trials',
  '4',
  '--epochs',
  '12',
  '--keep',
  '0.5',
  '--seed',
  '3',
  '--workers',
  '2',
];

describe('tune', () => {
  it('searches, writes everything down, and makes the best model; stopped and taken up it does the same', async () => {
    iris();
    put('space.json', JSON.stringify({ hidden: [[4], [16], [32, 8]], learningRate: { min: 1e-3, max: 3e-2, scale: 'log' } }));
    const words = [...WORDS, '--space', 'space.json', '--activation', 'tanh'];
    const { stdout } = await done([...words, '--out', 'best.safetensors', '--quiet']);
    const [header, ...results] = lines('best.tune.jsonl');
    expect(header).toMatchObject({
      kind: 'gradlet-search',
      trials: 4,
      budgets: [3, 6, 12],
      keep: 0.5,
      config: { data: 'iris.csv', target: 'species', activation: 'tanh', seed: 3 },
    });
    expect(results).toHaveLength(4 + 2 + 1 + 1);
    expect(results.at(-1)).toMatchObject({ finished: true, best: { round: 2, epochs: 12 } });
    expect(stdout).toMatch(/^trial \d +[\d.]+, accuracy [\d.]+ +12 epochs/);
    expect(readdirSync(folder).sort()).toEqual(['best.safetensors', 'best.tune.jsonl', 'iris.csv', 'space.json']);

    const stopped = await gradlet([...words, '--out', 'again.safetensors', '--json'], {
      watch: interruptAt('"event":"trial"'),
    });
    expect(stopped.code).toBe(130);
    expect(stopped.stderr).toMatch(
      /^gradlet tune: stopped after \d results?; the search is in 'again\.tune\.jsonl'; go on by: gradlet resume again\.tune\.jsonl\n$/,
    );
    expect((await gradlet([...words, '--out', 'again.safetensors'])).stderr).toMatch(
      /is there already; go on with it by gradlet resume again\.tune\.jsonl, or give --force/,
    );
    // What a crash may leave of the last line.
    put('again.tune.jsonl', `${text('again.tune.jsonl')}{"trial":1,"rou`);
    await done(['resume', 'again.tune.jsonl', '--quiet', '--workers', '1']);
    const order = (a: object, b: object): number => JSON.stringify(a).localeCompare(JSON.stringify(b));
    expect(lines('again.tune.jsonl').slice(1).sort(order)).toEqual(
      results.map((result) => ({ ...result, ...('best' in result && { best: expect.anything() }) })).sort(order),
    );
    expect(readFileSync(join(folder, 'again.safetensors')).equals(readFileSync(join(folder, 'best.safetensors')))).toBe(true);
  });

  it('searches at random over a table from the standard input, in JSON', async () => {
    const words = ['tune', '-', '--target', 'species', '--search', 'random', '--trials', '3', '--epochs', '3', '--seed', '1', '--json'];
    const { stdout } = await done(words, { input: csv(IRIS) });
    const events = objects(stdout);
    expect(events.map(({ event }) => event).filter((event) => event === 'trial')).toHaveLength(3);
    expect(events[0]).toMatchObject({ event: 'search', trials: 3, budgets: [3] });
    expect(events.at(-1)).toMatchObject({ event: 'trained', epochs: 3 });
  });

  it.each([
    ['no journal', 'x\n', /'j\.jsonl' is no journal of gradlet tune: line 1: /],
    ['another file', '{"kind":"x"}\n', /its first line does not say "kind": "gradlet-search"/],
    ['an empty file', '', /it has no line/],
  ])('refuses to go on with %s', async (_, content, message) => {
    const { code, stderr } = await gradlet(['resume', put('j.jsonl', content)]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
  });
});
