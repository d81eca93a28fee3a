/** The page's end of a worker. Knows what kind of work it does, not what is said. */

import { download } from './dom.js';
import type { SavedFile } from './messages.js';

export interface Link<To> {
  send(message: To): void;
}

/** Starts a worker for this kind of work; files that it sends go to the user. */
export function openLink<To, From extends { readonly kind: string }>(
  kind: string,
  receive: (message: Exclude<From, SavedFile>) => void,
  onLost: (why: string) => void,
): Link<To> {
  const worker = new Worker(new URL('./worker/main.ts', import.meta.url), { type: 'module' });
  worker.postMessage(kind);
  worker.onmessage = ({ data }: MessageEvent<From | SavedFile>) => {
    if (data.kind === 'file') download((data as SavedFile).name, (data as SavedFile).bytes);
    else receive(data as Exclude<From, SavedFile>);
  };
  worker.onerror = (event) => onLost(event.message || 'the worker could not be started');
  return { send: (message) => worker.postMessage(message) };
}
