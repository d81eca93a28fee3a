// The program in the packed package: installed in a folder of its own, where nothing else is, it runs by its name.

import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import manifest from '../../package.json';
import { folder, iris, put, root, useFolder } from './support.js';

useFolder(120_000);
const run = promisify(execFile);

describe('the installed package', () => {
  it('has the program, with nothing besides', async () => {
    const [{ filename }] = JSON.parse(
      (await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], { cwd: root })).stdout,
    );
    put('package.json', JSON.stringify({ name: 'app', private: true }));
    await run('npm', ['install', '--no-audit', '--no-fund', '--offline', `./${filename}`], { cwd: folder });
    expect(readdirSync(join(folder, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual(['gradlet']);
    expect((await run('npx', ['--no-install', 'gradlet', '--version'], { cwd: folder })).stdout).toBe(`${manifest.version}\n`);
    const program = join(folder, 'node_modules/.bin/gradlet');
    const gradlet = async (...words: string[]): Promise<string> => (await run(program, words, { cwd: folder })).stdout;
    await gradlet('train', iris(), '--target', 'species', '--epochs', '5', '--seed', '1', '--report', 'report.html', '--quiet');
    expect((await gradlet('predict', 'model.safetensors', 'iris.csv', '--quiet')).split('\n')).toHaveLength(152);
    expect(statSync(join(folder, 'report.html')).size).toBeGreaterThan(10_000);
    expect(
      await gradlet('tune', 'iris.csv', '--target', 'species', '--trials', '2', '--epochs', '2', '--out', 'b.safetensors', '--quiet'),
    ).toContain('b.safetensors: classification');
  });
});

describe('the built program', () => {
  const parts = readdirSync(join(root, 'dist')).filter((name) => /^cli(-\w+)?\.js$/.test(name));

  it('can be executed', () => {
    expect(readFileSync(join(root, 'dist/cli.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    expect(statSync(join(root, 'dist/cli.js')).mode & 0o111).toBe(0o111);
  });

  it('uses the library by its public files, and holds no core', () => {
    const sources = parts.map((name) => readFileSync(join(root, 'dist', name), 'utf8'));
    const used = sources.flatMap((source) => [...source.matchAll(/(?:from |import\()"(\.\/[^"]+)"/g)].map(([, path]) => path));
    const others = new Set(used.filter((path) => !/^\.\/cli(-\w+)?\.js$/.test(path)));
    expect([...others].sort()).toEqual(['./gradlet.js', './interop.js', './onnx.js', './tabular.js']);
    for (const source of sources) expect(source).not.toMatch(/WebAssembly/);
  });
});
