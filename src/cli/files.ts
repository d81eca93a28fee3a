/**
 * Files of commands: written whole or not at all, never over another one unasked; and their bytes as text. Knows nothing of what is inside.
 */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { type Files, writeWhole } from '../runtime/files.js';
import { RunError, samePlace, UsageError } from './errors.js';

const files: Files = { fs, path };

/** Standard input or output. */
export const STANDARD = '-';

/** Writes a file so that at any moment there is the old one or the new one, whole. */
export function writeFile(target: string, content: Uint8Array | string): void {
  writeWhole(files, target, typeof content === 'string' ? Buffer.from(content) : content);
}

/** Refuses to write over a file that is there, unless forced; and into a folder that is not. Before any work is done. */
export function checkTarget(flag: string, target: string, force: boolean, sources: readonly string[] = []): void {
  const source = sources.find((other) => other !== STANDARD && samePlace(other, target));
  if (source !== undefined) throw new UsageError(`${flag}: '${target}' is what is read; choose another file`);
  const folder = path.dirname(target);
  if (!fs.existsSync(folder))
    throw new UsageError(`${flag}: there is no folder '${folder}'; make it first (mkdir -p), or choose another place`);
  const there = fs.statSync(target, { throwIfNoEntry: false });
  if (there?.isDirectory()) throw new UsageError(`${flag}: '${target}' is a folder; name a file in it`);
  if (there && !force) throw new UsageError(`${flag}: '${target}' is there already; choose another name, or give --force to replace it`);
}

/** Bytes of a file that is to be read; undefined for the standard input, of which nobody knows. */
export function sizeOf(source: string): number | undefined {
  if (source === STANDARD) return undefined;
  const found = fs.statSync(source);
  if (found.isDirectory()) throw new RunError(`'${source}' is a folder; name a file`);
  return found.size;
}

/** All bytes of a file, or of the standard input. */
export async function readBytes(source: string): Promise<Buffer> {
  if (sizeOf(source) !== undefined) return fs.readFileSync(source);
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

const LABELS: Readonly<Record<string, string>> = { latin1: 'windows-1252' };

/** A decoder of texts; UTF-16 is known by its mark when nothing else was said. */
export function decoderFor(encoding: string | undefined, head: Uint8Array): TextDecoder {
  const marked = head[0] === 0xff && head[1] === 0xfe ? 'utf-16le' : head[0] === 0xfe && head[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(LABELS[encoding ?? ''] ?? encoding ?? marked, { fatal: true });
  } catch {
    throw new UsageError(`--encoding: expected the name of a text encoding, such as utf-8, latin1 or utf-16le, got '${encoding}'`);
  }
}

/** What a decoder refuses, for people. */
export function notText(source: string, decoder: TextDecoder): RunError {
  const what = source === STANDARD ? 'the standard input' : `'${source}'`;
  return new RunError(`${what} is not ${decoder.encoding} text; say what it is by --encoding, such as --encoding latin1`);
}

/** A file that grows beside its place, and takes it when it is whole. */
export class GrowingFile {
  readonly #temporary: string;
  readonly #file: number;
  #done = false;

  constructor(readonly target: string) {
    const place = fs.existsSync(target) ? fs.realpathSync(target) : target;
    this.target = place;
    this.#temporary = path.join(path.dirname(place), `.${path.basename(place)}.${process.pid.toString(16).padStart(8, '0')}.tmp`);
    this.#file = fs.openSync(this.#temporary, 'w');
    process.once('exit', () => this.discard());
  }

  write(content: Uint8Array | string): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    for (let at = 0; at < bytes.length; ) at += fs.writeSync(this.#file, bytes, at);
  }

  /** Brings it to the disk, and to its place. */
  finish(): void {
    fs.fsyncSync(this.#file);
    fs.closeSync(this.#file);
    fs.renameSync(this.#temporary, this.target);
    this.#done = true;
  }

  /** Leaves things as they were. */
  discard(): void {
    if (this.#done) return;
    this.#done = true;
    fs.closeSync(this.#file);
    fs.rmSync(this.#temporary, { force: true });
  }
}
