/**
 * What dead units cost. Adam's moments of a unit that gets no gradient any more sink towards zero, and numbers too small to
 * be normal make arithmetic many times slower wherever they are not flushed. Knows only the public API.
 */
import { dense, Network } from '../src/index.js';
import { limitTask } from './limit.js';
import { measure, type Table, type Task } from './measure.js';
import { randomData, stepOptions } from './networks.js';
import { DENORMAL_STEP, stepFlops, stepName } from './shapes.js';

/** Steps while every unit lives, so that there are moments to sink. */
const ALIVE = 50;
const DEAD = 3000;
const STEPS_PER_RUN = 40;
/** A bias that no input comes up against. */
const DEADLY = -1000;

/** A step after a `1 / every` part of the hidden units has been dead for 3,000 of them; with 0 all live. */
function task(name: string, every: number, against?: string): Task {
  const [inputs, hidden, classes] = DENORMAL_STEP.widths;
  const layers = [dense(hidden, { activation: 'relu' }), dense(classes, { activation: 'softmax' })];
  const network = new Network({ inputs, layers, seed: 1 });
  const { x, y } = randomData(DENORMAL_STEP.widths, DENORMAL_STEP.batch);
  const { loss, optimizer } = stepOptions(DENORMAL_STEP);
  const steps = (count: number): void => {
    for (let step = 0; step < count; step++) network.trainOnBatch(x, y, { loss, optimizer });
  };
  steps(ALIVE);
  const weights = network.getWeights();
  if (every) for (let unit = 0; unit < hidden; unit += every) weights[1].data[unit] = DEADLY;
  network.setWeights(weights);
  steps(DEAD);
  const flops = stepFlops(DENORMAL_STEP) * STEPS_PER_RUN;
  return { name, run: () => steps(STEPS_PER_RUN), unit: 'step', units: STEPS_PER_RUN, flops, against };
}

export async function denormalTable(binary: Parameters<typeof limitTask>[0]): Promise<Table> {
  const alive = task('all units alive', 0);
  const tasks = [alive, task(`a third of the units dead for ${DEAD} steps`, 3, alive.name)];
  return {
    title: `Denormal stress: ${stepName(DENORMAL_STEP)} (${binary} SIMD)`,
    lines: await measure(limitTask(binary), tasks),
    note: 'Steps through trainOnBatch, which keeps its moments while units die.',
  };
}
