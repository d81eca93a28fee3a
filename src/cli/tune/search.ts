/**
 * Which trials are run for how long: random search, or successive halving (K. Jamieson, A. Talwalkar, "Non-stochastic best arm identification and
 * hyperparameter optimization", 2016), where all trials train for a while, the best of them longer, and so on. A function of the results alone, so
 * a search that is taken up goes the same way. Knows no training.
 */
import type { Result, Search } from './journal.js';

/** Rounds by the epochs in all at their end. */
export function halvingBudgets(trials: number, epochs: number, keep: number, first: number | undefined): number[] {
  const budgets = [epochs];
  for (let count = trials; ; count = survivors(count, keep)) {
    const next = Math.ceil(budgets[0] * keep);
    if (count <= 1 || next >= budgets[0] || (first !== undefined && next < first)) break;
    budgets.unshift(next);
  }
  if (first !== undefined && budgets.length > 1) budgets[0] = Math.min(first, budgets[1] - 1);
  return budgets;
}

/** How many of some trials go on: at least one, and not all. */
export function survivors(count: number, keep: number): number {
  return Math.max(1, Math.min(count - 1, Math.floor(count * keep)));
}

/** The better one first; of equals the one that was drawn first. */
export function byLoss(a: Result, b: Result): number {
  const [left, right] = [a.valLoss ?? Number.POSITIVE_INFINITY, b.valLoss ?? Number.POSITIVE_INFINITY];
  return left === right ? a.trial - b.trial : left - right;
}

/** Something to do. */
export interface Job {
  readonly trial: number;
  readonly round: number;
  /** Epochs in all at its end. */
  readonly epochs: number;
}

/** What is to be done in the first round that is not over; undefined: nothing is. `over`: trials that are out of it. */
export function nextRound(
  { budgets, keep }: Pick<Search, 'budgets' | 'keep'>,
  trials: number,
  results: readonly Result[],
): { jobs: Job[]; round: number; over: number[] } | undefined {
  let alive = Array.from({ length: trials }, (_, trial) => trial);
  const over: number[] = [];
  for (const [round, epochs] of budgets.entries()) {
    const done = results.filter((result) => result.round === round);
    const left = alive.filter((trial) => !done.some((result) => result.trial === trial));
    if (left.length > 0) return { round, over, jobs: left.map((trial) => ({ trial, round, epochs })) };
    const sorted = done
      .filter(({ trial }) => alive.includes(trial))
      .sort(byLoss)
      .map(({ trial }) => trial);
    const count = round === budgets.length - 1 ? sorted.length : survivors(sorted.length, keep);
    over.push(...sorted.slice(count));
    alive = sorted.slice(0, count);
  }
  return undefined;
}

/** The best of those that went furthest. */
export function bestResult(results: readonly Result[]): Result | undefined {
  const last = Math.max(...results.map(({ round }) => round));
  return results.filter(({ round, valLoss }) => round === last && valLoss !== null).sort(byLoss)[0];
}
