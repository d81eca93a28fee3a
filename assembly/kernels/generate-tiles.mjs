/**
 * Writes tiles.generated.ts: the register tiles of the three matrix products, unrolled.
 *
 * AssemblyScript cannot unroll a loop, and arrays of v128 leave the registers, so each tile size is a function of its own,
 * written by this script. The loop nests that call them are in gemm.ts. A tile's name is its contract:
 *
 *   forwardTile{R}x{C}    R rows of y, C columns of one panel:      y[r][c]  = bias[c] + Σ_i x[r][i] · w[i][c]
 *   weightsTile{I}x{C}    I inputs, C columns of one panel:         dW[i][c] = Σ_r x[r][i] · dy[r][c]
 *   inputTile{R}x4        R rows of dX, four inputs:                dX[r][i] = Σ_o dy[r][o] · w[i][o]
 *   rowTile{P}            one row of y, P panels at once, the same sums as forwardTile in the same order
 *
 * Register arithmetic, 16 vector registers: a 6x8 tile holds 12 sums, 2 vectors of w and 1 broadcast = 15 with a fused
 * multiply-add; without one the product needs a register too, so strict binaries use 5x8 forward (10 + 2 + 1 + 1 = 14).
 * The input tile holds 2 x 4 sums, 2 vectors of dy and 1 of w.
 *
 * Every sum runs over its index in ascending order, in one accumulator chain (input tiles: four chains, by index modulo 4,
 * added pairwise at the end). So an element's bits do not depend on the tile that computed it.
 *
 * Measured rules kept here: the loop is tested at the top and does one step; one pointer for each row with offset 0 for
 * broadcasts; constant offsets only on full loads; sums are stored raw right after the loop and reloaded for the
 * cut at zero, because arithmetic between loop and stores makes TurboFan (Node 20, 22) spill inside the loop.
 */
import { writeFileSync } from 'node:fs';

const MAX_ROWS = 6;
const range = (count) => Array.from({ length: count }, (_, index) => index);
const lines = [];
const emit = (text) => lines.push(text);

/** Declares one pointer a row, `step` apart. */
function rowPointers(count, name, base, step) {
  for (const row of range(count)) {
    emit(`  let ${name}${row}: usize = ${row ? `${name}${row - 1} + ${step}` : base};`);
  }
}

function forwardTile(rows, columns) {
  const vectors = columns / 4;
  emit(`export function forwardTile${rows}x${columns}(inputs: i32, x: usize, xStride: usize, w: usize, y: usize, yStride: usize, bias: usize, relu: bool): void {`);
  rowPointers(rows, 'x', 'x', 'xStride');
  for (const row of range(rows)) {
    for (const v of range(vectors)) emit(`  let s${row}_${v} = ${row ? `s0_${v}` : `v128.load(bias, ${v * 16})`};`);
  }
  emit('  for (let i = inputs; i > 0; i--) {');
  for (const v of range(vectors)) emit(`    const w${v} = v128.load(w, ${v * 16});`);
  for (const row of range(rows)) {
    emit(`    const b${row} = v128.load32_splat(x${row});`);
    for (const v of range(vectors)) emit(`    s${row}_${v} = madd(b${row}, w${v}, s${row}_${v});`);
  }
  emit('    w += 32;');
  for (const row of range(rows)) emit(`    x${row} += 4;`);
  emit('  }');
  storeRows(rows, vectors, 'y', 'yStride');
  emit('  if (relu) {');
  emit('    const zero = f32x4.splat(0);');
  for (const row of range(rows).reverse()) {
    for (const v of range(vectors)) emit(`    v128.store(y, f32x4.pmax(v128.load(y, ${v * 16}), zero), ${v * 16});`);
    if (row) emit('    y -= yStride;');
  }
  emit('  }');
  emit('}\n');
}

/** Raw stores; a tile of one vector zeroes the other half of its panel, so that a row is filled to a multiple of 8. */
function storeRows(rows, vectors, pointer, stride) {
  for (const row of range(rows)) {
    for (const v of range(vectors)) emit(`  v128.store(${pointer}, s${row}_${v}, ${v * 16});`);
    if (vectors === 1) emit(`  v128.store(${pointer}, f32x4.splat(0), 16);`);
    if (row < rows - 1) emit(`  ${pointer} += ${stride};`);
  }
}

function weightsTile(inputs, columns) {
  const vectors = columns / 4;
  emit(`export function weightsTile${inputs}x${columns}(rows: i32, x: usize, xStride: usize, dy: usize, dw: usize): void {`);
  rowPointers(inputs, 'x', 'x', '4');
  for (const i of range(inputs)) for (const v of range(vectors)) emit(`  let s${i}_${v} = f32x4.splat(0);`);
  emit('  for (let r = rows; r > 0; r--) {');
  for (const v of range(vectors)) emit(`    const d${v} = v128.load(dy, ${v * 16});`);
  for (const i of range(inputs)) {
    emit(`    const b${i} = v128.load32_splat(x${i});`);
    for (const v of range(vectors)) emit(`    s${i}_${v} = madd(b${i}, d${v}, s${i}_${v});`);
  }
  for (const i of range(inputs)) emit(`    x${i} += xStride;`);
  emit('    dy += 32;');
  emit('  }');
  for (const i of range(inputs)) for (const v of range(vectors)) emit(`  v128.store(dw, s${i}_${v}, ${i * 32 + v * 16});`);
  emit('}\n');
}

