/** What a network and its training are set to, within which limits, and how that is written in the URL. Knows no page. */

export const ACTIVATIONS = [
  'tanh',
  'relu',
  'leakyRelu',
  'elu',
  'selu',
  'gelu',
  'silu',
  'sigmoid',
  'softplus',
  'softsign',
  'linear',
] as const;
export const OPTIMIZERS = ['adam', 'adamw', 'nadam', 'rmsprop', 'adagrad', 'sgd'] as const;
export const RATES = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.02, 0.03, 0.1, 0.3, 1] as const;
export const BATCHES = [4, 8, 16, 32, 64, 128] as const;
export const THREADS = [1, 2, 4, 'auto'] as const;

export type ActivationName = (typeof ACTIVATIONS)[number];
export type OptimizerName = (typeof OPTIMIZERS)[number];

export interface Settings {
  /** Units of the hidden layers. */
  readonly layers: readonly number[];
  readonly activation: ActivationName;
  readonly optimizer: OptimizerName;
  readonly rate: number;
  readonly batch: number;
  readonly threads: number | 'auto';
  readonly seed: number;
}

/** Most hidden layers, and most units of one. */
export const MOST_LAYERS = 6;
export const MOST_UNITS = 512;
export const MOST_SEED = 2 ** 32 - 1;

const within = (value: number, least: number, most: number): boolean => Number.isFinite(value) && value >= least && value <= most;
const whole = (text: string, least: number, most: number): number | undefined =>
  /^\d+$/.test(text) && within(Number(text), least, most) ? Number(text) : undefined;
const oneOf =
  <T extends string>(names: readonly T[]) =>
  (text: string): T | undefined =>
    names.find((name) => name === text);

function readLayers(text: string): number[] | undefined {
  if (text === 'none') return [];
  const units = text.split('-').map((part) => whole(part, 1, MOST_UNITS));
  return units.length <= MOST_LAYERS && units.every((count) => count !== undefined) ? units : undefined;
}

function readRate(text: string): number | undefined {
  return text !== '' && within(Number(text), 1e-6, 10) ? Number(text) : undefined;
}

type Codec<T> = { readonly key: string; readonly read: (text: string) => T | undefined; readonly write: (value: T) => string };

/** Each setting: its name in the URL, and how it is read there; what cannot be read is undefined. */
const CODECS: { readonly [Key in keyof Settings]: Codec<Settings[Key]> } = {
  layers: { key: 'layers', read: readLayers, write: (layers) => layers.join('-') || 'none' },
  activation: { key: 'activation', read: oneOf(ACTIVATIONS), write: String },
  optimizer: { key: 'optimizer', read: oneOf(OPTIMIZERS), write: String },
  rate: { key: 'rate', read: readRate, write: String },
  batch: { key: 'batch', read: (text) => whole(text, 1, 1024), write: String },
  threads: { key: 'threads', read: (text) => (text === 'auto' ? text : whole(text, 1, 16)), write: String },
  seed: { key: 'seed', read: (text) => whole(text, 0, MOST_SEED), write: String },
};

/** Settings from a URL's parameters; what is missing or makes no sense is as in `defaults`. */
export function readSettings(parameters: URLSearchParams, defaults: Settings): Settings {
  const read = Object.entries(CODECS).map(([name, { key, read: parse }]) => [name, parse(parameters.get(key) ?? '')]);
  return { ...defaults, ...Object.fromEntries(read.filter(([, value]) => value !== undefined)) };
}

/** Writes what differs from `defaults`. */
export function writeSettings(parameters: URLSearchParams, settings: Settings, defaults: Settings): void {
  for (const [name, { key, write }] of Object.entries(CODECS)) {
    const text = (write as (value: unknown) => string)(settings[name as keyof Settings]);
    if (text !== (write as (value: unknown) => string)(defaults[name as keyof Settings])) parameters.set(key, text);
  }
}
