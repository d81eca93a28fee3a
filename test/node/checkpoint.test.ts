// Checkpoints: a run goes on from any of its files bit for bit; which files there are, and which of them are kept.

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adam, batchNorm, type CheckpointOptions, dense, dropout, type FitOptions, Network as Net, type Network } from '../../src/index.js';
import { loadFile } from '../../src/node.js';
import { failureOf, numbers, smallData, weightBits, wrong } from '../api/support.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradlet-'));
  path = join(folder, 'run.safetensors');
});
afterEach(() => rmSync(folder, { recursive: true }));

const { x, y } = smallData(30);
const OPTIONS: FitOptions = {
  loss: 'meanSquaredError',
  optimizer: adam({ learningRate: 0.02 }),
  batchSize: 4,
  epochs: 8,
  metrics: ['meanAbsoluteError'],
  validationSplit: 0.2,
};

const create = (): Network =>
  new Net({ inputs: [3, 1], layers: [dense(6, { activation: 'tanh' }), batchNorm(), dropout(0.2), dense(2)], seed: 9 });

async function run(checkpoint: Partial<CheckpointOptions>, more: Partial<FitOptions> = {}) {
  const network = create();
  network.metadata = { run: '1' };
  const history = await network.fit(x, y, { ...OPTIONS, ...more, checkpoint: { path, ...checkpoint } });
  return { network, history };
}

const files = (): string[] => readdirSync(folder).sort();
const stateOf = (name: string) => JSON.parse(headerOf(name).training).books;
function headerOf(name: string): Record<string, string> {
  const bytes = readFileSync(join(folder, name));
  return JSON.parse(bytes.subarray(8, 8 + Number(bytes.readBigUInt64LE(0))).toString()).__metadata__;
}

describe('a run', () => {
  it.each([
    ['of epochs', {}, {}],
    ['of epochs and moments', { everyEpochs: 2, everyMinutes: 1e-9 }, {}],
    ['with early stopping', { everyMinutes: 1e-9 }, { earlyStopping: { patience: 2, restoreBest: true }, epochs: 30 }],
    ['without validation', { everyEpochs: 3 }, { validationSplit: 0, metrics: [] }],
  ] as readonly (readonly [
    string,
    Partial<CheckpointOptions>,
    Partial<FitOptions>,
  ])[])('%s goes on from any of its files as if nothing had been', async (_, checkpoint, more) => {
    const alone = create();
    const expected = await alone.fit(x, y, { ...OPTIONS, ...more });
    const { network, history } = await run({ keep: 1000, keepBest: true, ...checkpoint }, more);
    expect(history).toEqual(expected);
    expect(weightBits(network)).toEqual(weightBits(alone));
    expect(files().length).toBeGreaterThan(3);
    for (const name of files()) {
      const again = loadFile(join(folder, name));
      expect(again.metadata).toEqual({ run: '1' });
      expect(JSON.parse(headerOf(name).network).inputs).toEqual([3, 1]);
      const resume = readFileSync(join(folder, name));
      expect(await again.fit(x, y, { ...OPTIONS, ...more, resume }), name).toEqual(expected);
      expect(weightBits(again), name).toEqual(weightBits(alone));
    }
  });

  it('of a stream goes on from the middle of an epoch', async () => {
    const blocks = () => [0, 1, 2].map((block) => ({ x: numbers(30, block + 1), y: numbers(20, block + 9) }));
    const options = { loss: 'meanSquaredError', optimizer: 'adam', batchSize: 4, epochs: 3 } as const;
    const alone = create();
    await alone.fit(blocks, options);
    await create().fit(blocks, { ...options, onBatch: () => {}, checkpoint: { path, everyMinutes: 1e-9, keep: 1000 } });
    expect(files().some((name) => name.includes('step-') && stateOf(name).batch > 0)).toBe(true);
    for (const name of files()) {
      const again = loadFile(join(folder, name));
      await again.fit(blocks, { ...options, resume: readFileSync(join(folder, name)) });
      expect(weightBits(again), name).toEqual(weightBits(alone));
    }
  });

  it('that is stopped or taken up goes on writing', async () => {
    await run({ everyEpochs: 100 }, { onBatch: ({ step }) => step < 9 });
    expect(stateOf('run.safetensors')).toMatchObject({ epoch: 1, batch: 4 });
    const again = loadFile(path);
    const history = await again.fit(x, y, { ...OPTIONS, resume: readFileSync(path), checkpoint: { path, keepBest: true } });
    const alone = create();
    expect(history).toEqual(await alone.fit(x, y, OPTIONS));
    expect(weightBits(loadFile(path))).toEqual(weightBits(alone));
    const best = history.valLoss?.indexOf(Math.min(...(history.valLoss ?? []))) as number;
    if (best > 0) expect(stateOf('run.best.safetensors').epoch).toBe(best + 1);
  });
});

