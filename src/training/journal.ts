/**
 * What a trainer needs to go back: a snapshot of the state, taken now and then, and the calls of the core since. Knows neither
 * what the state is nor how a call is repeated.
 *
 * Buffers of forgotten calls are used again, and where every call begins with a snapshot nothing is copied: with small
 * networks a call is over in the time that it takes.
 */

/** One call of the core, as it can be repeated; the arrays may have more room than is used. */
export interface Call<Data> {
  data: Data;
  /** Steps, and rows of all of them. */
  steps: number;
  orderLength: number;
  /** Rows of each step. */
  rows: Int32Array;
  records: Uint8Array;
  order: Int32Array;
}

export class Journal<Data> {
  #calls: Call<Data>[] = [];
  #spare: Call<Data>[] = [];
  #snapshot: Float32Array[] = [];

  /** @param limit - calls between two snapshots */
  constructor(readonly limit: number) {}

  /** The calls since the snapshot. */
  get calls(): readonly Call<Data>[] {
    return this.#calls;
  }

  /** Whether the next call should begin with a snapshot. */
  get snapshotDue(): boolean {
    return this.#calls.length === 0 || this.#calls.length >= this.limit;
  }

  /** A call's copy of the first `steps` records, their rows and their order. */
  copy(data: Data, steps: number, orderLength: number, from: { rows: Int32Array; records: Uint8Array; order: Int32Array }): Call<Data> {
    const { rows, records, order } = from;
    // The records stay where they are until the call is over, and then nobody asks for them.
    if (this.limit === 1) return { data, steps, orderLength, rows, records, order };
    const call = this.#spare.pop();
    if (!call || call.rows.length < steps || call.order.length < orderLength) {
      return { data, steps, orderLength, rows: rows.slice(0, steps), records: records.slice(), order: order.slice(0, orderLength) };
    }
    call.data = data;
    call.steps = steps;
    call.orderLength = orderLength;
    call.records.set(records);
    for (let step = 0; step < steps; step++) call.rows[step] = rows[step];
    call.order.set(order.subarray(0, orderLength));
    return call;
  }

  /** A call that was made to its end. */
  add(call: Call<Data>): void {
    this.#calls.push(call);
  }

  /** The calls so far will not be repeated. */
  forget(): void {
    if (this.limit > 1) this.#spare.push(...this.#calls);
    this.#calls = [];
  }

  snapshot(regions: readonly Float32Array[]): void {
    this.forget();
    if (this.#snapshot.length === 0) this.#snapshot = regions.map((region) => new Float32Array(region.length));
    for (const [index, region] of regions.entries()) this.#snapshot[index].set(region);
  }

  restore(regions: readonly Float32Array[]): void {
    for (const [index, region] of regions.entries()) region.set(this.#snapshot[index]);
  }
}
