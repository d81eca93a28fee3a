/**
 * A fit's state in a file and back: numbers as JSON in the metadata, moments and kept weights as tensors beside the network's
 * own. Knows the books (books.ts) and the container's tensors; neither loops nor memory layout beyond slots.
 */
import { checkBoolean, checkInteger, checkNumber, show } from '../check.js';
import type { ParameterSlot } from '../compile/parameters.js';
import type { NetworkCore } from '../core.js';
import { GradletError } from '../errors.js';
import { isRecord, parseJson } from '../format/json.js';
import { type Description, decodeModel, reading, type StoredTensor } from '../format/model.js';
import type { NamedTensor } from '../format/safetensors.js';
import { flatten } from '../shapes.js';
import type { BooksState, TrainingState } from './books.js';
import { METRICS, type MetricName } from './metrics.js';
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

/** The state's JSON is an object of objects of lists. */
const LIMITS = { depth: 6, spacing: 4 };
/** Most moments that an optimizer keeps. */
const MAXIMUM_MOMENTS = 8;

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
  tensors: ReadonlyMap<string, StoredTensor>,
  prefix: string,
  slots: readonly ParameterSlot[],
  bytes: number,
): Float32Array {
  const image = new Float32Array(bytes / 4);
  for (const slot of slots) {
    const name = `${prefix}${slot.name}`;
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== slot.shape.join()) fail(`tensor ${name} is missing or has another shape`);
    core.write(slot, flatten(name, (tensor as StoredTensor).values(), slot.shape), image);
  }
  return image;
}

/** A list of numbers, NaN and infinities among them. */
function checkNumbers(where: string, value: unknown): number[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'number')) return value;
  return fail(`${where}: expected a list of numbers, got ${show(value)}`);
}

/** Lists of numbers by name. */
function checkLists(where: string, value: unknown): Record<string, number[]> {
  if (!isRecord(value)) return fail(`${where}: expected lists by name, got ${show(value)}`);
  for (const [name, list] of Object.entries(value)) checkNumbers(`${where}.${name}`, list);
  return value as Record<string, number[]>;
}

function checkBooks(books: unknown, columns: number): BooksState {
  if (!isRecord(books) || !isRecord(books.history)) return fail('the training state has no books');
  const { epoch, batch, rows, waited, lossSum, best, metricSums, history } = books;
  for (const [name, value] of Object.entries({ epoch, batch, rows, waited, epochs: history.epochs })) checkInteger(name, value, 0);
  if (typeof lossSum !== 'number' || (best !== null && typeof best !== 'number')) fail('lossSum and best: expected numbers');
  checkNumbers('history.loss', history.loss);
  if (history.valLoss !== undefined) checkNumbers('history.valLoss', history.valLoss);
  if (history.valMetrics !== undefined) checkLists('history.valMetrics', history.valMetrics);
  // The sums go into the core's memory: as many as it has room for.
  const sizes = Object.keys(checkLists('history.metrics', history.metrics)).map((name) =>
    Object.hasOwn(METRICS, name) ? METRICS[name as MetricName].sums(columns) : fail(`history.metrics: ${show(name)} is no metric`),
  );
  const sums = Array.isArray(metricSums) ? metricSums : [];
  if (sums.length !== sizes.length) fail(`metricSums: expected ${sizes.length} lists, got ${show(metricSums)}`);
  for (const [index, size] of sizes.entries()) {
    if (checkNumbers(`metricSums[${index}]`, sums[index]).length !== size) fail(`metricSums[${index}]: expected ${size} numbers`);
  }
  return books as unknown as BooksState;
}

/** The state's JSON; what must be the same to go on is compared by checkResume. */
function parse(json: string | undefined, columns: number): Written {
  if (json === undefined) return fail('the file has no training state; save it with { trainingState: true }');
  const revive = (item: unknown): unknown => {
    if (typeof item === 'string') return NON_FINITE.get(item) ?? item;
    if (Array.isArray(item)) return item.map(revive);
    if (isRecord(item)) for (const key of Object.keys(item)) item[key] = revive(item[key]);
    return item;
  };
  const value = revive(parseJson('fit: resume: the training state', json, LIMITS));
  if (!isRecord(value)) return fail('the training state is no object');
  checkBooks(value.books, columns);
  checkInteger('updates', value.updates, 0);
  checkInteger('moments', value.moments, 0, MAXIMUM_MOMENTS);
  checkBoolean('best', value.best);
  checkBoolean('last', value.last);
  for (const number of checkNumbers('rule', value.rule)) checkNumber('rule', number);
  return value as unknown as Written;
}

/** A network's description, as far as it must be the same. */
function shapeOf({ inputs, layers }: Pick<Description, 'inputs' | 'layers'>): string {
  return JSON.stringify([typeof inputs === 'number' ? inputs : inputs.reduce((a, b) => a * b, 1), layers]);
}

/** Reads a state for `core`; nothing is changed before `apply` is called. */
export function readTrainingState(core: NetworkCore, bytes: Uint8Array): { state: TrainingState; apply: () => void } {
  const { description, tensors, training } = decodeModel(bytes);
  const { inputs } = core.architecture;
  if (reading(() => shapeOf(description)) !== shapeOf({ inputs, layers: core.describeLayers() })) {
    throw new RangeError('fit: resume: the state is of another network: layers or inputs differ');
  }
  return reading(() => {
    const seed = checkInteger('seed', description.seed, 0, 2 ** 32 - 1);
    const epochs = checkInteger('counters.epochs', description.counters.epochs, 0);
    const steps = checkInteger('counters.steps', description.counters.steps, 0);
    const { moments, best, last, ...numbers } = parse(training, core.units);
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
      core.reseed(seed, { epochs, steps });
    };
    return { state, apply };
  });
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
