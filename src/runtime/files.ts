/**
 * Files that are whole at any moment: written beside their place, brought to the disk, then renamed. Knows no networks, and imports
 * nothing of Node's: the file system comes from the process, or from gradlet/node.
 */
import { randomSeed } from '../data/random.js';
import { GradletError } from '../errors.js';

/** What is used of node:fs. */
export interface FileSystem {
  openSync(path: string, flags: string, mode?: number): number;
  writeSync(file: number, bytes: Uint8Array, offset: number, length: number): number;
  fchmodSync(file: number, mode: number): void;
  fsyncSync(file: number): void;
  closeSync(file: number): void;
  renameSync(from: string, to: string): void;
  linkSync(from: string, to: string): void;
  unlinkSync(path: string): void;
  readdirSync(path: string): string[];
  statSync(path: string): { readonly mode: number; readonly mtimeMs: number };
  realpathSync(path: string): string;
}

/** What is used of node:path. */
export interface Paths {
  dirname(path: string): string;
  basename(path: string): string;
  extname(path: string): string;
  join(folder: string, name: string): string;
}

export interface Files {
  readonly fs: FileSystem;
  readonly path: Paths;
}

let provided: Files | undefined;

/** Tells of a file system, for releases of Node that do not give their modules away. */
export function provideFiles(files: Files): void {
  provided = files;
}

type Process = { readonly getBuiltinModule?: (name: string) => unknown };

function builtinFiles(): Files | undefined {
  const { process } = globalThis as { process?: Process };
  if (typeof process?.getBuiltinModule !== 'function') return undefined;
  const [fs, path] = ['node:fs', 'node:path'].map((name) => process.getBuiltinModule?.(name));
  return fs && path ? { fs: fs as FileSystem, path: path as Paths } : undefined;
}

/**
 * The file system.
 * @throws GradletError ERR_RUNTIME where there is none
 */
export function filesFor(where: string): Files {
  const files = provided ?? builtinFiles();
  if (files) return files;
  const remedy = "with Node before 20.16 import 'gradlet/node' first; elsewhere keep the bytes of network.save({ trainingState: true })";
  throw new GradletError('ERR_RUNTIME', `${where} needs a file system, and none was found; ${remedy}`);
}

/** Milliseconds after which a temporary file that nobody has written to is left over from a crash. */
const STALE = 10 * 60_000;

/** What an action gives, or undefined when it fails: for what is good to do, but not needed. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}

/** Temporary files are called '.name.0123abcd.tmp', in the folder of what they are for. */
function temporaryName(name: string): string {
  return `.${name}.${randomSeed().toString(16).padStart(8, '0')}.tmp`;
}

/** Removes what crashes have left of temporary files for `name`. */
function clean({ fs, path }: Files, folder: string, name: string): void {
  for (const other of attempt(() => fs.readdirSync(folder)) ?? []) {
    if (!other.startsWith(`.${name}.`) || !/^[0-9a-f]{8}\.tmp$/.test(other.slice(name.length + 2))) continue;
    const leftover = path.join(folder, other);
    attempt(() => Date.now() - fs.statSync(leftover).mtimeMs > STALE && fs.unlinkSync(leftover));
  }
}

/** Brings a folder's entries to the disk, where folders can be opened (not on Windows). */
function syncFolder(fs: FileSystem, folder: string): void {
  const file = attempt(() => fs.openSync(folder, 'r'));
  if (file === undefined) return;
  attempt(() => fs.fsyncSync(file));
  fs.closeSync(file);
}

/**
 * Writes a file so that at any moment, a crash or a power cut included, there is the old one or the new one, whole. A file that is
 * replaced keeps its permissions; of a symbolic link the target is replaced.
 * @throws the file system's own errors (ENOENT, EACCES, ENOSPC, …); then the old file is as it was
 */
export function writeWhole(files: Files, target: string, bytes: Uint8Array): void {
  const { fs, path } = files;
  const place = attempt(() => fs.realpathSync(target)) ?? target;
  const folder = path.dirname(place);
  const name = path.basename(place);
  clean(files, folder, name);
  const mode = attempt(() => fs.statSync(place).mode);
  const temporary = path.join(folder, temporaryName(name));
  const file = fs.openSync(temporary, 'wx', 0o666);
  try {
    try {
      if (mode !== undefined) attempt(() => fs.fchmodSync(file, mode & 0o777));
      for (let at = 0; at < bytes.length; ) at += fs.writeSync(file, bytes, at, bytes.length - at);
      fs.fsyncSync(file);
    } finally {
      fs.closeSync(file);
    }
    fs.renameSync(temporary, place);
  } catch (error) {
    attempt(() => fs.unlinkSync(temporary));
    throw error;
  }
  syncFolder(fs, folder);
}

/** Gives a file a second name, by a link where there are links; both are whole, and replacing one leaves the other. */
export function copyWhole(files: Files, from: string, to: string, bytes: Uint8Array): void {
  const linked = attempt(() => {
    files.fs.linkSync(from, to);
    return true;
  });
  if (!linked) writeWhole(files, to, bytes);
}
