/** What a search may choose from, and its choices: trial by trial, each a function of the seed. Knows settings; no training. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { checkBoolean, checkName, checkNumber, checkOptions, show } from '../../check.js';
import { exp, log } from '../../data/math.js';
import { UsageError } from '../errors.js';
import { asUsage, LEARNING, type Settings } from '../settings.js';

/** Numbers between two others: every one as likely, or every order of magnitude. */
export interface Range {
  readonly min: number;
  readonly max: number;
  readonly scale?: 'linear' | 'log';
  readonly integer?: boolean;
}

/** Choices by setting: some values, or a range. */
export type Space = Readonly<Record<string, readonly unknown[] | Range>>;

/** What is searched unless it is given, or another space is. */
const DEFAULT_SPACE: Space = {
  hidden: [[16], [32], [64], [128], [32, 16], [64, 32], [128, 64], [64, 64]],
  activation: ['relu', 'tanh', 'silu', 'gelu'],
  learningRate: { min: 3e-4, max: 3e-2, scale: 'log' },
  batchSize: [16, 32, 64, 128],
  l2: { min: 1e-6, max: 1e-2, scale: 'log' },
  dropout: [0, 0.1, 0.2, 0.3],
};

/** How often a trial is drawn anew when there was the same before. */
const ATTEMPTS = 50;

function isRange(choice: readonly unknown[] | Range): choice is Range {
  return !Array.isArray(choice);
}

/** @throws UsageError for what is no space */
export function checkSpace(where: string, value: unknown): Space {
  return asUsage(() => {
    const space = checkOptions(
      where,
      value as Record<string, unknown>,
      LEARNING.map(({ key }) => key),
    );
    if (Object.keys(space).length === 0) throw new RangeError(`${where}: expected settings to search, got none`);
    for (const { key, check } of LEARNING) {
      const choice = space[key];
      if (choice === undefined) continue;
      const at = `${where}: ${key}`;
      if (Array.isArray(choice)) {
        if (choice.length === 0) throw new RangeError(`${at}: expected some values, got none`);
        for (const [index, item] of choice.entries()) check(`${at}[${index}]`, item);
        continue;
      }
      if (choice === null || typeof choice !== 'object')
        throw new TypeError(`${at}: expected a list of values, or { "min", "max" }, got ${show(choice)}`);
      const { min, max, scale = 'linear', integer = false } = checkOptions(at, choice as Range, ['min', 'max', 'scale', 'integer']);
      checkName(`${at}: scale`, scale, { linear: true, log: true });
      checkBoolean(`${at}: integer`, integer);
      checkNumber(`${at}: min`, min, scale === 'log' ? { above: 0 } : {});
      checkNumber(`${at}: max`, max, { min });
      for (const end of [min, max]) check(at, integer ? Math.round(end) : end);
    }
    return space as Space;
  });
}

/** The space of a file, or the usual one, without what is given. */
export function openSpace(path: string | undefined, given: Settings): Space {
  let space = DEFAULT_SPACE;
  if (path !== undefined) {
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UsageError(`'${path}' is no JSON: ${error.message}`);
    }
    space = checkSpace(path, value);
  }
  return Object.fromEntries(Object.entries(space).filter(([key]) => given[key as keyof Settings] === undefined));
}

/** A number from 0 to below 1 that is a function of the words. */
function uniform(...words: (string | number)[]): number {
  return createHash('sha256').update(words.join(':')).digest().readUIntBE(0, 6) / 2 ** 48;
}

function choose(choice: readonly unknown[] | Range, at: number): unknown {
  if (!isRange(choice)) return choice[Math.floor(at * choice.length)];
  const { min, max, scale = 'linear', integer = false } = choice;
  const value = scale === 'log' ? exp(log(min) + at * (log(max) - log(min))) : min + at * (max - min);
  return integer ? Math.round(value) : Math.min(max, Math.max(min, Number(value.toPrecision(3))));
}

/** Settings of each trial. The first one has none: it is what would be done without a search. */
export function drawTrials(space: Space, count: number, seed: number): Record<string, unknown>[] {
  const trials: Record<string, unknown>[] = [{}];
  const seen = new Set<string>();
  while (trials.length < count) {
    const draw = (attempt: number): Record<string, unknown> =>
      Object.fromEntries(Object.entries(space).map(([key, choice]) => [key, choose(choice, uniform(seed, trials.length, attempt, key))]));
    let attempt = 0;
    while (attempt < ATTEMPTS && seen.has(JSON.stringify(draw(attempt)))) attempt++;
    // A small space has no more.
    if (attempt === ATTEMPTS) break;
    const settings = draw(attempt);
    seen.add(JSON.stringify(settings));
    trials.push(settings);
  }
  return trials;
}
