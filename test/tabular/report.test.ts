/** The report: what is in it, that it needs nothing else, and that nothing in the data becomes markup. */
import { describe, expect, it, vi } from 'vitest';
import { html, Markup } from '../../src/tabular/report/html.js';
import { calibrate, confusions } from '../../src/tabular/report/measures.js';
import { loadTable, permutationImportance, type Row, reportHtml, trainTable } from '../../src/tabular.js';
import { flowers, houses, QUICK, repeat, trained } from './support.js';

// What draws is large, and loaded with the first report.
vi.setConfig({ testTimeout: 30_000 });
const model = await trainTable(flowers(60), { ...QUICK, target: 'species', epochs: 20 });
const page = await reportHtml({ model, table: flowers(30, 3), source: 'flowers.csv', date: new Date('2026-11-22T10:00:00Z') });
const headings = (text: string) => [...text.matchAll(/<h2>(.*?)<\/h2>/g)].map(([, heading]) => heading);

/** Tags that are open at the end, after a look at every tag in the text. */
function openTags(text: string): string[] {
  const open: string[] = [];
  for (const [, close, name, self] of text.replace(/<style>[^<]*<\/style>/, '').matchAll(/<(\/?)([a-z][a-z0-9]*)[^>]*?(\/?)>/gi)) {
    if (self || ['meta', 'doctype'].includes(name)) continue;
    if (!close) open.push(name);
    else if (open.pop() !== name) throw new Error(`</${name}> closes another tag`);
  }
  return open;
}

