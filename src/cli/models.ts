/**
 * Models in files of every kind that gradlet reads or writes: which kind a file is, by its name or its content, and a network from it or into it.
 * Knows the readers and writers of the public entries; no commands.
 */
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { type CustomActivation, GradletError, type Layer, Network } from '../index.js';
import { RunError, UsageError } from './errors.js';
import { checkTarget, readBytes, STANDARD, writeFile } from './files.js';
import { type Format, WRITABLE } from './formats.js';

/** File names of others that have no reader here, and the way round. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/\.(pt|pth|bin|ckpt)$/i, 'is a pickle, which is code; in Python save the state dict by safetensors.torch.save_file'],
  [/\.(h5|hdf5|keras)$/i, 'is a Keras file; convert it by tensorflowjs_converter to a layers model, and give its model.json'],
  [/\.(pkl|pickle|joblib)$/i, 'is a pickle, which is code; write the attributes as JSON (docs/interop.md, scikit-learn)'],
  [/\.(pb|tflite)$/i, 'is a TensorFlow graph; convert it to ONNX by tf2onnx'],
];

function refuseByName(flag: string, path: string): void {
  const advice = ADVICE.find(([pattern]) => pattern.test(path));
  if (advice) throw new UsageError(`${flag}: '${path}' ${advice[1]}`);
}

/** The JSON header of a safetensors file, or undefined for another file. */
export function readHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  if (bytes.length < 10 || bytes[8] !== 0x7b) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (length > BigInt(bytes.length - 8)) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + Number(length))));
  } catch {
    return undefined;
  }
}

/** Whether a file is of gradlet's own kind, by its header. */
function isOwn(header: Record<string, unknown>): boolean {
  return (header.__metadata__ as Record<string, unknown> | undefined)?.format === 'gradlet';
}

/** What kind of file this is, by its content. */
function sniff(bytes: Uint8Array): { format: Format; json?: Record<string, unknown> } {
  const header = readHeader(bytes);
  if (header) return { format: isOwn(header) ? 'gradlet' : 'torch' };
  const start = bytes.find((byte) => byte > 0x20 && byte !== 0xef && byte !== 0xbb && byte !== 0xbf);
  if (start !== 0x7b) return { format: 'onnx' };
  let json: Record<string, unknown>;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new GradletError('ERR_FORMAT', `the JSON of a model is not whole: ${(error as Error).message}`);
  }
  if ('modelTopology' in json) return { format: 'tfjs', json };
  if ('coefs_' in json) return { format: 'sklearn', json };
  if ('sizes' in json || json.type === 'NeuralNetwork' || json.type === 'NeuralNetworkGPU') return { format: 'brain', json };
  return { format: 'json', json };
}

export interface ReadOptions {
  /** Default: by content. */
  readonly from?: Format;
  /** Layers of a state dict, which has none. */
  readonly layers?: readonly Layer[];
  readonly prefix?: string;
  readonly modules?: readonly string[];
}

export interface ReadModel {
  readonly network: Network;
  readonly format: Format;
  readonly bytes: Uint8Array;
}

interface WeightsManifest {
  readonly weightsManifest?: readonly { readonly paths?: readonly string[] }[];
}

/** The files beside a model.json, in the order of its manifest. */
function readShards(source: string, json: WeightsManifest): Uint8Array[] {
  if (source === STANDARD) throw new UsageError('a TensorFlow.js model is several files: name its model.json in place of -');
  const folder = dirname(source);
  return (json.weightsManifest ?? [])
    .flatMap(({ paths }) => paths ?? [])
    .map((name) => {
      const path = join(folder, name);
      if (relative(folder, path).startsWith('..')) throw new RunError(`'${source}' names weights outside of its folder: '${name}'`);
      return readFileSync(path);
    });
}

/** A folder means the model.json in it. */
function placeOf(source: string): string {
  if (source === STANDARD || !existsSync(source) || !statSync(source).isDirectory()) return source;
  const inside = join(source, 'model.json');
  if (!existsSync(inside)) throw new RunError(`'${source}' is a folder without a model.json; name a model's file`);
  return inside;
}

/** The rectifiers of other slopes that a model of another library brought along; they are known by name. */
export async function leakyActivations(description: string): Promise<Record<string, CustomActivation>> {
  const found: Record<string, CustomActivation> = {};
  for (const [name, slope] of description.matchAll(/leakyRelu\(([-+\d.e]+)\)/g)) {
    const { leakyRelu } = await import('../interop.js');
    found[name] = leakyRelu(Number(slope));
  }
  return found;
}

/** A network from a file, whatever its kind. */
export async function readModel(given: string, options: ReadOptions = {}): Promise<ReadModel> {
  const source = placeOf(given);
  if (!options.from) refuseByName('model', source);
  const bytes = await readBytes(source);
  try {
    return await decode(source, bytes, options);
  } catch (error) {
    if (error instanceof GradletError) error.message = `${source === STANDARD ? 'the standard input' : `'${source}'`}: ${error.message}`;
    throw error;
  }
}

