/** How the search box weighs what it finds. Knows no page but that the reference is under api/. */

export const SEARCH = {
  fuzzy: 0.2,
  prefix: true,
  boost: { title: 4, text: 2, titles: 1 },
  // Who looks for a word wants to read about it first, and then its signature.
  boostDocument: (id) => (id.includes('/api/') ? 0.4 : 1),
};
