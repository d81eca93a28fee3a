/** A network's core as bytes and back. Knows the core and the model file (format/); nothing of training but its saved state. */
import type { CustomActivation } from './activations.js';
import { checkInteger, plural, show } from './check.js';
import type { ParameterMap, ParameterSlot } from './compile/parameters.js';
import type { NetworkCore } from './core.js';
import { GradletError } from './errors.js';
import { type Description, decodeModel, encodeModel } from './format/model.js';
import type { NamedTensor } from './format/safetensors.js';
import type { Layer, LayerForms } from './layers.js';
import { writeTrainingState } from './training/resume.js';

/** Options of `save`. */
export interface SaveOptions {
  /** Also what a later fit needs to go on from the last whole step (`resume`); default false. */
  trainingState?: boolean;
}

/** Options of `Network.load`. */
export interface LoadOptions {
  /** Activations of your own by the names that the file has for them. */
  custom?: Readonly<Record<string, CustomActivation>>;
}

/** Everything about a core in one file. `inputs` is what the network was made with: a number or a shape. */
export function saveCore(core: NetworkCore, inputs: number | readonly number[], trainingState: boolean): Uint8Array<ArrayBuffer> {
  const { seed, numerics, counters, map } = core;
  const tensors: NamedTensor[] = map.slots.map((slot) => ({ name: slot.name, shape: slot.shape, data: core.read(slot) }));
  const description = { inputs, layers: core.describeLayers(), seed, numerics, counters };
  if (!trainingState) return encodeModel(description, tensors);
  if (!core.trainingState)
    throw new RangeError(
      'save: there is no training state: fit has not run on this network since it was made, loaded or trained on a batch',
    );
  const training = writeTrainingState(core, core.trainingState());
  return encodeModel(description, [...tensors, ...training.tensors], training.json);
}

/** A layer from its description. */
function readLayer(
  saved: Readonly<Record<string, unknown>>,
  index: number,
  custom: Readonly<Record<string, CustomActivation>>,
  forms: LayerForms,
): Layer {
  const { type } = saved ?? {};
  if (typeof type !== 'string' || !Object.hasOwn(forms, type))
    throw new RangeError(`layers[${index}] has type ${show(type)}; expected one of ${Object.keys(forms).join(', ')}`);
  const described = { ...saved };
  const { activation } = saved;
  if (activation !== null && typeof activation === 'object') {
    const name = (activation as { custom?: unknown }).custom;
    if (typeof name !== 'string' || !Object.hasOwn(custom, name)) {
      throw new GradletError(
        'ERR_FORMAT',
        `Network.load: layers[${index}] has an activation of its own, ${show(name)}; give it by that name: Network.load(bytes, { custom: { … } })`,
      );
    }
    described.activation = { name, ...custom[name] };
  }
  return forms[type as Layer['type']].read(described as never);
}

/** A core as far as a file fills it. */
export interface Fillable {
  readonly map: ParameterMap;
  readonly counters: { epochs: number; steps: number };
  /** Takes over one tensor, given row-major. */
  write(slot: ParameterSlot, values: ArrayLike<number>): void;
}

/** What a network is made of, from a file. */
export interface LoadedModel {
  readonly options: {
    readonly inputs: number | readonly number[];
    readonly layers: Layer[];
    readonly seed: number;
    readonly numerics: 'fast' | 'reproducible';
  };
  /** Puts counters and tensors into a core made by these options. */
  readonly fill: (core: Fillable) => void;
}

/** Most numbers that a file's layers may describe: those it has, with room for nothing more. */
function checkSize(description: Description, tensors: ReadonlyMap<string, NamedTensor>): void {
  let numbers = 0;
  for (const [name, { data }] of tensors) if (name.startsWith('layers.')) numbers += data.length;
  let width = Number(Array.isArray(description.inputs) ? description.inputs.reduce((a, b) => a * b, 1) : description.inputs);
  let wanted = 0;
  for (const layer of description.layers) {
    if (layer?.type === 'dense') {
      wanted += width * Number(layer.units);
      width = Number(layer.units);
    } else if (layer?.type === 'layerNorm' || layer?.type === 'batchNorm') {
      wanted += width;
    }
  }
  if (!(wanted <= numbers))
    throw new RangeError(`the layers need more than ${wanted} numbers, but the file has ${plural(numbers, 'number')}`);
}

/** Reads a file as far as options and tensors, layers by `forms`; `build` makes the network of them. Any fault is ERR_FORMAT. */
export function loadModel<T>(bytes: Uint8Array, { custom = {} }: LoadOptions, forms: LayerForms, build: (model: LoadedModel) => T): T {
  const { description, tensors, training } = decodeModel(bytes);
  try {
    const { inputs, layers, seed, numerics, counters } = description;
    for (const key of ['inputs', 'layers', 'seed', 'numerics', 'counters'] as const) {
      if (description[key] === undefined || description[key] === null) throw new RangeError(`the description of the network has no ${key}`);
    }
    if (!Array.isArray(layers)) throw new RangeError(`layers: expected an array, got ${show(layers)}`);
    checkSize(description, tensors);
    const options = { inputs, layers: layers.map((layer, index) => readLayer(layer, index, custom, forms)), seed, numerics };
    const fill = (core: Fillable): void => {
      const { slots } = core.map;
      const flat = slots.map((slot) => {
        const tensor = tensors.get(slot.name);
        if (!tensor) throw new RangeError(`tensor ${slot.name} is missing`);
        if (tensor.shape.join() !== slot.shape.join()) {
          throw new RangeError(`tensor ${slot.name} has shape [${tensor.shape.join(', ')}], expected [${slot.shape.join(', ')}]`);
        }
        const unfit = tensor.data.findIndex((value) => value - value !== 0);
        if (unfit >= 0) throw new RangeError(`${slot.name}: expected finite 32-bit numbers, got ${tensor.data[unfit]} at ${unfit}`);
        return tensor.data;
      });
      // Tensors of a training state have names of their own, and are looked at by whoever resumes.
      const own = [...tensors.keys()].filter((name) => training === undefined || !name.startsWith('training.'));
      if (own.length !== slots.length) throw new RangeError(`${plural(own.length, 'tensor')} where ${slots.length} belong to the network`);
      for (const [index, slot] of slots.entries()) core.write(slot, flat[index]);
      core.counters.epochs = checkInteger('counters.epochs', counters?.epochs, 0);
      core.counters.steps = checkInteger('counters.steps', counters?.steps, 0);
    };
    return build({ options, fill });
  } catch (cause) {
    if (cause instanceof GradletError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradletError('ERR_FORMAT', `a damaged gradlet model: ${reason}`, { cause });
  }
}
