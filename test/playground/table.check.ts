/** The playground's tab of tables, in Chromium and Firefox: samples, files of the user's own, the report and the model. */
import { expect, test } from 'vitest';
import { fromOnnx } from '../../src/onnx.js';
import { loadTable } from '../../src/tabular.js';
import type { Page } from './browsers.mjs';
import { q } from './expressions.js';
import { downloaded, inPlayground, number, pause, shown, status } from './visits.js';

/** Drops a file onto the tab of tables. */
function drop(page: Page, name: string, text: string): Promise<unknown> {
  return page.run(`(() => {
    const files = new DataTransfer();
    files.items.add(new File([${JSON.stringify(text)}], ${JSON.stringify(name)}));
    ${q('#drop')}.dispatchEvent(new DragEvent('drop', { bubbles: true, cancelable: true, dataTransfer: files }));
  })()`);
}

inPlayground(({ isolated, plain, visit }) => {
  for (const [way, server] of [
    ['isolated', isolated],
    ['not isolated', plain],
  ] as const) {
    test(`${way}: irises are learned, reported on, and the model downloaded`, async () => {
      await visit(server, '#table', async (page) => {
        await page.click('[data-sample="iris"]');
        await status(page, 'Done: Accuracy', 120);
        await page.until(`location.hash === '#table?data=iris'`);
        expect(await number(page, '#table-scores dd')).toBeGreaterThan(85);
        const report = (await page.run(`${q('#report')}.srcdoc`)) as string;
        expect(report).toMatch(/^<!doctype html>/i);
        expect(report).toContain('iris.csv, 30 rows that it was not trained on');
        expect(report).toContain('<svg');
        expect(new TextDecoder().decode(await downloaded(page, '#table-report'))).toBe(report);

        const model = loadTable(await downloaded(page, '#table-native'));
        const flower = { 'sepal length': 5.1, 'sepal width': 3.5, 'petal length': 1.4, 'petal width': 0.2 };
        expect(model.predict(flower).label).toBe('setosa');
        const other = fromOnnx(await downloaded(page, '#table-onnx'));
        const inputs = model.encode([flower]);
        const [ours, theirs] = [model.network.predict(inputs).data, other.predict(inputs).data];
        for (const [label, value] of ours.entries()) expect(Math.abs(value - theirs[label])).toBeLessThan(1e-5);

        // Another column to predict: training begins anew, as regression.
        await page.select('#target', 'petal width');
        await status(page, 'Done: R²', 120);
        expect(await number(page, '#table-scores dd')).toBeGreaterThan(0.8);
      });
    });
  }

  test('training on a table is paused, goes on from where it was, and is ended early', async () => {
    await visit(isolated, '#table?layers=256-256&batch=8', async (page) => {
      const rows = Array.from({ length: 4000 }, (_, row) =>
        [(row * 37) % 101, (row * 53) % 97, ((row * 37) % 101) * ((row * 53) % 97)].join(),
      );
      await drop(page, 'product.csv', `a,b,product\n${rows.join('\n')}`);
      await page.until(`Number.parseFloat(${q('#table-epoch')}.textContent) >= 1`);
      expect(await page.run(`${q('#table-finish')}.disabled`)).toBe(false);
      await page.click('#table-run');
      await status(page, 'Paused at epoch');
      expect(await page.text('#table-run')).toBe('Continue');
      const told = `${q('#table-epoch')}.textContent + ${q('#table-chart')}.getAttribute('aria-label')`;
      const before = await page.run(told);
      const epoch = await number(page, '#table-epoch');
      await pause(1500);
      expect(await page.run(told)).toBe(before);
      await page.click('#table-run');
      await page.until(`${q('#table-run')}.textContent === 'Pause' && Number.parseFloat(${q('#table-epoch')}.textContent) > ${epoch}`);
      await page.click('#table-run');
      await status(page, 'Paused at epoch');
      // A paused run may be ended: its best network is reported on.
      await page.click('#table-finish');
      await status(page, 'Done: R²', 120);
      expect(await page.text('#table-run')).toBe('Train');
      expect(await page.run(`${q('#table-finish')}.disabled && !${q('#table-native')}.disabled`)).toBe(true);

      // Another setting while a run is paused begins a new one.
      await page.select('#table-batch', '4');
      await page.until(`Number.parseFloat(${q('#table-epoch')}.textContent) >= 1`);
      await page.click('#table-run');
      await status(page, 'Paused at epoch');
      await page.select('#table-batch', '128');
      await page.until(`${q('#table-run')}.textContent === 'Pause' && Number.parseFloat(${q('#table-epoch')}.textContent) >= 1`);
      await page.click('#table-other');
      await page.until(shown('#drop'));
    });
  });

  test('a file that is dropped: separators, decimal commas, categories, what is missing; and one that is no table', async () => {
    await visit(isolated, '#table', async (page) => {
      const lines = Array.from({ length: 120 }, (_, row) => {
        const size = row % 12;
        return `${row % 7 === 0 ? '' : `${size},5`};"${row % 3 === 0 ? 'red; large' : 'blue'}";${(size * 2 + (row % 3 === 0 ? 10 : 0)).toString()},25`;
      });
      await drop(page, 'notes.txt', 'this is no table');
      await status(page, 'notes.txt could not be read: ');
      await drop(page, 'sizes.csv', `\ufeffsize;colour;price\r\n${lines.join('\r\n')}`);
      await status(page, 'Done: R²', 120);
      expect(await page.text('#table-size')).toBe('120 rows, 3 columns');
      const kinds = `[...document.querySelectorAll('#table-preview small')].map(({ textContent }) => textContent).join()`;
      expect(await page.run(kinds)).toBe('number,category,to predict');
      expect(await number(page, '#table-scores dd')).toBeGreaterThan(0.5);
      // A file of the user's own is in no URL.
      expect(await page.run('location.hash')).not.toContain('sizes');
      await page.click('#table-other');
      await page.until(shown('#drop'));
    });
  });
});
