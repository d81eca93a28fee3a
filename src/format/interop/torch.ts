/**
 * State dicts of PyTorch in safetensors files, for networks that are an nn.Sequential: modules called by their index, Linear
 * weights [units, inputs]. A state dict holds tensors only, so the layers are said by the caller. Knows the container
 * (safetensors.ts).
 */
import { checkBytesGiven, checkInteger, checkName, checkOptions, plural, show } from '../../check.js';
import type { SlotRole } from '../../compile/parameters.js';
import { activationOf, type Layer } from '../../layers.js';
import { checkLayers, coreOf, type Network, type NetworkOptions } from '../../network.js';
import { checkInputShape, MAXIMUM_SEED, NUMERICS } from '../../shapes.js';
import { type Container, decodeSafetensors, encodeSafetensors, layOutTensors, readFloats, type TensorPlace } from '../safetensors.js';
import { assemble, constant, type LayerTensors, type Tensor, takeApart, transpose } from './assemble.js';
import { refuse } from './fields.js';

/** Options of `fromTorchStateDict`. */
export interface TorchOptions {
  /** Features of a sample, or their shape; default: as many as the first tensor says. */
  inputs?: number | readonly number[];
  /** Only tensors whose names begin so are looked at, such as 'encoder.'; default: all, with any prefix that all share. */
  prefix?: string;
  /**
   * Names of the modules that have tensors, in the order of the layers; default: numbers, as nn.Sequential gives them, in
   * ascending order.
   */
  modules?: readonly string[];
  /** As in `new Network`. */
  seed?: number;
  /** As in `new Network`. */
  numerics?: 'fast' | 'reproducible';
}

const WHERE = 'fromTorchStateDict';

/** What PyTorch calls the tensors of each type of layer. */
const TENSORS: Partial<Record<Layer['type'], readonly (readonly [SlotRole, string])[]>> = {
  dense: [
    ['kernel', 'weight'],
    ['bias', 'bias'],
  ],
  layerNorm: [
    ['gamma', 'weight'],
    ['beta', 'bias'],
  ],
  batchNorm: [
    ['gamma', 'weight'],
    ['beta', 'bias'],
    ['runningMean', 'running_mean'],
    ['runningVariance', 'running_var'],
  ],
};

/** Counts batches for a momentum that gradlet does not have. */
const IGNORED = 'num_batches_tracked';

/** The tensors of one module by the last part of their names. */
type Module = ReadonlyMap<string, TensorPlace>;

/**
 * A network from a PyTorch state dict that was saved as safetensors, and its layers: those of `new Network`, in the order of the
 * modules. Indices may leave gaps (activations, dropout, Flatten have no tensors) and have a prefix, such as `module.` of
 * DistributedDataParallel. Floats of 16, 32 and 64 bits are read; the latter are rounded.
 * @throws GradletError ERR_FORMAT, naming the tensor, for bytes that are no such file or do not fit the layers; TypeError or
 * RangeError for layers and options of a wrong kind or value
 */
export function fromTorchStateDict(bytes: Uint8Array, layers: readonly Layer[], options?: TorchOptions): Network {
  const given = checkBytesGiven(`${WHERE}: expected the bytes of a safetensors file as a Uint8Array`, bytes);
  const checked = checkLayers(layers);
  const {
    inputs,
    prefix = '',
    modules,
    seed,
    numerics,
  } = checkOptions(WHERE, options, ['inputs', 'prefix', 'modules', 'seed', 'numerics']);
  if (typeof prefix !== 'string') throw new TypeError(`${WHERE}: prefix: expected a text, got ${show(prefix)}`);
  if (modules !== undefined && !(Array.isArray(modules) && modules.every((name) => typeof name === 'string'))) {
    throw new TypeError(`${WHERE}: modules: expected an array of names, got ${show(modules)}`);
  }
  if (inputs !== undefined) checkInputShape(`${WHERE}: inputs`, inputs);
  if (seed !== undefined) checkInteger(`${WHERE}: seed`, seed, 0, MAXIMUM_SEED);
  if (numerics !== undefined) checkName(`${WHERE}: numerics`, numerics, NUMERICS);
  const container = decodeSafetensors(given);
  const found = modulesOf(container, prefix, modules);
  const owners = checked.flatMap((layer, index) => (TENSORS[layer.type] ? [{ layer, index }] : []));
  if (found.length !== owners.length) {
    const names = found
      .slice(0, 8)
      .map(({ name }) => show(name))
      .join(', ');
    const wanted = owners
      .map(({ index, layer }) => `layers[${index}] (${layer.type})`)
      .slice(0, 8)
      .join(', ');
    refuse(
      WHERE,
      `${plural(found.length, 'module')} with tensors (${names}) for ${plural(owners.length, 'layer')} that have them (${wanted})`,
    );
  }
  const tensors: (LayerTensors | undefined)[] = Array(checked.length);
  for (const [at, { layer, index }] of owners.entries()) {
    tensors[index] = tensorsOf(`${WHERE}: layers[${index}] (${layer.type})`, layer, found[at].module, found[at].name, container);
  }
  const network: NetworkOptions = { inputs: inputs ?? inputsOf(tensors), layers: checked, seed, numerics };
  return assemble(WHERE, network, tensors);
}

