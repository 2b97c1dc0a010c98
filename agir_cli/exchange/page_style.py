"""The style sheet of a page: screen from 320 pixels on, and A4 paper."""

from __future__ import annotations

from typing import Final

from agir_cli.exchange.charts import COLOURS

STYLE: Final = (
    """
:root { color-scheme: light; --ink: #1d2733; --soft: #4a5563; --line: #c9d0d8; --blue: #123f73;
  --band: #eef2f7; }
* { box-sizing: border-box; }
html { font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
body { margin: 0; color: var(--ink); background: #fff; overflow-wrap: break-word; }
header, main, footer { max-width: 75rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; border-bottom: 4px solid var(--blue); }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .25rem; color: var(--blue); }
h2 { font-size: 1.3rem; margin: 2.25rem 0 .5rem; color: var(--blue); }
p { margin: .25rem 0 .75rem; }
header p, .note, footer { color: var(--soft); }
.notice { border-left: 4px solid #9a3412; background: #fdf1e9; color: #5c1f08;
  padding: .5rem .75rem; }
.tiles { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .75rem;
  margin: 1rem 0; padding: 0; list-style: none; }
.tiles li { border: 1px solid var(--line); border-top: 4px solid var(--blue);
  padding: .6rem .8rem; }
.tiles strong { display: block; font-size: 1.75rem; line-height: 1.15; color: var(--blue); }
.tiles span { display: block; }
.tiles small { color: var(--soft); font-size: .875rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr));
  gap: 1rem 2rem; align-items: start; }
.pair > * { min-width: 0; }
figure { margin: .5rem 0 1rem; }
figcaption { font-weight: 600; }
figure img { display: block; width: 100%; max-width: 29rem; height: auto; margin-top: .4rem; }
.legend { display: flex; flex-wrap: wrap; gap: .1rem 1.2rem; margin: .2rem 0; padding: 0;
  list-style: none; font-size: .9rem; }
.legend li::before { content: ""; display: inline-block; width: .8em; height: .8em;
  margin-right: .4em; background: var(--key); print-color-adjust: exact;
  -webkit-print-color-adjust: exact; }
.scroll { overflow-x: auto; margin: .5rem 0 1rem; }
table { border-collapse: collapse; width: 100%; font-size: .925rem; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
caption span { display: inline-block; position: sticky; left: 0;
  max-width: calc(100vw - 2.5rem); }
th, td { text-align: left; padding: .3rem .55rem; border-bottom: 1px solid var(--line);
  vertical-align: top; }
thead th { border-bottom: 2px solid var(--blue); }
tbody th { font-weight: 400; }
tr.whole th, tr.whole td { font-weight: 600; background: var(--band); }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
footer { margin-top: 2.5rem; padding-top: .75rem; padding-bottom: 2rem;
  border-top: 1px solid var(--line); font-size: .875rem; }
:focus-visible { outline: 3px solid #c77700; outline-offset: 2px; }
"""
    + "".join(f".key{place} {{ --key: {colour}; }}\n" for place, colour in enumerate(COLOURS))
    + """
@media (max-width: 40rem) {
  html { font-size: 15px; }
  h1 { font-size: 1.4rem; }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  caption span { display: inline-block; position: sticky; left: 0;
  max-width: calc(100vw - 2.5rem); }
th, td { padding: .3rem .4rem; }
}
@page { size: A4; margin: 14mm 12mm 16mm; }
@media print {
  html { font-size: 9.5pt; }
  header, main, footer { max-width: none; padding-left: 0; padding-right: 0; }
  header { padding-top: 0; }
  h2 { margin-top: 1.2rem; }
  h2, section > p, figcaption, .legend, caption { break-after: avoid; }
  figure, .tiles, tr, .notice, .kept { break-inside: avoid; }
  thead { display: table-header-group; }
  .scroll { overflow: visible; }
  .pair { grid-template-columns: 1fr 1fr; }
  tr.whole th, tr.whole td, .notice { print-color-adjust: exact;
    -webkit-print-color-adjust: exact; }
}
"""
)
