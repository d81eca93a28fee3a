/**
 * What runs in a worker: instances of the core, at the word of the thread that started it (messages.ts). Compiled to one
 * text by generate.mjs, which the package carries inside. Knows neither networks nor programs.
 */
import { TEAM_ABORT, TEAM_GENERATION, TEAM_LEFT } from '../../../assembly/abi.js';
import type { Call, FromWorker, ToWorker } from './messages.js';

/** What workers of Node and of the web have in common. */
interface Port {
  postMessage(message: FromWorker, transfer?: ArrayBuffer[]): void;
}

interface CoreExports {
  run(program: number, steps: number, count: number): number;
  runTeam(program: number, steps: number, count: number, team: number, thread: number): number;
}

interface NodeThreads {
  readonly parentPort: (Port & { on(event: 'message', listener: (message: ToWorker) => void): void; close(): void }) | null;
}

declare const require: ((name: string) => NodeThreads) | undefined;

const scope = globalThis as unknown as Port & {
  onmessage: ((event: { data: ToWorker }) => void) | null;
  close(): void;
  process?: { getBuiltinModule?: (name: string) => NodeThreads | undefined };
};

function nodePort(): NodeThreads['parentPort'] {
  try {
    const name = 'node:worker_threads';
    return (scope.process?.getBuiltinModule?.(name) ?? (typeof require === 'function' ? require(name) : undefined))?.parentPort ?? null;
  } catch {
    return null;
  }
}

const node = nodePort();
const port: Port = node ?? scope;
let memory: WebAssembly.Memory;
let core: CoreExports;

function reply(message: FromWorker, transfer?: ArrayBuffer[]): void {
  port.postMessage(message, transfer);
}

/** Wakes everybody in the team up, so that nobody waits for this thread. */
function abort(team: number): void {
  const words = new Int32Array(memory.buffer);
  Atomics.store(words, (team + TEAM_ABORT) / 4, 1);
  Atomics.notify(words, (team + TEAM_GENERATION) / 4);
  Atomics.add(words, (team + TEAM_LEFT) / 4, 1);
  Atomics.notify(words, (team + TEAM_LEFT) / 4);
}

function run({ program, steps, count, team, thread, writes, reads }: Call): { done: number; parts: Uint8Array<ArrayBuffer>[] } {
  for (const { at, bytes } of writes) {
    const missing = at + bytes.length - memory.buffer.byteLength;
    if (missing > 0) memory.grow(Math.ceil(missing / 65536));
    new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  }
  const done = team ? core.runTeam(program, steps, count, team, thread) : core.run(program, steps, count);
  return { done, parts: reads.map(({ at, length }) => new Uint8Array(memory.buffer).slice(at, at + length) as Uint8Array<ArrayBuffer>) };
}

function receive(message: ToWorker): void {
  if ('end' in message) {
    if (node) node.close();
    else scope.close();
    return;
  }
  const { id } = message;
  try {
    if ('module' in message) {
      memory = message.memory ?? new WebAssembly.Memory({ initial: message.pages, maximum: message.maximum });
      core = new WebAssembly.Instance(message.module, { env: { memory } }).exports as unknown as CoreExports;
      reply({ id, ready: true });
    } else {
      const { done, parts } = run(message);
      reply(
        { id, done, parts },
        parts.map(({ buffer }) => buffer),
      );
    }
  } catch (error) {
    if ('team' in message && message.team) abort(message.team);
    reply({ id, failed: String(error) });
  }
}

if (node) node.on('message', receive);
else scope.onmessage = ({ data }) => receive(data);
