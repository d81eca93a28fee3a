/**
 * How networks are known to every copy of this package in a program: ESM and CommonJS, an entry of its own, two bundles.
 * Knows what a core is for, not what it does.
 *
 * A network carries its core under a registered symbol, with the version of the package that made it.
 */
import { version } from '../package.json';
import { show } from './check.js';
import type { NetworkCore } from './core.js';
import type { PredictionCore } from './predict/core.js';

/** The core of a network: one that can do everything, or one that only predicts. */
type Cores = { readonly trains: NetworkCore } | { readonly predicts: PredictionCore };

const IDENTITY = Symbol.for('gradlet.network');

interface Carrier {
  readonly [IDENTITY]?: Cores & { readonly version: string };
}

/** Makes `network` known as one. */
export function keepCore(network: object, cores: Cores): void {
  Object.defineProperty(network, IDENTITY, { value: { version, ...cores } });
}

/** The core of a network of any copy of this version. */
export function coresOf(where: string, network: unknown): Cores {
  const cores = network !== null && typeof network === 'object' ? (network as Carrier)[IDENTITY] : undefined;
  if (!cores) throw new TypeError(`${where}: expected a Network, got ${show(network)}`);
  if (cores.version !== version) {
    throw new TypeError(
      `${where}: expected a Network of gradlet ${version}, got one of gradlet ${cores.version}; hand it over by save and load`,
    );
  }
  return cores;
}

/** instanceof for a class of networks: `asked` may be a class derived from it, for which the usual rule holds. */
export function isNetwork(asked: unknown, base: unknown, value: unknown, trains: boolean): boolean {
  if (asked !== base) return Function.prototype[Symbol.hasInstance].call(asked as () => void, value);
  const cores = value !== null && typeof value === 'object' ? (value as Carrier)[IDENTITY] : undefined;
  return cores !== undefined && (!trains || 'trains' in cores);
}
