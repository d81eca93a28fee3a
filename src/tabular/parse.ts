/** CSV texts as columns of texts. */
import { GradletError } from '../errors.js';
import type { ParseOptions, TextFormat } from './types.js';

/** The columns of a CSV text: cells as texts, decimal commas turned into points. */
export function parseTable(_text: string, _options?: ParseOptions): Record<string, string[]> {
  throw new GradletError('ERR_RUNTIME', 'parseTable: not written yet');
}

/** Separator and decimal sign of a CSV text, or of the beginning of one: for whoever reads it in pieces. */
export function detectFormat(_text: string): TextFormat {
  throw new GradletError('ERR_RUNTIME', 'detectFormat: not written yet');
}