describe('the report of a classification', () => {
  it('has its sections', () => {
    expect(headings(page)).toEqual([
      'Learning',
      'Confusion matrix',
      'Calibration',
      'Importance of columns',
      'Columns',
      'Settings and versions',
    ]);
    expect(page).toContain('<h1>species</h1><p>classification of species, evaluated on flowers.csv</p>');
    for (const text of ['rose', 'iris', 'petal', 'sepal', 'colour', '2026-11-22 10:00 UTC', 'gradlet 0.1.0']) expect(page).toContain(text);
    expect([...page.matchAll(/<svg role="img" aria-label="[^"]+"/g)]).toHaveLength(4);
  });

  it('needs nothing else: no script, no link, nothing from a network', () => {
    expect(page).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\bon\w+=|javascript:|@import|url\(/i);
    expect([...page.matchAll(/https?:\/\/[^"' )]*/g)].map(([url]) => url).filter((url) => !url.startsWith('http://www.w3.org/'))).toEqual(
      [],
    );
    expect(page).toContain(
      `<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;">`,
    );
  });

  it('closes what it opens', () => {
    expect(openTags(page)).toEqual([]);
  });

  it('serves light, dark and paper by one drawing', () => {
    for (const media of ['prefers-color-scheme: dark', '@media print', 'max-width']) expect(page).toContain(media);
    const colours = [...page.matchAll(/<svg[\s\S]*?<\/svg>/g)].flatMap(([svg]) =>
      [...svg.matchAll(/(?:fill|stroke)="([^"]+)"/g)].map(([, colour]) => colour),
    );
    expect(new Set(colours.filter((colour) => !/^(var\(--\w+\)|none|transparent)$/.test(colour)))).toEqual(new Set());
  });

  it('shows the figures of the evaluation', async () => {
    const evaluation = model.evaluate(flowers(30, 3));
    if (evaluation.task !== 'classification') throw new Error('not labels');
    expect(page).toContain(`<b>${(100 * evaluation.accuracy).toFixed(1)}\u202f%</b>`);
    const cells = [...page.matchAll(/<td class="(?:right|wrong|none)"[^>]*>(\d+)<\/td>/g)].map(([, rows]) => Number(rows));
    expect(cells).toEqual(evaluation.confusion.flat());
    const given = await reportHtml({ model, table: flowers(30, 3), evaluation: { ...evaluation, accuracy: 0.123 }, importance: false });
    expect(given).toContain('<b>12.3\u202f%</b>');
    expect(headings(given)).not.toContain('Importance of columns');
  });

  it('lists confusions where there are too many labels for a matrix', async () => {
    const rows = repeat(300, (row) => ({ x: row % 30, t: `label ${String(row % 30).padStart(2, '0')}` }));
    const many = (await trained(rows, { target: 't' })).model;
    const text = await reportHtml({ model: many, table: rows });
    expect(headings(text)).toContain('Confusions');
    expect(text).toContain('The 20 most frequent confusions among 30 labels');
  });

  it('is the same of the model that was saved and loaded, curves and all', async () => {
    const loaded = loadTable(model.save());
    const options = { table: flowers(30, 3), source: 'flowers.csv', date: new Date('2026-11-22T10:00:00Z') };
    expect(await reportHtml({ ...options, model: loaded })).toBe(page);
  });

  it('has the curves that it is given, and none of a model that has no history', async () => {
    const options = { model, table: flowers(30, 3), importance: [] };
    expect(headings(await reportHtml({ ...options, history: { epochs: 0, loss: [], metrics: {} } }))).not.toContain('Learning');
    const gaps = { epochs: 3, loss: [1, Number.NaN, 0.5], metrics: { accuracy: [Number.POSITIVE_INFINITY, 0.5, 1] } };
    const text = await reportHtml({ ...options, history: gaps });
    expect(headings(text)).toContain('Learning');
    expect(text).not.toMatch(/NaN|Infinity/);
  });
});

describe('the report of a regression', () => {
  it('has residuals instead', async () => {
    const { model: prices } = await trained(houses(60), { target: 'price', epochs: 30 });
    const text = await reportHtml({ model: prices, table: houses(1500, 3), title: 'Prices' });
    expect(headings(text)).toEqual(['Learning', 'Residuals', 'Importance of columns', 'Columns', 'Settings and versions']);
    expect(text).toContain('<h1>Prices</h1>');
    expect(text).toContain('1\u202f000 rows are shown, drawn at random.');
    expect(openTags(text)).toEqual([]);
  });
});

describe('what comes from the data', () => {
  const EVIL = '"><script>alert(1)</script><img src=x onerror=alert(2)>\'&{{x}}';

  it('is text: names of columns, labels, categories, title and source', async () => {
    const rows: Row[] = repeat(60, (row) => ({ [EVIL]: row % 7, [`${EVIL} 2`]: row % 3 ? EVIL : 'b', t: row % 2 ? `${EVIL}a` : EVIL }));
    const { model: evil } = await trained(rows, { target: 't' });
    const text = await reportHtml({ model: evil, table: rows, title: EVIL, source: EVIL });
    expect(text).not.toMatch(/<script|<img/);
    expect(text).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(openTags(text)).toEqual([]);
    const numbers = rows.map((row, index) => ({ ...row, t: undefined, [`t${EVIL}`]: index / 2 }));
    const { model: regression } = await trained(numbers, { target: `t${EVIL}`, columns: { t: 'ignore' } });
    const other = await reportHtml({ model: regression, table: numbers });
    expect(other).not.toMatch(/<script|<img/);
    expect(openTags(other)).toEqual([]);
  });

  it('is no expression of the charts either', async () => {
    const name = 'datum["x"] + now().y';
    const rows: Row[] = repeat(40, (row) => ({ [name]: row % 7, 'a.b[0]': row % 3, t: row % 2 }));
    const { model: strange } = await trained(rows, { target: 't' });
    const text = await reportHtml({ model: strange, table: rows, importance: permutationImportance(strange, rows, { repeats: 1 }) });
    expect(text).toContain('a.b[0]');
    expect(text).toContain('datum["x"]'.replaceAll('"', '&quot;'));
  });
});

describe('options', () => {
  it.each([
    [{ model: {} }, TypeError, 'reportHtml: model: expected what trainTable or loadTable gave'],
    [{ date: '2026-11-22' }, TypeError, "reportHtml: date: expected a Date, got '2026-11-22'"],
    [{ colours: 'dark' }, TypeError, "reportHtml: unknown option 'colours'"],
    [{ table: [{ petal: 1, species: 'rose' }] }, RangeError, "there is no 'sepal', 'colour'"],
  ])('%j is refused', async (options, kind, message) => {
    const rejected = reportHtml({ model, table: flowers(10), ...options } as never);
    await expect(rejected).rejects.toThrow(kind);
    await expect(rejected).rejects.toThrow(message);
  });
});

describe('its parts', () => {
  it('html escapes what is put in', () => {
    expect(html`<p title="${'"'}">${'<b>'}${[html`<i>${1}</i>`, undefined, false]}${new Markup('<u>')}</p>`.text).toBe(
      '<p title="&quot;">&lt;b&gt;<i>1</i><u></p>',
    );
  });

  it('calibration is counted in ten bins', () => {
    const { bins, error } = calibrate([0.95, 0.85, 0.85, 1, 0.3], [true, true, false, true, false]);
    expect(bins).toEqual([
      { confidence: 0.3, accuracy: 0, rows: 1 },
      { confidence: 0.85, accuracy: 0.5, rows: 2 },
      { confidence: 0.975, accuracy: 1, rows: 2 },
    ]);
    expect(error).toBeCloseTo((0.3 + 2 * 0.35 + 2 * 0.025) / 5, 12);
  });

  it('confusions are the pairs off the diagonal, the most frequent first', () => {
    expect(
      confusions(
        [
          [9, 1, 0],
          [3, 9, 2],
          [0, 0, 9],
        ],
        2,
      ),
    ).toEqual([
      { actual: 1, predicted: 0, rows: 3 },
      { actual: 1, predicted: 2, rows: 2 },
    ]);
  });
});
