/**
 * The wide binary: whether this process may have it, V8's flag for it, and whether it pays. Knows no networks.
 *
 * Its tiles are pairs of 128-bit vectors that V8's revectorizer fuses into one of 256 bits. That is an experimental flag of V8,
 * and one of the whole process: it counts for all WebAssembly that is compiled after it was set.
 */
import { decodeBase64 } from './base64.js';
import { offerWide } from './module.js';
import { PROBE, WIDE } from './wide.generated.js';

/** What became of it. */
export interface Turbo {
  /** Networks made from now on use the wide binary, unless they ask for 'reproducible' numerics. */
  readonly active: boolean;
  /** How many times as fast a product ran in wide tiles, when it was timed. */
  readonly speedup?: number;
  /** Why it is not active. */
  readonly reason?: string;
}

interface V8 {
  setFlagsFromString(flags: string): void;
}

interface NodeProcess {
  readonly arch: string;
  readonly execArgv: readonly string[];
  readonly release?: { readonly name: string };
  readonly versions: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
}

interface Probe {
  narrow(times: number): void;
  wide(times: number): void;
}

const FLAG = 'experimental-wasm-revectorize';
const FIRST_NODE = 24;
/** Below this the wide binary is not worth a flag. A processor with 256-bit vectors gives 1.5 to 2. */
const WORTHWHILE = 1.2;
/** Runs of a product (49,152 multiply-adds and additions) that are timed at once: some 20 µs. */
const TIMES = 20;
const ROUNDS = 8;
/** Another process may have been in the way. */
const ATTEMPTS = 3;

function nodeProcess(): NodeProcess | undefined {
  return (globalThis as { process?: NodeProcess }).process;
}

/** The wide binary. */
export function wideBinary(): Uint8Array<ArrayBuffer> {
  return decodeBase64(WIDE);
}

/** Why this process cannot have the wide binary, or undefined. Changes nothing. */
export function refusal(): string | undefined {
  const process = nodeProcess();
  const { bun, deno, node } = process?.versions ?? {};
  if (!process?.getBuiltinModule || process.release?.name !== 'node' || !node || bun || deno) return 'it needs Node';
  if (Number.parseInt(node, 10) < FIRST_NODE) return `it needs Node ${FIRST_NODE} or later, and this is ${node}`;
  if (process.arch !== 'x64') return `it needs an x64 processor, and this is ${process.arch}`;
  if (process.execArgv.includes(`--no-${FLAG}`)) return `the command line says --no-${FLAG}`;
  return undefined;
}

/** Sets flags of V8; only where there is no `refusal`. */
export function setFlags(...flags: readonly string[]): void {
  const v8 = nodeProcess()?.getBuiltinModule?.('node:v8') as V8;
  for (const flag of flags) v8.setFlagsFromString(`--${flag}`);
}

/** The least milliseconds of a few runs each, taken in turns. */
function leastTimes(tasks: readonly ((times: number) => void)[]): number[] {
  const least = tasks.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < ROUNDS; round++) {
    tasks.forEach((task, index) => {
      const start = performance.now();
      task(TIMES);
      least[index] = Math.min(least[index], performance.now() - start);
    });
  }
  return least;
}

/**
 * How many times as fast a product runs in wide tiles as in those of the relaxed binary, by V8's optimizing compiler in both.
 * Takes about a millisecond, and some more to compile.
 */
export function measureSpeedup(): number {
  const given = nodeProcess()?.execArgv.some((argument) => argument.includes('liftoff'));
  // Else the first runs, the timed ones, would be those of the baseline compiler, which fuses nothing.
  if (!given) setFlags('no-liftoff');
  try {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(decodeBase64(PROBE)));
    const { narrow, wide } = exports as unknown as Probe;
    setFlags(`no-${FLAG}`);
    narrow(1);
    setFlags(FLAG);
    wide(1);
    let speedup = 0;
    for (let attempt = 0; attempt < ATTEMPTS && speedup < WORTHWHILE; attempt++) {
      const [before, after] = leastTimes([narrow, wide]);
      speedup = Math.max(speedup, before / after);
    }
    return speedup;
  } finally {
    if (!given) setFlags('liftoff');
  }
}

/** Sets the flag and offers the wide binary to networks made from now on, if that pays; else leaves everything as it was. */
export function enableWide(measure = measureSpeedup): Turbo {
  const reason = refusal();
  if (reason) return { active: false, reason };
  const given = nodeProcess()?.execArgv.includes(`--${FLAG}`);
  setFlags(FLAG);
  const speedup = measure();
  if (speedup < WORTHWHILE) {
    if (!given) setFlags(`no-${FLAG}`);
    return { active: false, speedup, reason: `a product ran ${speedup.toFixed(2)} times as fast, and ${WORTHWHILE} is worth it` };
  }
  offerWide(wideBinary());
  return { active: true, speedup };
}
