/**
 * Writes tiles.generated.ts: the register tiles of the matrix products, unrolled.
 *
 * AssemblyScript cannot unroll a loop, and arrays of v128 leave the registers, so each tile size is a function of its own,
 * written by this script. The loop nests that call them are in gemm.ts. A tile's name is its contract:
 *
 *   tile{R}x{C}     R rows of y, C columns of one panel:  y[r][c] = from[r][c] + Σ_k x[r][k] · w[k][c],
 *                   where x[r][k] lies at x + r · xStride + k · xStep
 *   tile{R}x8k4     the same with four steps of k a turn, for `tiles` tiles one below the other; K is a multiple of 4, xStep is 4
 *   inputTile{R}x4  R rows of dX, four inputs:            dX[r][i] = Σ_o dy[r][o] · w[i][o]
 *   rowTile{P}      one row of y, P panels at once, the same sums as tile1x8 in the same order
 *
 * Register arithmetic, 15 vector registers (V8 keeps one): a 6x8 tile holds 12 sums, 2 vectors of w and 1 broadcast = 15 with
 * a fused multiply-add; without one the product needs a register too, so strict binaries use 5x8 (10 + 2 + 1 + 1 = 14).
 * The input tile holds 2 x 4 sums, 2 vectors of dy and 1 of w.
 *
 * Every sum runs over its index in ascending order, in one accumulator chain (input tiles: four chains, by index modulo 4,
 * added pairwise at the end). So an element's bits do not depend on the tile that computed it.
 *
 * Measured rules kept here: the loop is tested at the top; one pointer for each row; sums are stored raw right after the loop
 * and reloaded for the cut at zero, because arithmetic between loop and stores makes TurboFan (Node 20, 22) spill inside the
 * loop, and so does a second loop behind the first. docs/kernels.md has the figures.
 */
import { writeFileSync } from 'node:fs';

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const below = (count) => range(0, count - 1);
const lines = [];
const emit = (text) => lines.push(text);

/** Declares one pointer a row, `step` apart. */
function rowPointers(count, name, base, step) {
  for (const row of below(count)) {
    emit(`  let ${name}${row}: usize = ${row ? `${name}${row - 1} + ${step}` : base};`);
  }
}

const TILE_PARAMETERS = 'K: i32, x: usize, xStride: usize, xStep: usize, w: usize, y: usize, yStride: usize, from: usize, fromStride: usize, relu: bool';
const TILE_OPERANDS = 'K, x, xStride, xStep, w, y, yStride, from, fromStride, relu';
const tileName = (rows, columns, steps) => `tile${rows}x${columns}${steps > 1 ? `k${steps}` : ''}`;

function tile(rows, columns, steps) {
  const vectors = columns / 4;
  const several = steps > 1;
  emit(`function ${tileName(rows, columns, steps)}(${TILE_PARAMETERS}${several ? ', tiles: i32' : ''}): void {`);
  if (several) emit('  for (; tiles > 0; tiles--) {');
  emit('  let wk = w;');
  rowPointers(rows, 'x', 'x', 'xStride');
  for (const row of below(rows)) {
    for (const v of below(vectors)) emit(`  let s${row}_${v} = v128.load(from, ${v * 16});`);
    if (several || row < rows - 1) emit('  from += fromStride;');
  }
  emit(`  for (let k = K; k > 0; k -= ${steps}) {`);
  for (const k of below(steps)) {
    for (const v of below(vectors)) emit(`    const w${k}_${v} = v128.load(wk, ${k * 32 + v * 16});`);
    for (const row of below(rows)) {
      emit(`    const b${k}_${row} = v128.load32_splat(x${row}, ${k * 4});`);
      for (const v of below(vectors)) emit(`    s${row}_${v} = madd(b${k}_${row}, w${k}_${v}, s${row}_${v});`);
    }
  }
  emit(`    wk += ${32 * steps};`);
  for (const row of below(rows)) emit(`    x${row} += ${several ? 4 * steps : 'xStep'};`);
  emit('  }');
  emit('  let yr = y;');
  // A tile of one vector zeroes the other half of its panel, so that a row is filled to a multiple of 8.
  for (const row of below(rows)) {
    for (const v of below(vectors)) emit(`  v128.store(yr, s${row}_${v}, ${v * 16});`);
    if (vectors === 1) emit('  v128.store(yr, f32x4.splat(0), 16);');
    if (row < rows - 1) emit('  yr += yStride;');
  }
  emit('  if (relu) {');
  emit('    const zero = f32x4.splat(0);');
  for (const row of below(rows).reverse()) {
    for (const v of below(vectors)) emit(`    v128.store(yr, f32x4.pmax(v128.load(yr, ${v * 16}), zero), ${v * 16});`);
    if (row) emit('    yr -= yStride;');
  }
  emit('  }');
  if (several) {
    emit(`  x += ${rows} * xStride;`);
    emit(`  y += ${rows} * yStride;`);
    emit('  }');
  }
  emit('}\n');
}

