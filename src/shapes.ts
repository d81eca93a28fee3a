/** Numbers that users give for a whole tensor, checked against its shape. Knows no layers. */
import { plural, show } from './check.js';

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
