/**
 * Layer and batch normalisation, forward beside backward. Knows no ops.
 *
 * B rows, N columns; gamma, beta and statistics by column are padded with zeros to a multiple of 8, so padding of y and dx
 * comes out as zero. y = gamma · x̂ + beta with x̂ = (x - mean) / √(variance + epsilon), the variance biased.
 * With g = dy · gamma, over the elements that share a mean:  dx = (g - mean g - x̂ · mean(g · x̂)) / √(variance + epsilon).
 * (J. Ba et al., "Layer normalization", 2016; S. Ioffe, C. Szegedy, "Batch normalization", 2015.)
 */
import { laneMask, madd, sumLanes } from '../simd';

// ---- layer norm: one mean a row; statistics [B][mean, 1 / deviation]

export function layerNormForward(B: i32, N: i32, epsilon: f32, x: usize, xStride: usize, gamma: usize, beta: usize, y: usize, yStride: usize, statistics: usize): void {
  const padded = (N + 7) & ~7;
  const count = f32x4.splat(<f32>N);
  for (let r = B; r > 0; r--) {
    let sum = f32x4.splat(0);
    for (let c = 0; c < N; c += 4) sum = f32x4.add(sum, v128.and(v128.load(x + (<usize>c << 2)), laneMask(c, N)));
    const mean = f32x4.div(sumLanes(sum), count);
    let squares = f32x4.splat(0);
    for (let c = 0; c < N; c += 4) {
      const d = v128.and(f32x4.sub(v128.load(x + (<usize>c << 2)), mean), laneMask(c, N));
      squares = madd(d, d, squares);
    }
    const variance = f32x4.div(sumLanes(squares), count);
    const rate = f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon))));
    for (let c = 0; c < padded; c += 4) {
      const at = <usize>c << 2;
      const normal = v128.and(f32x4.mul(f32x4.sub(v128.load(x + at), mean), rate), laneMask(c, N));
      v128.store(y + at, madd(v128.load(gamma + at), normal, v128.load(beta + at)));
    }
    store<f32>(statistics, f32x4.extract_lane(mean, 0));
    store<f32>(statistics, f32x4.extract_lane(rate, 0), 4);
    statistics += 8;
    x += xStride;
    y += yStride;
  }
}

/** dx, which may be the region of dy. */
export function layerNormBackward(B: i32, N: i32, x: usize, xStride: usize, gamma: usize, statistics: usize, dy: usize, dyStride: usize, dx: usize, dxStride: usize): void {
  const padded = (N + 7) & ~7;
  const count = f32x4.splat(<f32>N);
  for (let r = B; r > 0; r--) {
    const mean = v128.load32_splat(statistics), rate = v128.load32_splat(statistics, 4);
    let sum = f32x4.splat(0), products = f32x4.splat(0);
    for (let c = 0; c < padded; c += 4) {
      const at = <usize>c << 2;
      const normal = v128.and(f32x4.mul(f32x4.sub(v128.load(x + at), mean), rate), laneMask(c, N));
      const g = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
      sum = f32x4.add(sum, g);
      products = madd(g, normal, products);
    }
    const meanG = f32x4.div(sumLanes(sum), count), meanProduct = f32x4.div(sumLanes(products), count);
    for (let c = 0; c < padded; c += 4) {
      const at = <usize>c << 2;
      const normal = f32x4.mul(f32x4.sub(v128.load(x + at), mean), rate);
      const g = f32x4.mul(v128.load(dy + at), v128.load(gamma + at));
      const d = f32x4.mul(f32x4.sub(f32x4.sub(g, meanG), f32x4.mul(normal, meanProduct)), rate);
      v128.store(dx + at, v128.and(d, laneMask(c, N)));
    }
    dx += dxStride;
    statistics += 8;
    x += xStride;
    dy += dyStride;
  }
}

/** dgamma = Σ_rows dy · x̂, dbeta = Σ_rows dy. */
export function layerNormBackwardWeights(B: i32, N: i32, x: usize, xStride: usize, statistics: usize, dy: usize, dyStride: usize, dgamma: usize, dbeta: usize): void {
  const padded = (N + 7) & ~7;
  memory.fill(dgamma, 0, <usize>padded << 2);
  memory.fill(dbeta, 0, <usize>padded << 2);
  for (let r = B; r > 0; r--) {
    const mean = v128.load32_splat(statistics), rate = v128.load32_splat(statistics, 4);
    for (let c = 0; c < padded; c += 4) {
      const at = <usize>c << 2;
      const d = v128.load(dy + at);
      const normal = v128.and(f32x4.mul(f32x4.sub(v128.load(x + at), mean), rate), laneMask(c, N));
      v128.store(dgamma + at, madd(d, normal, v128.load(dgamma + at)));
      v128.store(dbeta + at, f32x4.add(d, v128.load(dbeta + at)));
    }
    statistics += 8;
    x += xStride;
    dy += dyStride;
  }
}

