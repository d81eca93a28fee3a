/**
 * Workers that run programs: a team of threads over one shared memory, or, where memory cannot be shared, one worker with a
 * copy of it. Knows addresses and steps, not what they are for.
 *
 * Workers outlive the fit they were started for by a moment, so that the next one finds them; they never keep a process alive.
 */
import {
  MEMORY_BASE,
  STATUS_OK,
  STEP_SIZE,
  STEP_STATUS,
  TEAM_ABORT,
  TEAM_GENERATION,
  TEAM_LEFT,
  TEAM_SIZE,
  TEAM_STEPS,
  TEAM_THREADS,
} from '../../assembly/abi.js';
import type { Region } from '../compile/program.js';
import { GradletError } from '../errors.js';
import { type Engine, MAXIMUM_PAGES, PAGE } from './engine.js';
import { moduleFor } from './module.js';
import type { FromWorker } from './worker/messages.js';
import { noSharing, noWorkers, WorkerHandle } from './worker/spawn.js';

/** Milliseconds that idle workers are kept. */
const LINGER_MS = 2000;
/** Milliseconds without a finished step after which a thread that should be at work counts as lost. */
const STALLED_MS = 10_000;
/** Milliseconds for the other threads to leave an aborted run. */
const LEAVE_MS = 2000;

/** One call of the core by a team over shared memory. */
export interface SharedCall {
  readonly program: number;
  readonly steps: number;
  readonly count: number;
  /** Address of the team's record. */
  readonly team: number;
}

/** The same, with what a worker that has a copy of the memory needs and gives back. */
export interface TeamCall extends SharedCall {
  /** Stretches of memory that changed since the last call; undefined: everything may have. */
  readonly changed: readonly Stretch[] | undefined;
  /** Stretches that the call changes. */
  readonly results: readonly Stretch[];
}

export interface Stretch {
  readonly at: number;
  readonly length: number;
}

/** Where a team's record lies, in the plan of a fit. */
export const TEAM_RECORD: Region = { name: 'team', bytes: TEAM_SIZE, life: 'kept' };

/** Workers at the service of one fit. */
export interface Runner {
  readonly threads: number;
  /** Works on a copy of the memory: fewer steps than asked for have changed nothing here. */
  readonly copies: boolean;
  /** Runs steps; resolves with how many are whole. Rejects with ERR_RUNTIME when a worker is lost: memory is then anything. */
  run(call: TeamCall): Promise<number>;
  /** Waits here and now for the end of the running call, if it works in this thread's memory; how many steps are whole. */
  wait(call: SharedCall): number | undefined;
  /** After a lost worker: how many steps are whole, once no thread touches memory any more. */
  wholeSteps(call: SharedCall): number;
  /** Runs steps while this thread waits; undefined where that is not possible. */
  runNow(call: SharedCall): number | undefined;
  /** Lets the workers go. */
  close(): void;
}

/** Idle workers, ready for the next. */
const idle: WorkerHandle[] = [];
let lingering: ReturnType<typeof setTimeout> | undefined;

function takeWorker(url: string | URL | undefined): WorkerHandle {
  for (let handle = url === undefined ? idle.pop() : undefined; handle; handle = idle.pop()) if (handle.lost === undefined) return handle;
  return new WorkerHandle(url);
}

function giveBack(handles: readonly WorkerHandle[], own: boolean): void {
  for (const handle of handles) {
    handle.onLost = undefined;
    if (own || handle.lost !== undefined) handle.end();
    else idle.push(handle);
  }
  clearTimeout(lingering);
  lingering = setTimeout(() => {
    for (const handle of idle.splice(0)) handle.end();
  }, LINGER_MS);
  (lingering as { unref?: () => void }).unref?.();
}

