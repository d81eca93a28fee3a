// Files: what is saved is loaded, and whatever happens while it is written there is the old file or the new one, whole.

import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GradletError, Network } from '../../src/index.js';
import { loadFile, saveFile } from '../../src/node.js';
import { copyWhole, type FileSystem, writeWhole } from '../../src/runtime/files.js';
import { failureOf, smallNetwork, weightBits, wrong } from '../api/support.js';

let folder: string;
let target: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'gradlet-'));
  target = path.join(folder, 'model.safetensors');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

const bytesOf = (value: number, count = 100): Uint8Array => new Uint8Array(count).fill(value);

describe('saveFile and loadFile', () => {
  it('give the network back', () => {
    const network = smallNetwork();
    network.metadata = { author: 'A. Turing' };
    saveFile(network, target);
    expect(fs.readFileSync(target)).toEqual(Buffer.from(network.save()));
    expect(weightBits(loadFile(target))).toEqual(weightBits(network));
    expect(loadFile(target).metadata).toEqual(network.metadata);
    expect(fs.readdirSync(folder)).toEqual(['model.safetensors']);
  });

  it('take URLs and options', () => {
    const network = smallNetwork();
    const url = pathToFileURL(target);
    saveFile(network, url, { dtype: 'float16', metadata: { a: 'b' } });
    expect(fs.readFileSync(url)).toEqual(Buffer.from(network.save({ dtype: 'float16', metadata: { a: 'b' } })));
    expect(loadFile(url, { maximumLayers: 2 })).toBeInstanceOf(Network);
  });

  it.each([
    ['no network', () => saveFile(wrong({}), target), TypeError, /saveFile: network: expected a Network/],
    ['no path', () => saveFile(smallNetwork(), wrong(5)), TypeError, /saveFile: path: expected the path of a file, got 5/],
    ['an empty path', () => loadFile(''), RangeError, /loadFile: path/],
    ['an unknown option', () => loadFile(target, wrong({ custm: {} })), TypeError, /unknown option 'custm'/],
    [
      'a training state that is not there',
      () => saveFile(smallNetwork(), target, { trainingState: true }),
      RangeError,
      /no training state/,
    ],
  ])('refuse %s', async (_, action, Kind, reason) => {
    const error = await failureOf(action);
    expect(error).toBeInstanceOf(Kind);
    expect((error as Error).message).toMatch(reason);
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  it('refuse a larger file than asked for, before reading it', async () => {
    fs.closeSync(fs.openSync(target, 'w'));
    fs.truncateSync(target, 2 ** 31 + 1);
    const error = (await failureOf(() => loadFile(target))) as GradletError;
    expect([error.code, error.message]).toEqual([
      'ERR_FORMAT',
      expect.stringMatching(/has 2147483649 bytes, but at most 2147483648 are read; raise/),
    ]);
  });

  it("give the file system's own errors", async () => {
    expect(await failureOf(() => loadFile(target))).toMatchObject({ code: 'ENOENT' });
    expect(await failureOf(() => saveFile(smallNetwork(), path.join(folder, 'none', 'model')))).toMatchObject({ code: 'ENOENT' });
    fs.writeFileSync(target, 'no model');
    expect(await failureOf(() => loadFile(target))).toBeInstanceOf(GradletError);
  });
});

describe('a file that is replaced', () => {
  it('keeps its permissions', () => {
    fs.writeFileSync(target, 'old', { mode: 0o640 });
    fs.chmodSync(target, 0o640);
    writeWhole({ fs, path }, target, bytesOf(1));
    expect(fs.statSync(target).mode & 0o777).toBe(0o640);
  });

  it('stays where a symbolic link points', () => {
    const link = path.join(folder, 'latest');
    fs.writeFileSync(target, 'old');
    fs.symlinkSync('model.safetensors', link);
    writeWhole({ fs, path }, link, bytesOf(1));
    expect(fs.lstatSync(link).isSymbolicLink()).toBe(true);
    expect(fs.readFileSync(target)).toEqual(Buffer.from(bytesOf(1)));
  });

  it('leaves another name of it as it was', () => {
    const other = path.join(folder, 'other');
    writeWhole({ fs, path }, target, bytesOf(1));
    copyWhole({ fs, path }, target, other, bytesOf(1));
    writeWhole({ fs, path }, target, bytesOf(2));
    expect([target, other].map((name) => fs.readFileSync(name)[0])).toEqual([2, 1]);
  });

  it('is copied where there are no links', () => {
    const other = path.join(folder, 'other');
    writeWhole({ fs, path }, target, bytesOf(1));
    const linkSync = (): never => {
      throw new Error('EPERM');
    };
    copyWhole({ fs: { ...fs, linkSync }, path }, target, other, bytesOf(1));
    expect(fs.readFileSync(other)).toEqual(Buffer.from(bytesOf(1)));
  });
});

describe('leftovers of crashes', () => {
  it('are removed when nobody writes to them any more, and nothing else is', () => {
    const names = [
      '.model.safetensors.0123abcd.tmp',
      '.model.safetensors.89abcdef.tmp',
      '.model.safetensors.notes.tmp',
      '.other.0123abcd.tmp',
    ];
    for (const name of names) fs.writeFileSync(path.join(folder, name), 'part');
    const old = Date.now() / 1000 - 3600;
    for (const name of [names[0], names[2], names[3]]) fs.utimesSync(path.join(folder, name), old, old);
    saveFile(smallNetwork(), target);
    expect(fs.readdirSync(folder).sort()).toEqual([...names.slice(1), 'model.safetensors'].sort());
    expect(loadFile(target)).toBeInstanceOf(Network);
  });
});

/** A file system that dies at its call number `at`: it does half of that call's work, and nothing after that. */
function dying(at: number): { fs: FileSystem; calls: string[] } {
  const calls: string[] = [];
  let dead = false;
  const wrapped = Object.fromEntries(
    Object.entries(fs).map(([name, value]) => [
      name,
      (...given: unknown[]) => {
        if (dead) throw new Error('dead');
        const what = name === 'fsyncSync' ? `fsync ${calls.filter((call) => call.startsWith('open')).length}` : name.replace('Sync', '');
        calls.push(name === 'openSync' ? `open ${given[1]}` : what);
        dead = calls.length === at;
        if (dead && name !== 'writeSync') throw new Error('dies');
        if (dead) {
          fs.writeSync(given[0] as number, given[1] as Uint8Array, 0, 50);
          throw new Error('dies');
        }
        return (value as (...given: unknown[]) => unknown)(...given);
      },
    ]),
  );
  return { fs: wrapped as unknown as FileSystem, calls };
}

describe('a write that dies', () => {
  it('brings the bytes to the disk before the name, and then the name', () => {
    const { fs: watched, calls } = dying(-1);
    writeWhole({ fs: watched, path }, target, bytesOf(1));
    const order = ['open wx', 'write', 'fsync 1', 'close', 'rename', 'open r', 'fsync 2', 'close'];
    expect(calls.filter((call) => order.includes(call))).toEqual(order);
  });

  it('at any call leaves the old file or the new one', () => {
    const { fs: watched, calls } = dying(-1);
    writeWhole({ fs: watched, path }, target, bytesOf(1));
    for (let at = 1; at <= calls.length; at++) {
      writeWhole({ fs, path }, target, bytesOf(1));
      const { fs: mortal } = dying(at);
      try {
        writeWhole({ fs: mortal, path }, target, bytesOf(2));
      } catch {
        // As meant.
      }
      const found = fs.readFileSync(target);
      expect(found.length).toBe(100);
      expect(new Set(found).size, `call ${at}, ${calls[at - 1]}`).toBe(1);
    }
  });

  it.each(['writeSync', 'fsyncSync', 'renameSync'] as const)('by an error of %s says so, and leaves nothing behind', async (name) => {
    writeWhole({ fs, path }, target, bytesOf(1));
    const broken = {
      ...fs,
      [name]: () => {
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' });
      },
    };
    expect(await failureOf(() => writeWhole({ fs: broken, path }, target, bytesOf(2)))).toMatchObject({ code: 'ENOSPC' });
    expect(fs.readFileSync(target)).toEqual(Buffer.from(bytesOf(1)));
    expect(fs.readdirSync(folder)).toEqual(['model.safetensors']);
  });

  it('goes on when less is written at a time than asked for', () => {
    const writeSync = (file: number, bytes: Uint8Array, offset: number, length: number) =>
      fs.writeSync(file, bytes, offset, Math.min(length, 7));
    const bytes = Uint8Array.from({ length: 100 }, (_, index) => index);
    writeWhole({ fs: { ...fs, writeSync }, path }, target, bytes);
    expect(fs.readFileSync(target)).toEqual(Buffer.from(bytes));
  });
});