describe('a run that its signal aborts', () => {
  it.each([
    ['in the middle of an epoch', 9, {}],
    ['at the end of one', 11, {}],
    ['on threads', 9, { threads: 2 }],
    ['with early stopping', 13, { earlyStopping: { patience: 20, restoreBest: true } }],
  ] as readonly (readonly [string, number, Partial<FitOptions>])[])('%s leaves a checkpoint to go on from', async (_, last, more) => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const onBatch = ({ step }: { step: number }): void => {
      if (step === last) controller.abort(reason);
    };
    expect(await failureOf(() => run({ everyEpochs: 100 }, { ...more, onBatch, signal: controller.signal }))).toBe(reason);
    expect(stateOf('run.safetensors')).toMatchObject({ epoch: Math.floor(last / 6), batch: (last % 6) + 1 });
    const again = loadFile(path);
    const alone = create();
    const history = await again.fit(x, y, { ...OPTIONS, ...more, resume: readFileSync(path) });
    expect(history).toEqual(await alone.fit(x, y, { ...OPTIONS, ...more }));
    expect(weightBits(again)).toEqual(weightBits(alone));
  });

  it('before its first step leaves none', async () => {
    await failureOf(() => run({}, { signal: AbortSignal.abort() }));
    expect(files()).toEqual([]);
  });
});

describe('files', () => {
  it('are one by default, written after every epoch', async () => {
    const seen: number[] = [];
    await run({}, { onEpoch: ({ epoch }) => void (epoch > 0 && seen.push(stateOf('run.safetensors').epoch)) });
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(files()).toEqual(['run.safetensors']);
    expect(stateOf('run.safetensors').epoch).toBe(8);
  });

  it('are written every n epochs, and at the end', async () => {
    await run({ everyEpochs: 3, keep: 10 });
    expect(files()).toEqual(['run.safetensors', 'run.step-18.safetensors', 'run.step-36.safetensors', 'run.step-48.safetensors']);
    expect(readFileSync(path)).toEqual(readFileSync(join(folder, 'run.step-48.safetensors')));
  });

  it('are the last k and the best', async () => {
    const { history } = await run({ keep: 2, keepBest: true, monitor: 'valMeanAbsoluteError' });
    expect(files()).toEqual(['run.best.safetensors', 'run.safetensors', 'run.step-42.safetensors', 'run.step-48.safetensors']);
    const values = history.valMetrics?.meanAbsoluteError as number[];
    expect(stateOf('run.best.safetensors').epoch).toBe(values.indexOf(Math.min(...values)) + 1);
  });

  it('of an earlier run are counted, and others are left alone', async () => {
    for (const name of [
      'run.step-9999.safetensors',
      'run.step-9999.safetensors.txt',
      'run.step-x.safetensors',
      'other.step-1.safetensors',
    ]) {
      writeFileSync(join(folder, name), '');
    }
    await run({ keep: 2 });
    expect(files()).toEqual([
      'other.step-1.safetensors',
      'run.safetensors',
      'run.step-42.safetensors',
      'run.step-48.safetensors',
      'run.step-9999.safetensors.txt',
      'run.step-x.safetensors',
    ]);
  });

  it('are not written when only minutes are asked for and they are not over, but at the end', async () => {
    await run({ everyMinutes: 60, keep: 9 });
    expect(files()).toEqual(['run.safetensors', 'run.step-48.safetensors']);
  });

  it('take any name', async () => {
    path = join(folder, 'run');
    await run({ keep: 2, everyEpochs: 8 });
    expect(files()).toEqual(['run', 'run.step-48']);
  });
});

describe('refused before any work:', () => {
  it.each([
    ['a text', 'run.safetensors', TypeError, /checkpoint: expected an object of options/],
    ['no path', {}, TypeError, /checkpoint\.path: expected the path of a file, got undefined/],
    ['an empty path', { path: '' }, RangeError, /checkpoint\.path/],
    ['no epochs', { path: 'a', everyEpochs: 0 }, RangeError, /checkpoint\.everyEpochs: expected a whole number of at least 1/],
    ['no minutes', { path: 'a', everyMinutes: 0 }, RangeError, /checkpoint\.everyMinutes: expected a finite number above 0/],
    ['none kept', { path: 'a', keep: 0 }, RangeError, /checkpoint\.keep/],
    ['a best that is text', { path: 'a', keepBest: 'valLoss' }, TypeError, /checkpoint\.keepBest: expected true or false/],
    [
      'an unknown monitor',
      { path: 'a', monitor: 'accuracy' },
      RangeError,
      /checkpoint\.monitor: expected one of loss, meanAbsoluteError, valLoss/,
    ],
    ['an unknown option', { path: 'a', every: 1 }, TypeError, /unknown option 'every'/],
  ] as const)('%s', async (_, checkpoint, Kind, reason) => {
    const network = create();
    const error = await failureOf(() => network.fit(x, y, { ...OPTIONS, checkpoint: wrong(checkpoint) }));
    expect(error).toBeInstanceOf(Kind);
    expect((error as Error).message).toMatch(reason);
    expect(() => network.save({ trainingState: true })).toThrow(/no training state/);
  });

  it('a folder that is not there, with the weights of the last whole step', async () => {
    path = join(folder, 'none', 'run.safetensors');
    const network = create();
    expect(await failureOf(() => network.fit(x, y, { ...OPTIONS, checkpoint: { path } }))).toMatchObject({ code: 'ENOENT' });
    expect(network.save({ trainingState: true }).length).toBeGreaterThan(0);
  });
});
