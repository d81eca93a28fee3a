/**
 * Configurations of a training as JSON files: the settings by the library's names, and the files, whose paths count from the configuration's
 * folder. Knows settings; neither tables nor models.
 */
import { readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { checkBoolean, checkInteger, checkOptions, show } from '../check.js';
import { UsageError } from './errors.js';
import { STANDARD, writeFile } from './files.js';
import { asUsage, checkSettings, type Settings, TEXT_SETTINGS, TRAINING_SETTINGS } from './settings.js';

/** A training: what is read, how, and what is written. */
export interface RunConfig extends Settings {
  data?: string;
  test?: string;
  out?: string;
  report?: string;
  checkpoint?: string;
}

/** One that says what a training cannot do without. */
export type FullConfig = RunConfig & { readonly data: string; readonly target: string; readonly out: string };

/** What a run writes down beside its checkpoint. */
export interface SavedRun extends RunConfig {
  /** Version of gradlet. */
  readonly gradlet?: string;
  /** Of the table's file. */
  readonly sha256?: string;
  /** Whether what is written may replace files. */
  readonly force?: boolean;
  /** Epochs between checkpoints, where that was asked for. */
  readonly everyEpochs?: number;
}

const PATHS = ['data', 'test', 'out', 'report', 'checkpoint'] as const;
const SETTINGS = [...TRAINING_SETTINGS, ...TEXT_SETTINGS];
const NOTES = ['gradlet', 'sha256', 'force', 'everyEpochs'];

/** Checks a configuration that was in a file; paths, which count from `folder`, come out as seen from the working folder. */
export function checkConfig(where: string, value: unknown, folder: string): SavedRun {
  const known = [...SETTINGS.map(({ key }) => key), ...PATHS, ...NOTES];
  const config = asUsage(() => checkOptions(where, value as Record<string, unknown>, known));
  const checked: Record<string, unknown> = checkSettings(where, SETTINGS, config) as Record<string, unknown>;
  for (const key of PATHS) {
    const given = config[key];
    if (given === undefined) continue;
    if (typeof given !== 'string' || given === '')
      throw new UsageError(`${where}: ${key}: expected the path of a file, got ${show(given)}`);
    checked[key] = given === STANDARD || isAbsolute(given) ? given : relative('', resolve(folder, given)) || '.';
  }
  for (const key of ['gradlet', 'sha256']) if (typeof config[key] === 'string') checked[key] = config[key];
  if (config.force !== undefined) checked.force = asUsage(() => checkBoolean(`${where}: force`, config.force));
  if (config.everyEpochs !== undefined) checked.everyEpochs = asUsage(() => checkInteger(`${where}: everyEpochs`, config.everyEpochs, 1));
  return checked as SavedRun;
}

/** A configuration as it is written: paths as seen from `folder`. */
export function configFrom(config: SavedRun, folder: string): Record<string, unknown> {
  const written: Record<string, unknown> = {};
  for (const key of [...PATHS, ...SETTINGS.map((setting) => setting.key), ...NOTES] as const) {
    const value = (config as Record<string, unknown>)[key];
    if (value === undefined) continue;
    const isPath = (PATHS as readonly string[]).includes(key) && value !== STANDARD && !isAbsolute(value as string);
    written[key] = isPath ? relative(resolve(folder), resolve(value as string)) || '.' : value;
  }
  return written;
}

/** Reads a configuration. */
export function readConfig(path: string): SavedRun {
  const content = readFileSync(path, 'utf8');
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch (error) {
    throw new UsageError(`'${path}' is no JSON: ${(error as Error).message}`);
  }
  return checkConfig(path, value, dirname(path));
}

/** Writes a configuration. */
export function writeConfig(path: string, config: SavedRun): void {
  writeFile(path, `${JSON.stringify(configFrom(config, dirname(path)), null, 2)}\n`);
}

/** Where a run keeps what it needs to go on. */
export const RUN_FILE = 'run.json';
export const CHECKPOINT_FILE = 'checkpoint.safetensors';
/** A table that came through the standard input. */
export const DATA_FILE = 'data.csv';

export function runFile(folder: string): string {
  return join(folder, RUN_FILE);
}

export function checkpointFile(folder: string): string {
  return join(folder, CHECKPOINT_FILE);
}
