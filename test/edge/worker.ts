/** Bundles the edge example as its wrangler.jsonc says, and runs it in workerd by miniflare. Knows nothing of what it answers. */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = new URL('../../', import.meta.url);
const example = new URL('examples/edge/', root).pathname;
/** miniflare lives where the runtimes are installed. */
const { Miniflare } = createRequire(new URL('test/runtimes/package.json', root))('miniflare');

interface Config {
  main: string;
  compatibility_date: string;
  durable_objects: { bindings: { name: string; class_name: string }[] };
}
const config: Config = JSON.parse(readFileSync(`${example}wrangler.jsonc`, 'utf8'));

const KINDS: Record<string, string> = { js: 'ESModule', wasm: 'CompiledWasm', safetensors: 'Data' };
const kindOf = (file: string): string => KINDS[file.split('.').at(-1) ?? ''];

/** What wrangler's bundler does: one script, with .wasm and model beside it. */
export async function bundle(folder: string, entry = join(example, config.main)): Promise<void> {
  await build({
    entryPoints: [entry],
    bundle: true,
    format: 'esm',
    conditions: ['workerd', 'worker'],
    external: ['cloudflare:*'],
    loader: { '.wasm': 'copy', '.safetensors': 'copy' },
    outdir: folder,
    logLevel: 'warning',
  });
}

export interface Answer {
  status: number;
  json: Record<string, unknown>;
}

export interface Worker {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  get(path: string): Promise<Response>;
  /** Ends the process, as an eviction does; what was not stored is gone. */
  stop(): Promise<void>;
}

/** @param storage folder that outlives the process */
export async function start(folder: string, storage: string, env: Record<string, string> = {}): Promise<Worker> {
  return open(folder, {
    durableObjects: Object.fromEntries(
      config.durable_objects.bindings.map(({ name, class_name }) => [name, { className: class_name, useSQLite: true }]),
    ),
    durableObjectsPersist: storage,
    bindings: env,
  });
}

/** A script and what it imports, in workerd. */
export async function open(folder: string, options: object = {}): Promise<Worker> {
  const files = readdirSync(folder).filter((file) => kindOf(file));
  files.sort((a, b) => Number(kindOf(b) === 'ESModule') - Number(kindOf(a) === 'ESModule'));
  const miniflare = new Miniflare({
    modules: files.map((file) => ({ type: kindOf(file), path: join(folder, file) })),
    modulesRoot: folder,
    compatibilityDate: config.compatibility_date,
    ...options,
  });
  const url: URL = await miniflare.ready;
  return {
    async post(path, body, headers = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const response = await fetch(new URL(path, url), { method: 'POST', body: text, headers });
      return { status: response.status, json: (await response.json()) as Record<string, unknown> };
    },
    get: (path) => fetch(new URL(path, url)),
    stop: () => miniflare.dispose(),
  };
}
