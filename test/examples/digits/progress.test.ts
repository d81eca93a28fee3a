// Progress: plain lines at a calm pace, a bar in a terminal, honest numbers in both.

import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { barLine, createProgress, formatDuration, formatRate } from '../../../examples/digits/progress.js';

const point = { loss: 0.5, accuracy: 0.9, heldLoss: 0.25, heldAccuracy: 0.9785, samplesPerSecond: 1000 };

/** Two epochs of 250 samples in batches of 100, a second for each batch, on an output that remembers. */
function train(output: PassThrough & { isTTY?: boolean; columns?: number }): string {
  let time = 0;
  const progress = createProgress({ epochs: 2, samples: 250, batchSize: 100, held: 'test', output, now: () => time });
  for (let epoch = 0; epoch < 2; epoch++) {
    [3, 2, 1].forEach((loss, batch) => {
      time += 1000;
      progress.batch({ epoch, batch, loss, samplesPerSecond: 1234.5 });
    });
    progress.epoch({ ...point, epoch: epoch + 1 });
  }
  progress.stop();
  return String(output.read());
}

describe('createProgress', () => {
  it('writes plain lines where there is no terminal', () => {
    expect(train(new PassThrough()).split('\n')).toEqual([
      // First batch: 100 samples in 1 s, 400 to go.
      'epoch 1/2   40 %  loss 3.0000  1,235 samples/s  0:04 left',
      // Third batch has 50 rows: (3·100 + 2·100 + 1·50) / 250.
      'epoch 1/2  100 %  loss 2.2000  1,235 samples/s  0:03 left',
      'epoch 1/2  training loss 0.5000, 90.00 %  test loss 0.2500, 97.85 %  1,000 samples/s  0:03 left',
      'epoch 2/2   80 %  loss 2.5000  1,235 samples/s  0:01 left',
      'epoch 2/2  training loss 0.5000, 90.00 %  test loss 0.2500, 97.85 %  1,000 samples/s  0:00 left',
      '',
    ]);
  });

  it('draws a bar in a terminal and leaves one line for each epoch', () => {
    const text = train(Object.assign(new PassThrough(), { isTTY: true, columns: 80 }));
    expect(text).toContain('epoch 1/2  \u2591');
    expect(text).toMatch(/\u2588+\u2591* 100 % {2}loss 2\.2000 {2}1,235 samples\/s {2}0:03 left/);
    const shown = text.replace(/[^\n]*\u001b\[2K/g, '');
    expect(shown.split('\n')).toEqual([
      'epoch 1/2  training loss 0.5000, 90.00 %  test loss 0.2500, 97.85 %',
      'epoch 2/2  training loss 0.5000, 90.00 %  test loss 0.2500, 97.85 %',
      '',
    ]);
  });
});

describe('barLine', () => {
  const words = ['epoch 1/5', 'loss 0.1234', '52,300 samples/s  0:12 left'];
  it.each([30, 60, 80, 200])('fits %i columns', (columns) => {
    expect(barLine(0.5, words, columns).length).toBeLessThan(columns);
  });
  it('shows the share in its length', () => {
    const count = (share: number) => barLine(share, words, 80).split('\u2588').length - 1;
    expect(count(0)).toBe(0);
    expect(count(0.5) * 2).toBe(count(1));
  });
});

describe('formats', () => {
  it('writes rates and durations', () => {
    expect(formatRate(52_300.4)).toBe('52,300 samples/s');
    expect(formatRate(Number.NaN)).toBe('- samples/s');
    expect([0, 9.2, 75, 3725, Number.NaN].map(formatDuration)).toEqual(['0:00', '0:10', '1:15', '1:02:05', '-:--']);
  });
});
