/** A network's core as bytes or JSON and back. Knows the core and the forms (format/); nothing of training but its saved state. */
import type { CustomActivation } from './activations.js';
import { checkBoolean, checkInteger, checkName, checkOptions, plural, show } from './check.js';
import type { ParameterMap, ParameterSlot } from './compile/parameters.js';
import type { NetworkCore } from './core.js';
import { GradletError } from './errors.js';
import { floatToHalf, LARGEST_HALF } from './format/half.js';
import { parseJson } from './format/json.js';
import { checkMetadata, type Metadata } from './format/metadata.js';
import { type Description, decodeModel, encodeModel, reading, type StoredModel, type StoredTensor } from './format/model.js';
import { decodeJson, encodeJson, type NetworkJson } from './format/model-json.js';
import type { NamedTensor } from './format/safetensors.js';
import type { Layer, LayerForms } from './layers.js';
import { writeTrainingState } from './training/resume.js';

/** Options of `save`. */
export interface SaveOptions {
  /** Also what a later fit needs to go on from the last whole step (`resume`); default false. */
  trainingState?: boolean;
  /**
   * How kernels, biases, gamma and beta are written: 'float32' (default), or 'float16', half as long and rounded to 11 bits.
   * Running statistics stay float32; a training state goes on bit for bit and takes float32 only.
   */
  dtype?: 'float32' | 'float16';
  /** More texts for this file, beside `network.metadata`; the ones given here win. */
  metadata?: Metadata;
}

/** Options of `Network.load` and `Network.fromJSON`: functions of your own, and limits to what is read. */
export interface LoadOptions {
  /** Activations of your own by the names that the file has for them. */
  custom?: Readonly<Record<string, CustomActivation>>;
  /** Most bytes of a file, or characters of a JSON text; default 2^31, more than a network at work can hold. */
  maximumBytes?: number;
  /** Most layers of a network; default 10,000. */
  maximumLayers?: number;
}

/** As many bytes as a file may have by default. */
export const DEFAULT_MAXIMUM_BYTES = 2 ** 31;

const DTYPES = { float32: 'F32', float16: 'F16' } as const;
/** JSON of a network is a list of tensors, each with a name, a shape and numbers. */
const JSON_LIMITS = { depth: 8, spacing: 12 };

/** Everything about a core but its numbers. */
function describe(core: NetworkCore): Description {
  const { seed, numerics, counters, architecture } = core;
  return { inputs: architecture.shape ?? architecture.inputs, layers: core.describeLayers(), seed, numerics, counters };
}

function readTensors(core: NetworkCore): (NamedTensor & { slot: ParameterSlot })[] {
  return core.map.slots.map((slot) => ({ name: slot.name, shape: slot.shape, data: core.read(slot), slot }));
}

function checkHalf({ name, data }: NamedTensor): void {
  const at = data.findIndex((value) => (floatToHalf(value) & 0x7fff) === 0x7c00);
  if (at < 0) return;
  const limits = `numbers up to ${LARGEST_HALF}, but ${name} has ${data[at]} at ${at}`;
  throw new RangeError(`save: dtype 'float16' holds ${limits}; save it as 'float32'`);
}

/** Everything about a core in one file. */
export function saveCore(core: NetworkCore, options: SaveOptions = {}): Uint8Array<ArrayBuffer> {
  const { trainingState = false, dtype = 'float32', metadata } = checkOptions('save', options, ['trainingState', 'dtype', 'metadata']);
  checkBoolean('save: trainingState', trainingState);
  core.memory.settle?.();
  const written = DTYPES[checkName('save: dtype', dtype, DTYPES)];
  const model = {
    description: describe(core),
    tensors: readTensors(core).map(({ slot, ...tensor }): NamedTensor => {
      if (written === 'F32' || slot.region !== core.map.parameters) return tensor;
      checkHalf(tensor);
      return { ...tensor, dtype: written };
    }),
    metadata: metadata === undefined ? core.metadata : { ...core.metadata, ...checkMetadata('save: metadata', metadata) },
  };
  if (!trainingState) return encodeModel(model);
  if (written !== 'F32')
    throw new RangeError("save: a training state goes on bit for bit, which dtype 'float16' cannot; save it as 'float32'");
  if (!core.trainingState)
    throw new RangeError(
      'save: there is no training state: fit has not run on this network since it was made, loaded or trained on a batch',
    );
  const training = writeTrainingState(core, core.trainingState());
  return encodeModel({ ...model, tensors: [...model.tensors, ...training.tensors], training: training.json });
}

