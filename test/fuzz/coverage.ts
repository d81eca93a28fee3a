// Which characters of a script have been run, told by V8 itself (Profiler.takePreciseCoverage), so that nothing need be instrumented.

import { Session } from 'node:inspector';

interface Range {
  startOffset: number;
  endOffset: number;
  count: number;
}

export class Coverage {
  readonly #session = new Session();
  #covered = new Uint8Array(0);
  /** What the last call of `take` found. */
  #latest: number[] = [];

  /** @param script how the script's address ends */
  constructor(readonly script: string) {
    this.#session.connect();
    this.#session.post('Profiler.enable');
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
  }

  /** Characters that have been run for the first time since the last call. */
  take(): number {
    this.#latest = [];
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error;
      for (const { url, functions } of result) if (url.endsWith(this.script)) this.#merge(functions.flatMap(({ ranges }) => ranges));
    });
    return this.#latest.length;
  }

  /** Takes back what the last call of `take` found, so that it can be found again. */
  forget(): void {
    for (const at of this.#latest) this.#covered[at] = 0;
  }

  /** Characters covered so far. */
  get size(): number {
    return this.#covered.reduce((sum, value) => sum + value, 0);
  }

  /** Inner ranges come after outer ones, and say it better. */
  #merge(ranges: readonly Range[]): void {
    const end = ranges.reduce((most, { endOffset }) => Math.max(most, endOffset), 0);
    const now = new Uint8Array(end);
    for (const { startOffset, endOffset, count } of ranges) now.fill(count > 0 ? 1 : 0, startOffset, endOffset);
    if (end > this.#covered.length) {
      const longer = new Uint8Array(end);
      longer.set(this.#covered);
      this.#covered = longer;
    }
    for (let at = 0; at < end; at++) {
      if (!now[at] || this.#covered[at]) continue;
      this.#covered[at] = 1;
      this.#latest.push(at);
    }
  }
}
