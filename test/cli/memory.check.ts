// A million rows take no more memory than some thousands: what predict takes at its peak, as the operating system counts it.

import { once } from 'node:events';
import { createWriteStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { csv, done, folder, IRIS, irisModel, NAMES, put, useFolder } from './support.js';

useFolder(600_000);

const MIB = 1024 * 1024;
/** Tells of the peak at the end. */
const TELL = `process.on('exit', () => process.stderr.write('peak ' + process.resourceUsage().maxRSS * 1024 + '\\n'));\n`;

/** A table of so many rows as a file. */
async function table(name: string, rows: number): Promise<string> {
  const file = createWriteStream(join(folder, name));
  const block = csv(Array.from({ length: 1500 }, (_, row) => IRIS[row % 150]))
    .split('\n')
    .slice(1)
    .join('\n');
  file.write(`${NAMES.join(',')}\n`);
  for (let row = 0; row < rows; row += 1500) {
    if (!file.write(block)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
  return name;
}

async function peak(words: readonly string[], rows: number): Promise<number> {
  const { stderr } = await done(['predict', 'model.safetensors', ...words], {
    env: { NODE_OPTIONS: `--import=${join(folder, put('tell.mjs', TELL))}` },
  });
  expect(stderr).toContain(`${rows.toLocaleString('en')} rows, `);
  console.log(stderr.trim().replaceAll('\n', '; '));
  return Number(/peak (\d+)/.exec(stderr)?.[1]);
}

describe('predict', () => {
  it('of a million rows', async () => {
    await irisModel();
    const few = await peak([await table('few.csv', 30_000), '--out', 'few.out.csv'], 30_000);
    const many = await peak([await table('many.csv', 1_000_500), '--out', 'many.out.csv', '--probabilities'], 1_000_500);
    const lines = readFileSync(join(folder, 'many.out.csv'), 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(1_000_501);
    expect(lines.at(-1)).toBe(lines[150]);
    expect(many).toBeLessThan(few + 60 * MIB);
    expect(many).toBeLessThan(250 * MIB);
  });
});
