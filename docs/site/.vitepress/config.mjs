/** The site made of the pages in docs/: where things are, what the sidebar says. Knows no page's content. */
import { defineConfig } from 'vitepress';
import { SEARCH } from '../search.mjs';

/** Pages by heading, in the order of the sidebar; each is docs/NAME.md. */
const SECTIONS = [
  { text: 'Begin', pages: { start: 'Five minutes', tutorials: 'Two tutorials', 'coming-from': 'Coming from elsewhere' } },
  {
    text: 'Guides',
    pages: {
      data: 'Data',
      training: 'Training',
      reproducibility: 'Reproducibility',
      threads: 'Threads and workers',
      browsers: 'Browsers and policies',
      edge: 'At the edge',
      formats: 'Files',
      interop: 'Models of other libraries',
      onnx: 'ONNX',
      errors: 'Errors and remedies',
    },
  },
  { text: 'Rows in, answers out', pages: { tables: 'Tables', 'command-line': 'The command line' } },
  {
    text: 'API reference',
    pages: {
      'api/gradlet': 'gradlet',
      'api/gradlet/predict': 'gradlet/predict',
      'api/gradlet/tabular': 'gradlet/tabular',
      'api/gradlet/node': 'gradlet/node',
      'api/gradlet/onnx': 'gradlet/onnx',
      'api/gradlet/interop': 'gradlet/interop',
      'api/gradlet/turbo': 'gradlet/turbo',
    },
  },
  { text: 'Measured', pages: { performance: 'Performance', results: 'Results', runtimes: 'Runtimes', turbo: 'Wide vectors' } },
  { text: 'Inside', pages: { architecture: 'How gradlet works', kernels: 'The kernels', contributing: 'Contributing' } },
];

const sidebar = SECTIONS.map(({ text, pages }) => ({
  text,
  items: Object.entries(pages).map(([page, title]) => ({ text: title, link: `/${page}` })),
}));

/** Links to what is in the repository but not in docs/ have no page here: their text stays, the link goes. */
function withoutLinksOutside(markdown) {
  const outside = /^(?:\.\.\/|site\/)/;
  markdown.core.ruler.push('links-outside', ({ tokens }) => {
    for (const { children } of tokens) {
      let open = false;
      for (const token of children ?? []) {
        if (token.type === 'link_open' && outside.test(token.attrGet('href'))) open = true;
        if (!open || !token.type.startsWith('link_')) continue;
        token.tag = 'span';
        token.attrs = token.type === 'link_open' ? [['title', 'in the repository']] : null;
        if (token.type === 'link_open') token.type = 'span_open';
        else {
          token.type = 'span_close';
          open = false;
        }
      }
    }
  });
}

/** Drawings, alone in their paragraph: a phone moves them below its screen, and keys have to do it as well. */
function drawings(markdown) {
  markdown.core.ruler.push('drawings', ({ tokens }) => {
    for (const [at, { children }] of tokens.entries()) {
      const drawing = children?.length === 1 && children[0].type === 'image' && children[0].attrGet('src').endsWith('.svg');
      if (!drawing) continue;
      tokens[at - 1].attrSet('class', 'drawing');
      tokens[at - 1].attrSet('tabindex', '0');
    }
  });
}

/** Anchors of headings as GitHub makes them, so that a link works in both places. */
function slugify(heading) {
  const kept = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '');
  return kept.trim().replaceAll(' ', '-');
}

/** Pages lie outside of this folder and would not find its packages; while pages are rendered here, Node finds them. */
const vueFromHere = {
  name: 'vue-from-here',
  enforce: 'pre',
  resolveId: (id, _, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined),
};

/** The mark of the playground, too: one circle of two classes. */
const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8" fill="#3355d8"/><path d="M8 0a8 8 0 0 1 0 16 4 4 0 0 1 0-8 4 4 0 0 0 0-8" fill="#e8730c"/></svg>',
)}`;

export default defineConfig({
  title: 'gradlet',
  description: 'Neural networks for JavaScript that train as well as they predict.',
  lang: 'en',
  head: [['link', { rel: 'icon', href: ICON }]],
  srcDir: '..',
  srcExclude: ['site/**'],
  outDir: '../../dist/docs',
  // Where the site will be served from, when that is not the root of its host.
  base: process.env.DOCS_BASE ?? '/',
  vite: { plugins: [vueFromHere] },
  // For the style sheet.
  transformPageData: ({ relativePath }) => (relativePath.startsWith('api/') ? { frontmatter: { pageClass: 'reference' } } : {}),
  markdown: {
    anchor: { slugify },
    config: (markdown) => {
      withoutLinksOutside(markdown);
      drawings(markdown);
    },
    // The default ones have comments below the contrast of WCAG AA.
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
  },
  themeConfig: {
    sidebar,
    nav: [
      { text: 'Start', link: '/start' },
      { text: 'Guides', link: '/data' },
      { text: 'Reference', link: '/api/gradlet' },
      { text: 'Performance', link: '/performance' },
    ],
    logo: { src: ICON, alt: '' },
    outline: [2, 3],
    search: { provider: 'local', options: { miniSearch: { searchOptions: SEARCH } } },
  },
});
