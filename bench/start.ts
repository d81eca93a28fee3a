/** Cold start: a fresh process, from its start to its first prediction with the built package. Knows no internals. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Table } from './measure.js';
import { median } from './numbers.mjs';

const ROUNDS = 15;

function milliseconds(script: string): number {
  const path = fileURLToPath(new URL(`../../bench/start/${script}.mjs`, import.meta.url));
  return Number(execFileSync(process.execPath, [path], { encoding: 'utf8' }));
}

export function startTable(): Table {
  const rounds = Array.from({ length: ROUNDS }, () => [milliseconds('empty'), milliseconds('predict')]);
  const of = (pick: (round: number[]) => number): number => median(rounds.map(pick)) * 1000;
  const lines = [
    { name: 'start of an empty process', unit: 'process', microseconds: of(([empty]) => empty) },
    { name: 'start to first prediction, 4-16-3', unit: 'process', microseconds: of(([, predict]) => predict) },
    { name: 'gradlet alone: import, compile, predict', unit: 'process', microseconds: of(([empty, predict]) => predict - empty) },
  ];
  return { title: 'Cold start', lines, note: 'import of the built package, ES modules.' };
}
