/** The commands, their arguments and options. Knows what can be said; what is done is in commands/, loaded when it is needed. */
import { Command, Option } from 'commander';
import { version } from '../../package.json';
import { FORMATS, WRITABLE } from './formats.js';
import { Output } from './output.js';
import {
  LEARNING,
  LOSS_NAMES,
  METRIC_NAMES,
  names,
  oneOf,
  optionFor,
  realNumber,
  settingsOf,
  someOf,
  TEXT_SETTINGS,
  TRAINING_SETTINGS,
  wholeNumber,
} from './settings.js';

type Values = Record<string, unknown>;

/** What a command gets: its options, which of them were given, and how it speaks. */
export interface Call {
  readonly values: Values;
  readonly given: (attribute: string) => boolean;
  readonly output: Output;
}

/** A command with what all have. */
function command(program: Command, usage: string, description: string): Command {
  return program
    .command(usage)
    .description(description)
    .showHelpAfterError(false)
    .addOption(new Option('--json', 'one JSON object a line, for machines'))
    .addOption(new Option('-q, --quiet', 'no progress and no notes'))
    .addOption(new Option('--debug', 'where an error came from'));
}

function callOf(found: Command): Call {
  const values = found.opts();
  const given = (attribute: string): boolean => found.getOptionValueSource(attribute) === 'cli';
  return { values, given, output: new Output({ json: values.json === true, quiet: values.quiet === true }) };
}

function addSettings(found: Command, rows: typeof TEXT_SETTINGS): Command {
  for (const row of rows) found.addOption(optionFor(row));
  return found;
}

const formats = Object.fromEntries(Object.keys(FORMATS).map((name) => [name, true]));
const writable = Object.fromEntries(WRITABLE.map((name) => [name, true]));

function addTrain(program: Command): void {
  const train = command(program, 'train [table]', 'Train a network to predict one column of a table (CSV) from the others.');
  addSettings(train, TRAINING_SETTINGS)
    .option('-o, --out <file>', 'the model (default: model.safetensors)')
    .option('--test <table>', 'measure the model on other rows than it was trained on')
    .option('--report <file>', 'a page about the model, in one HTML file')
    .option('--config <file>', 'take settings from a JSON file; options of the command line go before')
    .option('--write-config <file>', 'write the settings to a JSON file')
    .option('--checkpoint <folder>', 'keep what is needed to go on here (default: beside the model, until it is whole)')
    .option('--no-checkpoint', 'write no checkpoints')
    .option('--checkpoint-every <epochs>', 'how often (default: every minute)', wholeNumber('--checkpoint-every', 1))
    .option('-f, --force', 'replace files that are there');
  addSettings(train, TEXT_SETTINGS)
    .addHelpText(
      'after',
      `
Settings that are left out are chosen by the number of rows. The table may be - for the standard input.
Ctrl-C stops after the current step and leaves a checkpoint for gradlet resume.

  gradlet train iris.csv --target species --hidden 16,8 --epochs 200 --out model.safetensors`,
    )
    .action(async (table: string | undefined) => {
      const call = callOf(train);
      const { train: run } = await import('./commands/train.js');
      await run(table, settingsOf([...TRAINING_SETTINGS, ...TEXT_SETTINGS], call.values, call.given), call);
    });
}

function addResume(program: Command): void {
  const resume = command(program, 'resume <place>', 'Go on with a training from its checkpoint folder, or with a search from its journal.')
    .option('--epochs <n>', 'another total of epochs', wholeNumber('--epochs', 1))
    .option('--patience <epochs>', 'another patience', wholeNumber('--patience', 1))
    .addOption(optionFor(TRAINING_SETTINGS.find(({ key }) => key === 'threads') as (typeof TRAINING_SETTINGS)[number]))
    .option('-o, --out <file>', 'another place for the model')
    .option('--report <file>', 'a page about the model, in one HTML file')
    .option('--workers <n>', 'of a search: trials at a time', wholeNumber('--workers', 1, 256))
    .option('-f, --force', 'replace files that are there');
  resume.action(async (place: string) => {
    const { resume: run } = await import('./commands/resume.js');
    await run(place, callOf(resume));
  });
}

function addPredict(program: Command): void {
  const predict = command(
    program,
    'predict <model> [table]',
    'Predict for each row of a table (CSV), as a table with the predictions beside it.',
  )
    .option('-o, --out <file>', 'where to write (default: the standard output)')
    .option('--keep <columns>', 'columns of the table to repeat: all, none, or names such as id,date', names('--keep'), ['all'])
    .option('--probabilities', 'the probability of each label, too')
    .option('-f, --force', 'replace files that are there');
  addSettings(predict, TEXT_SETTINGS)
    .addHelpText(
      'after',
      `
Rows are read, predicted and written in blocks: a table may be of any length. Without a table, or with -, rows come from the standard input.

  gradlet predict model.safetensors rows.csv > out.csv`,
    )
    .action(async (model: string, table: string | undefined) => {
      const call = callOf(predict);
      const { predict: run } = await import('./commands/predict.js');
      await run(model, table ?? '-', settingsOf(TEXT_SETTINGS, call.values, call.given), call);
    });
}

