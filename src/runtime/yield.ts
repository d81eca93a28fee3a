/**
 * Lets the host do its own work for a moment, and comes back at once: by setImmediate or a message, because nested timers
 * are held up for 4 ms. Knows nothing else.
 */

type Immediate = (callback: () => void) => unknown;

/** Resolves in the next turn of the host's event loop. */
export function yieldToHost(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: Immediate }).setImmediate;
  if (immediate) return new Promise((resolve) => immediate(() => resolve()));
  if (typeof MessageChannel === 'function') {
    return new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(0);
    });
  }
  return new Promise((resolve) => setTimeout(resolve, 0));
}
