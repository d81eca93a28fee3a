/**
 * Writes tiles-wide.generated.ts: the register tiles of the wide binary, made of vectors that lie side by side in memory, so
 * that V8's revectorizer (--experimental-wasm-revectorize) fuses each pair into one 256-bit instruction. They take two
 * neighbouring panels at once; what is left over goes to the tiles of generate-tiles.mjs. A tile's name is its contract:
 *
 *   forwardTile{R}x16   R rows of y, two panels:     y[r][c]  = bias[c] + Σ_i x[r][i] · w[i][c]
 *   weightsTile{I}x16   I inputs, two panels:        dW[i][c] = Σ_r x[r][i] · dy[r][c]
 *
 * The gradient of the inputs is a forward product with a transposed W (gemm-wide.ts).
 *
 * Register arithmetic, 16 registers of 256 bits: a 6x16 tile holds 12 sums, 2 vectors of w and 1 broadcast = 15.
 *
 * Every sum runs in ascending order in one chain, as in the tiles of the relaxed binary: the bits are the same.
 *
 * What the revectorizer asks for: it starts at pairs of stores, and follows their operands down to pairs of loads at one
 * pointer, 16 bytes apart. No store may lie between what is to be paired. So sums are stored right after the loop, and everything
 * else is done to what was stored, all loads of a row before its stores.
 *
 * The loops take four steps a turn, measured: with one the additions to pointers, one for each row, and not the multiply-adds are
 * what takes the time (0.67 and 0.94 of the limit). Offsets on broadcasts cost one addition for all rows of a step.
 */
import { writeFileSync } from 'node:fs';

const MAX_ROWS = 6;
/** Steps in a turn of the loop. */
const UNROLLED = 4;
const VECTORS = [0, 1, 2, 3];
const range = (count) => Array.from({ length: count }, (_, index) => index);
const lines = [];
const emit = (text) => lines.push(text);

/** Declares one pointer a row, `step` apart. */
function rowPointers(count, name, base, step) {
  for (const row of range(count)) emit(`  let ${name}${row}: usize = ${row ? `${name}${row - 1} + ${step}` : base};`);
}

/** One step of a tile of two panels: `count` broadcasts times four vectors, two at each of two pointers. */
function multiplyPanels(count, step, [first, second], broadcast) {
  for (const v of VECTORS) emit(`    const p${step}_${v} = v128.load(${v < 2 ? first : second}, ${step * 32 + (v & 1) * 16});`);
  for (const i of range(count)) {
    emit(`    const b${step}_${i} = v128.load32_splat(${broadcast(i)});`);
    for (const v of VECTORS) emit(`    s${i}_${v} = madd(b${step}_${i}, p${step}_${v}, s${i}_${v});`);
  }
}

function forwardTile(rows) {
  emit(`export function forwardTile${rows}x16(inputs: i32, x: usize, xStride: usize, w: usize, panelStride: usize, y: usize, yStride: usize, bias: usize, relu: bool): void {`);
  rowPointers(rows, 'x', 'x', 'xStride');
  emit('  let w1 = w + panelStride;');
  for (const row of range(rows)) for (const v of VECTORS) emit(`  let s${row}_${v} = v128.load(bias, ${v * 16});`);
  const steps = (count) => {
    for (const step of range(count)) multiplyPanels(rows, step, ['w', 'w1'], (row) => `x${row}, ${step * 4}`);
    emit(`    w += ${count * 32};`);
    emit(`    w1 += ${count * 32};`);
    for (const row of range(rows)) emit(`    x${row} += ${count * 4};`);
  };
  emit(`  for (let i = inputs >> ${Math.log2(UNROLLED)}; i > 0; i--) {`);
  steps(UNROLLED);
  emit('  }');
  emit(`  for (let i = inputs & ${UNROLLED - 1}; i > 0; i--) {`);
  steps(1);
  emit('  }');
  for (const row of range(rows)) {
    for (const v of VECTORS) emit(`  v128.store(y, s${row}_${v}, ${v * 16});`);
    if (row < rows - 1) emit('  y += yStride;');
  }
  emit('  if (relu) {');
  emit('    const zero = f32x4.splat(0);');
  for (const row of range(rows).reverse()) {
    for (const v of VECTORS) emit(`    const y${row}_${v} = v128.load(y, ${v * 16});`);
    for (const v of VECTORS) emit(`    v128.store(y, f32x4.pmax(y${row}_${v}, zero), ${v * 16});`);
    if (row) emit('    y -= yStride;');
  }
  emit('  }');
  emit('}\n');
}

function weightsTile(inputs) {
  emit(`export function weightsTile${inputs}x16(rows: i32, x: usize, xStride: usize, dy: usize, dw: usize, panelStride: usize): void {`);
  for (const i of range(inputs)) for (const v of VECTORS) emit(`  let s${i}_${v} = f32x4.splat(0);`);
  emit('  let dy1 = dy + (<usize>rows << 5);');
  const steps = (count) => {
    for (const step of range(count)) {
      multiplyPanels(inputs, step, ['dy', 'dy1'], (i) => `x, ${i * 4}`);
      emit('    x += xStride;');
    }
    emit(`    dy += ${count * 32};`);
    emit(`    dy1 += ${count * 32};`);
  };
  emit(`  for (let r = rows >> ${Math.log2(UNROLLED)}; r > 0; r--) {`);
  steps(UNROLLED);
  emit('  }');
  emit(`  for (let r = rows & ${UNROLLED - 1}; r > 0; r--) {`);
  steps(1);
  emit('  }');
  emit('  const dw1 = dw + panelStride;');
  for (const i of range(inputs)) for (const v of VECTORS) emit(`  v128.store(${v < 2 ? 'dw' : 'dw1'}, s${i}_${v}, ${i * 32 + (v & 1) * 16});`);
  emit('}\n');
}

/** A function that picks the tile of `count` rows. */
function pick(name, parameters, operands) {
  emit(`export function ${name}16(count: i32, ${parameters}): void {`);
  emit('  switch (count) {');
  for (const size of range(MAX_ROWS).reverse()) {
    emit(`    ${size === 0 ? 'default' : `case ${size + 1}`}: ${name}${size + 1}x16(${operands}); return;`);
  }
  emit('  }');
  emit('}\n');
}

emit('// GENERATED by generate-wide.mjs. Do not edit: change the script.\n');
emit("import { madd } from '../simd';\n");
for (const index of range(MAX_ROWS)) {
  forwardTile(index + 1);
  weightsTile(index + 1);
}
pick('forwardTile', 'inputs: i32, x: usize, xStride: usize, w: usize, panelStride: usize, y: usize, yStride: usize, bias: usize, relu: bool',
  'inputs, x, xStride, w, panelStride, y, yStride, bias, relu');
pick('weightsTile', 'rows: i32, x: usize, xStride: usize, dy: usize, dw: usize, panelStride: usize', 'rows, x, xStride, dy, dw, panelStride');

writeFileSync(new URL('./tiles-wide.generated.ts', import.meta.url), lines.join('\n'));