/** Workers that have made the core over `engine`'s memory, or a copy of it; those that did not start are left out. */
async function start(
  count: number,
  engine: Engine,
  shared: boolean,
  url: string | URL | undefined,
): Promise<{ handles: WorkerHandle[]; reason?: string }> {
  const setup = {
    module: moduleFor(engine.binary, shared),
    memory: shared ? engine.memory : undefined,
    pages: engine.bytes / PAGE,
    maximum: MAXIMUM_PAGES,
  };
  let reason: string | undefined;
  const started = await Promise.all(
    Array.from({ length: count }, async (): Promise<WorkerHandle | undefined> => {
      let handle: WorkerHandle | undefined;
      try {
        handle = takeWorker(url);
        await handle.askAtStart(setup);
        return handle;
      } catch (error) {
        reason = (error as Error).message;
        handle?.end();
        return undefined;
      }
    }),
  );
  return { handles: started.filter((handle) => handle !== undefined), reason };
}

/** A team over shared memory. */
class Team implements Runner {
  readonly copies = false;
  #running = 0;

  constructor(
    readonly engine: Engine,
    readonly handles: readonly WorkerHandle[],
    readonly ownScript: boolean,
  ) {}

  get threads(): number {
    return this.handles.length;
  }

  async run(call: TeamCall): Promise<number> {
    const run = ++this.#running;
    const answers = await Promise.allSettled(this.#ask(call));
    if (this.#running === run) this.#running = 0;
    let lost: string | undefined;
    let done = -1;
    for (const answer of answers) {
      if (answer.status === 'rejected') lost = (answer.reason as Error).message;
      else if ('failed' in answer.value) lost = `a worker failed: ${answer.value.failed}`;
      else if ('done' in answer.value) done = answer.value.done;
    }
    if (lost === undefined && done >= 0) return done;
    throw new GradletError('ERR_RUNTIME', lost ?? 'a worker was lost');
  }

  runNow(call: SharedCall): number | undefined {
    if (this.#running || !mayWait()) return undefined;
    for (const answer of this.#ask(call)) answer.catch(() => undefined);
    return this.wait(call);
  }

  wait(call: SharedCall): number | undefined {
    const words = this.engine.i32;
    const left = (call.team + TEAM_LEFT) / 4;
    let steps = -1;
    let deadline = 0;
    for (let here = Atomics.load(words, left); here < this.threads; here = Atomics.load(words, left)) {
      const now = Atomics.load(words, (call.team + TEAM_STEPS) / 4);
      if (now !== steps) {
        steps = now;
        deadline = performance.now() + STALLED_MS;
      } else if (performance.now() > deadline) {
        this.#abort(call.team);
        throw new GradletError('ERR_RUNTIME', `a worker has not ended a step for ${STALLED_MS} ms`);
      }
      pause(words, left, here);
    }
    if (Atomics.load(words, (call.team + TEAM_ABORT) / 4)) throw new GradletError('ERR_RUNTIME', 'a worker was lost');
    return this.wholeSteps(call);
  }

  wholeSteps({ steps, team }: SharedCall): number {
    const words = this.engine.i32;
    const left = (team + TEAM_LEFT) / 4;
    const deadline = performance.now() + LEAVE_MS;
    // Those that live leave at once; the lost one will not come.
    const alive = this.handles.filter(({ lost }) => lost === undefined).length;
    for (let here = Atomics.load(words, left); here < alive && performance.now() < deadline; here = Atomics.load(words, left))
      pause(words, left, here);
    const ended = Atomics.load(words, (team + TEAM_STEPS) / 4);
    const last = (steps + (ended - 1) * STEP_SIZE + STEP_STATUS) / 4;
    return ended > 0 && words[last] !== STATUS_OK ? ended - 1 : ended;
  }

  close(): void {
    if (this.#running) for (const handle of this.handles) handle.end();
    giveBack(this.handles, this.ownScript);
  }

  /** Sets all threads to work. */
  #ask({ program, steps, count, team }: SharedCall): Promise<FromWorker>[] {
    this.#begin(team);
    // One that was lost between two calls would be waited for.
    const gone = this.handles.find(({ lost }) => lost !== undefined);
    if (gone) throw new GradletError('ERR_RUNTIME', `a worker was lost: ${gone.lost}`);
    for (const handle of this.handles) handle.onLost = () => this.#abort(team);
    return this.handles.map((handle, thread) => handle.ask({ program, steps, count, team, thread, writes: [], reads: [] }));
  }

  #begin(team: number): void {
    const words = this.engine.i32;
    words.fill(0, team / 4, (team + TEAM_SIZE) / 4);
    words[(team + TEAM_THREADS) / 4] = this.threads;
  }

  #abort(team: number): void {
    const words = this.engine.i32;
    Atomics.store(words, (team + TEAM_ABORT) / 4, 1);
    Atomics.notify(words, (team + TEAM_GENERATION) / 4);
  }
}

/** Whether this thread may sleep: a page's main thread may not. */
function mayWait(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}

/** Sleeps until the word changes, where the thread may sleep; a page's main thread may not, and looks again at once. */
function pause(words: Int32Array, index: number, value: number): void {
  try {
    Atomics.wait(words, index, value, 1);
  } catch {
    // Not allowed here.
  }
}

/** One worker with a copy of the memory: what changed goes there, results come back. */
class Copy implements Runner {
  readonly copies = true;
  readonly threads = 1;
  #fresh = true;

  constructor(
    readonly engine: Engine,
    readonly handle: WorkerHandle,
    readonly ownScript: boolean,
  ) {}

  async run({ program, steps, count, changed, results }: TeamCall): Promise<number> {
    const { engine, handle } = this;
    const all = [{ at: MEMORY_BASE, length: engine.bytes - MEMORY_BASE }];
    const writes = (this.#fresh || !changed ? all : changed).map(({ at, length }) => ({ at, bytes: engine.u8.slice(at, at + length) }));
    this.#fresh = false;
    const transfer = writes.map(({ bytes }) => bytes.buffer as ArrayBuffer);
    const answer = await handle.ask({ program, steps, count, team: 0, thread: 0, writes, reads: results }, transfer);
    if (!('done' in answer)) throw new GradletError('ERR_RUNTIME', `a worker failed: ${'failed' in answer ? answer.failed : 'no answer'}`);
    // Fewer steps than asked for: whoever looks for the reason repeats them here.
    if (answer.done === count) for (const [index, { at }] of results.entries()) engine.u8.set(answer.parts[index], at);
    return answer.done;
  }

  wait(): undefined {
    return undefined;
  }

  wholeSteps(): number {
    return 0;
  }

  runNow(): undefined {
    return undefined;
  }

  close(): void {
    giveBack([this.handle], this.ownScript);
  }
}

export interface Opened {
  readonly runner?: Runner;
  /** Why there are fewer threads than were wanted. */
  readonly reason?: string;
}

/**
 * Workers for `engine`: `threads` of them over shared memory; where that cannot be had and a worker is wanted in any case, one
 * with a copy. Never rejects: what could not be had is told in `reason`.
 */
export async function openRunner(engine: Engine, threads: number, worker: boolean, url: string | URL | undefined): Promise<Opened> {
  const none = noWorkers();
  if (none) return { reason: none };
  const own = url !== undefined;
  let reason = engine.shared ? noSharing() : 'this engine shares no memory';
  if (!reason) {
    const { handles, reason: failed } = await start(threads, engine, true, url);
    if (handles.length > (worker ? 0 : 1)) return { runner: new Team(engine, handles, own), reason: failed };
    giveBack(handles, own);
    reason = failed;
  }
  if (!worker) return { reason };
  const { handles, reason: failed } = await start(1, engine, false, url);
  if (handles.length) return { runner: new Copy(engine, handles[0], own), reason };
  return { reason: failed ?? reason };
}
