/** `gradlet tune`: a search for settings, written down as it goes, and the best model of it. Knows searches (tune/) and runs (run.ts). */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { FullConfig } from '../config.js';
import { Interrupted, RunError, UsageError } from '../errors.js';
import { checkTarget as checkOutput } from '../files.js';
import { interruptSignal } from '../interrupt.js';
import { alignTable, type Output, short } from '../output.js';
import type { Call } from '../program.js';
import { TrialProgress } from '../progress.js';
import { resumeCommand, runTraining, trainingSettings } from '../run.js';
import { LEARNING, type Settings } from '../settings.js';
import { type ReadTable, readTable, toldAsTexts } from '../tables.js';
import { Journal, type Result } from '../tune/journal.js';
import { bestResult, byLoss, halvingBudgets, type Job, nextRound } from '../tune/search.js';
import { drawTrials, openSpace } from '../tune/space.js';
import { Team } from '../tune/team.js';
import type { Reply } from '../tune/worker.js';
import { configOf, readForRun } from './train.js';

/** Most epochs of a trial unless it is said. */
const EPOCHS = 100;
/** Results that are shown at the end. */
const SHOWN = 5;

/** Where the trials of a journal are kept while it lasts. */
function trialsFolder(journal: string): string {
  return `${journal.replace(/\.jsonl$/, '')}.trials`;
}

function trialFile(journal: string, trial: number): string {
  return join(trialsFolder(journal), `trial-${trial}.safetensors`);
}

/** Epochs without improvement before a trial ends: the same in every round. */
function patienceOf({ patience, epochs = EPOCHS }: Settings): number {
  return patience ?? Math.max(10, Math.ceil(epochs / 5));
}

/** Settings as words: those that were drawn. */
function words(settings: Readonly<Record<string, unknown>>): string {
  const drawn = Object.entries(settings).map(([key, value]) => `${key} ${Array.isArray(value) ? value.join('-') : value}`);
  return drawn.join(', ') || 'what is usual';
}

function shown({ trial, valLoss, metric, value, epochs, settings, error }: Result): string[] {
  const measured =
    valLoss === null ? (error ?? 'diverged') : `${short(valLoss)}${metric === undefined ? '' : `, ${metric} ${short(value)}`}`;
  return [`trial ${trial}`, measured, `${epochs ?? '-'} epochs`, words(settings)];
}

