/**
 * Lets the host do its own work for a moment, and comes back at once: by setImmediate or a message, because nested timers
 * are held up for 4 ms. Knows nothing else.
 */

type Immediate = (callback: () => void) => unknown;

/** Ways to be called back in a later turn, best first. Each throws where it cannot be had: Next's edge runtime has a setImmediate for nothing else. */
const WAYS: readonly ((callback: () => void) => void)[] = [
  (callback) => void (globalThis as unknown as { setImmediate: Immediate }).setImmediate(callback),
  (callback) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      callback();
    };
    port2.postMessage(0);
  },
  (callback) => void setTimeout(callback, 0),
];

/** Resolves in the next turn of the host's event loop. */
export function yieldToHost(): Promise<void> {
  return new Promise((resolve, reject) => {
    let reason: unknown;
    for (const way of WAYS) {
      try {
        way(resolve);
        return;
      } catch (error) {
        reason = error;
      }
    }
    reject(reason);
  });
}
