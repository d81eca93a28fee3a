/** The code blocks of the README, the pages and the examples. Knows Markdown a little. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const root = new URL('../../', import.meta.url);

export interface Block {
  readonly page: string;
  /** What the page says it is: 'js', 'sh', …; '' for nothing. */
  readonly language: string;
  readonly code: string;
}

/** All pages that have blocks. */
export const PAGES: readonly string[] = [
  'README.md',
  ...readdirSync(new URL('docs/', root))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(new URL('examples/', root))
    .map((name) => `examples/${name}/README.md`)
    .filter((page) => existsSync(new URL(page, root))),
];

/** Blocks of a page, without the indentation of lists. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(new URL(page, root), 'utf8');
  return [...text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm)].map(([, indent, language, code]) => ({
    page,
    language,
    code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  }));
}

export const BLOCKS: readonly Block[] = PAGES.flatMap(blocksOf);

/** The one block of a page that has a text in it. */
export function blockWith(page: string, language: string, part: string): string {
  const found = blocksOf(page).filter((block) => block.language === language && block.code.includes(part));
  if (found.length !== 1) throw new Error(`${page}: expected one ${language} block with '${part}', got ${found.length}`);
  return found[0].code;
}
