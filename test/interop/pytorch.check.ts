// The example examples/pytorch as a reader runs it: PyTorch trains and saves, gradlet answers the same, trains on and writes back,
// PyTorch loads it. Needs a Python with PyTorch (Debian: python3-torch), else it is skipped; and the built package.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const example = join(import.meta.dirname, '..', '..', 'examples', 'pytorch');
const python = ['python3', '/usr/bin/python3'].find((path) => spawnSync(path, ['-c', 'import torch, numpy']).status === 0);

/** What a program of the example prints. */
function run(program: string, script: string, folder: string): string {
  const { status, stdout, stderr } = spawnSync(program, [join(example, script), folder], {
    encoding: 'utf8',
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
  });
  expect(status, stderr).toBe(0);
  return stdout;
}

it.skipIf(!python)('PyTorch and gradlet answer the same, both ways', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gradlet-pytorch-'));
  try {
    expect(run(python as string, 'train.py', folder)).toMatch(/accuracy 0\.9\d+ on 300 new points/);
    const served = run(process.execPath, 'serve.js', folder);
    expect(Number(served.match(/largest difference (\S+)/)?.[1])).toBeLessThan(1e-5);
    const checked = run(python as string, 'check.py', folder);
    expect(checked).toMatch(/10 tensors, every bit the same/);
    expect(Number(checked.match(/largest difference (\S+)/)?.[1])).toBeLessThan(1e-5);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
