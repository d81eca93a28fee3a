/** `gradlet convert`: a model as a file of another kind. Knows kinds of files by models.ts. */
import { statSync } from 'node:fs';
import { STANDARD } from '../files.js';
import { FORMATS, type Format } from '../formats.js';
import { checkModelTarget, formatOfTarget, readModel, targetsOf, writeModel } from '../models.js';
import type { Call } from '../program.js';
import { readingOptions } from '../reading.js';
import { knowsTable } from '../tables.js';

/** What a model's metadata say that other kinds of files have no place for. */
const BELONGINGS = 'scaling, categories and names of the table';

export async function convert(model: string, to: string, { values, output }: Call): Promise<void> {
  const format = (values.to as Format | undefined) ?? formatOfTarget(to);
  const options = { force: values.force === true, float16: values.float16 === true, sources: [model] };
  checkModelTarget(to, format, options);
  const { like, ...reading } = await readingOptions(values);
  const { network, format: found } = await readModel(model, reading);
  if (like) network.metadata = { ...like.metadata, ...network.metadata };
  const kept = format === 'gradlet' || format === 'json';
  const lost = kept ? [] : Object.keys(network.metadata);
  await writeModel(network, to, format, options);
  if (!kept && knowsTable(network)) {
    output.warn(
      `${FORMATS[format]} has no place for ${BELONGINGS}: give it rows that are prepared as the model does, or keep '${model}' for tables`,
    );
  } else if (lost.length > 0) {
    output.warn(`${FORMATS[format]} has no place for metadata: ${lost.join(', ')} ${lost.length === 1 ? 'is' : 'are'} left out`);
  }
  if (to === STANDARD) return;
  const files = targetsOf(to, format).map((path) => ({ path, bytes: statSync(path).size }));
  output.text(
    `${files.map(({ path, bytes }) => `${path} (${bytes.toLocaleString('en')} bytes)`).join(', ')}: ${FORMATS[format]}, from ${FORMATS[found]}`,
  );
  output.event('converted', { from: found, to: format, files, lost });
}
