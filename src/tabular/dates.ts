/**
 * Numbers that are made of dates: days since 1970, and places on the circles of the year, the week and the day, so that December is near
 * January. Sines and cosines are those of data/math.ts, the same bits on every engine. Knows no cells.
 */
import { cos } from '../data/math.js';
import type { DatePart } from './types.js';

const DAY = 86_400_000;
/** Mean length of a year in days. */
const YEAR = 365.2425;
/** 1970-01-01 was a Thursday: days since the Monday before. */
const MONDAY = 3;

/** Parts, and how many days a column must span for each to say more than the days do. */
export const PARTS: readonly { readonly part: DatePart['part']; readonly days: number }[] = [
  { part: 'days', days: 0 },
  { part: 'yearSin', days: YEAR },
  { part: 'yearCos', days: YEAR },
  { part: 'weekSin', days: 7 },
  { part: 'weekCos', days: 7 },
  { part: 'daySin', days: 1 },
  { part: 'dayCos', days: 1 },
];

/** Length of the circle in days, and where it starts. */
const CIRCLES = { year: [YEAR, 0], week: [7, MONDAY], day: [1, 0] } as const;

/** One part of a time in milliseconds since 1970. */
export function datePart(part: DatePart['part'], time: number): number {
  const days = time / DAY;
  if (part === 'days') return days;
  const [length, start] = CIRCLES[part.slice(0, -3) as keyof typeof CIRCLES];
  // A year and a week are told by whole days, so that every hour of a day is the same place.
  const at = (length === 1 ? days : Math.floor(days)) + start;
  const share = at / length - Math.floor(at / length);
  // sin x = cos(x − ¼ turn)
  const turned = part.endsWith('Sin') ? share - 0.25 : share;
  return cos(2 * Math.PI * (turned < 0 ? turned + 1 : turned));
}
