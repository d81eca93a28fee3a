/** Every relative link of the README and of the pages leads to a file, and to a heading where it names one. Knows Markdown a little. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const pages = [
  'README.md',
  'CHANGELOG.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...['edge', 'pytorch'].map((name) => `examples/${name}/README.md`),
];

const textOf = (page: URL): string => readFileSync(page, 'utf8').replace(/^ *```[\s\S]*?^ *```/gm, '');

/** Anchors as GitHub and the site make them: lower case, without punctuation, hyphens for spaces. */
function anchorsOf(page: URL): Set<string> {
  const headings = [...textOf(page).matchAll(/^#{1,6} +(.+)$/gm)].map(([, heading]) => heading);
  const slug = (heading: string): string =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-');
  return new Set(headings.map(slug));
}

describe('links', () => {
  test.each(pages)('of %s', (name) => {
    const page = new URL(name, root);
    const links = [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const target = new URL(link, page);
      const anchor = decodeURIComponent(target.hash.slice(1));
      target.hash = '';
      return !existsSync(target) || (anchor !== '' && !anchorsOf(target).has(anchor));
    });
    expect(broken).toEqual([]);
  });

  test('lead from the sidebar to every page', () => {
    const sidebar = textOf(new URL('docs/site/.vitepress/config.mjs', root));
    const names = pages.filter((page) => page.startsWith('docs/')).map((page) => page.slice('docs/'.length, -'.md'.length));
    expect(names.filter((name) => name !== 'index' && !new RegExp(`\\s'?${name}'?: '`).test(sidebar))).toEqual([]);
  });

  test('are looked for where they are', () => {
    expect(textOf(new URL('docs/index.md', root))).toContain('](start.md)');
    expect(anchorsOf(new URL('docs/training.md', root))).toContain('stop-and-go-on');
    expect(anchorsOf(new URL('docs/training.md', root))).not.toContain('no-such-heading');
  });
});
