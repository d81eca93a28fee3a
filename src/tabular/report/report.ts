/** The report: one HTML file about a model. */
import { GradletError } from '../../errors.js';
import type { ReportOptions } from '../types.js';

export async function writeReport(_options: ReportOptions): Promise<string> {
  throw new GradletError('ERR_RUNTIME', 'reportHtml: not written yet');
}
