/**
 * The playground as a user has it, in Chromium and Firefox, on a page that is cross-origin isolated and on one that is not: points, digits,
 * the URL, the keyboard, phones, and what WCAG asks for. Frame gaps are printed, not judged.
 */
import { expect, test } from 'vitest';
import { Network } from '../../src/index.js';
import { fromOnnx } from '../../src/onnx.js';
import type { Page } from './browsers.mjs';
import { q } from './expressions.js';
import { downloaded, inPlayground, number, pause, shown, status } from './visits.js';

/** Milliseconds between animation frames for some seconds. */
async function frameGaps(page: Page, seconds: number): Promise<{ frames: number; median: number; late: number; longest: number }> {
  await page.run(`(() => {
    const gaps = [];
    let before = 0;
    const end = performance.now() + ${1000 * seconds};
    const frame = (now) => {
      if (before) gaps.push(now - before);
      before = now;
      if (now < end) requestAnimationFrame(frame);
      else window.gaps = JSON.stringify(gaps);
    };
    window.gaps = undefined;
    requestAnimationFrame(frame);
  })()`);
  const gaps: number[] = JSON.parse((await page.until('window.gaps', seconds + 30)) as string).sort((a: number, b: number) => a - b);
  const at = (share: number): number => Number(gaps[Math.min(gaps.length - 1, Math.floor(gaps.length * share))].toFixed(1));
  return { frames: gaps.length, median: at(0.5), late: at(0.99), longest: at(1) };
}

/** Draws a line through places in the pad, as shares of its side. */
async function drawOn(page: Page, places: readonly (readonly [number, number])[]): Promise<void> {
  const box = JSON.parse((await page.run(`JSON.stringify(${q('#pad')}.getBoundingClientRect())`)) as string);
  const at = ([x, y]: readonly [number, number]): [number, number] => [box.x + x * box.width, box.y + y * box.height];
  await page.mouse.move(...at(places[0]));
  await page.mouse.down();
  for (const place of places.slice(1)) await page.mouse.move(...at(place), { steps: 4 });
  await page.mouse.up();
}

const circle = Array.from({ length: 25 }, (_, index) => {
  const angle = (index / 24) * 2 * Math.PI - Math.PI / 2;
  return [0.5 + 0.17 * Math.cos(angle), 0.5 + 0.27 * Math.sin(angle)] as const;
});