function addEvaluate(program: Command): void {
  const evaluate = command(program, 'evaluate <model> [table]', 'Measure a model on a table whose target is known.')
    .option('--report <file>', 'a page about the model on these rows, in one HTML file')
    .option('--importance', 'how much worse it gets without each column')
    .option('-f, --force', 'replace files that are there')
    .option(
      '--target <columns>',
      'of a network that knows no table: columns of its targets (default: those after the inputs)',
      names('--target'),
    )
    .option('--labels <names>', 'of a column of classes: their names, in the order of the outputs', names('--labels'))
    .option('--loss <name>', `${Object.keys(LOSS_NAMES).join(', ')} (default: by the outputs)`, oneOf('--loss', LOSS_NAMES))
    .option('--metrics <names>', `${Object.keys(METRIC_NAMES).join(', ')} (default: by the outputs)`, someOf('--metrics', METRIC_NAMES));
  addReading(evaluate);
  addSettings(evaluate, TEXT_SETTINGS)
    .addHelpText(
      'after',
      `
A model that gradlet train has made knows its columns. Any other takes its inputs from the first columns, and its targets from those that follow:
one for each output, or one of classes (numbers from 0, or names by --labels).

  gradlet evaluate model.safetensors test.csv
  gradlet evaluate model.onnx test.csv --labels setosa,versicolor,virginica`,
    )
    .action(async (model: string, table: string | undefined) => {
      const call = callOf(evaluate);
      const { evaluate: run } = await import('./commands/evaluate.js');
      await run(model, table ?? '-', settingsOf(TEXT_SETTINGS, call.values, call.given), call);
    });
}

/** Options for reading a file that is not gradlet's. */
function addReading(found: Command): Command {
  return found
    .option('--from <kind>', `what the file is: ${Object.keys(FORMATS).join(', ')} (default: by its content)`, oneOf('--from', formats))
    .option('--layers <list>', "layers of a PyTorch state dict, such as 'dense(16,relu),dropout(0.2),dense(3,softmax)'")
    .option('--like <model>', 'a model that has the layers of a PyTorch state dict, and whose metadata it gets')
    .option('--prefix <text>', 'only tensors of the state dict whose names begin so')
    .option('--modules <names>', 'modules of the state dict that have tensors, in the order of the layers', names('--modules'));
}

function addInspect(program: Command): void {
  const inspect = command(program, 'inspect <model>', 'Show what is in a model: layers, parameters, metadata, and where it comes from.');
  addReading(inspect).action(async (model: string) => {
    const { inspect: run } = await import('./commands/inspect.js');
    await run(model, callOf(inspect));
  });
}

function addConvert(program: Command): void {
  const convert = command(program, 'convert <model> <to>', 'Write a model as a file of another kind.');
  addReading(convert)
    .option('--to <kind>', `what to write: ${WRITABLE.join(', ')} (default: by the name)`, oneOf('--to', writable))
    .option('--float16', 'a gradlet model of half the size, rounded to half precision')
    .option('-f, --force', 'replace files that are there')
    .addHelpText(
      'after',
      `
By name: .safetensors is a gradlet model, .pt.safetensors a PyTorch state dict, .onnx ONNX, .json a gradlet model as JSON,
and a folder (a name that ends in /) a TensorFlow.js model.

  gradlet convert model.safetensors model.onnx`,
    )
    .action(async (model: string, to: string) => {
      const { convert: run } = await import('./commands/convert.js');
      await run(model, to, callOf(convert));
    });
}

function addTune(program: Command): void {
  const tune = command(program, 'tune [table]', 'Search for settings that predict better, and train the best.');
  addSettings(tune, TRAINING_SETTINGS)
    .option('--trials <n>', 'how many settings to try', wholeNumber('--trials', 1), 27)
    .option(
      '--search <kind>',
      'random: each to the end; halving: all for a while, then the best third for longer, and so on',
      oneOf('--search', { random: true, halving: true }),
      'halving',
    )
    .option(
      '--first-epochs <n>',
      'epochs of the first round of halving (default: the last round has --epochs)',
      wholeNumber('--first-epochs', 1),
    )
    .option('--keep <share>', 'of the trials that go into the next round', realNumber('--keep', { above: 0, below: 1 }), 1 / 3)
    .option('--workers <n>', 'trials at a time, each on a thread (default: one for each processor)', wholeNumber('--workers', 1, 256))
    .option('--space <file>', 'what to search, as JSON')
    .option('--journal <file>', 'where the search is written down (default: beside the model)')
    .option('-o, --out <file>', 'the best model (default: model.safetensors)')
    .option('--report <file>', 'a page about the best model, in one HTML file')
    .option('-f, --force', 'replace files that are there');
  addSettings(tune, TEXT_SETTINGS)
    .addHelpText(
      'after',
      `
What is given (${LEARNING.map(({ flag }) => flag.split(' ')[0]).join(', ')}) is not searched. Ctrl-C stops; gradlet resume with the journal goes on.

  gradlet tune iris.csv --target species --trials 27 --epochs 200`,
    )
    .action(async (table: string | undefined) => {
      const call = callOf(tune);
      const { tune: run } = await import('./commands/tune.js');
      await run(table, settingsOf([...TRAINING_SETTINGS, ...TEXT_SETTINGS], call.values, call.given), call);
    });
}

/** The whole command line; parsing throws where it would end the process. */
export function buildProgram(): Command {
  const program = new Command('gradlet')
    .description('Neural networks for tables, from the command line.')
    .version(version, '-V, --version', 'the version of gradlet')
    .helpOption('-h, --help', 'what can be said')
    .helpCommand('help [command]', 'what can be said of a command')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns ?? 110, 140) })
    .configureOutput({ writeErr: () => {} })
    .exitOverride()
    .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted. More: gradlet help <command>');
  for (const add of [addTrain, addPredict, addEvaluate, addInspect, addConvert, addTune, addResume]) add(program);
  return program;
}
