/**
 * Where a command's words go: results to the standard output, everything else to the standard error; as JSON, one object a line, for machines.
 * Knows no commands.
 */

/** How a command speaks. */
export interface OutputOptions {
  /** One JSON object a line in place of text. */
  readonly json: boolean;
  /** Neither progress nor notes. */
  readonly quiet: boolean;
}

/** Nobody reads on (`| head`): what comes later is dropped, and whoever writes a lot asks `broken`. */
let broken = false;
let watched = false;

/** Lets a reader that goes away end things quietly. Once, before anything is written. */
export function watchPipes(): void {
  if (watched) return;
  watched = true;
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    broken = true;
  });
  process.stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

/** Numbers that JSON lacks, as texts. */
function plain(_: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** A value as JSON on one line; NaN and infinities as texts. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, plain);
}

export class Output {
  readonly json: boolean;
  readonly quiet: boolean;

  constructor({ json, quiet }: OutputOptions) {
    this.json = json;
    this.quiet = quiet;
  }

  /** Whether nobody reads the standard output any more. */
  get broken(): boolean {
    return broken;
  }

  /** A result for people: lines of text. Nothing with `--json`. */
  text(text: string): void {
    if (!this.json) this.write(`${text}\n`);
  }

  /** The same result for machines: a line with `--json` only. */
  event(event: string, fields: object): void {
    if (this.json) this.write(`${toJson({ event, ...fields })}\n`);
  }

  /** Something to know beside the result. */
  note(text: string): void {
    if (!this.quiet && !this.json) process.stderr.write(`${text}\n`);
  }

  /** Something that may be wrong; said even if quiet. */
  warn(text: string): void {
    const line = text.replace(/\s*\n\s*/g, ' ');
    if (this.json) this.event('warning', { message: line });
    else process.stderr.write(`warning: ${line}\n`);
  }

  /** To the standard output as it is. */
  write(text: string): boolean {
    return broken || process.stdout.write(text);
  }

  /** The same; resolves when there is room for more. */
  async writeAll(text: string): Promise<void> {
    if (this.write(text) || broken) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        process.stdout.off('drain', go).off('error', go).off('close', go);
        resolve();
      };
      process.stdout.on('drain', go).on('error', go).on('close', go);
    });
  }
}

/** Cells in columns, the first to the left, the others to the right. */
export function alignTable(rows: readonly (readonly string[])[]): string {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A number for people: four digits that count. */
export function short(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return value === undefined ? '-' : String(value);
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(4)));
}

/** A share as per cent. */
export function percent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(2)} %` : '-';
}

/** 'm:ss' or 'h:mm:ss'. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-:--';
  const whole = Math.max(0, Math.ceil(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}
