/** What a worker and the thread that started it say to each other. Knows nothing else. */

/** Makes the core: over a shared memory, or a memory of the worker's own with that many pages. */
export interface Setup {
  readonly id: number;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory | undefined;
  readonly pages: number;
  readonly maximum: number;
}

/** Runs steps: as one thread of a team (address of its record), or alone (0). */
export interface Call {
  readonly id: number;
  readonly program: number;
  readonly steps: number;
  readonly count: number;
  readonly team: number;
  readonly thread: number;
  /** What to write into a memory of the worker's own before, and to send back after. */
  readonly writes: readonly { readonly at: number; readonly bytes: Uint8Array }[];
  readonly reads: readonly { readonly at: number; readonly length: number }[];
}

export type ToWorker = Setup | Call | { readonly end: true };

export type FromWorker =
  | { readonly id: number; readonly ready: true }
  | { readonly id: number; readonly done: number; readonly parts: readonly Uint8Array<ArrayBuffer>[] }
  | { readonly id: number; readonly failed: string };