/** A family of tiles of `first` to `last` rows, and the function that picks one. */
function family(name, first, last, columns, steps = 1) {
  const heights = range(first, last);
  for (const rows of heights) tile(rows, columns, steps);
  const several = steps > 1;
  emit(`export function ${name}(rows: i32, ${TILE_PARAMETERS}${several ? ', tiles: i32' : ''}): void {`);
  emit('  switch (rows) {');
  for (const rows of heights.slice().reverse()) {
    const call = `${tileName(rows, columns, steps)}(${TILE_OPERANDS}${several ? ', tiles' : ''})`;
    emit(`    ${rows === first ? 'default' : `case ${rows}`}: ${call}; return;`);
  }
  emit('  }');
  emit('}\n');
}

function inputTile(rows) {
  emit(`export function inputTile${rows}x4(vectors: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {`);
  rowPointers(rows, 'd', 'dy', 'dyStride');
  for (const row of below(rows)) for (const i of below(4)) emit(`  let s${row}_${i} = f32x4.splat(0);`);
  emit('  // A panel holds two vectors of units: alternately one vector further, and on to the next panel.');
  emit('  let step: usize = 16;');
  emit('  for (let v = vectors; v > 0; v--) {');
  for (const row of below(rows)) emit(`    const b${row} = v128.load(d${row});`);
  for (const i of below(4)) {
    emit(`    const w${i} = v128.load(w, ${i * 32});`);
    for (const row of below(rows)) emit(`    s${row}_${i} = madd(b${row}, w${i}, s${row}_${i});`);
  }
  for (const row of below(rows)) emit(`    d${row} += 16;`);
  emit('    w += step;');
  emit('    step = panelStride - step;');
  emit('  }');
  for (const row of below(rows)) for (const i of below(4)) emit(`  v128.store(scratch, s${row}_${i}, ${(row * 4 + i) * 16});`);
  for (const row of below(rows)) {
    const sums = below(4).map((i) => `v128.load(scratch, ${(row * 4 + i) * 16})`);
    emit(`  v128.store(dx, sumEach(${sums.join(', ')}));`);
    if (row < rows - 1) emit('  dx += dxStride;');
  }
  emit('}\n');
}

/** A loop of a row tile: `turns` times the next `inputs` inputs. */
function rowLoop(panels, turns, inputs) {
  emit(`  for (let i = ${turns}; i > 0; i--) {`);
  for (const i of below(inputs)) {
    emit(`    ${i ? '' : 'let '}b = v128.load32_splat(x, ${i * 4});`);
    for (const p of below(panels)) {
      for (const v of below(2)) emit(`    s${p}_${v} = madd(b, v128.load(w${p}, ${i * 32 + v * 16}), s${p}_${v});`);
    }
  }
  emit(`    x += ${inputs * 4};`);
  for (const p of below(panels)) emit(`    w${p} += ${inputs * 32};`);
  emit('  }');
}

function rowTile(panels) {
  emit(`export function rowTile${panels}(inputs: i32, x: usize, w: usize, panelStride: usize, y: usize, bias: usize, relu: bool): void {`);
  rowPointers(panels, 'w', 'w', 'panelStride');
  for (const p of below(panels)) for (const v of below(2)) emit(`  let s${p}_${v} = v128.load(bias, ${p * 32 + v * 16});`);
  // Counting costs as much as an input where multiply and add are one instruction; where they are two, longer turns spill.
  if (panels === 4) emit('  const few = ASC_FEATURE_RELAXED_SIMD ? inputs & 3 : inputs;');
  rowLoop(panels, panels === 4 ? 'few' : 'inputs', 1);
  if (panels === 4) {
    emit('  if (ASC_FEATURE_RELAXED_SIMD) {');
    rowLoop(panels, 'inputs >> 2', 4);
    emit('  }');
  }
  for (const p of below(panels)) for (const v of below(2)) emit(`  v128.store(y, s${p}_${v}, ${p * 32 + v * 16});`);
  emit('  if (relu) {');
  emit('    const zero = f32x4.splat(0);');
  for (const p of below(panels)) {
    for (const v of below(2)) emit(`    v128.store(y, f32x4.pmax(v128.load(y, ${p * 32 + v * 16}), zero), ${p * 32 + v * 16});`);
  }
  emit('  }');
  emit('}\n');
}

emit('// GENERATED by generate-tiles.mjs. Do not edit: change the script.\n');
emit("import { madd, sumEach } from '../simd';\n");
family('tile8', 1, 6, 8);
family('tile8k4', 3, 6, 8, 4);
family('tile4', 1, 6, 4);
for (const rows of [1, 2]) inputTile(rows);
for (const panels of [1, 2, 4]) rowTile(panels);

writeFileSync(new URL('./tiles.generated.ts', import.meta.url), lines.join('\n'));
