/** `gradlet resume`: goes on with a training from its checkpoint folder, or with a search from its journal. Knows runs (run.ts). */
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { version } from '../../../package.json';
import { checkpointFile, readConfig, runFile } from '../config.js';
import { RunError, samePlace, UsageError } from '../errors.js';
import { checkTarget } from '../files.js';
import { interruptSignal } from '../interrupt.js';
import type { Call } from '../program.js';
import { readCheckpoint, runTraining } from '../run.js';
import { readTable, toldAsTexts } from '../tables.js';
import { passingFolder } from './train.js';

export async function resume(place: string, call: Call): Promise<void> {
  const { values, given, output } = call;
  if (!existsSync(place))
    throw new UsageError(`there is no '${place}'; name the checkpoint folder of a training, or the journal of a search`);
  if (!statSync(place).isDirectory()) {
    const { resumeSearch } = await import('./tune.js');
    return resumeSearch(place, call);
  }
  if (!existsSync(runFile(place)) || !existsSync(checkpointFile(place)))
    throw new UsageError(
      `'${place}' has no checkpoint of gradlet train (${basename(runFile(place))} and ${basename(checkpointFile(place))}); name the folder of one`,
    );
  const { gradlet, sha256, force: forced = false, everyEpochs, ...saved } = readConfig(runFile(place));
  const changes = ['epochs', 'patience', 'threads', 'out', 'report'].filter(given).map((key) => [key, values[key]]);
  const config = { ...saved, ...Object.fromEntries(changes) };
  const { data, target, out } = config;
  if (data === undefined || target === undefined || out === undefined)
    throw new RunError(`'${runFile(place)}' does not say data, target and out; begin anew by gradlet train`);
  const force = values.force === true || (forced && !given('out'));
  checkTarget('--out', out, force, [data]);
  if (config.report !== undefined) checkTarget('--report', config.report, force, [data, out]);
  const signal = interruptSignal();
  const read = await readTable(data, config, { texts: toldAsTexts(config.columns), signal, output });
  if (sha256 !== undefined && read.sha256 !== sha256)
    throw new RunError(`'${data}' is not what it was when the run began; put the former file back, or begin anew by gradlet train --force`);
  if (gradlet !== undefined && gradlet !== version)
    output.warn(`the run was begun by gradlet ${gradlet}; its rest by ${version} may round differently`);
  const passing = saved.checkpoint === undefined && samePlace(place, passingFolder(saved.out ?? out));
  await runTraining(
    { ...config, data, target, out },
    {
      output,
      signal,
      read,
      source: data,
      folder: place,
      passing,
      resume: readCheckpoint(place),
      force,
      ...(everyEpochs !== undefined && { everyEpochs }),
    },
  );
}
