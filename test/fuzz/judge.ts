// Reads one input and says what is wrong with how it was read, if anything is.

import { activationName } from '../../src/activations.js';
import { mapParameters, type ParameterMap } from '../../src/compile/parameters.js';
import { GradletError, type Layer, Network } from '../../src/index.js';
import { activationOf } from '../../src/layers.js';
import { coreOf } from '../../src/network.js';
import type { Reader } from './readers.js';

/** Bytes of typed arrays that are asked for by length while an action runs, as they are counted by `counting`. */
let asked = 0;

/** Has every typed array that is made by its length, or from a list, counted. To be called once, before anything is loaded. */
export function countAllocations(): void {
  const names = ['Float32Array', 'Float64Array', 'Uint8Array', 'Uint16Array', 'Uint32Array', 'Int32Array', 'ArrayBuffer'] as const;
  for (const name of names) {
    const original = globalThis[name] as unknown as { new (...given: unknown[]): object; BYTES_PER_ELEMENT?: number };
    const counted: typeof original = new Proxy(original, {
      construct(target, given, newTarget): object {
        const [first] = given as [unknown];
        const length = typeof first === 'number' ? first : Array.isArray(first) ? first.length : 0;
        asked += length * (target.BYTES_PER_ELEMENT ?? 1);
        return Reflect.construct(target, given, newTarget === counted ? target : newTarget);
      },
    });
    Object.assign(globalThis, { [name]: counted });
  }
}

/** Keys that prototypes of everything have; nothing may add to them. */
const prototypeKeys = (): number => Reflect.ownKeys(Object.prototype).length + Reflect.ownKeys(Array.prototype).length;
const keysAtFirst = prototypeKeys();

/** What every reader may ask for besides four times its input and the network's own numbers. */
const ALLOWANCE = 1 << 16;
const LONGEST_MESSAGE = 1000;

/** Bytes of a network in memory, and once more as tensors; of one that was refused, as its description has it, if it has any. */
function declaredBytes(reader: Reader, bytes: Uint8Array, network: Network | undefined): number {
  const bytesOf = ({ parameters, statistics }: ParameterMap): number => 2 * (parameters.bytes + (statistics?.bytes ?? 0));
  if (network) return bytesOf(coreOf('fuzz', network).map);
  try {
    const { inputs, layers } = reader.describe?.(bytes) as { inputs: number | number[]; layers: Layer[] };
    return bytesOf(mapParameters({ inputs: typeof inputs === 'number' ? inputs : inputs.reduce((a, b) => a * b, 1), layers }));
  } catch {
    return 0;
  }
}

/** What is wrong with a network that was read: it must be finite, and the same when it is saved and read again. */
function checkNetwork(network: Network): string | undefined {
  for (const { name, data } of network.getWeights()) if (!data.every(Number.isFinite)) return `${name} is not finite`;
  const file = network.save();
  const own = coreOf('fuzz', network)
    .architecture.layers.map(activationOf)
    .filter((activation) => typeof activation === 'object');
  const custom = Object.fromEntries(own.map((activation) => [activationName(activation), activation]));
  return Buffer.compare(Network.load(file, { custom }).save(), file) === 0 ? undefined : 'another network came back';
}

export interface Judgement {
  readonly verdict: 'read' | 'refused';
  /** What is wrong; undefined when all is well. */
  readonly finding?: string;
}

export function judge(reader: Reader, bytes: Uint8Array): Judgement {
  asked = 0;
  let network: Network | undefined;
  let error: unknown;
  try {
    network = reader.read(bytes);
  } catch (caught) {
    error = caught ?? 'nothing was thrown';
  }
  const verdict = error ? 'refused' : 'read';
  const most = 4 * bytes.length + ALLOWANCE;
  if (asked > most) {
    const wanted = asked;
    if (wanted > most + declaredBytes(reader, bytes, network))
      return { verdict, finding: `${wanted} bytes asked for, for ${bytes.length}` };
  }
  if (prototypeKeys() !== keysAtFirst) return { verdict, finding: 'a prototype was changed' };
  if (network) return { verdict, finding: checkNetwork(network) };
  if (!error) return { verdict };
  if (!(error instanceof GradletError) || error.code !== 'ERR_FORMAT')
    return { verdict, finding: error instanceof Error ? error.stack : String(error) };
  return { verdict, finding: error.message.length > LONGEST_MESSAGE ? `a message of ${error.message.length} characters` : undefined };
}
