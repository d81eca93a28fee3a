/**
 * The ways a command gives up, and whatever was thrown as one line that says what to do. Knows no commands: whoever throws writes the whole
 * message.
 */
import { resolve } from 'node:path';

/** Exit codes: the run failed; the command line or a configuration is wrong; Ctrl-C. */
export const FAILED = 1;
export const USAGE = 2;
export const INTERRUPTED = 130;

/** The command, or a configuration it names, cannot be meant so. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command is right, but could not be done. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** Somebody pressed Ctrl-C; the message tells what is left, and how to go on. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

export function exitCodeOf(thrown: unknown): number {
  if (thrown instanceof UsageError) return USAGE;
  return thrown instanceof Interrupted ? INTERRUPTED : FAILED;
}

/** What the file system says, for people. */
const SYSTEM: Readonly<Record<string, (path: string) => string>> = {
  ENOENT: (path) => `there is no ${path}; check the path (from ${process.cwd()})`,
  EACCES: (path) => `no permission for ${path}; change its permissions, or choose another place`,
  EPERM: (path) => `not allowed for ${path}; change its permissions, or choose another place`,
  EISDIR: (path) => `${path} is a folder; name a file`,
  ENOTDIR: (path) => `a part of ${path} is a file, not a folder; check the path`,
  EEXIST: (path) => `${path} is there already; choose another name, or remove it`,
  ENOSPC: (path) => `no space left on the disk for ${path}; make room, or choose another place`,
  EROFS: (path) => `${path} is on a disk that cannot be written; choose another place`,
  EMFILE: (path) => `too many open files to open ${path}; close some, or raise the limit (ulimit -n)`,
  ELOOP: (path) => `${path} is a link that leads to itself; name the file itself`,
  ENAMETOOLONG: (path) => `${path} is too long a name; choose a shorter one`,
};

interface SystemError extends Error {
  readonly code?: string;
  readonly path?: string;
  readonly dest?: string;
}

/** The message of whatever was thrown, on one line. */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return oneLine(String(thrown));
  const { code, path, message } = thrown as SystemError;
  if (code !== undefined && Object.hasOwn(SYSTEM, code)) return SYSTEM[code](path === undefined ? 'what was asked for' : `'${path}'`);
  if (thrown instanceof SyntaxError || thrown instanceof ReferenceError || /^Cannot read|is not a function|is not iterable/.test(message))
    return `an unexpected error: ${oneLine(message)}; run it again with --debug, and report what it prints`;
  return oneLine(message);
}

function oneLine(text: string): string {
  return text
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .trim();
}

/** A path as it is given on, to be typed again: in quotes where a shell needs them. */
export function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Whether two paths mean one place. */
export function samePlace(a: string, b: string): boolean {
  return resolve(a) === resolve(b);
}
