/**
 * CSV in pieces: blocks of records from a file or the standard input, one at a time, so that a table may be of any length; and records as text.
 * Knows files, and the parser's; neither kinds of columns nor models.
 */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import Papa from 'papaparse';
import { RunError } from './errors.js';
import { decoderFor, notText, STANDARD, sizeOf } from './files.js';

/** Bytes that are read at once. */
const CHUNK = 1 << 15;
/** Characters that are enough to see what a text looks like: as many as `detectFormat` looks at, and one that tells it of more. */
const HEAD = (1 << 16) + 1;
/** Characters from which on a record is a quote left open, rather than a record. */
const LONGEST_RECORD = 1 << 24;

export interface CsvOptions {
  readonly encoding?: string;
  /** The separator, by the beginning of the text. */
  readonly separatorOf: (head: string) => string;
  /** Told all bytes as they are read. */
  readonly onBytes?: (bytes: Uint8Array) => void;
}

/** Some records that follow each other. */
export interface CsvBlock {
  /** Cells as they are in the text, without quotes. */
  readonly rows: string[][];
  /** Number of the first one among all records, from 1; a header is one. */
  readonly first: number;
  /** Bytes of the file that were read so far. */
  readonly bytes: number;
}

/** Reads a table from its beginning, once. */
export class CsvReader {
  /** Size of the file in bytes; undefined for the standard input. */
  readonly size: number | undefined;
  readonly #source: string;
  readonly #options: CsvOptions;
  readonly #input: Readable;
  #bytes = 0;

  /** @param source path of a file, or '-' */
  constructor(source: string, options: CsvOptions) {
    this.#source = source;
    this.#options = options;
    // Before the stream is opened: an error of the file system comes from here, with its path.
    this.size = sizeOf(source);
    this.#input = source === STANDARD ? process.stdin : createReadStream(source, { highWaterMark: CHUNK });
  }

  /** Ends reading, also while it waits for more. */
  close(): void {
    this.#input.destroy();
  }

  /** The text, decoded, every line end a line feed; at least HEAD characters first, if there are so many. */
  async *#text(): AsyncGenerator<string> {
    let decoder: TextDecoder | undefined;
    let held = '';
    let begun = false;
    const decode = (bytes?: Uint8Array): string => {
      decoder ??= decoderFor(this.#options.encoding, bytes ?? new Uint8Array());
      try {
        return decoder.decode(bytes, { stream: bytes !== undefined });
      } catch {
        throw notText(this.#source, decoder);
      }
    };
    /** What is held, but for a carriage return at its end that a line feed may follow. */
    const release = (last: boolean): string => {
      const whole = last || !held.endsWith('\r') ? held.length : held.length - 1;
      const text = held.slice(0, whole);
      held = held.slice(whole);
      return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
    };
    for await (const bytes of this.#input as AsyncIterable<Uint8Array>) {
      this.#bytes += bytes.length;
      this.#options.onBytes?.(bytes);
      held += decode(bytes);
      if (!begun && held.length < HEAD) continue;
      begun = true;
      yield release(false);
    }
    held += decode();
    yield release(true);
  }

  /** Blocks of whole records; lines without anything are passed over. */
  async *blocks(): AsyncGenerator<CsvBlock> {
    let parser: Papa.Parser | undefined;
    let pending = '';
    let first = 1;
    const parse = (last: boolean): CsvBlock | undefined => {
      const { data, errors, meta } = (parser as Papa.Parser).parse(pending, 0, !last) as Papa.ParseResult<string[]>;
      pending = pending.slice(meta.cursor);
      const open = errors.find(({ type }) => type === 'Quotes');
      const endless = pending.length > LONGEST_RECORD;
      if (endless || (open && (last || (open.row ?? 0) < data.length))) {
        const record = first + (endless ? data.length : (open?.row ?? 0));
        throw new RunError(`record ${record}: expected quotes to come in pairs, a quote inside of quotes twice; is one missing?`);
      }
      const rows = data.filter((row) => row.length > 1 || row[0] !== '');
      if (rows.length === 0) return undefined;
      const block = { rows, first, bytes: this.#bytes };
      first += rows.length;
      return block;
    };
    for await (const text of this.#text()) {
      pending += text;
      parser ??= new Papa.Parser({ delimiter: this.#options.separatorOf(pending.slice(0, HEAD)), newline: '\n' } as never);
      const block = parse(false);
      if (block) yield block;
    }
    const block = parse(true);
    if (block) yield block;
  }
}

/** Records as text, each with its line end. */
export function toCsv(rows: readonly (readonly string[])[], separator: string): string {
  return `${Papa.unparse(rows as string[][], { delimiter: separator, newline: '\n' })}\n`;
}
