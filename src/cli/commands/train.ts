/** `gradlet train`: what is asked for, as a configuration, and the training of it. Knows runs (run.ts); no tables. */
import { randomInt } from 'node:crypto';
import { existsSync, mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { checkpointFile, DATA_FILE, type FullConfig, type RunConfig, readConfig, writeConfig } from '../config.js';
import { quoted, UsageError } from '../errors.js';
import { checkTarget as checkOutput, STANDARD } from '../files.js';
import { interruptSignal } from '../interrupt.js';
import type { Call } from '../program.js';
import { resumeCommand, runTraining } from '../run.js';
import type { Settings } from '../settings.js';
import { checkTarget, type ReadTable, type ReadTableOptions, readTable, toldAsTexts } from '../tables.js';

const MODEL = 'model.safetensors';

/** What the command line and the configuration say together; the command line goes before. */
export function configOf(table: string | undefined, settings: Settings, values: Call['values']): FullConfig {
  const {
    gradlet: _,
    sha256: __,
    force: ___,
    everyEpochs: ____,
    ...base
  } = values.config === undefined ? ({} as ReturnType<typeof readConfig>) : readConfig(values.config as string);
  const files = { data: table, out: values.out, test: values.test, report: values.report, checkpoint: values.checkpoint || undefined };
  const given = Object.fromEntries(Object.entries(files).filter(([, value]) => value !== undefined));
  const columns = base.columns || settings.columns ? { columns: { ...base.columns, ...settings.columns } } : {};
  const config: RunConfig = { ...base, ...settings, ...given, ...columns };
  const { data, target } = config;
  if (data === undefined)
    throw new UsageError('expected a table to learn from: gradlet train table.csv --target column, or - for the standard input');
  if (target === undefined) throw new UsageError('expected the column to predict: --target column');
  const out = config.out ?? MODEL;
  if (!/\.safetensors$/.test(out))
    throw new UsageError(`--out: expected a name that ends in .safetensors, got '${out}'; gradlet convert makes other kinds`);
  return { ...config, data, target, out, seed: config.seed ?? randomInt(2 ** 32 - 1) };
}

/** Where a run without a folder of its own keeps its checkpoint while it lasts. */
export function passingFolder(out: string): string {
  return out.replace(/\.safetensors$/, '.checkpoint');
}

/** Refuses to begin where a run waits to be gone on with. */
function checkFolder(folder: string, force: boolean): void {
  if (existsSync(folder) && !statSync(folder).isDirectory()) throw new UsageError(`--checkpoint: '${folder}' is a file; name a folder`);
  if (!existsSync(checkpointFile(folder)) || force) return;
  throw new UsageError(
    `${quoted(folder)} has the checkpoint of a run; go on with it by ${resumeCommand(folder)}, or give --force to begin anew`,
  );
}

/** The table of a run that begins; one that comes through a pipe is kept in a folder, for whoever goes on. */
export async function readForRun(
  config: FullConfig,
  folder: string | undefined,
  options: ReadTableOptions,
): Promise<{ read: ReadTable; source: string }> {
  const { data, target, columns } = config;
  const texts = toldAsTexts(columns);
  if (data !== STANDARD || folder === undefined) {
    const read = await readTable(data, config, { ...options, texts });
    checkTarget(target, read.table, data);
    return { read, source: data };
  }
  const made = mkdirSync(folder, { recursive: true });
  const source = join(folder, DATA_FILE);
  try {
    const read = await readTable(data, config, { ...options, texts, copy: source });
    checkTarget(target, read.table, data);
    return { read, source };
  } catch (error) {
    if (made !== undefined) {
      rmSync(source, { force: true });
      rmdirSync(folder);
    }
    throw error;
  }
}

export async function train(table: string | undefined, settings: Settings, { values, output }: Call): Promise<void> {
  const config = configOf(table, settings, values);
  const force = values.force === true;
  const { data, out } = config;
  if (config.test === STANDARD) throw new UsageError('--test: name a file in place of -');
  const sources = [data, ...(config.test === undefined ? [] : [config.test])];
  checkOutput('--out', out, force, sources);
  if (config.report !== undefined) checkOutput('--report', config.report, force, [...sources, out]);
  const passing = config.checkpoint === undefined;
  const folder = values.checkpoint === false ? undefined : (config.checkpoint ?? passingFolder(out));
  if (folder !== undefined) checkFolder(folder, force);
  if (values.writeConfig !== undefined) checkOutput('--write-config', values.writeConfig as string, force, sources);
  const signal = interruptSignal();
  const { read, source } = await readForRun(config, folder, { signal, output });
  if (values.writeConfig !== undefined) writeConfig(values.writeConfig as string, config);
  const everyEpochs = values.checkpointEvery as number | undefined;
  await runTraining(config, { output, signal, read, source, folder, passing, force, ...(everyEpochs !== undefined && { everyEpochs }) });
}
