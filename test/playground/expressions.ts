/** Expressions for a page to evaluate. Knows no driver. */

/** The element of a selector. */
export const q = (selector: string): string => `document.querySelector(${JSON.stringify(selector)})`;
/** Whether the line that says how things are begins so. */
export const said = (start: string): string => `${q('#status')}.textContent.startsWith(${JSON.stringify(start)})`;
