// The readers that are fuzzed, one row each: how seeds are made, and what reading bytes must come to. A reader takes any bytes at all;
// it gives a network, or throws a GradletError of code ERR_FORMAT. Anything else is a finding.

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { adam, batchNorm, dense, dropout, GradletError, type Layer, layerNorm, Network, type NetworkJson } from '../../src/index.js';
import { fromBrain, fromLayersModel, fromSklearn, fromTorchStateDict, toLayersModel, toTorchStateDict } from '../../src/interop.js';
import { coreOf } from '../../src/network.js';
import { fromOnnx, toOnnx } from '../../src/onnx.js';
import { Network as Predictor } from '../../src/predict.js';
import { loadTable } from '../../src/tabular/model.js';
import { trainTable } from '../../src/tabular/train.js';
import { readTrainingState } from '../../src/training/resume.js';

export interface Reader {
  readonly name: string;
  /** Whole files, from which mutation starts beside the corpus. */
  readonly seeds: () => Promise<Uint8Array[]>;
  readonly read: (bytes: Uint8Array) => Network | undefined;
  /** The description of a network in an input that is refused in the end, for how much memory it may ask for; may throw. */
  readonly describe?: (bytes: Uint8Array) => unknown;
  /** Words of the format, for the mutator to put in. */
  readonly words: readonly string[];
  /** The input, or its first part, is JSON. */
  readonly json?: boolean;
  /** For a format of parts: takes a file apart, and puts parts together with right lengths and checksums, so that what lies behind is reached. */
  readonly frame?: Frame;
}

