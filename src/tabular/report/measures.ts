/** What the charts of a report show, as numbers: calibration, residuals. Knows no drawing. */

/** Rows that were given a probability within a bin. */
export interface CalibrationBin {
  /** Mean probability of the likeliest label. */
  readonly confidence: number;
  /** Share of rows where it was right. */
  readonly accuracy: number;
  readonly rows: number;
}

const BINS = 10;

/**
 * How often the likeliest label is right, by its probability, in ten bins of the same width; and the expected calibration error,
 * Σ rows of a bin / rows · |accuracy − confidence| (C. Guo and others, "On Calibration of Modern Neural Networks", 2017).
 */
export function calibrate(confidences: readonly number[], right: readonly boolean[]): { bins: CalibrationBin[]; error: number } {
  const sums = Array.from({ length: BINS }, () => ({ confidence: 0, right: 0, rows: 0 }));
  for (const [row, confidence] of confidences.entries()) {
    const bin = sums[Math.min(BINS - 1, Math.floor(confidence * BINS))];
    bin.confidence += confidence;
    bin.right += Number(right[row]);
    bin.rows++;
  }
  const bins = sums
    .filter(({ rows }) => rows > 0)
    .map(({ confidence, right: hits, rows }) => ({ confidence: confidence / rows, accuracy: hits / rows, rows }));
  const error = bins.reduce(
    (sum, { confidence, accuracy, rows }) => sum + (rows / confidences.length) * Math.abs(accuracy - confidence),
    0,
  );
  return { bins, error };
}

/** Pairs of labels that are taken for each other most often. */
export function confusions(confusion: readonly (readonly number[])[], most: number): { actual: number; predicted: number; rows: number }[] {
  return confusion
    .flatMap((cells, actual) => cells.map((rows, predicted) => ({ actual, predicted, rows })))
    .filter(({ actual, predicted, rows }) => rows > 0 && actual !== predicted)
    .sort((a, b) => b.rows - a.rows)
    .slice(0, most);
}
