/**
 * One training, from a configuration to a model's file: with progress, checkpoints, what Ctrl-C leaves behind, a measure on other rows and a report.
 * `train` begins one, `resume` goes on with one, `tune` ends with one. Knows tables and models by the public entries.
 */
import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { version } from '../../package.json';
import { reportHtml, type TableEvaluation, type TableModel, trainTable } from '../tabular.js';
import { checkpointFile, DATA_FILE, type FullConfig, type RunConfig, runFile, type SavedRun, writeConfig } from './config.js';
import { Interrupted, quoted } from './errors.js';
import { STANDARD, writeFile } from './files.js';
import { evaluationLines } from './measures.js';
import { type Output, percent, short } from './output.js';
import { type BatchEvent, EpochProgress } from './progress.js';
import { TRAINING_SETTINGS, type TrainingSettings } from './settings.js';
import { type ReadTable, readTable, textsAs } from './tables.js';

/** What is needed besides the configuration. */
export interface RunOptions {
  readonly output: Output;
  readonly signal: AbortSignal;
  readonly read: ReadTable;
  /** What the table is called, where that is not its file's name. */
  readonly source: string;
  /** Folder for checkpoints; undefined: none. */
  readonly folder: string | undefined;
  /** Whether the folder goes away when the model is whole. */
  readonly passing: boolean;
  /** Epochs between checkpoints; default: by time. */
  readonly everyEpochs?: number;
  /** A checkpoint to go on from. */
  readonly resume?: Uint8Array;
  readonly force: boolean;
  /** More to say of where the model comes from. */
  readonly origin?: Readonly<Record<string, unknown>>;
}

/** Settings of a training among those of a run. */
export function trainingSettings(config: RunConfig & { target: string }): TrainingSettings {
  const settings = TRAINING_SETTINGS.map(({ key }) => [key, config[key]]).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(settings), target: config.target };
}

/** The day and time of the run; a build that wants the same bytes each time gives SOURCE_DATE_EPOCH, in seconds. */
function now(): Date {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return epoch !== undefined && /^\d+$/.test(epoch) ? new Date(Number(epoch) * 1000) : new Date();
}

/** Where a model comes from, for its metadata. */
function provenance(config: FullConfig, model: TableModel, { read, source, origin }: RunOptions): string {
  const { history } = model;
  const best = bestEpoch(model);
  const { target: _, ...settings } = trainingSettings(config);
  return JSON.stringify({
    program: `gradlet ${version}`,
    runtime: `node ${process.version}`,
    date: now()
      .toISOString()
      .replace(/\.000Z$/, 'Z'),
    table: { name: source === STANDARD ? 'standard input' : basename(source), sha256: read.sha256, rows: read.rows },
    settings: { ...settings, seed: model.network.seed },
    epochs: history?.epochs,
    ...(history?.stopped && { stopped: history.stopped }),
    ...best,
    ...origin,
  });
}

interface Best {
  readonly epoch: number;
  readonly loss: number;
  readonly valLoss?: number;
  readonly metric?: string;
  readonly value?: number;
}

/** The epoch whose weights the model has: the best by validation, or the last one. */
export function bestEpoch({ history }: TableModel): Best | undefined {
  if (!history || history.loss.length === 0) return undefined;
  const { loss, valLoss, metrics, valMetrics } = history;
  const index = valLoss ? valLoss.indexOf(Math.min(...valLoss)) : loss.length - 1;
  const [metric, values] = Object.entries(valMetrics ?? metrics)[0] ?? [];
  return {
    epoch: index + 1,
    loss: loss[index],
    ...(valLoss && { valLoss: valLoss[index] }),
    ...(metric !== undefined && { metric, value: values?.[index] }),
  };
}

function shape({ columns, settings, labels, network }: TableModel): string {
  const inputs = columns.reduce((sum, { features }) => sum + features, 0);
  const parameters = network.getWeights().reduce((sum, { data }) => sum + data.length, 0);
  return `${[inputs, ...settings.hidden, labels?.length ?? 1].join('-')}, ${parameters.toLocaleString('en')} parameters`;
}

/** What a person wants to know of a run that is over. */
function summaryLines(model: TableModel, out: string): string[] {
  const best = bestEpoch(model);
  const stopped = model.history?.stopped === 'early' ? ', stopped early' : '';
  const where = best?.valLoss === undefined ? `training loss ${short(best?.loss)}` : `validation loss ${short(best.valLoss)}`;
  const metric =
    best?.metric === undefined
      ? ''
      : `, ${best.metric} ${best.metric === 'accuracy' ? percent(best.value ?? Number.NaN) : short(best.value)}`;
  return [
    `trained ${model.history?.epochs ?? 0} epochs on ${model.settings.rows} rows${stopped}; epoch ${best?.epoch ?? 0}: ${where}${metric}`,
    `${out}: ${model.task} of '${model.target}', ${shape(model)}, seed ${model.network.seed}`,
  ];
}

/** How to go on with a run, as a command. */
export function resumeCommand(place: string): string {
  return `gradlet resume ${quoted(place)}`;
}