inPlayground(({ name, browser, isolated, plain, visit }) => {
  for (const [way, server] of [
    ['isolated', isolated],
    ['not isolated', plain],
  ] as const) {
    const alone = way === 'isolated';

    test(`${way}: the spiral is learned by itself, and the page keeps drawing`, async () => {
      await visit(server, '', async (page) => {
        expect(await page.run('crossOriginIsolated')).toBe(alone);
        await status(page, 'Training');
        await page.until(`Number.parseFloat(${q('#points-epoch')}.textContent) >= 5`);
        const gaps = await frameGaps(page, 4);
        console.log(`${name} ${browser().version}, ${way}, points: ${JSON.stringify(gaps)}`);
        await page.until(`Number.parseFloat(${q('#points-accuracy')}.textContent) >= 99`, 120);
        await page.click('#points-run');
        await status(page, 'Paused at epoch');
        expect(await page.run(`${shown('#points-threads-note')} && ${q('#points-threads-note')}.textContent`)).toBe(
          alone ? false : 'One thread: this page is not cross-origin isolated (COOP and COEP headers).',
        );
      });
    });

    test(`${way}: two threads, or what keeps from them`, async () => {
      await visit(server, '#points?threads=2&speed=full', async (page) => {
        await page.until(`Number.parseFloat(${q('#points-epoch')}.textContent.replace(',', '')) >= 20`, 120);
        const note = await page.text('#points-threads-note');
        if (alone) expect(note).toBe('');
        else expect(note).toBe('One thread: this page is not cross-origin isolated (COOP and COEP headers).');
      });
    });

    test(`${way}: digits are learned, drawn ones recognised, the model downloaded`, async () => {
      await visit(
        server,
        '#digits',
        async (page) => {
          await status(page, 'Training');
          const gaps = await frameGaps(page, 3);
          console.log(
            `${name} ${browser().version}, ${way}, digits: ${JSON.stringify(gaps)}, ${await page.text('#digits-images-a-second')} images a second`,
          );
          await status(page, 'Done', 170);
          expect(await number(page, '#digits-test-accuracy')).toBeGreaterThan(94);
          expect(await page.run(`document.querySelectorAll('#mistakes li').length`)).toBe(12);

          await drawOn(page, circle);
          await page.until(`${q('#answer')}.textContent === '0'`);
          await page.click('#pad-clear');
          await page.until(`${q('#answer')}.textContent === ''`);
          await drawOn(page, [
            [0.5, 0.2],
            [0.49, 0.8],
          ]);
          await page.until(`${q('#answer')}.textContent === '1'`);
          const shares = JSON.parse(
            (await page.run(
              `JSON.stringify([...document.querySelectorAll('#bars .value')].map((value) => Number.parseFloat(value.textContent)))`,
            )) as string,
          );
          expect(shares.reduce((sum: number, share: number) => sum + share, 0)).toBeCloseTo(100, 0);
          await page.click('#pad-sample');
          await page.until(`${q('#answer')}.textContent === '7'`);

          const network = Network.load(await downloaded(page, '#digits-native'));
          const other = fromOnnx(await downloaded(page, '#digits-onnx'));
          const image = Float32Array.from({ length: 784 }, (_, index) => ((index * 37) % 256) / 255);
          const [ours, theirs] = [network.predict(image).data, other.predict(image).data];
          for (const [digit, value] of ours.entries()) expect(Math.abs(value - theirs[digit])).toBeLessThan(1e-4);
        },
        undefined,
      );
    });
  }

  test('pause, step and reset; the same seed gives the same numbers, on any number of threads', async () => {
    const told: string[] = [];
    for (const threads of [1, 2]) {
      await visit(isolated, `#points?data=circle&threads=${threads}`, async (page) => {
        await status(page, 'Training');
        await page.click('#points-run');
        await status(page, 'Paused');
        await page.click('#points-reset');
        await page.until(`${q('#points-epoch')}.textContent === '0'`);
        for (const epoch of [1, 2, 3]) {
          await page.click('#points-step');
          await page.until(`${q('#points-epoch')}.textContent === '${epoch}'`);
        }
        await status(page, 'Done at epoch 3');
        told.push(`${await page.text('#points-loss')} ${await page.text('#points-test-loss')}`);
        // From here on to the end of a run, and then as far again.
        await page.select('#speed', 'full');
        await page.click('#points-run');
        await status(page, 'Done at epoch 2,000', 120);
        const network = Network.load(await downloaded(page, '#points-native'));
        expect(network.predict([0, 0]).data[0]).toBeGreaterThan(0.9);
        expect(network.predict([2.3, 0]).data[0]).toBeLessThan(0.1);
      });
    }
    expect(told[0]).toMatch(/^0\.\d+ 0\.\d+$/);
    expect(told[1]).toBe(told[0]);
  });

  test('what is set is in the URL, and a URL brings it back', async () => {
    await visit(isolated, '', async (page) => {
      await page.select('#points-activation', 'relu');
      await page.select('#points-optimizer', 'sgd');
      await page.click('#points-add');
      await page.run(`${q('input[value="moons"]')}.click()`);
      await page.until(`location.hash === '#points?data=moons&layers=8-8-8&activation=relu&optimizer=sgd&rate=0.3'`);
      await page.click('#tab-digits');
      await page.until(`location.hash === '#digits'`);
      await page.run('history.back()');
      await page.until(`${shown('#panel-points')}`);
      expect(await page.run(`${q('#points-optimizer')}.value + ${q('#points-layer-2')}.value`)).toBe('sgd8');
    });
    await visit(isolated, '#points?data=xor&layers=4&activation=gelu&rate=0.005&seed=77&noise=0.2&speed=fast', async (page) => {
      const values = `[...document.querySelectorAll('#panel-points select, #panel-points input[type=number], #noise')].map(({ value }) => value).join(' ')`;
      expect(await page.run(values)).toBe('0.2 4 gelu adam 0.005 16 1 77 fast');
      expect(await page.run(`${q('input[name=data]:checked')}.value`)).toBe('xor');
      await page.until(`Number.parseFloat(${q('#points-epoch')}.textContent) > 5`);
    });
    await visit(isolated, '#nonsense?data=toString&layers=x&noise=y&speed=__proto__', async (page) => {
      expect(await page.run(`${q('input[name=data]:checked')}.value`)).toBe('spiral');
      await status(page, 'Training');
    });
  });

  test('points of your own, by mouse and by keyboard', async () => {
    await visit(isolated, '#points?data=own', async (page) => {
      expect(await page.run(shown('#own-hint'))).toBe(true);
      const box = JSON.parse((await page.run(`JSON.stringify(${q('#plane')}.getBoundingClientRect())`)) as string);
      const click = async (x: number, y: number): Promise<void> => page.mouse.click(box.x + x * box.width, box.y + y * box.height);
      await click(0.25, 0.25);
      await click(0.3, 0.7);
      await page.click('.class0');
      await click(0.75, 0.3);
      await page.focus('#plane');
      for (const key of ['ArrowRight', 'ArrowRight', 'ArrowDown', 'ArrowDown', 'Enter']) await page.press(key);
      expect(await page.text('#status')).toMatch(/^orange point at 0\.\d, -0\.\d; 4 in all$/);
      await page.press('Enter');
      await page.press('Backspace');
      await page.until(`Number.parseFloat(${q('#points-accuracy')}.textContent) === 100`);
      // Four letters a point.
      await page.until(`/^#points\\?data=own&points=[\\w-]{16}$/.test(location.hash)`);
      await page.click('#own-clear');
      await page.until(shown('#own-hint'));
    });
  });

  test('everything has a name, and tabs go by arrow keys', async () => {
    for (const hash of ['', '#points?data=own', '#digits', '#table', '#table?data=iris']) {
      await visit(isolated, hash, async (page) => {
        const nameless = await page.run(`[...document.querySelectorAll('button, input, select, canvas, progress, output, [role]')]
          .filter((element) => !element.closest('[hidden], [aria-hidden=true]'))
          .filter((element) => !(element.getAttribute('aria-label') || element.getAttribute('aria-labelledby') || element.labels?.length || element.textContent.trim() || element.id === 'status'))
          .map((element) => element.outerHTML).join('; ')`);
        expect(nameless).toBe('');
        const ids = await page.run(
          `[...document.querySelectorAll('[id]')].map(({ id }) => id).filter((id, at, all) => all.indexOf(id) !== at).join()`,
        );
        expect(ids).toBe('');
      });
    }
    await visit(isolated, '', async (page) => {
      await page.focus('#tab-points');
      await page.press('ArrowRight');
      expect(
        await page.run(`document.activeElement.id + ${q('#tab-digits')}.getAttribute('aria-selected') + ${q('#panel-points')}.hidden`),
      ).toBe('tab-digitstruetrue');
      // The keyboard's pen: down, a stroke, and what it is taken for.
      await status(page, 'Done', 170);
      await page.focus('#pad');
      await page.press(' ');
      for (let step = 0; step < 14; step++) await page.press('ArrowDown');
      await page.press(' ');
      await page.until(`${q('#answer')}.textContent === '1'`);
    });
  });

  test('on a phone nothing is wider than the screen', async () => {
    for (const hash of ['', '#points?data=own&layers=8-8-8-8-8-8', '#digits', '#table', '#table?data=diabetes']) {
      await visit(
        isolated,
        hash,
        async (page) => {
          await pause(300);
          expect(await page.run('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
        },
        { width: 360, height: 740 },
      );
    }
  });

  // Only Chromium's driver can ask for dark, for touch and for less motion.
  for (const dark of name === 'Chromium' ? [false, true] : []) {
    test(`${dark ? 'dark' : 'light'}: contrast and names are those of WCAG 2.2 AA, and a finger meets what it means`, async () => {
      const small = `[...document.querySelectorAll('button, input, select, label.plain, label.class, .problems label')]
        .filter((element) => element.checkVisibility({ checkVisibilityCSS: true }) && !element.matches('input[type=radio], #file'))
        .map((element) => [element.id || element.textContent.trim(), element.getBoundingClientRect()])
        .filter(([, { height }]) => height < 44).map(([name, { width, height }]) => name + ' ' + width + ' x ' + height).join('; ')`;
      for (const size of [{}, { width: 390, height: 844, touch: true }]) {
        for (const hash of ['', '#points?data=own', '#digits', '#table', '#table?data=iris']) {
          await visit(
            isolated,
            hash,
            async (page) => {
              if (hash.includes('iris')) await status(page, 'Done', 120);
              else await pause(300);
              expect(await page.objections(), hash).toEqual([]);
              if ('touch' in size) expect(await page.run(small), hash).toBe('');
            },
            { ...size, dark },
          );
        }
      }
    });
  }

  test.runIf(name === 'Chromium')('dark, by finger, and without motion that was not asked for', async () => {
    const corner = `getComputedStyle(document.body).backgroundColor`;
    await visit(isolated, '', async (page) => expect(await page.run(corner)).toBe('rgb(250, 249, 246)'));
    await visit(isolated, '', async (page) => expect(await page.run(corner)).toBe('rgb(18, 19, 23)'), { dark: true });
    await visit(
      isolated,
      '#points?data=own',
      async (page) => {
        const box = JSON.parse((await page.run(`JSON.stringify(${q('#plane')}.getBoundingClientRect())`)) as string);
        await page.tap?.(box.x + 50, box.y + 50);
        await page.until(`${q('#status')}.textContent.includes('1 in all')`);
      },
      { width: 390, height: 844, touch: true },
    );
    await visit(
      isolated,
      '',
      async (page) => {
        await pause(500);
        expect(await page.text('#points-epoch')).toBe('0');
        expect(await page.text('#points-run')).toBe('Train');
      },
      { still: true },
    );
  });
});
