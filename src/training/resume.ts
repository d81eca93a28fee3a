/**
 * A fit's state in a file and back: numbers as JSON in the metadata, moments and kept weights as tensors beside the network's
 * own. Knows the books (books.ts) and the container's tensors; neither loops nor memory layout beyond slots.
 */
import { show } from '../check.js';
import type { ParameterSlot } from '../compile/parameters.js';
import type { NetworkCore } from '../core.js';
import { GradletError } from '../errors.js';
import { type Description, decodeModel } from '../format/model.js';
import type { NamedTensor } from '../format/safetensors.js';
import type { BooksState, TrainingState } from './books.js';
import { describeOptimizer } from './optimizers.js';
import type { CheckedFit } from './options.js';

/** What of the state is written as JSON. */
type Written = Omit<TrainingState, 'moments' | 'bestState' | 'lastState'> & { moments: number; best: boolean; last: boolean };

/** Numbers that JSON lacks, as texts. */
const NON_FINITE = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function trainableSlots(core: NetworkCore): readonly ParameterSlot[] {
  return core.map.slots.slice(0, core.map.trainable);
}

/** Tensors of regions that mirror the network's state: parameters, then running statistics. */
function stateTensors(core: NetworkCore, prefix: string, state: readonly Float32Array[]): NamedTensor[] {
  return core.map.slots.map((slot) => ({
    name: `${prefix}.${slot.name}`,
    shape: slot.shape,
    data: core.read(slot, state[core.memory.state.indexOf(slot.region)]),
  }));
}

/** A state as JSON and tensors. */
export function writeTrainingState(core: NetworkCore, state: TrainingState): { json: string; tensors: NamedTensor[] } {
  const { moments, bestState, lastState, ...numbers } = state;
  const written: Written = { ...numbers, moments: moments.length, best: bestState !== undefined, last: lastState !== undefined };
  const json = JSON.stringify(written, (_, value: unknown) =>
    typeof value === 'number' && !Number.isFinite(value) ? String(value) : value,
  );
  const momentTensors = moments.flatMap((moment, index) =>
    trainableSlots(core).map((slot) => ({
      name: `training.moments.${index}.${slot.name}`,
      shape: slot.shape,
      data: core.read(slot, moment),
    })),
  );
  return {
    json,
    tensors: [
      ...momentTensors,
      ...(bestState ? stateTensors(core, 'training.best', bestState) : []),
      ...(lastState ? stateTensors(core, 'training.last', lastState) : []),
    ],
  };
}

function fail(what: string): never {
  throw new GradletError('ERR_FORMAT', `fit: resume: ${what}`);
}

/** Fills a mirror of a region from tensors. */
function gather(
  core: NetworkCore,
  tensors: ReadonlyMap<string, NamedTensor>,
  prefix: string,
  slots: readonly ParameterSlot[],
  bytes: number,
): Float32Array {
  const image = new Float32Array(bytes / 4);
  for (const slot of slots) {
    const tensor = tensors.get(`${prefix}${slot.name}`);
    if (tensor?.shape.join() !== slot.shape.join()) fail(`tensor ${prefix}${slot.name} is missing or has another shape`);
    core.write(slot, (tensor as NamedTensor).data, image);
  }
  return image;
}

function parse(json: string | undefined): Written {
  if (json === undefined) fail('the file has no training state; save it with { trainingState: true }');
  const value: unknown = JSON.parse(json, (_, item: unknown) => (typeof item === 'string' ? (NON_FINITE.get(item) ?? item) : item));
  if (value === null || typeof value !== 'object' || !('books' in value)) fail('the training state is damaged');
  return value as Written;
}

function checkBooks({ epoch, batch, lossSum, rows, metricSums, history }: BooksState): void {
  const whole = [epoch, batch, rows].every((number) => Number.isSafeInteger(number) && number >= 0);
  if (!whole || typeof lossSum !== 'number' || !Array.isArray(metricSums) || !Array.isArray(history?.loss))
    fail('the training state is damaged');
}

/** A network's description, as far as it must be the same. */
function shapeOf({ inputs, layers }: Pick<Description, 'inputs' | 'layers'>): string {
  return JSON.stringify([typeof inputs === 'number' ? inputs : inputs.reduce((a, b) => a * b, 1), layers]);
}

/** Reads a state for `core`; nothing is changed before `apply` is called. */
export function readTrainingState(core: NetworkCore, bytes: Uint8Array): { state: TrainingState; apply: () => void } {
  const { description, tensors, training } = decodeModel(bytes);
  if (shapeOf(description) !== shapeOf({ inputs: core.architecture.inputs, layers: core.describeLayers() })) {
    throw new RangeError('fit: resume: the state is of another network: layers or inputs differ');
  }
  const { moments, best, last, ...numbers } = parse(training);
  checkBooks(numbers.books);
  const all = core.map.slots;
  const image = (prefix: string): Float32Array[] =>
    core.memory.state.map((region) =>
      gather(
        core,
        tensors,
        prefix,
        all.filter((slot) => slot.region === region),
        region.bytes,
      ),
    );
  const state: TrainingState = {
    ...numbers,
    moments: Array.from({ length: moments }, (_, index) =>
      gather(core, tensors, `training.moments.${index}.`, trainableSlots(core), core.map.parameters.bytes),
    ),
    bestState: best ? image('training.best.') : undefined,
    lastState: undefined,
  };
  const current = image(last ? 'training.last.' : '');
  const apply = (): void => {
    for (const [index, region] of core.memory.state.entries()) core.state(region).set(current[index]);
    core.reseed(description.seed, description.counters);
  };
  return { state, apply };
}

/** Whether a state can be gone on with under these options. */
export function checkResume(state: TrainingState, checked: CheckedFit, rows: number): void {
  const batchSize = rows ? Math.min(checked.batchSize, rows) : checked.batchSize;
  const differing: [string, unknown, unknown][] = [
    ['optimizer', describeOptimizer(checked.optimizer), state.optimizer],
    ['loss', checked.lossName, state.loss],
    ['batchSize', batchSize, state.batchSize],
    ['number of rows', rows, state.rows],
    ['shuffle', checked.shuffle, state.shuffle],
  ];
  for (const [what, now, then] of differing) {
    if (now !== then) throw new RangeError(`fit: resume: the run was made with another ${what}: expected ${show(then)}, got ${show(now)}`);
  }
  const names = Object.keys(state.books.history.metrics).join(', ');
  if (names !== checked.metricNames.join(', ')) {
    throw new RangeError(`fit: resume: the run was made with other metrics: expected [${names}], got [${checked.metricNames.join(', ')}]`);
  }
}
