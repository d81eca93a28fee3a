/**
 * Sequential models of Keras as TensorFlow.js keeps them: `model.json` with the layers and a manifest of weights, and the
 * weights' bytes in shards. Knows the layers by keras-layers.ts, the bytes by layers-weights.ts.
 */
import { show } from '../../check.js';
import { elementCount } from '../../compile/parameters.js';
import { coreOf, type Network } from '../../network.js';
import { MAXIMUM_INPUTS } from '../../shapes.js';
import { assemble, constant, type LayerTensors, takeApart } from './assemble.js';
import { type Fields, fieldsOf, integerOf, jsonGiven, listOf, pick, refuse, textOf } from './fields.js';
import { KERAS_TENSORS, type KerasLayer, option, type ReadLayer, readKerasLayer, writeKerasLayer } from './keras-layers.js';
import { type Bytes, bytesGiven, StoredWeights, type WeightSpec, writeWeights } from './layers-weights.js';

const WHERE = 'fromLayersModel';

/** What `model.json` holds. */
export interface LayersModelJson {
  /** Always 'layers-model'. */
  readonly format: 'layers-model';
  /** Who wrote it. */
  readonly generatedBy: string;
  /** Nobody. */
  readonly convertedBy: null;
  /** The layers, in the form of Keras. */
  readonly modelTopology: object;
  /** Files of weights, and what lies in them in which order. */
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightSpec[] }[];
}

/** A model for TensorFlow.js: as files, and as `tf.io.fromMemory` takes it. */
export interface LayersModel {
  /** The content of `model.json`. */
  readonly modelJson: LayersModelJson;
  /** The files that its `weightsManifest` names: one, `weights.bin`. */
  readonly weightBuffers: readonly ArrayBuffer[];
  /** The layers, in the form of Keras. */
  readonly modelTopology: object;
  /** What lies in `weightData`, in which order. */
  readonly weightSpecs: readonly WeightSpec[];
  /** All weights, 32-bit floats, little-endian. */
  readonly weightData: ArrayBuffer;
  /** Always 'layers-model'. */
  readonly format: 'layers-model';
  /** Who wrote it. */
  readonly generatedBy: string;
  /** Nobody. */
  readonly convertedBy: null;
}

/** A layer of the model with its name and place. */
interface Entry {
  readonly where: string;
  readonly className: string;
  readonly name: string;
  readonly config: Fields;
  /** Of its input, with the batch in front; where the entry says it. */
  readonly batchShape: unknown;
}

/**
 * A network from a Sequential model: the content of `model.json` (or its text), and the bytes of the shards in the order of its
 * `weightsManifest`, each an ArrayBuffer or a Uint8Array. Artifacts with `weightSpecs`, as `tf.io.withSaveHandler` gives
 * them, are read too. What only training needs, such as optimizer and initializers, is not looked at.
 * @throws GradletError ERR_FORMAT, naming the layer, for what has no counterpart here; TypeError for arguments of a wrong kind
 */
export function fromLayersModel(modelJson: object | string, weightBuffers: Bytes | readonly Bytes[]): Network {
  const given = jsonGiven(`${WHERE}: modelJson`, modelJson);
  const bytes = bytesGiven(`${WHERE}: weightBuffers`, weightBuffers);
  const { entries, model } = entriesOf(given);
  const stored = new StoredWeights(WHERE, specsOf(given), bytes);
  const shape = inputShape(model, entries, stored);
  let dimensions = shape.length;
  const read = entries.map((entry) => {
    const layer = readKerasLayer(entry.where, entry.className, entry.config, dimensions);
    if (layer.flattens) dimensions = 1;
    return { entry, ...layer };
  });
  const kept = read.filter(({ layer }) => layer !== undefined);
  if (kept.length === 0) refuse(WHERE, 'expected at least one layer besides input and Flatten, got none');
  const tensors = kept.map(({ entry, ...layer }) => tensorsOf(entry, layer, stored));
  stored.checkAllUsed();
  const inputs = shape.length === 1 ? shape[0] : shape;
  return assemble(WHERE, { inputs, layers: kept.flatMap(({ layer }) => layer ?? []) }, tensors);
}

