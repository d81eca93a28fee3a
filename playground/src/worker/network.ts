/** Networks of the playground, and their files, by gradlet's public names alone. Knows neither data nor messages. */
import { type ActivationName, adagrad, adam, adamw, dense, Network, nadam, type Optimizer, rmsprop, sgd } from 'gradlet';
import type { FileFormat, RunsOn, SavedFile } from '../messages.js';
import type { Settings } from '../settings.js';

const MAKERS = { adagrad, adam, adamw, nadam, rmsprop, sgd };

export function makeOptimizer({ optimizer, rate }: Settings): Optimizer {
  return MAKERS[optimizer]({ learningRate: rate });
}

/** Hidden layers as set, and a last one that answers. */
export function makeNetwork(settings: Settings, inputs: number, units: number, last: ActivationName): Network {
  const hidden = settings.layers.map((count) => dense(count, { activation: settings.activation }));
  return new Network({ inputs, layers: [...hidden, dense(units, { activation: last })], seed: settings.seed });
}

export function runsOn(network: Network): RunsOn {
  return { ...network.runtime };
}

export async function saveAs(network: Network, format: FileFormat, name: string): Promise<SavedFile> {
  if (format === 'native') return { kind: 'file', name: `${name}.safetensors`, bytes: network.save() };
  const { toOnnx } = await import('gradlet/onnx');
  return { kind: 'file', name: `${name}.onnx`, bytes: toOnnx(network) as Uint8Array<ArrayBuffer> };
}
