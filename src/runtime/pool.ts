/**
 * Leases engines to networks. Engines allow few memories at a time (a page in Chromium about 124, in WebKitGTK 33), so
 * the least recently used idle tenant is asked to move out when a new one needs room, and comes back on its next call.
 * Nobody has to dispose of anything: a tenant that is dropped gives its engine back when it is collected.
 */
import { GradletError } from '../errors.js';
import { Engine } from './engine.js';
import type { BinaryName } from './module.js';

/** Whoever works in an engine. */
export interface Tenant {
  /** In the middle of a run: must not be moved. */
  readonly busy: boolean;
  /** Takes all state out of the engine; called by the pool alone. */
  moveOut(): void;
}

interface Lease {
  engine: Engine;
  tenant: WeakRef<Tenant> | undefined;
}

/** Engines alive at once. */
export const MAXIMUM_ENGINES = 16;
/** An engine given back with more memory than this is dropped instead of kept for the next tenant. */
const KEPT_BYTES = 32 * 2 ** 20;

/** Least recently used first. */
const leases: Lease[] = [];

const dropped = new FinalizationRegistry<Lease>((lease) => release(lease));

function release(lease: Lease): void {
  lease.tenant = undefined;
  if (lease.engine.bytes > KEPT_BYTES) remove(lease);
}

function remove(lease: Lease): void {
  const at = leases.indexOf(lease);
  if (at >= 0) leases.splice(at, 1);
}

/** Someone whose lease can end now: nobody, or an idle tenant. */
function free(lease: Lease): boolean {
  const tenant = lease.tenant?.deref();
  if (tenant?.busy) return false;
  if (tenant) {
    dropped.unregister(tenant);
    tenant.moveOut();
  }
  lease.tenant = undefined;
  return true;
}

/**
 * An engine with at least `bytes` of memory for `tenant`, running `binary`.
 * @throws GradletError ERR_MEMORY when there is no such memory, or every engine is busy
 */
export function lease(tenant: Tenant, binary: BinaryName, bytes: number): Engine {
  const vacant = leases.find((entry) => entry.engine.binary === binary && !entry.tenant?.deref());
  let entry = vacant && free(vacant) ? vacant : undefined;
  if (!entry && leases.length >= MAXIMUM_ENGINES) {
    const out = leases.find(free);
    if (!out)
      throw new GradletError(
        'ERR_MEMORY',
        `${MAXIMUM_ENGINES} networks are training at once, the most that share one thread; wait for one of them`,
      );
    remove(out);
    if (out.engine.binary === binary) entry = out;
  }
  const engine = entry?.engine ?? new Engine(binary, bytes);
  if (entry) remove(entry);
  engine.reserve(bytes);
  // A lease of its own: the one before may still be waited for by the collector, and must not end this one.
  const next: Lease = { engine, tenant: new WeakRef(tenant) };
  dropped.register(tenant, next, tenant);
  leases.push(next);
  return engine;
}

/** Marks the engine as used just now. */
export function touch(engine: Engine): void {
  const last = leases.length - 1;
  if (leases[last]?.engine === engine) return;
  const at = leases.findIndex((entry) => entry.engine === engine);
  if (at >= 0) leases.push(...leases.splice(at, 1));
}