/** All rounds, from wherever the journal is. */
async function search(journal: Journal, read: ReadTable, workers: number, output: Output, signal: AbortSignal): Promise<Result> {
  const { config, space, trials: count, budgets } = journal.search;
  const trials = drawTrials(space, count, config.seed as number);
  const base = { ...trainingSettings(config as FullConfig), patience: patienceOf(config) };
  const folder = trialsFolder(journal.path);
  mkdirSync(folder, { recursive: true });
  const team = new Team(Math.min(workers, trials.length), { table: read.table });
  const progress = new TrialProgress(output);
  const warned = new Set<string>();
  const finish = ({ trial, round }: Job, reply: Reply, seconds: number): void => {
    const settings = trials[trial];
    const time = { seconds: Number(seconds.toFixed(3)) };
    if (reply.kind === 'done') {
      const { kind: _, warnings, ...measured } = reply;
      for (const warning of warnings) if (!warned.has(warning) && warned.add(warning)) output.warn(warning);
      journal.add({ trial, round, settings, ...measured, ...time });
    } else if (reply.kind === 'diverged') {
      journal.add({ trial, round, settings, valLoss: null, error: reply.message, ...time });
    }
    const result = journal.results[journal.results.length - 1];
    output.event('trial', result);
    progress.trial(shown(result).join('  '), bestResult(journal.results)?.valLoss ?? undefined);
  };
  try {
    for (
      let next = nextRound(journal.search, trials.length, journal.results);
      next;
      next = nextRound(journal.search, trials.length, journal.results)
    ) {
      const { round, jobs, over } = next;
      for (const trial of over) rmSync(trialFile(journal.path, trial), { force: true });
      progress.round(round, budgets.length, jobs.length, budgets[round]);
      const order = ({ trial, epochs }: Job) => ({ options: { ...base, ...trials[trial], epochs }, path: trialFile(journal.path, trial) });
      await team.run(jobs, order, finish, signal);
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
    progress.stop();
    const done = journal.results.length;
    throw new Interrupted(
      `stopped after ${done} result${done === 1 ? '' : 's'}; the search is in '${journal.path}'; go on by: ${resumeCommand(journal.path)}`,
    );
  } finally {
    progress.stop();
    await team.close();
  }
  const best = bestResult(journal.results);
  if (!best) throw new RunError('all trials diverged; give a smaller --rate, or a --space with smaller learning rates');
  return best;
}

/** Runs a search to its end, and makes a model of its best trial. */
async function finishSearch(
  journal: Journal,
  read: ReadTable,
  workers: number,
  force: boolean,
  { output }: Call,
  signal: AbortSignal,
): Promise<void> {
  const config = journal.search.config as FullConfig;
  const best = await search(journal, read, workers, output, signal);
  const sorted = journal.results.filter(({ round }) => round === best.round).sort(byLoss);
  output.text(`${alignTable(sorted.slice(0, SHOWN).map(shown))}\n`);
  const path = trialFile(journal.path, best.trial);
  const settings = { ...config, ...best.settings, patience: patienceOf(config), epochs: config.epochs ?? EPOCHS };
  const origin = {
    search: { trials: new Set(journal.results.map(({ trial }) => trial)).size, rounds: journal.search.budgets.length, best: best.trial },
  };
  await runTraining(settings, {
    output,
    signal,
    read,
    source: config.data,
    folder: undefined,
    passing: false,
    force,
    origin,
    // The trial is whole: it is only read.
    ...(existsSync(path) && { resume: readFileSync(path) }),
  });
  if (!journal.finished) journal.finish(best);
  rmSync(trialsFolder(journal.path), { recursive: true, force: true });
  output.note(`${journal.path}: all results`);
}

function workersOf(values: Call['values']): number {
  return (values.workers as number | undefined) ?? availableParallelism();
}

export async function tune(table: string | undefined, settings: Settings, call: Call): Promise<void> {
  const { values, output } = call;
  const config = configOf(table, settings, values);
  const force = values.force === true;
  if (config.validationSplit === 0) throw new UsageError('--validation: a search compares trials by validation; give a share above 0');
  const { data, out, epochs = EPOCHS } = config;
  checkOutput('--out', out, force, [data]);
  if (config.report !== undefined) checkOutput('--report', config.report, force, [data, out]);
  const path = (values.journal as string | undefined) ?? `${out.replace(/\.safetensors$/, '')}.tune.jsonl`;
  if (existsSync(path) && !force)
    throw new UsageError(`--journal: '${path}' is there already; go on with it by ${resumeCommand(path)}, or give --force to begin anew`);
  checkOutput('--journal', path, force, [data, out]);
  const given = Object.fromEntries(LEARNING.map(({ key }) => [key, config[key]]));
  const space = openSpace(values.space as string | undefined, given);
  const keep = values.keep as number;
  const wanted = values.trials as number;
  const trials = drawTrials(space, wanted, config.seed as number).length;
  if (trials < wanted) output.note(`there are only ${trials} different trials in this space`);
  const first = values.firstEpochs as number | undefined;
  const budgets = values.search === 'random' ? [epochs] : halvingBudgets(trials, epochs, keep, first);
  rmSync(trialsFolder(path), { recursive: true, force: true });
  const signal = interruptSignal();
  const { read, source } = await readForRun(config, trialsFolder(path), { signal, output });
  const journal = Journal.create(path, {
    config: { ...config, epochs, data: source, sha256: read.sha256, force },
    space,
    trials,
    budgets,
    keep,
  });
  output.event('search', { journal: path, trials, budgets, space, table: { rows: read.rows, sha256: read.sha256 } });
  await finishSearch(journal, read, workersOf(values), force, call, signal);
}

/** Goes on with a search. */
export async function resumeSearch(path: string, call: Call): Promise<void> {
  const { values, given, output } = call;
  for (const flag of ['epochs', 'patience', 'threads']) {
    if (given(flag)) throw new UsageError(`--${flag}: a search goes on as it was begun; this is for trainings`);
  }
  const journal = Journal.open(path);
  const changes = Object.fromEntries(['out', 'report'].filter(given).map((key) => [key, values[key]]));
  Object.assign(journal.search.config, changes);
  const { data, target, out, report, sha256, force: forced = false } = journal.search.config;
  if (data === undefined || target === undefined || out === undefined)
    throw new RunError(`'${path}' does not say data, target and out; begin anew by gradlet tune`);
  const force = values.force === true || (forced && !given('out') && !journal.finished);
  checkOutput('--out', out, force, [data]);
  if (report !== undefined) checkOutput('--report', report, force, [data, out]);
  const signal = interruptSignal();
  const { columns } = journal.search.config;
  const read = await readTable(data, journal.search.config, { texts: toldAsTexts(columns), signal, output });
  if (sha256 !== undefined && read.sha256 !== sha256)
    throw new RunError(
      `'${data}' is not what it was when the search began; put the former file back, or begin anew by gradlet tune --force`,
    );
  output.note(`${journal.results.length} results are there already`);
  await finishSearch(journal, read, workersOf(values), force, call, signal);
}