/** A file as parts that may change independently of each other. */
export interface Frame {
  readonly split: (file: Uint8Array) => Uint8Array[];
  readonly join: (parts: readonly Uint8Array[]) => Uint8Array;
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const utf8 = (value: string): Uint8Array => new TextEncoder().encode(value);

const WORDS = [
  ...[
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '-1',
    '0',
    '1e308',
    '-1e-46',
    '9007199254740993',
    '4294967296',
    '16777217',
    '0.5',
    'null',
  ],
  ...[
    '[]',
    '{}',
    '[[',
    ']]',
    '""',
    '\\u0000',
    '\\ud800',
    ',',
    ':',
    'true',
    'NaN',
    'Infinity',
    '"type":',
    '"dense"',
    '"batchNorm"',
    '"layerNorm"',
  ],
  ...[
    '"dropout"',
    '"gaussianNoise"',
    '"activation"',
    '"units":',
    '"inputs":',
    '"seed":',
    '"numerics":',
    '"counters":',
    '"shape":',
    '"weights":',
  ],
  ...['"kernelRegularizer":{"l1":1}', '"maxNorm":1', '"rate":', '"epsilon":', '"custom":'],
];
const CONTAINER_WORDS = [
  '"F16"',
  '"F32"',
  '"F64"',
  '"BF16"',
  '"I64"',
  '"data_offsets":',
  '"dtype":',
  '"__metadata__":',
  '"formatVersion":"1"',
  '\\"units\\":',
];

const ONNX_WORDS = [
  ...[
    'Gemm',
    'MatMul',
    'Add',
    'BatchNormalization',
    'LayerNormalization',
    'Dropout',
    'Identity',
    'Flatten',
    'Reshape',
    'Relu',
    'Erf',
    'Mul',
  ],
  ...['Sigmoid', 'Softmax', 'Constant', 'Transpose', 'Cast', 'transB', 'axis', 'alpha', 'epsilon', 'external', 'location', 'ai.onnx'],
  ...['\x08\x01', '\x0a\xff\xff\xff\xff\x0f', '\x12\x00', '\x10\x0a', '\x10\x0b', '\x10\x07', '\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01'],
];

/** Networks of every kind of layer, as small as they can be, with what a run leaves in them. */
async function networks(): Promise<Network[]> {
  const made = [
    new Network({ inputs: 2, layers: [dense(1)], seed: 1 }),
    new Network({
      inputs: [1, 2],
      layers: [dense(3, { activation: 'gelu', kernelRegularizer: { l2: 0.1 }, maxNorm: 2 }), dropout(0.5), dense(2)],
      seed: 2,
    }),
    new Network({
      inputs: 2,
      layers: [batchNorm(), dense(2, { useBias: false }), layerNorm(), dense(2, { activation: 'softmax' })],
      numerics: 'reproducible',
      seed: 3,
    }),
  ];
  for (const network of made) {
    network.metadata = { preprocessing: '{"inputScale":0.5}' };
    const units = network.predict([0, 0]).columns;
    const rows = { x: [1, 2, 3, 4], y: new Float32Array(2 * units).fill(0.5) };
    const earlyStopping = { patience: 3, restoreBest: true };
    await network.fit(rows.x, rows.y, {
      loss: 'meanSquaredError',
      optimizer: adam(),
      batchSize: 2,
      metrics: ['r2'],
      validationData: rows,
      earlyStopping,
    });
  }
  return made;
}

const HEAD = '{"__metadata__":{"headerCrc32":"';
const BODY = '","crc32":"';

/** A safetensors file as header and numbers. Checksums of version 2 are brought in order where they have their places. */
const CONTAINER: Frame = {
  split: (file) => {
    const length = Number(new DataView(file.buffer, file.byteOffset).getBigUint64(0, true));
    return [file.slice(8, 8 + length), file.slice(8 + length)];
  },
  join: ([header, body]) => {
    const file = new Uint8Array(8 + header.length + body.length);
    new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
    file.set(header, 8);
    file.set(body, 8 + header.length);
    const digits = 8 + HEAD.length;
    const second = digits + 8 + BODY.length;
    if (header.length < second || text(file.subarray(8, digits)) !== HEAD || text(file.subarray(digits + 8, second)) !== BODY) return file;
    const hexadecimal = (sum: number): Uint8Array => utf8(sum.toString(16).padStart(8, '0'));
    file.set(hexadecimal(crc32(body)), second);
    file.fill(0x30, digits, digits + 8);
    file.set(hexadecimal(crc32(file.subarray(0, 8 + header.length))), digits);
    return file;
  },
};

/** JSON and bytes as one input: the length of the JSON in four bytes, the JSON, the bytes. */
const PAIR: Frame = {
  split: (file) => {
    const end = 4 + new DataView(file.buffer, file.byteOffset).getUint32(0, true);
    return [file.slice(4, end), file.slice(end)];
  },
  join: ([json, bytes]) => {
    const file = new Uint8Array(4 + json.length + bytes.length);
    new DataView(file.buffer).setUint32(0, json.length, true);
    file.set(json, 4);
    file.set(bytes, 4 + json.length);
    return file;
  },
};

const torchLayers = (): Layer[] => [dense(3, { activation: 'relu' }), batchNorm(), dense(2), layerNorm()];

const INTEROP = join('test', 'format', 'files', 'interop');
const caseTexts = (cases: readonly unknown[]): Uint8Array[] =>
  cases.map((json) => utf8(JSON.stringify(json))).filter(({ length }) => length < 4096);

const INTEROP_TEXTS: readonly (readonly [string, (json: string) => Network, () => Uint8Array[]])[] = [
  [
    'brain',
    fromBrain,
    () => caseTexts(JSON.parse(readFileSync(join(INTEROP, 'brain.json'), 'utf8')).map(({ json }: { json: unknown }) => json)),
  ],
  [
    'sklearn',
    fromSklearn,
    () =>
      caseTexts(
        JSON.parse(readFileSync(join(INTEROP, 'sklearn.json'), 'utf8')).cases.map(({ attributes }: { attributes: unknown }) => attributes),
      ),
  ],
];

/** Small files of a folder. */
function filesOf(folder: string, wanted: (name: string) => boolean): Uint8Array[] {
  const names = readdirSync(folder).filter((name) => wanted(name) && statSync(join(folder, name)).size < 4096);
  return names.map((name) => new Uint8Array(readFileSync(join(folder, name))));
}

/** A network that states are read for, as the second of `networks`. */
let student: Network | undefined;

/** Takes a state up as `fit` does with `resume`, up to the first step. */
function takeUp(bytes: Uint8Array): Network | undefined {
  const [hidden, output] = [dense(3, { activation: 'gelu', kernelRegularizer: { l2: 0.1 }, maxNorm: 2 }), dense(2)];
  student ??= new Network({ inputs: [1, 2], layers: [hidden, dropout(0.5), output], seed: 2 });
  try {
    readTrainingState(coreOf('fuzz', student), bytes).apply();
  } catch (error) {
    // The documented answer to a whole state of another network.
    if (error instanceof RangeError && error.message.startsWith('fit: resume: the state is of another network')) return undefined;
    throw error;
  }
  return student;
}

const describeFile = (bytes: Uint8Array): unknown => JSON.parse(JSON.parse(text(CONTAINER.split(bytes)[0])).__metadata__.network);

/** JSON.parse, whose errors are not the reader's. */
function parsed(bytes: Uint8Array): object {
  try {
    const value: unknown = JSON.parse(text(bytes));
    if (value !== null && typeof value === 'object') return value;
  } catch {
    // The same refusal.
  }
  throw new GradletError('ERR_FORMAT', 'no object');
}

const TABLE_WORDS = [
  ...['\\"table\\":', '\\"version\\":1', '\\"target\\":', '\\"columns\\":', '\\"settings\\":', '\\"labels\\":', '\\"kind\\":'],
  ...['\\"history\\":', '\\"epochs\\":', '\\"loss\\":', '\\"valLoss\\":', '\\"metrics\\":', '\\"stopped\\":', 'AAAAAAAA8H8='],
  ...['\\"number\\"', '\\"category\\"', '\\"date\\"', '\\"ignore\\"', '\\"parts\\":', '\\"deviation\\":', '\\"features\\":'],
];

/** A classification and a regression, with columns of every kind. */
async function tables(): Promise<Uint8Array[]> {
  const rows = Array.from({ length: 24 }, (_, row) => ({
    number: row % 7 ? row : '-',
    category: ['a', null, 'b'][row % 3],
    truth: row % 4 === 0,
    date: new Date(row * 1e10),
    constant: 1,
    label: row % 2 ? 'yes' : 'no',
    value: row / 2,
  }));
  const options = { hidden: [4], epochs: 1, seed: 1, onWarning: () => undefined };
  const models = [trainTable(rows, { ...options, target: 'label' }), trainTable(rows, { ...options, target: 'value' })];
  return (await Promise.all(models)).map((model) => model.save());
}

export const READERS: readonly Reader[] = [
  {
    name: 'native',
    words: [...WORDS, ...CONTAINER_WORDS],
    json: true,
    frame: CONTAINER,
    seeds: async () => (await networks()).flatMap((network) => [network.save(), network.save({ dtype: 'float16' })]),
    read: (bytes) => Network.load(bytes),
    describe: describeFile,
  },
  {
    name: 'resume',
    words: [...WORDS, ...CONTAINER_WORDS, '\\"moments\\":', '\\"metricSums\\":', '\\"NaN\\"', '\\"history\\":', '\\"best\\":true'],
    json: true,
    frame: CONTAINER,
    seeds: async () => [(await networks())[1].save({ trainingState: true })],
    read: takeUp,
    describe: describeFile,
  },
  {
    name: 'json',
    json: true,
    words: WORDS,
    seeds: async () =>
      (await networks()).flatMap((network) => [
        utf8(JSON.stringify(network)),
        utf8(JSON.stringify({ ...network.toJSON(), crc32: undefined })),
      ]),
    read: (bytes) => Network.fromJSON(text(bytes)),
    describe: (bytes) => (parsed(bytes) as { network: unknown }).network,
  },
  {
    name: 'json-object',
    json: true,
    words: WORDS,
    seeds: async () => (await networks()).map((network) => utf8(JSON.stringify({ ...network.toJSON(), crc32: undefined }))),
    read: (bytes) => Network.fromJSON(parsed(bytes) as NetworkJson),
    describe: (bytes) => (parsed(bytes) as { network: unknown }).network,
  },
  {
    name: 'predict',
    words: [...WORDS, ...CONTAINER_WORDS],
    json: true,
    frame: CONTAINER,
    seeds: async () => (await networks()).map((network) => network.save()),
    read: (bytes) => {
      const predictor = Predictor.load(bytes);
      const { architecture } = coreOf('fuzz', predictor);
      if (architecture.inputs <= 64) predictor.predict(new Float32Array(architecture.inputs));
      return undefined;
    },
    describe: describeFile,
  },
  {
    name: 'table',
    words: [...WORDS, ...CONTAINER_WORDS, ...TABLE_WORDS],
    json: true,
    frame: CONTAINER,
    seeds: tables,
    read: (bytes) => {
      const model = loadTable(bytes);
      if (model.columns.length <= 64) model.predict([Object.fromEntries(model.columns.map(({ name }) => [name, null]))]);
      return undefined;
    },
    describe: describeFile,
  },
  {
    name: 'onnx',
    words: ONNX_WORDS,
    seeds: async () => {
      const files = filesOf(join('test', 'format', 'onnx-files'), (name) => name.endsWith('.onnx'));
      return [...(await networks()).map((network) => toOnnx(network)), ...files];
    },
    read: (bytes) => fromOnnx(bytes),
  },
  {
    name: 'torch',
    words: [...WORDS, ...CONTAINER_WORDS, '"0.weight":', '"1.running_mean":', 'module.', 'num_batches_tracked'],
    json: true,
    frame: CONTAINER,
    seeds: async () => {
      const network = new Network({ inputs: 2, layers: torchLayers(), seed: 1 });
      return [toTorchStateDict(network)];
    },
    read: (bytes) => fromTorchStateDict(bytes, torchLayers()),
  },
  {
    name: 'layers-model',
    words: [
      ...WORDS,
      '"class_name":',
      '"Sequential"',
      '"Dense"',
      '"batch_input_shape":[null,2]',
      '"quantization":{"dtype":"uint8","min":0,"scale":1}',
      '"float16"',
    ],
    json: true,
    frame: PAIR,
    seeds: async () =>
      (await networks()).map((network) => {
        const { modelJson, weightBuffers } = toLayersModel(network);
        return PAIR.join([utf8(JSON.stringify(modelJson)), new Uint8Array(weightBuffers[0])]);
      }),
    read: (bytes) => {
      if (bytes.length < 4) throw new GradletError('ERR_FORMAT', 'too short to be taken apart');
      const [json, weights] = PAIR.split(bytes);
      return fromLayersModel(text(json), weights);
    },
  },
  ...INTEROP_TEXTS.map(
    ([name, read, seeds]): Reader => ({
      name,
      words: [
        ...WORDS,
        '"coefs_":',
        '"intercepts_":',
        '"sizes":',
        '"layers":',
        '"biases":',
        '"activation":"logistic"',
        '"out_activation_":',
      ],
      json: true,
      seeds: async () => seeds(),
      read: (bytes) => read(text(bytes)),
    }),
  ),
];
