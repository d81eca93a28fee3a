/** Runs every JavaScript block of the README and the docs with the built package, as a reader would. Knows no internals. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const built = new URL('dist/gradlet.js', root);
const pages = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

const blocks = pages.flatMap((page) => {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code], index) => ({ name: `${page}, block ${index + 1}`, code }));
});

describe('code blocks', () => {
  test('the package is built', () => {
    expect(existsSync(built), 'dist/gradlet.js is missing: run `npm run build`').toBe(true);
    expect(blocks.length).toBeGreaterThan(3);
  });

  test.concurrent.each(blocks)('$name', async ({ code }) => {
    const module = code.replace(/'gradlet(?:\/(\w+))?'/g, (_, entry = 'gradlet') => `'${new URL(`${entry}.js`, built).href}'`);
    // Fails with what the block printed if it throws.
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', module]);
    if (code.includes('// 0, 1, 1, 0')) expect(stdout).toMatch(/0, 1, 1, 0/);
    if (code.includes('// 1.1482906')) expect(stdout).toMatch(/1\.148290\d+,\s+2\.355164\d+,\s+4\.65967\d+,\s+4\.10271\d+/);
    if (code.includes('// 10 true')) expect(stdout).toMatch(/10 true/);
    if (code.includes('// true')) expect(stdout).toMatch(/^true$/m);
    if (code.includes(': 0, 0, 0, 1')) expect(stdout).toMatch(/0, 0, 0, 1/);
  }, 60_000);
});
