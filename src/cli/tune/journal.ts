/**
 * What a search has done, on the disk: one JSON object a line, the search itself first, then every result as it comes. Whatever happens, at most
 * the last line is lost. Knows no training.
 */
import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { version } from '../../../package.json';
import { checkInteger, checkNumber } from '../../check.js';
import { checkConfig, configFrom, type SavedRun } from '../config.js';
import { RunError } from '../errors.js';
import { writeFile } from '../files.js';
import { toJson } from '../output.js';
import { checkSpace, type Space } from './space.js';

/** A search as it was asked for. */
export interface Search {
  readonly config: SavedRun;
  readonly space: Space;
  readonly trials: number;
  /** Epochs in all at the end of each round. */
  readonly budgets: readonly number[];
  /** Share of the trials that go on to the next round. */
  readonly keep: number;
}

/** How a trial did in a round. */
export interface Result {
  readonly trial: number;
  readonly round: number;
  readonly settings: Readonly<Record<string, unknown>>;
  readonly epochs?: number;
  /** The least so far; null when it diverged. */
  readonly valLoss: number | null;
  readonly metric?: string;
  readonly value?: number;
  readonly seconds?: number;
  readonly error?: string;
}

const KIND = 'gradlet-search';
const VERSION = 1;

function fail(path: string, what: string): never {
  throw new RunError(`'${path}' is no journal of gradlet tune: ${what}`);
}

export class Journal {
  readonly path: string;
  readonly search: Search;
  readonly results: Result[] = [];
  /** Whether the search was brought to its end. */
  finished = false;

  private constructor(path: string, search: Search) {
    this.path = path;
    this.search = search;
  }

  /** A new journal in the place of any other. */
  static create(path: string, search: Search): Journal {
    const { config, ...rest } = search;
    const first = { kind: KIND, version: VERSION, gradlet: version, ...rest, config: configFrom(config, dirname(path)) };
    writeFile(path, `${toJson(first)}\n`);
    return new Journal(path, search);
  }

  /** A journal that is there; a last line that was cut off is taken away. */
  static open(path: string): Journal {
    const text = fs.readFileSync(path, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    const lines = whole.split('\n').slice(0, -1);
    if (lines.length === 0) fail(path, 'it has no line');
    const values = lines.map((line, index) => {
      try {
        return JSON.parse(line) as Record<string, unknown>;
      } catch (error) {
        return fail(path, `line ${index + 1}: ${(error as Error).message}`);
      }
    });
    const [first, ...others] = values;
    if (first?.kind !== KIND) fail(path, `its first line does not say "kind": "${KIND}"`);
    if (first.version !== VERSION) fail(path, `it has version ${String(first.version)}, and this release knows ${VERSION}; update gradlet`);
    let journal: Journal;
    try {
      const budgets = (Array.isArray(first.budgets) ? first.budgets : []).map((epochs) => checkInteger('budgets', epochs, 1));
      if (budgets.length === 0) throw new RangeError('budgets: expected at least one');
      const space = Object.keys((first.space as object | undefined) ?? {}).length === 0 ? {} : checkSpace('space', first.space);
      journal = new Journal(path, {
        config: checkConfig('config', first.config, dirname(path)),
        space,
        trials: checkInteger('trials', first.trials, 1),
        budgets,
        keep: checkNumber('keep', first.keep, { above: 0, below: 1 }),
      });
      for (const value of others) {
        if (value.finished === true) journal.finished = true;
        else journal.results.push(checkResult(value));
      }
    } catch (error) {
      return fail(path, (error as Error).message);
    }
    if (whole.length < text.length) fs.truncateSync(path, Buffer.byteLength(whole));
    return journal;
  }

  #append(value: object): void {
    const file = fs.openSync(this.path, 'a');
    try {
      fs.writeSync(file, `${toJson(value)}\n`);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
  }

  add(result: Result): void {
    this.#append(result);
    this.results.push(result);
  }

  finish(best: Result): void {
    this.#append({ finished: true, best });
    this.finished = true;
  }
}

function checkResult(value: Record<string, unknown>): Result {
  checkInteger('trial', value.trial, 0);
  checkInteger('round', value.round, 0);
  if (value.valLoss !== null) checkNumber('valLoss', value.valLoss);
  return value as unknown as Result;
}