function inputTile(rows) {
  emit(`export function inputTile${rows}x4(vectors: i32, dy: usize, dyStride: usize, w: usize, panelStride: usize, dx: usize, dxStride: usize, scratch: usize): void {`);
  rowPointers(rows, 'd', 'dy', 'dyStride');
  for (const row of range(rows)) for (const i of range(4)) emit(`  let s${row}_${i} = f32x4.splat(0);`);
  emit('  // A panel holds two vectors of units: alternately one vector further, and on to the next panel.');
  emit('  let step: usize = 16;');
  emit('  for (let v = vectors; v > 0; v--) {');
  for (const row of range(rows)) emit(`    const b${row} = v128.load(d${row});`);
  for (const i of range(4)) {
    emit(`    const w${i} = v128.load(w, ${i * 32});`);
    for (const row of range(rows)) emit(`    s${row}_${i} = madd(b${row}, w${i}, s${row}_${i});`);
  }
  for (const row of range(rows)) emit(`    d${row} += 16;`);
  emit('    w += step;');
  emit('    step = panelStride - step;');
  emit('  }');
  for (const row of range(rows)) for (const i of range(4)) emit(`  v128.store(scratch, s${row}_${i}, ${(row * 4 + i) * 16});`);
  for (const row of range(rows)) {
    const sums = range(4).map((i) => `v128.load(scratch, ${(row * 4 + i) * 16})`);
    emit(`  v128.store(dx, sumEach(${sums.join(', ')}));`);
    if (row < rows - 1) emit('  dx += dxStride;');
  }
  emit('}\n');
}

function rowTile(panels) {
  emit(`export function rowTile${panels}(inputs: i32, x: usize, w: usize, panelStride: usize, y: usize, bias: usize, relu: bool): void {`);
  rowPointers(panels, 'w', 'w', 'panelStride');
  for (const p of range(panels)) for (const v of range(2)) emit(`  let s${p}_${v} = v128.load(bias, ${p * 32 + v * 16});`);
  emit('  for (let i = inputs; i > 0; i--) {');
  emit('    const b = v128.load32_splat(x);');
  for (const p of range(panels)) for (const v of range(2)) emit(`    s${p}_${v} = madd(b, v128.load(w${p}, ${v * 16}), s${p}_${v});`);
  emit('    x += 4;');
  for (const p of range(panels)) emit(`    w${p} += 32;`);
  emit('  }');
  for (const p of range(panels)) for (const v of range(2)) emit(`  v128.store(y, s${p}_${v}, ${p * 32 + v * 16});`);
  emit('  if (relu) {');
  emit('    const zero = f32x4.splat(0);');
  for (const p of range(panels)) {
    for (const v of range(2)) emit(`    v128.store(y, f32x4.pmax(v128.load(y, ${p * 32 + v * 16}), zero), ${p * 32 + v * 16});`);
  }
  emit('  }');
  emit('}\n');
}

/** A function that picks the tile of `count` rows. */
function pick(name, sizes, suffix, parameters, operands) {
  emit(`export function ${name}(count: i32, ${parameters}): void {`);
  emit('  switch (count) {');
  for (const size of sizes.slice().reverse()) {
    emit(`    ${size === sizes[0] ? 'default' : `case ${size}`}: ${suffix(size)}(${operands}); return;`);
  }
  emit('  }');
  emit('}\n');
}

emit('// GENERATED by generate-tiles.mjs. Do not edit: change the script.\n');
emit("import { madd, sumEach } from '../simd';\n");
const sizes = range(MAX_ROWS).map((index) => index + 1);
for (const columns of [8, 4]) {
  for (const rows of sizes) forwardTile(rows, columns);
  for (const inputs of sizes) weightsTile(inputs, columns);
  pick(`forwardTile${columns}`, sizes, (size) => `forwardTile${size}x${columns}`,
    'inputs: i32, x: usize, xStride: usize, w: usize, y: usize, yStride: usize, bias: usize, relu: bool',
    'inputs, x, xStride, w, y, yStride, bias, relu');
  pick(`weightsTile${columns}`, sizes, (size) => `weightsTile${size}x${columns}`,
    'rows: i32, x: usize, xStride: usize, dy: usize, dw: usize', 'rows, x, xStride, dy, dw');
}
for (const rows of [1, 2]) inputTile(rows);
for (const panels of [1, 2, 4]) rowTile(panels);

writeFileSync(new URL('./tiles.generated.ts', import.meta.url), lines.join('\n'));
