// @ts-check
// The command line of `npm start`: names, defaults, help and value checks, as one pure function from words to flags.
// It must not look at files, build anything or know the network library: a wrong flag has to answer at once.

import { Command, CommanderError, Option } from 'commander';
import { UsageError, messageOf } from './errors.js';

const TRAINING_IMAGES = 60_000;
const TRAINING_FLAGS = ['epochs', 'hidden', 'seed', 'batch', 'out', 'limit', 'validation'];

/**
 * @typedef {object} Flags
 * @property {number} epochs
 * @property {number[]} hidden units of each hidden layer
 * @property {number} seed
 * @property {number} batch
 * @property {string} out
 * @property {number} limit training images used
 * @property {number} validation how many of them, the last ones, are held out; 0 draws the curves from the test images
 * @property {string} [use] a saved model to classify with, instead of training
 * @property {boolean} build
 */

/**
 * @param {string[]} words `process.argv` without its first two
 * @returns {Flags | { help: string }}
 * @throws {UsageError} with a message of one line
 */
export function parseFlags(words) {
  let help = '';
  const command = describe().exitOverride().configureOutput({
    writeOut: (text) => (help += text),
    writeErr: () => {},
  });
  try {
    command.parse(words, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return { help };
    if (error instanceof CommanderError) throw new UsageError(messageOf(error));
    throw error;
  }
  const flags = /** @type {Flags} */ (command.opts());
  if (flags.validation >= flags.limit) {
    throw new UsageError(
      `--validation must leave images to train on: fewer than ${flags.limit}, got '${flags.validation}'`,
    );
  }
  return flags;
}

function describe() {
  const { MAX_SAFE_INTEGER: any } = Number;
  return new Command('npm start --')
    .usage('[options]')
    .description(
      'Trains a network on the 60,000 handwritten digits of MNIST, measures it on the 10,000 test images, ' +
        'and writes the model and a picture of the training curves.',
    )
    .option('--epochs <n>', 'how often to go through the training images', wholeNumber('--epochs', 1, any), 5)
    .addOption(
      new Option('--hidden <units>', 'units of the hidden layers, such as 64,32')
        .argParser(unitList)
        .default([128], '128'),
    )
    .option('--seed <n>', 'drives first weights and order of images', wholeNumber('--seed', 0, 2 ** 32 - 1), 42)
    .option('--batch <n>', 'images for each update of the weights', wholeNumber('--batch', 1, any), 64)
    .option('--out <folder>', 'where to write', name('--out', 'a folder'), 'out')
    .addOption(
      new Option('--limit <n>', 'use only the first <n> training images')
        .argParser(wholeNumber('--limit', 1, TRAINING_IMAGES))
        .default(TRAINING_IMAGES, 'all'),
    )
    .addOption(
      new Option('--validation <n>', 'hold the last <n> training images out, for the validation curves')
        .argParser(wholeNumber('--validation', 0, TRAINING_IMAGES - 1))
        .default(0, 'none: the curves show the test images'),
    )
    .addOption(
      new Option('--use <file>', 'no training: classify ten test images with a saved model')
        .argParser(name('--use', 'a model file'))
        .conflicts(TRAINING_FLAGS),
    )
    .option('--no-build', 'use the package as it was built last')
    .helpOption('-h, --help', 'show this text')
    .addHelpText(
      'after',
      '\nCtrl-C stops after the current step and saves what there is; a second one quits at once.\n',
    );
}

/**
 * @param {string} flag
 * @param {number} least
 * @param {number} most
 * @returns {(text: string) => number}
 */
function wholeNumber(flag, least, most) {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      throw new UsageError(`${flag} must be a whole number ${range}, got '${text}'`);
    }
    return value;
  };
}

/** @param {string} text */
function unitList(text) {
  const units = text.split(',').map((part) => part.trim());
  if (!units.every((part) => /^\d+$/.test(part) && Number(part) >= 1 && Number.isSafeInteger(Number(part)))) {
    throw new UsageError(`--hidden must be whole numbers of at least 1 with commas between them, got '${text}'`);
  }
  return units.map(Number);
}

/**
 * @param {string} flag
 * @param {string} what
 * @returns {(text: string) => string}
 */
function name(flag, what) {
  return (text) => {
    if (text.trim() === '' || text.includes('\0')) throw new UsageError(`${flag} must name ${what}, got '${text}'`);
    return text;
  };
}
