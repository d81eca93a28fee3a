// Paths from the command line: checks, printing, and writing that leaves the old file or the new one.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { checkModelFile, checkOutput, shown, writeWhole } from '../../../examples/digits/files.js';
import { withFolder } from './cli';

describe('files', () => {
  it('shows paths from the current folder', () => {
    expect(shown(join(process.cwd(), 'out', 'digits.svg'))).toBe('out/digits.svg');
    expect(shown('out/../x')).toBe('x');
  });

  it('makes the output folder, and refuses what is in the way', () =>
    withFolder((folder) => {
      checkOutput(join(folder, 'a', 'b'), ['model']);
      expect(readdirSync(join(folder, 'a'))).toEqual(['b']);
      mkdirSync(join(folder, 'a', 'b', 'model'));
      expect(() => checkOutput(join(folder, 'a', 'b'), ['model'])).toThrow('is in the way, it is a folder');
      writeFileSync(join(folder, 'file'), '');
      expect(() => checkOutput(join(folder, 'file'), [])).toThrow('(there is a file of that name)');
      expect(() => checkOutput(join(folder, 'file', 'deeper'), [])).toThrow('(part of the path is a file)');
    }));

  it('refuses models that cannot be read', () =>
    withFolder((folder) => {
      writeFileSync(join(folder, 'model'), 'x');
      checkModelFile(join(folder, 'model'));
      expect(() => checkModelFile(join(folder, 'none'))).toThrow('(no such file)');
      expect(() => checkModelFile(folder)).toThrow('(not a file)');
    }));

  it('replaces a file as a whole, and leaves nothing behind when it cannot', () =>
    withFolder((folder) => {
      const path = join(folder, 'model');
      writeWhole(path, 'old');
      writeWhole(path, Uint8Array.of(104, 105));
      expect(readFileSync(path, 'utf8')).toBe('hi');
      mkdirSync(join(folder, 'taken', 'inside'), { recursive: true });
      expect(() => writeWhole(join(folder, 'taken'), 'x')).toThrow('could not be written');
      expect(readdirSync(folder).sort()).toEqual(['model', 'taken']);
    }));
});
