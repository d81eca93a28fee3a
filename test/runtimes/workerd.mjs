/** workerd by miniflare, with the package bundled under its conditions. Knows programs/worker.mjs. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

/** Processes of this one's descendants that are workerd. */
function processes() {
  const parents = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const [name, , parent] = [text.match(/\((.*)\)/)[1], ...text.slice(text.lastIndexOf(')') + 2).split(' ')];
      parents.set(Number(pid), { name, parent: Number(parent) });
    } catch {
      // It is gone already.
    }
  }
  const isOurs = (pid) => pid === process.pid || (parents.has(pid) && pid > 1 && isOurs(parents.get(pid).parent));
  return [...parents].filter(([pid, { name }]) => name.startsWith('workerd') && isOurs(pid)).map(([pid]) => pid);
}

export async function openWorkerd(folder) {
  const { Miniflare } = await import('miniflare');
  const out = join(folder, 'worker');
  await build({
    entryPoints: [join(folder, 'programs/worker.mjs')],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    loader: { '.wasm': 'copy' },
    outdir: out,
    outExtension: { '.js': '.mjs' },
    logLevel: 'warning',
  });
  const modules = readdirSync(out).map((name) => ({ type: name.endsWith('.wasm') ? 'CompiledWasm' : 'ESModule', path: join(out, name) }));
  modules.sort((a) => (a.type === 'ESModule' ? -1 : 1));
  const miniflare = new Miniflare({ modules, modulesRoot: out, compatibilityDate: '2026-07-01' });
  const url = await miniflare.ready;
  const { version } = JSON.parse(readFileSync(new URL('./node_modules/workerd/package.json', import.meta.url), 'utf8'));
  return {
    version,
    async ask(path) {
      const response = await fetch(new URL(path, url));
      if (!response.ok) throw new Error(await response.text());
      return response.json();
    },
    /** Resident memory of the processes. */
    megabytes: () =>
      processes().reduce((sum, pid) => sum + Number(readFileSync(`/proc/${pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]) / 1024, 0),
    close: () => miniflare.dispose(),
  };
}
