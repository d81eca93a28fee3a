/** Whole training steps, XOR and single predictions through the public API, each beside the bare calls of the core. */
import type { BinaryName } from '../src/runtime/module.js';
import { bareTask, watched } from './bare.js';
import { limitTask } from './limit.js';
import { measure, type Table, type Task } from './measure.js';
import { classifier, randomData, randomInputs, stepOptions, XOR } from './networks.js';
import { PREDICTIONS, STEPS, type Step, stepFlops, stepName } from './shapes.js';

/** Batches in the data. */
const BATCHES = 10;
/** What one call of fit should take at least, in milliseconds: its start is part of it. */
const FIT_MS = 500;
const ROUNDS = 5;
const XOR_EPOCHS = 20_000;
const PREDICTIONS_PER_RUN = 1000;

/** A step through fit, and the same steps without it. */
async function stepTasks(step: Step): Promise<Task[]> {
  const { widths, batch } = step;
  const { x, y } = randomData(widths, BATCHES * batch);
  const options = stepOptions(step);
  const flops = stepFlops(step);
  const network = classifier(widths);
  const warmUp = { ...options, epochs: 8 };
  await network.fit(x, y, warmUp);
  const before = performance.now();
  await network.fit(x, y, warmUp);
  const epochs = Math.ceil((FIT_MS / (performance.now() - before)) * warmUp.epochs);
  const units = BATCHES * epochs;
  const bare = await bareTask({
    name: `bare run of ${stepName(step)}`,
    network,
    work: () => network.fit(x, y, warmUp),
    unit: 'step',
    flopsPerStep: flops,
    milliseconds: FIT_MS,
    rows: y.length,
  });
  return [
    bare,
    {
      name: stepName(step),
      ...watched(network, () => network.fit(x, y, { ...options, epochs })),
      unit: 'step',
      units,
      flops: flops * units,
      against: bare.name,
    },
  ];
}

export async function stepTable(binary: BinaryName): Promise<Table> {
  const tasks: Task[] = [];
  for (const step of STEPS) tasks.push(...(await stepTasks(step)));
  return {
    title: `Whole training steps through fit (${binary} SIMD)`,
    lines: await measure(limitTask(binary), tasks, ROUNDS),
    note: `fit on ${BATCHES} batches for about ${FIT_MS} ms, its start included; bare run: the same calls of the core on the same network, repeated as long on rows in a shuffled order.`,
  };
}

async function xorTasks(): Promise<Task[]> {
  const { x, y, options } = XOR;
  const network = XOR.network();
  const bareNetwork = XOR.network();
  const work = (): unknown => bareNetwork.fit(x, y, { ...options, epochs: 2000 });
  const bare = await bareTask({ name: 'bare run of XOR', network: bareNetwork, work, unit: 'sample', rows: y.length });
  const fit = watched(network, () => network.fit(x, y, { ...options, epochs: XOR_EPOCHS }));
  return [bare, { name: 'XOR 2-4-1, sgd, batch 1', ...fit, unit: 'sample', units: 4 * XOR_EPOCHS, against: bare.name }];
}

async function predictTasks(widths: readonly number[]): Promise<Task[]> {
  const name = `predict one row, ${widths.join('-')}`;
  const network = classifier(widths);
  const row = randomInputs(widths[0]);
  const work = (): unknown => network.predict(row);
  const bare = await bareTask({ name: `bare run of ${widths.join('-')}`, network, work, unit: 'row' });
  const run = (): void => {
    for (let i = 0; i < PREDICTIONS_PER_RUN; i++) network.predict(row);
  };
  return [bare, { name, run, unit: 'row', units: PREDICTIONS_PER_RUN, against: bare.name }];
}

export async function smallTable(binary: BinaryName): Promise<Table> {
  const tasks = await xorTasks();
  for (const widths of PREDICTIONS) tasks.push(...(await predictTasks(widths)));
  return { title: `Small things through the public API (${binary} SIMD)`, lines: await measure(undefined, tasks) };
}
