/**
 * Metrics over a batch, added to accumulators in f64. Knows no ops. Targets are rows, or labels (i32) where `labels` is set.
 *
 * Accumulators: [rows or elements counted, right or summed errors] for accuracy, binary accuracy and mean absolute error;
 * for r2 four a column: [rows, Σ t, Σ t², Σ (t - p)²]. What is made of them at the end stands in src/training/metrics.ts.
 */
import { METRIC_ACCURACY, METRIC_BINARY_ACCURACY, METRIC_MEAN_ABSOLUTE_ERROR, METRIC_R2 } from '../abi';

// @ts-ignore: decorator
@inline
function add(accumulator: usize, amount: f64): void {
  store<f64>(accumulator, load<f64>(accumulator) + amount);
}

/** Column of the first largest value. */
function argmax(N: i32, p: usize): i32 {
  let best = 0;
  for (let c = 1; c < N; c++) {
    if (load<f32>(p + (<usize>c << 2)) > load<f32>(p + (<usize>best << 2))) best = c;
  }
  return best;
}

export function metric(kind: i32, labels: bool, B: i32, N: i32, p: usize, pStride: usize, t: usize, tStride: usize, accumulators: usize): void {
  for (let r = B; r > 0; r--) {
    if (kind == METRIC_ACCURACY) {
      add(accumulators, 1);
      if (labels) add(accumulators + 8, argmax(N, p) == load<i32>(t) ? 1 : 0);
      else if (N == 1) add(accumulators + 8, (load<f32>(p) > 0.5) == (load<f32>(t) > 0.5) ? 1 : 0);
      else add(accumulators + 8, argmax(N, p) == argmax(N, t) ? 1 : 0);
    } else {
      for (let c = 0; c < N; c++) {
        const guess = load<f32>(p + (<usize>c << 2));
        const wanted = labels ? <f32>(load<i32>(t) == c ? 1 : 0) : load<f32>(t + (<usize>c << 2));
        const difference = <f64>wanted - <f64>guess;
        if (kind == METRIC_R2) {
          const at = accumulators + (<usize>c << 5);
          add(at, 1);
          add(at + 8, wanted);
          add(at + 16, <f64>wanted * <f64>wanted);
          add(at + 24, difference * difference);
        } else {
          add(accumulators, 1);
          if (kind == METRIC_BINARY_ACCURACY) add(accumulators + 8, (guess > 0.5) == (wanted > 0.5) ? 1 : 0);
          else if (kind == METRIC_MEAN_ABSOLUTE_ERROR) add(accumulators + 8, abs(difference));
        }
      }
    }
    p += pStride;
    t += labels ? 4 : tStride;
  }
}