/** A core as a JSON value. */
export function coreToJson(core: NetworkCore): NetworkJson {
  core.memory.settle?.();
  return encodeJson({ description: describe(core), tensors: readTensors(core), metadata: core.metadata });
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
  metadata: Metadata;
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
  /** Puts metadata, counters and tensors into a core made by these options. */
  readonly fill: (core: Fillable) => void;
}

/** Makes a network of a model. */
export type Build<T> = (model: LoadedModel) => T;

/** Most numbers that a file's layers may describe: those it has, with room for nothing more. */
function checkSize(description: Description, tensors: ReadonlyMap<string, StoredTensor>): void {
  let numbers = 0;
  for (const [name, { count }] of tensors) if (name.startsWith('layers.')) numbers += count;
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

function fillCore(core: Fillable, { description, tensors, training, metadata }: StoredModel): void {
  const { slots } = core.map;
  const flat = slots.map((slot) => {
    const tensor = tensors.get(slot.name);
    if (!tensor) throw new RangeError(`tensor ${slot.name} is missing`);
    if (tensor.shape.join() !== slot.shape.join()) {
      throw new RangeError(`tensor ${slot.name} has shape [${tensor.shape.join(', ')}], expected [${slot.shape.join(', ')}]`);
    }
    const values = tensor.values();
    const unfit = Array.prototype.findIndex.call(values, (value) => !Number.isFinite(Math.fround(value)));
    if (unfit >= 0) throw new RangeError(`${slot.name}: expected finite 32-bit numbers, got ${values[unfit]} at ${unfit}`);
    return values;
  });
  // Tensors of a training state have names of their own, and are looked at by whoever resumes.
  const own = [...tensors.keys()].filter((name) => training === undefined || !name.startsWith('training.'));
  if (own.length !== slots.length) throw new RangeError(`${plural(own.length, 'tensor')} where ${slots.length} belong to the network`);
  for (const [index, slot] of slots.entries()) core.write(slot, flat[index]);
  core.counters.epochs = checkInteger('counters.epochs', description.counters.epochs, 0);
  core.counters.steps = checkInteger('counters.steps', description.counters.steps, 0);
  core.metadata = metadata;
}

function buildModel<T>(model: StoredModel, { custom, maximumLayers }: Required<LoadOptions>, forms: LayerForms, build: Build<T>): T {
  const { inputs, layers, seed, numerics } = model.description;
  if (layers.length > maximumLayers) {
    throw new RangeError(`it has ${layers.length} layers, but at most ${maximumLayers} are read; raise maximumLayers`);
  }
  checkSize(model.description, model.tensors);
  const options = { inputs, layers: layers.map((layer, index) => readLayer(layer, index, custom, forms)), seed, numerics };
  return build({ options, fill: (core) => fillCore(core, model) });
}

function checkLoad(where: string, options: LoadOptions | undefined): Required<LoadOptions> {
  const checked = checkOptions(where, options, ['custom', 'maximumBytes', 'maximumLayers']);
  const { custom = {}, maximumBytes = DEFAULT_MAXIMUM_BYTES, maximumLayers = 10_000 } = checked;
  for (const [name, value] of Object.entries({ maximumBytes, maximumLayers })) checkInteger(`${where}: ${name}`, value, 0);
  return { custom, maximumBytes, maximumLayers };
}

/** Reads a file as far as options and tensors, layers by `forms`; `build` makes the network of them. Any fault is ERR_FORMAT. */
export function loadModel<T>(bytes: Uint8Array, options: LoadOptions | undefined, forms: LayerForms, build: Build<T>): T {
  const checked = checkLoad('Network.load', options);
  return reading(() => buildModel(decodeModel(bytes, checked.maximumBytes), checked, forms, build));
}

/** The same for what `toJSON` gave, or its text. */
export function loadJson<T>(json: unknown, options: LoadOptions | undefined, forms: LayerForms, build: Build<T>): T {
  const checked = checkLoad('Network.fromJSON', options);
  if (typeof json !== 'string' && (json === null || typeof json !== 'object'))
    throw new TypeError(`Network.fromJSON: expected the object that toJSON gave, or its JSON text, got ${show(json)}`);
  return reading(() => {
    if (typeof json === 'string' && json.length > checked.maximumBytes) {
      const { maximumBytes } = checked;
      throw new RangeError(`a text of ${json.length} characters, but at most ${maximumBytes} are read; raise maximumBytes`);
    }
    const value = typeof json === 'string' ? parseJson('not a gradlet model: its text', json, JSON_LIMITS) : json;
    return buildModel(decodeJson(value), checked, forms, build);
  });
}
