/**
 * gradlet/node: networks in files, for Node, Deno and Bun. All calls are synchronous, like `save` and `load`. Knows files; how a network
 * becomes bytes it leaves to the network.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkOptions, show } from './check.js';
import { GradletError } from './errors.js';
import { coreOf, Network } from './network.js';
import { DEFAULT_MAXIMUM_BYTES, type LoadOptions, type SaveOptions } from './persist.js';
import { provideFiles, writeWhole } from './runtime/files.js';

const files = { fs, path };
provideFiles(files);

function checkPath(where: string, given: string | URL): string {
  if (given instanceof URL) return fileURLToPath(given);
  if (typeof given !== 'string') throw new TypeError(`${where}: expected the path of a file, got ${show(given)}`);
  if (given === '') throw new RangeError(`${where}: expected the path of a file, got ''`);
  return given;
}

/**
 * Saves a network to a file. It is written beside its place, brought to the disk and renamed: at any moment, a crash or power cut
 * included, there is the old file or the new one, whole. Leftovers of crashes ('.name.*.tmp') are removed by later calls.
 * @throws what `network.save(options)` throws; the file system's own errors (ENOENT, EACCES, ENOSPC, …), the old file untouched
 */
export function saveFile(network: Network, path: string | URL, options?: SaveOptions): void {
  coreOf('saveFile: network', network);
  const target = checkPath('saveFile: path', path);
  writeWhole(files, target, network.save(options));
}

/**
 * The network in a file that `saveFile` or a checkpoint wrote.
 * @throws GradletError ERR_FORMAT for what is no whole gradlet model, or larger than `maximumBytes`, before it is read; the file
 * system's own errors (ENOENT, EACCES, …)
 */
export function loadFile(path: string | URL, options?: LoadOptions): Network {
  const target = checkPath('loadFile: path', path);
  const { maximumBytes = DEFAULT_MAXIMUM_BYTES } = checkOptions('loadFile', options, ['custom', 'maximumBytes', 'maximumLayers']);
  const file = fs.openSync(target, 'r');
  try {
    const { size } = fs.fstatSync(file);
    if (size > maximumBytes) {
      const remedy = 'raise maximumBytes to read it';
      throw new GradletError('ERR_FORMAT', `loadFile: '${target}' has ${size} bytes, but at most ${maximumBytes} are read; ${remedy}`);
    }
    return Network.load(fs.readFileSync(file), options);
  } finally {
    fs.closeSync(file);
  }
}

export type { LoadOptions, SaveOptions } from './persist.js';
