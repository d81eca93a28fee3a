// @ts-check
// What an order is, how it becomes a row of numbers, and what is wrong with one that cannot. Used by the Worker and by train.js; knows
// neither requests nor networks.

/** Longest list that one request may bring. */
export const MAXIMUM_ROWS = 1000;
/** Minutes that the network's output 1 stands for. */
export const MINUTES = 30;

/** Fields of an order: the least and the most that is taken for true. */
const FIELDS = { kilometres: [0, 50], items: [1, 100], hour: [0, 24], rain: [0, 1] };
const DELIVERED = { ...FIELDS, minutes: [0, 240] };

/** What a client did wrong; `status` is the answer's. */
export class BadRequest extends Error {
  /**
   * @param {string} message
   * @param {number} [status]
   */
  constructor(message, status = 400) {
    super(message);
    this.status = status;
  }
}

/** @param {unknown} value */
const show = (value) => (value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 40));

/**
 * The list called `name` in a body, each of its members checked.
 * @param {unknown} body
 * @param {string} name
 * @param {Record<string, number[]>} fields
 * @returns {Record<string, number>[]}
 */
function readList(body, name, fields) {
  const list = /** @type {Record<string, unknown> | null} */ (body)?.[name];
  if (!Array.isArray(list)) throw new BadRequest(`expected { "${name}": [ … ] }, got ${show(body)}`);
  if (list.length === 0 || list.length > MAXIMUM_ROWS)
    throw new BadRequest(`${name}: expected 1 to ${MAXIMUM_ROWS} of them, got ${list.length}`);
  for (const [index, item] of list.entries()) {
    for (const [field, [least, most]] of Object.entries(fields)) {
      const value = item?.[field];
      if (typeof value !== 'number' || !(value >= least && value <= most))
        throw new BadRequest(`${name}[${index}].${field}: expected a number from ${least} to ${most}, got ${show(value)}`);
    }
  }
  return list;
}

/**
 * One row of five numbers of about 1. The hour goes round a circle, so that midnight lies beside one o'clock.
 * @param {Record<string, number>} order
 */
function toRow({ kilometres, items, hour, rain }) {
  const angle = (hour / 24) * 2 * Math.PI;
  return [kilometres / 10, items / 10, Math.sin(angle), Math.cos(angle), rain];
}

/**
 * Rows to predict from `{ "orders": [{ kilometres, items, hour, rain }] }`.
 * @param {unknown} body
 */
export function readOrders(body) {
  return readList(body, 'orders', FIELDS).map(toRow);
}

/**
 * Rows and targets to learn from `{ "deliveries": [{ kilometres, items, hour, rain, minutes }] }`.
 * @param {unknown} body
 */
export function readDeliveries(body) {
  const list = readList(body, 'deliveries', DELIVERED);
  return { x: list.map(toRow), y: list.map(({ minutes }) => [minutes / MINUTES]) };
}