/** Columns that go into the first layer that has tensors; those before it do not change their number. */
function inputsOf(tensors: readonly (LayerTensors | undefined)[]): number {
  const first = tensors.find((layer) => layer !== undefined);
  const size = (first?.kernel ?? first?.gamma)?.shape[0];
  if (size === undefined) throw new RangeError(`${WHERE}: no layer has tensors; expected the option inputs`);
  return size;
}

/** The modules with tensors, in the order of their numbers or as they are named. */
function modulesOf({ places }: Container, prefix: string, names: readonly string[] | undefined): { name: string; module: Module }[] {
  const modules = new Map<string, Map<string, TensorPlace>>();
  for (const place of places) {
    if (!place.name.startsWith(prefix)) continue;
    const rest = place.name.slice(prefix.length);
    const dot = rest.lastIndexOf('.');
    const own = rest.slice(dot + 1);
    if (own === IGNORED) continue;
    const path = rest.slice(0, Math.max(dot, 0));
    const module = modules.get(path) ?? new Map<string, TensorPlace>();
    modules.set(path, module.set(own, place));
  }
  if (names) {
    for (const path of modules.keys()) if (!names.includes(path)) refuse(WHERE, `module ${show(path)} is not among the option modules`);
    return names.map((name) => ({ name, module: modules.get(name) ?? refuse(WHERE, `there are no tensors of a module ${show(name)}`) }));
  }
  const paths = [...modules.keys()].map((path) => ({ path, parts: path === '' ? [] : path.split('.') }));
  const shared = sharedPrefix(paths.map(({ parts }) => parts));
  const numbered = paths.map(({ path, parts }) => {
    const own = parts.slice(shared);
    if (!own.every((part) => /^\d{1,9}$/.test(part))) {
      refuse(
        WHERE,
        `module ${show(path)} has no number; expected those of an nn.Sequential, or their names in order as the option modules`,
      );
    }
    return { path, numbers: own.map(Number) };
  });
  numbered.sort((a, b) => compare(a.numbers, b.numbers));
  return numbered.map(({ path }) => ({ name: path, module: modules.get(path) as Module }));
}

/** How many leading parts, none of them a number, all paths share. */
function sharedPrefix(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths;
  const differs = first.findIndex((part, at) => /^\d+$/.test(part) || paths.some((path) => path[at] !== part));
  return differs < 0 ? first.length : differs;
}

/** Numbers of nested modules, outer ones first. */
function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

/** A module's tensors as those of a layer. Norms made with `affine=False` have neither weight nor bias. */
function tensorsOf(where: string, layer: Layer, module: Module, name: string, container: Container): LayerTensors {
  const wanted = TENSORS[layer.type] ?? [];
  const known = wanted.map(([, own]) => own);
  for (const [own, place] of module) {
    if (!known.includes(own)) refuse(where, `tensor ${show(place.name)} is none of ${known.join(', ')}`);
  }
  const found: LayerTensors = {};
  for (const [role, own] of wanted) {
    const place = module.get(own);
    if (place) found[role] = tensorOf(where, place, role, container);
  }
  const mean = found.runningMean;
  if (mean && !found.gamma && !found.beta) {
    found.gamma = constant(`${name}.weight`, mean.data.length, 1);
    found.beta = constant(`${name}.bias`, mean.data.length, 0);
  }
  const missing = wanted.find(([role]) => !found[role] && !(layer.type === 'dense' && role === 'bias' && !layer.useBias));
  if (missing) refuse(where, `tensor ${show(name === '' ? missing[1] : `${name}.${missing[1]}`)} is missing${remedy(missing[0])}`);
  return found;
}

function remedy(role: SlotRole): string {
  if (role === 'bias') return '; for a Linear without bias give dense(units, { useBias: false })';
  return role === 'runningMean' || role === 'runningVariance' ? '; a norm without running statistics has no counterpart' : '';
}

function tensorOf(where: string, place: TensorPlace, role: SlotRole, container: Container): Tensor {
  const { name, shape } = place;
  const dimensions = role === 'kernel' ? 2 : 1;
  if (shape.length !== dimensions) refuse(where, `tensor ${show(name)} has ${plural(shape.length, 'dimension')}, expected ${dimensions}`);
  if (place.end === place.start) refuse(where, `tensor ${show(name)} of shape [${shape.join(', ')}] is empty`);
  const data = readFloats(container, place);
  if (!data) refuse(where, `tensor ${show(name)} has dtype ${show(place.dtype)}; expected floats (F16, BF16, F32, F64)`);
  const tensor = { name, shape, data };
  return role === 'kernel' ? transpose(tensor) : tensor;
}

/**
 * A network's tensors as a safetensors file with the names of an nn.Sequential's state dict, for
 * `model.load_state_dict(safetensors.torch.load_file(path))`. A dense layer with an activation is two modules, Linear and the
 * activation; each other layer is one.
 * @throws TypeError for what is no network
 */
export function toTorchStateDict(network: Network): Uint8Array<ArrayBuffer> {
  const written: Tensor[] = [];
  let module = 0;
  for (const { layer, tensors } of takeApart(coreOf('toTorchStateDict', network))) {
    for (const [role, own] of TENSORS[layer.type] ?? []) {
      const tensor = tensors.get(role);
      if (tensor) written.push({ ...(role === 'kernel' ? transpose(tensor) : tensor), name: `${module}.${own}` });
    }
    module += layer.type === 'dense' && activationOf(layer) !== 'linear' ? 2 : 1;
  }
  return encodeSafetensors(layOutTensors(written), { format: 'pt' });
}
