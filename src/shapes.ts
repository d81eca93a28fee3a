/** What users say of a network as a whole: its shape, its seed; and numbers for a whole tensor checked against its shape. Knows no layers. */
import { checkInteger, plural, show } from './check.js';

/** A tensor given flat, or a kernel as rows. */
export type TensorLike = ArrayLike<number> | readonly ArrayLike<number>[];

/**
 * The numbers, flat and row-major.
 * @throws TypeError for what holds no numbers; RangeError for another shape, or numbers that are not finite as f32
 */
export function flatten(where: string, given: TensorLike, shape: readonly number[]): ArrayLike<number> {
  const form = shape.length === 2 ? `${shape[0]} rows of ${plural(shape[1], 'column')} ([inputs, units])` : plural(shape[0], 'number');
  if (given === null || typeof given !== 'object' || !('length' in given))
    throw new TypeError(`${where}: expected ${form}, got ${show(given)}`);
  const first: unknown = given[0];
  let flat = given as ArrayLike<number>;
  if (typeof first === 'object' && first !== null) {
    const rows = Array.from(given as readonly ArrayLike<number>[]);
    const none = rows.findIndex((row) => row === null || typeof row !== 'object');
    if (none >= 0) throw new TypeError(`${where}: expected ${form}, got ${show(rows[none])} for row ${none}`);
    if (shape.length !== 2 || rows.length !== shape[0]) {
      throw new RangeError(`${where}: expected ${form}, got ${plural(rows.length, 'row')} of ${plural(rows[0].length, 'column')}`);
    }
    const ragged = rows.findIndex((row) => row.length !== shape[1]);
    if (ragged >= 0) throw new RangeError(`${where}: expected ${form}, got ${plural(rows[ragged].length, 'column')} in row ${ragged}`);
    flat = rows.flatMap((row) => Array.from(row));
  }
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (flat.length !== size) throw new RangeError(`${where}: expected ${form}, got ${plural(flat.length, 'number')}`);
  for (let i = 0; i < size; i++) {
    if (typeof flat[i] !== 'number') throw new TypeError(`${where}: expected numbers, got ${show(flat[i])} at ${i}`);
    if (!Number.isFinite(Math.fround(flat[i]))) throw new RangeError(`${where}: expected finite 32-bit numbers, got ${flat[i]} at ${i}`);
  }
  return flat;
}

/** The ways of computing there are. */
export const NUMERICS = { fast: true, reproducible: true } as const;
export const MAXIMUM_SEED = 2 ** 32 - 1;

/** Most columns of an input. */
export const MAXIMUM_INPUTS = 1 << 24;

/** Columns of an input given as a number or a shape. */
export function checkInputShape(where: string, inputs: number | readonly number[]): number {
  if (typeof inputs === 'number') return checkInteger(where, inputs, 1, MAXIMUM_INPUTS);
  if (!Array.isArray(inputs)) throw new TypeError(`${where}: expected a whole number or a shape such as [28, 28, 1], got ${show(inputs)}`);
  if (inputs.length === 0) throw new RangeError(`${where}: expected a number or a shape, got an empty array`);
  const columns = inputs.reduce((product, size, index) => product * checkInteger(`${where}[${index}]`, size, 1), 1);
  if (columns > MAXIMUM_INPUTS) throw new RangeError(`${where}: expected a shape of at most ${MAXIMUM_INPUTS} numbers, got ${columns}`);
  return columns;
}

/** The inputs' shape, if they were given as one. */
export function shapeGiven(inputs: number | readonly number[]): readonly number[] | undefined {
  return typeof inputs === 'number' ? undefined : [...inputs];
}
