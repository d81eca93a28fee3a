// @ts-check
// Everything about paths that were named on the command line: checks before the work starts, whole-or-nothing writing,
// and how a path is shown. It must not know what is in the files.

import { accessSync, constants, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { RunError, UsageError } from './errors.js';

/**
 * A path as it is printed: seen from the current folder, never absolute.
 * @param {string} path
 */
export function shown(path) {
  return relative(process.cwd(), path).replaceAll('\\', '/') || '.';
}

/**
 * Makes the folder, and checks that the files can be written there.
 * @param {string} folder
 * @param {string[]} files
 */
export function checkOutput(folder, files) {
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new UsageError(`--out must be a folder that can be written to, got '${shown(folder)}' (${reason(error)})`);
  }
  for (const file of files) {
    if (statSync(join(folder, file), { throwIfNoEntry: false })?.isDirectory()) {
      throw new UsageError(`--out: '${shown(join(folder, file))}' is in the way, it is a folder`);
    }
  }
}

/** @param {string} file */
export function checkModelFile(file) {
  try {
    accessSync(file, constants.R_OK);
    if (statSync(file).isFile()) return;
  } catch (error) {
    throw new UsageError(`--use must be a model file, got '${shown(file)}' (${reason(error)})`);
  }
  throw new UsageError(`--use must be a model file, got '${shown(file)}' (not a file)`);
}

/**
 * Writes beside the target, then renames: whoever looks finds the old file or the new one, never half of it.
 * @param {string} path
 * @param {Uint8Array | string} content
 */
export function writeWhole(path, content) {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, content, { flush: true });
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new RunError(`'${shown(path)}' could not be written (${reason(error)})`);
  }
}

/** @param {unknown} error */
function reason(error) {
  const { code, message } = /** @type {NodeJS.ErrnoException} */ (error);
  const known = new Map([
    ['ENOENT', 'no such file'],
    ['EACCES', 'no permission'],
    ['EPERM', 'no permission'],
    ['EROFS', 'the file system is read-only'],
    ['EEXIST', 'there is a file of that name'],
    ['ENOTDIR', 'part of the path is a file'],
    ['ENOSPC', 'the disk is full'],
  ]);
  return known.get(code ?? '') ?? code ?? message;
}