/** The layers as they are listed, and the model's own config. */
function entriesOf(given: Fields): { entries: Entry[]; model: Fields } {
  if (given.format === 'graph-model') {
    refuse(WHERE, "a model of format 'graph-model'; expected 'layers-model': convert the Keras model with that output format");
  }
  const topology = fieldsOf(`${WHERE}: modelTopology`, option(given, 'model_topology') ?? given);
  const described = fieldsOf(`${WHERE}: model_config`, option(topology, 'model_config') ?? topology);
  const className = option(described, 'class_name');
  if (className !== 'Sequential') refuse(WHERE, `a model of class ${show(className)}; expected 'Sequential'`);
  const config = option(described, 'config');
  // Before Keras 2.2 the config was the list itself.
  const model = Array.isArray(config) ? { layers: config } : fieldsOf(`${WHERE}: config`, config);
  const entries = listOf(`${WHERE}: layers`, model.layers).map((value, index): Entry => {
    const place = `${WHERE}: layers[${index}]`;
    const entry = fieldsOf(place, value);
    const layerClass = textOf(`${place}.class_name`, option(entry, 'class_name'));
    const layerConfig = fieldsOf(`${place}.config`, option(entry, 'config') ?? {});
    const built = fieldsOf(`${place}.build_config`, option(entry, 'build_config') ?? {});
    return {
      where: `${place} (${show(layerClass)})`,
      className: layerClass,
      name: textOf(`${place}.config.name`, pick(layerConfig, 'name') ?? pick(entry, 'name') ?? ''),
      config: layerConfig,
      batchShape: option(layerConfig, 'batch_input_shape') ?? option(layerConfig, 'batch_shape') ?? option(built, 'input_shape'),
    };
  });
  return { entries, model };
}

/** What is written about each weight: in the manifest's groups, or at once. */
function specsOf(given: Fields): readonly unknown[] {
  const specs = option(given, 'weight_specs');
  if (specs !== undefined) return listOf(`${WHERE}: weightSpecs`, specs);
  const where = `${WHERE}: weightsManifest`;
  return listOf(where, option(given, 'weights_manifest')).flatMap((group, index) => {
    const place = `${where}[${index}]`;
    return listOf(`${place}.weights`, fieldsOf(place, group).weights);
  });
}

/** Shape of a sample: as the first layer or the model says, or else as the first kernel has it. */
function inputShape(model: Fields, entries: readonly Entry[], stored: StoredWeights): number[] {
  const given = entries[0]?.batchShape ?? option(model, 'build_input_shape');
  if (given === undefined) {
    const first = entries.find(
      ({ className }) => className === 'Dense' || className === 'BatchNormalization' || className === 'LayerNormalization',
    );
    if (!first) refuse(WHERE, 'the shape of the input is missing; expected batch_input_shape or batch_shape in the first layer');
    const { name, shape } = stored.find(first.where, first.name, first.className === 'Dense' ? 'kernel' : 'gamma', 0);
    return [shape[0] ?? refuse(first.where, `weight ${show(name)} has no dimensions`)];
  }
  const where = `${WHERE}: layers[0]: batch_shape`;
  const items = listOf(where, Array.isArray(given) ? given : pick(fieldsOf(where, given), 'items'));
  if (items.length < 2) refuse(where, `expected null and the shape of a sample, got ${items.length} of them`);
  return items.slice(1).map((size, index) => integerOf(`${where}[${index + 1}]`, size, 1, MAXIMUM_INPUTS));
}

/** A layer's tensors out of the file, and those that are constant. */
function tensorsOf({ where, name }: Entry, { tensors, constants }: ReadLayer, stored: StoredWeights): LayerTensors {
  const found: LayerTensors = {};
  for (const [index, [role, own]] of tensors.entries()) found[role] = stored.read(where, name, own, index);
  for (const [role, value] of Object.entries(constants)) {
    const { shape } = Object.values(found)[0] ?? refuse(where, 'it has neither scale nor center, so its size is unknown');
    found[role as keyof LayerTensors] = constant(role, elementCount(shape), value);
  }
  return found;
}

/**
 * A network as a Sequential model for TensorFlow.js: `tf.loadLayersModel(tf.io.fromMemory(toLayersModel(network)))`, or its
 * `modelJson` and `weightBuffers` as the files `model.json` and `weights.bin`. A leaky rectifier becomes a layer of its own.
 * @throws RangeError for an activation of your own; TypeError for what is no network
 */
export function toLayersModel(network: Network): LayersModel {
  const core = coreOf('toLayersModel', network);
  const layers: KerasLayer[] = [];
  const weights: { name: string; shape: number[]; data: Float32Array }[] = [];
  for (const [index, { layer, tensors }] of takeApart(core).entries()) {
    const name = `layer_${index}`;
    layers.push(...writeKerasLayer(`toLayersModel: layers[${index}]`, layer, name));
    for (const [role, { shape, data }] of tensors) weights.push({ name: `${name}/${KERAS_TENSORS.get(role)}`, shape: [...shape], data });
  }
  layers[0].config.batch_input_shape = [null, core.architecture.inputs];
  const { specs: weightSpecs, data: weightData } = writeWeights(weights);
  const about = { format: 'layers-model', generatedBy: 'gradlet', convertedBy: null } as const;
  const modelTopology = { class_name: 'Sequential', config: { name: 'sequential', layers }, keras_version: '2.15.0', backend: 'gradlet' };
  const modelJson = { ...about, modelTopology, weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }] };
  return { modelJson, weightBuffers: [weightData], modelTopology, weightSpecs, weightData, ...about };
}