// ---- batch norm: one mean a column; statistics [mean of each column][1 / deviation of each column]
// Columns are independent of each other: each function does those of the vectors `from` … `end` (bytes, multiples of 16).

/**
 * By the batch's own statistics. `running` [mean of each column][variance of each column] moves by
 * running = momentum · running + (1 - momentum) · batch, with the unbiased variance; one row alone leaves it as it is.
 */
export function batchNormForward(from: usize, end: usize, B: i32, N: i32, epsilon: f32, momentum: f32, x: usize, xStride: usize, gamma: usize, beta: usize, y: usize, yStride: usize, statistics: usize, running: usize): void {
  const width = <usize>((N + 7) & ~7) << 2;
  const count = f32x4.splat(<f32>B), rest = f32x4.splat(1 - momentum), keep = f32x4.splat(momentum);
  const unbiased = f32x4.splat(B > 1 ? <f32>B / <f32>(B - 1) : 1);
  for (let at = from, last = min(end, width); at < last; at += 16) {
    const mask = laneMask(<i32>(at >> 2), N);
    let sum = f32x4.splat(0);
    for (let r = 0, p = x + at; r < B; r++, p += xStride) sum = f32x4.add(sum, v128.load(p));
    const mean = v128.and(f32x4.div(sum, count), mask);
    let squares = f32x4.splat(0);
    for (let r = 0, p = x + at; r < B; r++, p += xStride) {
      const d = f32x4.sub(v128.load(p), mean);
      squares = madd(d, d, squares);
    }
    const variance = v128.and(f32x4.div(squares, count), mask);
    const rate = v128.and(f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon)))), mask);
    v128.store(statistics + at, mean);
    v128.store(statistics + width + at, rate);
    if (B > 1) {
      const runningMean = running + at, runningVariance = running + width + at;
      v128.store(runningMean, madd(v128.load(runningMean), keep, f32x4.mul(mean, rest)));
      v128.store(runningVariance, madd(v128.load(runningVariance), keep, f32x4.mul(f32x4.mul(variance, unbiased), rest)));
    }
    normalize(B, x + at, xStride, mean, rate, v128.load(gamma + at), v128.load(beta + at), y + at, yStride);
  }
}

/** By the running statistics. */
export function batchNormInference(B: i32, N: i32, epsilon: f32, x: usize, xStride: usize, gamma: usize, beta: usize, y: usize, yStride: usize, running: usize): void {
  const width = <usize>((N + 7) & ~7) << 2;
  for (let at: usize = 0; at < width; at += 16) {
    const mask = laneMask(<i32>(at >> 2), N);
    const variance = v128.load(running + width + at);
    const rate = v128.and(f32x4.div(f32x4.splat(1), f32x4.sqrt(f32x4.add(variance, f32x4.splat(epsilon)))), mask);
    normalize(B, x + at, xStride, v128.load(running + at), rate, v128.load(gamma + at), v128.load(beta + at), y + at, yStride);
  }
}

/** One vector of columns, all rows. */
// @ts-ignore: decorator
@inline
function normalize(B: i32, x: usize, xStride: usize, mean: v128, rate: v128, gamma: v128, beta: v128, y: usize, yStride: usize): void {
  for (let r = B; r > 0; r--) {
    v128.store(y, madd(gamma, f32x4.mul(f32x4.sub(v128.load(x), mean), rate), beta));
    x += xStride;
    y += yStride;
  }
}

/** As layerNormBackward, the means over the batch. */
export function batchNormBackward(from: usize, end: usize, B: i32, N: i32, x: usize, xStride: usize, gamma: usize, statistics: usize, dy: usize, dyStride: usize, dx: usize, dxStride: usize, dgamma: usize, dbeta: usize): void {
  const width = <usize>((N + 7) & ~7) << 2;
  const count = f32x4.splat(<f32>B);
  for (let at = from, last = min(end, width); at < last; at += 16) {
    const mean = v128.load(statistics + at), rate = v128.load(statistics + width + at);
    let sum = f32x4.splat(0), products = f32x4.splat(0);
    for (let r = 0, p = x + at, q = dy + at; r < B; r++, p += xStride, q += dyStride) {
      const d = v128.load(q);
      sum = f32x4.add(sum, d);
      products = madd(d, f32x4.mul(f32x4.sub(v128.load(p), mean), rate), products);
    }
    v128.store(dgamma + at, products);
    v128.store(dbeta + at, sum);
    if (dx) {
      const scale = f32x4.mul(v128.load(gamma + at), rate);
      const meanD = f32x4.div(sum, count), meanProduct = f32x4.div(products, count);
      for (let r = 0, p = x + at, q = dy + at, d = dx + at; r < B; r++, p += xStride, q += dyStride, d += dxStride) {
        const normal = f32x4.mul(f32x4.sub(v128.load(p), mean), rate);
        v128.store(d, f32x4.mul(f32x4.sub(f32x4.sub(v128.load(q), meanD), f32x4.mul(normal, meanProduct)), scale));
      }
    }
  }
}
