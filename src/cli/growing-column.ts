/**
 * One column of a table while it is read, in as little memory as it takes: numbers as numbers as long as every text can be told from them,
 * everything else as texts, equal ones once. What comes out means the same to `trainTable` as the texts. Knows cells; no tables.
 */
import { isMissing } from '../tabular/cells.js';

/** Cells of a part; parts are put together at the end. */
const PART = 1 << 16;
/** Different texts up to which each is kept once. */
const DIFFERENT = 1 << 16;
/** A text of more characters than this may be a window into the block that was read, which it would keep alive. */
const WINDOW = 12;

/** How a number was written: with so many decimals, or one of these. A space before it counts extra. */
const SHORTEST = 101;
const EXPONENT = 102;
const MISSING = 103;
const SPACED = 128;

/** Decimal digits that any 64-bit float tells apart. */
const EXACT_DIGITS = 15;
const DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.(\d+))?$/;

/** As Python writes large and small numbers: the shortest digits, and two digits of an exponent at least. */
function withExponent(value: number): string {
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

/** How a number is written, or undefined when it cannot be told. */
function formOf(text: string, value: number): number | undefined {
  const decimal = DECIMAL.exec(text);
  const digits = text.length - Number(text.includes('-')) - Number(text.includes('.'));
  if (decimal && digits <= EXACT_DIGITS) return decimal[1]?.length ?? 0;
  if (text === String(value)) return SHORTEST;
  return text === withExponent(value) ? EXPONENT : undefined;
}

/** The text that a number was. */
function textOf(value: number, form: number): string {
  if (form >= SPACED) return ` ${textOf(value, form - SPACED)}`;
  if (form === MISSING) return '';
  if (form === SHORTEST) return String(value);
  if (form === EXPONENT) return withExponent(value);
  return `${Object.is(value, -0) ? '-' : ''}${value.toFixed(form)}`;
}

export class GrowingColumn {
  readonly #numbers: Float64Array[] = [];
  readonly #forms: Uint8Array[] = [];
  #length = 0;
  #texts: string[] | undefined;
  #once: Map<string, string> | undefined = new Map();

  /** @param asTexts whether cells stay texts whatever they are: kinds such as 'category' tell '1.0' from '1' */
  constructor(asTexts: boolean) {
    if (asTexts) this.#texts = [];
  }

  push(cell: string): void {
    if (this.#texts) this.#pushText(this.#texts, cell);
    else if (!this.#pushNumber(cell)) {
      this.#texts = this.#asTexts();
      this.#pushText(this.#texts, cell);
    }
  }

  /** Whether the cell is there as a number. */
  #pushNumber(cell: string): boolean {
    const spaced = cell.charCodeAt(0) === 0x20;
    const text = spaced ? cell.slice(1) : cell;
    let value = Number(text);
    let form = Number.isFinite(value) ? formOf(text, value) : undefined;
    if (form === undefined) {
      if (!isMissing(cell)) return false;
      value = Number.NaN;
      form = MISSING;
    } else if (spaced) form += SPACED;
    const at = this.#length % PART;
    if (at === 0) {
      this.#numbers.push(new Float64Array(PART));
      this.#forms.push(new Uint8Array(PART));
    }
    this.#numbers[this.#numbers.length - 1][at] = value;
    this.#forms[this.#forms.length - 1][at] = form;
    this.#length++;
    return true;
  }

  #pushText(texts: string[], cell: string): void {
    const known = this.#once?.get(cell);
    if (known !== undefined) {
      texts.push(known);
      return;
    }
    const text = cell.length > WINDOW ? Buffer.from(cell).toString() : cell;
    texts.push(text);
    // So many different ones are hardly ever equal: looking them up would be in vain.
    if (this.#once?.set(text, text).size === DIFFERENT) this.#once = undefined;
  }

  /** What was there so far. */
  #asTexts(): string[] {
    const texts: string[] = [];
    for (const [part, numbers] of this.#numbers.entries()) {
      const forms = this.#forms[part];
      const end = Math.min(PART, this.#length - part * PART);
      for (let at = 0; at < end; at++) this.#pushText(texts, textOf(numbers[at], forms[at]));
    }
    this.#numbers.length = 0;
    this.#forms.length = 0;
    return texts;
  }

  /** All cells; nothing can be added any more. Numbers are in memory that threads share. */
  finish(): Float64Array | string[] {
    if (this.#texts) return this.#texts;
    const all = new Float64Array(new SharedArrayBuffer(this.#length * Float64Array.BYTES_PER_ELEMENT));
    for (let part = 0; part < this.#numbers.length; part++) {
      all.set(this.#numbers[part].subarray(0, this.#length - part * PART), part * PART);
      this.#numbers[part] = new Float64Array();
    }
    return all;
  }
}
