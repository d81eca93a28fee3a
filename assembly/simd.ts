/**
 * The few vector idioms that every kernel uses. Knows nothing of tensors or networks.
 *
 * One source gives two binaries: with the relaxed-simd feature `madd` is one fused instruction, without it a product and
 * a sum, each rounded. That is the only difference between them.
 */

/** a · b + c. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** Four horizontal sums in one vector: [Σa, Σb, Σc, Σd], each as (0 + 2) + (1 + 3) of its lanes. */
// @ts-ignore: decorator
@inline
export function sumEach(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(
    i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
  const cd = f32x4.add(
    i8x16.shuffle(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),
    i8x16.shuffle(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31),
  );
  return f32x4.add(
    i8x16.shuffle(ab, cd, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27),
    i8x16.shuffle(ab, cd, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31),
  );
}

/** Stores four vectors as the columns of four rows, `stride` bytes apart. */
// @ts-ignore: decorator
@inline
export function storeTransposed(a: v128, b: v128, c: v128, d: v128, to: usize, stride: usize): void {
  const ab = i8x16.shuffle(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const cd = i8x16.shuffle(c, d, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23);
  const AB = i8x16.shuffle(a, b, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  const CD = i8x16.shuffle(c, d, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31);
  v128.store(to, i8x16.shuffle(ab, cd, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(to + stride, i8x16.shuffle(ab, cd, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
  v128.store(to + stride * 2, i8x16.shuffle(AB, CD, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23));
  v128.store(to + stride * 3, i8x16.shuffle(AB, CD, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));
}

/** The lanes the other way round by halves: [2, 3, 0, 1]. */
// @ts-ignore: decorator
@inline
function swapHalves(a: v128): v128 {
  return i8x16.shuffle(a, a, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
}

/** Neighbours swapped: [1, 0, 3, 2]. */
// @ts-ignore: decorator
@inline
function swapNeighbours(a: v128): v128 {
  return i8x16.shuffle(a, a, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
}

/** The sum of the four lanes, in every lane. */
// @ts-ignore: decorator
@inline
export function sumLanes(a: v128): v128 {
  const halves = f32x4.add(a, swapHalves(a));
  return f32x4.add(halves, swapNeighbours(halves));
}

/** The largest of the four lanes, in every lane; NaN in any lane gives NaN or the largest of the others. */
// @ts-ignore: decorator
@inline
export function maxLanes(a: v128): v128 {
  const halves = f32x4.pmax(a, swapHalves(a));
  return f32x4.pmax(halves, swapNeighbours(halves));
}

/** All bits set in the lanes of the vector at `column` that lie before `columns`. */
// @ts-ignore: decorator
@inline
export function laneMask(column: i32, columns: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(columns - column));
}
