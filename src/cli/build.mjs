/**
 * Makes the program `gradlet` in dist/ from src/cli.ts: its parsers are inside, the library is not. What it uses of that are the package's own
 * entries, imported as files beside it, so the program holds no second core, and no entry grows because of it.
 */
import { chmodSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { resolve } from 'node:path';
import { build } from 'esbuild';

/** Leaves the entries to the package, and gives Node's modules their full names. `sources`: the entries' names by source file. */
function outside(sources) {
  return {
    name: 'outside',
    setup({ onResolve }) {
      onResolve({ filter: /^\.\.?\/.*\.js$/ }, ({ path, resolveDir }) => {
        const entry = sources.get(resolve(resolveDir, path.replace(/\.js$/, '.ts')));
        return entry && { path: `./${entry}.js`, external: true };
      });
      onResolve({ filter: new RegExp(`^(${builtinModules.filter((name) => !name.startsWith('_')).join('|')})$`) }, ({ path }) => ({
        path: `node:${path}`,
        external: true,
      }));
    },
  };
}

/** The program and its parts, which it loads when they are needed. */
export async function buildProgram(root, sources) {
  await build({
    absWorkingDir: root,
    entryPoints: [{ in: `${root}src/cli.ts`, out: 'cli' }],
    outdir: 'dist',
    chunkNames: 'cli-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'node20',
    platform: 'node',
    mainFields: ['module', 'main'],
    external: ['node:*'],
    plugins: [outside(sources)],
    // What is CommonJS inside asks for Node's modules by it.
    banner: { js: "import { createRequire as requireFrom } from 'node:module';\nconst require = requireFrom(import.meta.url);" },
    legalComments: 'inline',
    logLevel: 'warning',
  });
  chmodSync(`${root}dist/cli.js`, 0o755);
}
