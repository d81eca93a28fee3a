/** Numbers as people read them. Knows nothing else. */

/** A share of 1 in percent. */
export function percent(share: number, digits = 1): string {
  return Number.isFinite(share) ? `${(100 * share).toFixed(digits)}\u202f%` : '–';
}

/** Whole numbers with thin spaces between thousands. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** Four significant digits, without an exponent where there is room. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2).replace('e+', 'e').replace('-', '−');
  const text = size >= 1000 ? whole(value) : String(Number(value.toPrecision(4)));
  return text.replace('-', '−');
}

/** 'a, b and 3 more'. */
export function listing(items: readonly string[], most: number): string {
  const shown = items.slice(0, most).join(', ');
  return items.length > most ? `${shown} and ${items.length - most} more` : shown;
}
