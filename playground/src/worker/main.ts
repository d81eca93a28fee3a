/** The program of every worker of the page: the first message says what it works on, all others go there. */
import type { ToDigits, ToPoints, ToTable } from '../messages.js';

interface Scope {
  postMessage(message: unknown, transfer: ArrayBuffer[]): void;
  onmessage: ((event: { data: unknown }) => void) | null;
}
const scope = globalThis as unknown as Scope;

const send = (message: unknown, transfer: ArrayBuffer[] = []): void => scope.postMessage(message, transfer);

interface Session {
  receive(message: unknown): Promise<void>;
}

/**
 * Each is loaded when it is wanted, and nothing else is imported here: no chunk may need this file for something that they share,
 * because WebKit runs a worker's own module once more for whoever imports it.
 */
const SESSIONS: Record<string, () => Promise<Session>> = {
  points: async () => {
    const { PointsSession } = await import('./points.js');
    const session = new PointsSession(send);
    return { receive: (message) => session.receive(message as ToPoints) };
  },
  digits: async () => {
    const { DigitsSession } = await import('./digits.js');
    const session = new DigitsSession(send);
    return { receive: (message) => session.receive(message as ToDigits) };
  },
  table: async () => {
    const { TableSession } = await import('./table.js');
    const session = new TableSession(send);
    return { receive: (message) => session.receive(message as ToTable) };
  },
};

let session: Promise<Session> | undefined;
/** One message after the other: what waits for the end of a run holds up what comes after it. */
let done: Promise<void> = Promise.resolve();

async function receive(data: unknown): Promise<void> {
  try {
    await (await session)?.receive(data);
  } catch (error) {
    send({ kind: 'failed', message: (error as Error).message });
  }
}

scope.onmessage = ({ data }) => {
  if (session === undefined) session = SESSIONS[data as string]();
  else done = done.then(() => receive(data));
};