async function decode(source: string, bytes: Uint8Array, { from, layers, prefix, modules }: ReadOptions): Promise<ReadModel> {
  const { format: found, json: parsed } = from ? { format: from, json: undefined } : sniff(bytes);
  const json = (): unknown => parsed ?? JSON.parse(new TextDecoder().decode(bytes));
  const done = (network: Network): ReadModel => ({ network, format: found, bytes });
  switch (found) {
    case 'gradlet':
      return done(Network.load(bytes, { custom: await leakyActivations(JSON.stringify(readHeader(bytes)?.__metadata__ ?? '')) }));
    case 'json': {
      const text = new TextDecoder().decode(bytes);
      return done(Network.fromJSON(text, { custom: await leakyActivations(text) }));
    }
    case 'onnx':
      return done((await import('../onnx.js')).fromOnnx(bytes));
    case 'torch': {
      if (!layers) {
        throw new UsageError(
          `'${source}' is a PyTorch state dict, which does not say its layers; give --layers 'dense(16,relu),dense(3,softmax)', or --like with a model that has them`,
        );
      }
      const options = { ...(prefix !== undefined && { prefix }), ...(modules !== undefined && { modules }) };
      return done((await import('../interop.js')).fromTorchStateDict(bytes, layers, options));
    }
    case 'tfjs': {
      const { fromLayersModel } = await import('../interop.js');
      const value = json() as Parameters<typeof fromLayersModel>[0];
      return done(fromLayersModel(value, readShards(source, value as WeightsManifest)));
    }
    case 'brain':
      return done((await import('../interop.js')).fromBrain(json() as never));
    case 'sklearn':
      return done((await import('../interop.js')).fromSklearn(json() as never));
  }
}

/** What kind of file a name asks for. */
export function formatOfTarget(target: string): Format {
  refuseByName('to', target);
  if (target.endsWith('/') || (existsSync(target) && statSync(target).isDirectory())) return 'tfjs';
  if (/\.(pt|pth|torch|pytorch)\.safetensors$/i.test(target)) return 'torch';
  if (/\.safetensors$/i.test(target)) return 'gradlet';
  if (/\.onnx$/i.test(target)) return 'onnx';
  if (/\.json$/i.test(target)) return 'json';
  throw new UsageError(`what '${target}' should be is not clear from its name; give --to ${WRITABLE.join(' | ')}`);
}

export interface WriteOptions {
  readonly force: boolean;
  readonly float16?: boolean;
  readonly sources?: readonly string[];
}

/** Where the files of a model go, as its kind has them. */
export function targetsOf(target: string, format: Format): readonly string[] {
  if (format !== 'tfjs') return [target];
  const model = target.endsWith('.json') ? target : join(target, 'model.json');
  return [model, join(dirname(model), 'weights.bin')];
}

/** Refuses before any work what cannot be written. */
export function checkModelTarget(target: string, format: Format, { force, sources, float16 }: WriteOptions): void {
  if (!WRITABLE.includes(format))
    throw new UsageError(`--to: expected one of ${WRITABLE.join(', ')}, got '${format}'; that kind is only read`);
  if (float16 && format !== 'gradlet')
    throw new UsageError('--float16 is for gradlet models (.safetensors); other kinds have 32-bit floats');
  if (target === STANDARD) {
    if (format === 'tfjs') throw new UsageError('a TensorFlow.js model is several files: name a folder in place of -');
    return;
  }
  const [first] = targetsOf(target, format);
  if (format === 'tfjs' && first !== target && !existsSync(dirname(first))) mkdirSync(dirname(first));
  for (const path of targetsOf(target, format)) checkTarget('to', path, force, sources);
}

/** Files of a network, each whole; to the standard output for '-'. */
export async function writeModel(
  network: Network,
  target: string,
  format: Format,
  { float16 = false }: WriteOptions,
): Promise<readonly string[]> {
  const targets = targetsOf(target, format);
  const contents = await encode(network, format, float16);
  if (target === STANDARD) process.stdout.write(contents[0]);
  // Weights before the file that names them.
  else for (const index of targets.keys()) writeFile(targets[targets.length - 1 - index], contents[targets.length - 1 - index]);
  return targets;
}

async function encode(network: Network, format: Format, float16: boolean): Promise<(Uint8Array | string)[]> {
  switch (format) {
    case 'gradlet':
      return [network.save(float16 ? { dtype: 'float16' } : {})];
    case 'json':
      return [`${JSON.stringify(network, null, 2)}\n`];
    case 'onnx':
      return [(await import('../onnx.js')).toOnnx(network)];
    case 'torch':
      return [(await import('../interop.js')).toTorchStateDict(network)];
    default: {
      const { modelJson, weightBuffers } = (await import('../interop.js')).toLayersModel(network);
      return [`${JSON.stringify(modelJson, null, 2)}\n`, new Uint8Array(weightBuffers[0])];
    }
  }
}

/** What a network says of itself in its file. */
export interface Description {
  readonly inputs: number | readonly number[];
  readonly layers: readonly Readonly<Record<string, unknown>>[];
  readonly counters: { readonly epochs: number; readonly steps: number };
}

export function describe(network: Network): Description {
  const header = readHeader(network.save()) as { __metadata__: { network: string } };
  return JSON.parse(header.__metadata__.network);
}

/** The layers of a network, to make another one of. */
export function layersOf(network: Network): Layer[] {
  return describe(network).layers.map((layer) => {
    const { custom } = (layer.activation ?? {}) as { custom?: string };
    if (custom !== undefined)
      throw new RunError(`--like: a layer has the activation '${custom}', which is no part of gradlet; give --layers`);
    return layer as unknown as Layer;
  });
}