/** The folder, with the run's description in it. */
function openFolder(folder: string, config: RunConfig, { read, source, force, resume, everyEpochs }: RunOptions): void {
  mkdirSync(folder, { recursive: true });
  // The checkpoint of another run must not be taken for one of this.
  if (!resume) rmSync(checkpointFile(folder), { force: true });
  const saved: SavedRun = {
    ...config,
    data: source,
    gradlet: version,
    sha256: read.sha256,
    force,
    ...(everyEpochs !== undefined && { everyEpochs }),
  };
  writeConfig(runFile(folder), saved);
}

/** Takes a folder away that is of no use any more; what else somebody has put there stays. */
function removeFolder(folder: string): void {
  for (const path of [checkpointFile(folder), runFile(folder), join(folder, DATA_FILE)]) rmSync(path, { force: true });
  try {
    rmdirSync(folder);
  } catch {
    // Something else is in it.
  }
}

/** Rows from which on an epoch is long enough to look into it. */
const LONG = 50_000;

/** Whether steps are told, too: it takes a turn for each of them, which small ones and threads would feel. */
function tellsBatches({ batchSize = LONG, threads = 1 }: RunConfig, rows: number, { json, quiet }: Output): boolean {
  return rows >= LONG && batchSize >= 64 && threads === 1 && !json && !quiet;
}

/** Trains with progress and checkpoints. */
async function trainRun(config: FullConfig, options: RunOptions): Promise<TableModel> {
  const { output, signal, read, folder, everyEpochs, resume } = options;
  let progress: EpochProgress | undefined;
  let epoch = 0;
  const pace = everyEpochs === undefined ? { everyMinutes: 1 } : { everyEpochs };
  try {
    return await trainTable(read.table, {
      ...trainingSettings(config),
      signal,
      onWarning: (message) => output.warn(message),
      onStart: (settings) => {
        progress = new EpochProgress(output, settings.epochs, Math.ceil(settings.rows / settings.batchSize));
        output.event('start', { settings, table: { rows: read.rows, sha256: read.sha256 } });
        output.note(`${settings.rows} rows to train on, ${settings.validationRows} to validate`);
      },
      ...(tellsBatches(config, read.rows, output) && { onBatch: (event: BatchEvent) => progress?.batch(event) }),
      onEpoch: (event) => {
        epoch = event.epoch + 1;
        progress?.epoch(event);
      },
      ...(folder !== undefined && { checkpoint: { path: checkpointFile(folder), ...pace } }),
      ...(resume && { resume }),
    });
  } catch (error) {
    if (!signal.aborted) throw error;
    progress?.stop();
    if (folder !== undefined && existsSync(checkpointFile(folder)))
      throw new Interrupted(
        `stopped after ${epoch} whole epochs; the checkpoint is in ${quoted(folder)}; go on by: ${resumeCommand(folder)}`,
      );
    throw new Interrupted(`stopped after ${epoch} epochs; nothing was kept, as there are no checkpoints`);
  } finally {
    progress?.stop();
  }
}

/** A page about a model. */
export async function writeReport(
  path: string,
  model: TableModel,
  table: ReadTable,
  source: string,
  evaluation?: TableEvaluation,
): Promise<void> {
  const name = source === STANDARD ? 'standard input' : basename(source);
  writeFile(path, await reportHtml({ model, table: table.table, source: name, date: now(), ...(evaluation && { evaluation }) }));
}

/** Does all of a run; the model's file is there at the end, or an error is thrown. */
export async function runTraining(config: FullConfig, options: RunOptions): Promise<TableModel> {
  const { output, signal, folder, passing, read, source } = options;
  // Before the work, so that it is not in vain.
  const test = config.test === undefined ? undefined : await readTable(config.test, config, { texts: textsAs(read), signal, output });
  if (folder !== undefined) openFolder(folder, config, options);
  let model: TableModel;
  try {
    model = await trainRun(config, options);
  } catch (error) {
    if (folder !== undefined && !existsSync(checkpointFile(folder))) removeFolder(folder);
    throw error;
  }
  writeFile(config.out, model.save({ metadata: { provenance: provenance(config, model, options) } }));
  const evaluation = test && model.evaluate(test.table);
  const best = bestEpoch(model);
  output.event('trained', {
    out: config.out,
    epochs: model.history?.epochs,
    stopped: model.history?.stopped,
    best,
    seed: model.network.seed,
    settings: model.settings,
    evaluation,
  });
  output.text(summaryLines(model, config.out).join('\n'));
  if (evaluation) output.text(`\non ${config.test}:\n${evaluationLines(evaluation).join('\n')}`);
  if (config.report !== undefined) {
    const [rows, name] = test ? [test, config.test as string] : [read, source];
    await writeReport(config.report, model, rows, name, evaluation);
    output.event('report', { file: config.report });
    output.note(`${config.report}: a report on ${test ? name : 'the rows it was trained on; give --test for others'}`);
  }
  if (folder !== undefined && passing) removeFolder(folder);
  return model;
}

/** The bytes of a checkpoint. */
export function readCheckpoint(folder: string): Uint8Array {
  return readFileSync(checkpointFile(folder));
}
