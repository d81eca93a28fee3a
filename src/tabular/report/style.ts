/** How a report looks: light and dark by the reader's choice, on a screen of any width and on paper. Knows no contents. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f4f5f7; --card: #ffffff; --ink: #1c2330; --muted: #667085; --line: #e3e6eb;
  --first: #3b6fd9; --second: #e07b24; --good: #2f9e6b; --bad: #d64545;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1b2029; --ink: #e6e9ef; --muted: #98a2b3; --line: #2d3440;
    --first: #7aa5ff; --second: #f5a04e; --good: #4cc38a; --bad: #f07178;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; padding: 2.5rem 1.25rem 3rem; background: var(--page); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main, header, footer { max-width: 66rem; margin: 0 auto; }
header { margin-bottom: 1.5rem; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; letter-spacing: -0.02em; overflow-wrap: anywhere; }
header p { margin: 0.35rem 0 0; color: var(--muted); overflow-wrap: anywhere; }
h2 { margin: 0 0 0.2rem; font-size: 1.1rem; }
h3 { margin: 0 0 0.4rem; font-size: 0.85rem; font-weight: 600; color: var(--muted); }
section, .figure { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
section { padding: 1.25rem 1.4rem; margin-bottom: 1.1rem; }
.note { margin: 0 0 0.9rem; color: var(--muted); font-size: 0.88rem; max-width: 48rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: 0.8rem; margin-bottom: 1.1rem; }
.figure { padding: 0.9rem 1.1rem; }
.figure b { display: block; font-size: 1.65rem; font-weight: 650; line-height: 1.25; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; white-space: nowrap; }
.figure span { color: var(--muted); font-size: 0.85rem; }
.figure.main b { color: var(--first); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 1.4rem; align-items: start; }
.pair > * { min-width: 0; }
.stack > * + * { margin-top: 1.2rem; }
figure { margin: 0; }
svg { display: block; width: 100%; height: auto; }
.scroll { overflow-x: auto; }
.scroll > figure { min-width: 36rem; }
table { border-collapse: collapse; font-size: 0.9rem; font-variant-numeric: tabular-nums; }
.full { width: 100%; }
th, td { padding: 0.35rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: 0.82rem; }
th:first-child, td:first-child, .text { text-align: left; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { color: var(--ink); font-weight: 500; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
td.text { overflow-wrap: anywhere; }
.confusion { border-collapse: separate; border-spacing: 3px; table-layout: fixed; width: max-content; min-width: 60%; }
.confusion th, .confusion td { border: 0; }
.confusion td { padding: 0.55rem 0.3rem; text-align: center; border-radius: 7px; background: color-mix(in srgb, var(--bad) var(--share), var(--page)); }
.confusion td.right { background: color-mix(in srgb, var(--good) var(--share), var(--page)); }
.confusion td.none { color: var(--muted); }
.confusion thead th { width: var(--cell); padding-inline: 0.15rem; text-align: center; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.confusion thead th:first-child { width: 7rem; text-align: right; padding-right: 0.6rem; }
.confusion tbody th { text-align: right; }
.confusion caption { caption-side: top; text-align: center; color: var(--muted); font-size: 0.8rem; padding-bottom: 0.2rem; }
.kind { display: inline-block; white-space: nowrap; padding: 0 0.5rem; border-radius: 99px; background: var(--page); border: 1px solid var(--line); font-size: 0.8rem; }
.unused > * { color: var(--muted); }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(13rem, 1fr)); gap: 0.7rem 1.4rem; margin: 0; }
dt { color: var(--muted); font-size: 0.82rem; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
footer { color: var(--muted); font-size: 0.82rem; }
@media (max-width: 40rem) { body { padding: 1.25rem 0.75rem 2rem; } section { padding: 1rem; } .figures { grid-template-columns: 1fr 1fr; } }
@media print {
  :root {
    color-scheme: light;
    --page: #ffffff; --card: #ffffff; --ink: #000000; --muted: #555555; --line: #cccccc;
    --first: #2457b8; --second: #c05f0c; --good: #2f9e6b; --bad: #d64545;
  }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 11px; }
  body { padding: 0; font-size: 11px; }
  .pair { grid-template-columns: 1fr 1fr; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  .scroll > figure { min-width: 0; }
  section, .figure { break-inside: avoid; }
  section.long { break-inside: auto; }
  .scroll { overflow: visible; }
  tr { break-inside: avoid; }
  .confusion td { background: color-mix(in srgb, var(--bad) var(--share), #f3f3f3); }
  .confusion td.right { background: color-mix(in srgb, var(--good) var(--share), #f3f3f3); }
}
`;
