/** From words to an exit code: parses the command line, runs the command, and says on one line what went wrong. Knows no command. */
import { CommanderError } from 'commander';
import { exitCodeOf, FAILED, Interrupted, messageOf, USAGE } from './errors.js';
import { Output, watchPipes } from './output.js';
import { buildProgram } from './program.js';

/** What is asked for ahead of everything, because an error in the rest must heed it. */
function heeds(words: readonly string[], flag: string): boolean {
  const end = words.indexOf('--');
  return words.slice(0, end < 0 ? words.length : end).includes(flag);
}

/** Runs a command line; the result is the process's exit code. */
export async function main(words: readonly string[]): Promise<void> {
  watchPipes();
  const debug = heeds(words, '--debug');
  const program = buildProgram();
  try {
    await program.parseAsync(words as string[], { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // Help and version are no errors; their text is out already. A missing command is.
      process.exitCode = error.exitCode === 0 ? 0 : USAGE;
      if (error.exitCode === 0) return;
      if (error.code === 'commander.help') {
        process.stderr.write(program.helpInformation());
        return;
      }
      const name = commandOf(words);
      process.stderr.write(`${name}: ${messageOf(error).replace(/\.$/, '')}; see ${name} --help\n`);
      return;
    }
    process.exitCode = exitCodeOf(error);
    const message = messageOf(error);
    const output = new Output({ json: heeds(words, '--json'), quiet: false });
    const code = (error as { code?: unknown }).code;
    if (error instanceof Interrupted) output.event('interrupted', { message });
    else output.event('error', { message, ...(typeof code === 'string' && { code }), exitCode: process.exitCode ?? FAILED });
    process.stderr.write(`${commandOf(words)}: ${message}\n`);
    if (debug && error instanceof Error) process.stderr.write(`${error.stack}\n${error.cause ? `caused by ${String(error.cause)}\n` : ''}`);
  }
}

/** 'gradlet train' of the words of a command line. */
function commandOf(words: readonly string[]): string {
  const name = words.find((word) => !word.startsWith('-'));
  return name !== undefined && /^[a-z]+$/.test(name) && buildProgram().commands.some((command) => command.name() === name)
    ? `gradlet ${name}`
    : 'gradlet';
}
