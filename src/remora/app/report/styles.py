"""How the report looks: calm, light or dark as the reader's system is, readable on a phone and on paper.

Blue and orange stand for gain and loss (told apart by every kind of colour sight), always beside a sign or a shape.
"""

from __future__ import annotations

from typing import Final

STYLES: Final = """
:root{color-scheme:light dark;--bg:#f6f6f3;--card:#fff;--ink:#1d2329;--soft:#59626c;--line:#e0e1dc;--track:#ecedea;
--gain:#0b5cad;--loss:#a84300;--fillgain:#2f7fd0;--fillloss:#d9772b;--note:#fff3d9;--noteink:#5c3d00;
--profitability:#2f7fd0;--legitimacy:#149184;--timing:#c9821c;--activity:#8a67b8;
--other:#6d7680;--k1:#2f7fd0;--k2:#149184;--k3:#d9772b;--k4:#8a67b8;--k5:#6d7680;--k6:#b5446e}
@media (prefers-color-scheme:dark){:root{--bg:#14171a;--card:#1b1f24;--ink:#e6e8ea;--soft:#a2abb5;--line:#2e343b;
--track:#2a3037;
--gain:#82bbff;--loss:#ffae70;--fillgain:#4f98e6;--fillloss:#e08a45;--note:#3a2f14;--noteink:#ffdf9e;
--profitability:#4f98e6;--legitimacy:#2fae9f;--timing:#d8973a;--activity:#a485d0;
--other:#98a1ab;--k1:#4f98e6;--k2:#2fae9f;--k3:#e08a45;--k4:#a485d0;--k5:#98a1ab;--k6:#d8719a}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--bg);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",
"DejaVu Sans",sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}
header{padding-top:2rem}
h1{font-size:1.05rem;font-weight:600;margin:0;color:var(--soft)}
h1 code{display:block;font-size:clamp(.95rem,3.6vw,1.5rem);line-height:1.3;color:var(--ink);margin:.15rem 0 .5rem;
user-select:all}
h2{font-size:1.15rem;margin:0 0 .75rem;font-weight:650;letter-spacing:-.005em}
h3{font-size:1rem;margin:1.5rem 0 .5rem;font-weight:650}
p{margin:.4rem 0}
section{background:var(--card);border:1px solid var(--line);border-radius:14px;padding:1.25rem 1.4rem 1.4rem;margin:1rem 0}
code{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:.86em}
code.id{display:inline-block;max-width:17ch;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;vertical-align:bottom;
user-select:all;cursor:copy;border-radius:3px}
.whole code.id{max-width:100%}
code.id:hover,code.id:focus{max-width:100%;white-space:normal;overflow-wrap:anywhere}
:focus-visible{outline:2px solid var(--fillgain);outline-offset:2px}
bdi{unicode-bidi:isolate}
.note{color:var(--soft);font-size:.88rem}
.unknown{color:var(--soft)}
.gain{color:var(--gain);font-weight:600}.loss{color:var(--loss);font-weight:600}
.banner{background:var(--note);color:var(--noteink);border:1px solid currentColor;border-radius:10px;padding:.6rem 1rem;
margin:0 0 1rem}
.banner b{letter-spacing:.08em}
.tags{list-style:none;padding:0;margin:.4rem 0;display:flex;flex-wrap:wrap;gap:.4rem}
.tags li{border:1px solid var(--line);background:var(--card);border-radius:14px;padding:.1rem .7rem;font-size:.88rem}
.tags small{color:var(--soft)}
.verdict{font-size:clamp(2.2rem,8vw,3.6rem);line-height:1.05;font-weight:700;letter-spacing:-.03em;margin:.2rem 0 .7rem}
.verdict.skilled{color:var(--gain)}.verdict.harmful{color:var(--loss)}
.lead{font-size:1.08rem;max-width:44rem}
.points{font-size:clamp(2rem,7vw,3rem);font-weight:700;letter-spacing:-.02em;line-height:1.1;margin:0}
.points small{font-size:1rem;font-weight:400;color:var(--soft);letter-spacing:0}
dl{display:grid;grid-template-columns:repeat(auto-fill,minmax(11.5rem,1fr));gap:.8rem 1.4rem;margin:.9rem 0}
dt{color:var(--soft);font-size:.84rem}dd{margin:0}
.factors{list-style:none;padding:0;margin:.8rem 0;display:grid;grid-template-columns:repeat(auto-fit,minmax(8.5rem,1fr));
gap:.6rem}
.factors li{border:1px solid var(--line);border-radius:10px;padding:.5rem .8rem}
.factors b{display:block;font-size:1.2rem}.factors span{display:block;color:var(--soft);font-size:.84rem;line-height:1.4}
figure{margin:1rem 0}figcaption{color:var(--soft);font-size:.88rem;margin-top:.35rem}
svg{display:block;overflow:visible}svg.clip{overflow:hidden}
svg text{font-size:12px;fill:var(--soft)}svg text.strong{fill:var(--ink);font-weight:600}
svg text.mono{font-family:ui-monospace,
Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:var(--ink)}svg text.node{fill:var(--ink);font-size:11px;font-weight:600}
.legend{list-style:none;display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;padding:0;margin:.6rem 0;font-size:.88rem;
color:var(--soft)}
table.parts th,table.parts td{vertical-align:middle}
.legend svg,th>svg{display:inline-block;vertical-align:-1px;margin-right:.4rem}
table{width:100%;border-collapse:collapse;font-size:.9rem;margin:.6rem 0}
caption{text-align:left;color:var(--soft);font-size:.88rem;padding-bottom:.4rem}
th,td{text-align:left;font-weight:400;padding:.42rem .6rem .42rem 0;border-bottom:1px solid var(--line);vertical-align:top}
thead th{color:var(--soft);font-size:.82rem;border-bottom-width:2px}
th.n,td.n{text-align:right;white-space:nowrap;padding-right:.9rem}
th:last-child,td:last-child{padding-right:0}
td svg{min-width:6rem}
th,td{overflow-wrap:break-word}tbody th{min-width:9rem;overflow-wrap:anywhere}td:last-child{overflow-wrap:anywhere}
td.n .note{white-space:normal}
.reasons{margin:.6rem 0;padding-left:1.2rem}.reasons li{margin:.2rem 0}
details{margin:.6rem 0}summary{cursor:pointer;color:var(--soft);font-size:.92rem;padding:.3rem 0}
.commands{list-style:none;padding:0;margin:.6rem 0}.commands li{padding:.35rem 0}.commands code{display:block;
color:var(--ink)}
footer{padding-bottom:3rem;color:var(--soft);font-size:.88rem}
@media (max-width:40rem){main,header,footer{padding-left:.8rem;padding-right:.8rem}section{padding:1rem;border-radius:12px}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody{display:block}caption{display:block}
tr{display:grid;grid-template-columns:repeat(auto-fit,minmax(6.2rem,1fr));gap:.3rem .8rem;padding:.7rem 0;
border-bottom:1px solid var(--line)}
th,td,th.n,td.n{border:0;padding:0;text-align:left;white-space:normal}
tbody th[scope=row]{grid-column:1/-1}tbody th code.id{max-width:100%}
td[data-label]::before{content:attr(data-label);display:block;color:var(--soft);font-size:.76rem}
td:empty{display:none}
dl{grid-template-columns:repeat(auto-fill,minmax(8.4rem,1fr));gap:.7rem 1rem}
table.parts tr{grid-template-columns:1fr auto;gap:.25rem 1rem}table.parts td:nth-child(2){grid-area:2/1/3/3}
table.parts tbody th[scope=row]{grid-column:1}table.parts td:nth-child(3){grid-area:1/2}
table.parts td:nth-child(-n+3)::before{display:none}
table.parts td:nth-child(n+4)::before{display:inline;margin-right:.4rem}}
@media print{:root{color-scheme:light;--bg:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;--track:#e8e8e8;
--gain:#0b4a8f;--loss:#8f3a00}
body{font-size:11pt}section{break-inside:auto;border:0;border-top:1px solid var(--line);border-radius:0;padding:.8rem 0}
figure,tr,li,h2,h3{break-inside:avoid}h2,h3,caption,thead{break-after:avoid}
code.id{max-width:100%;white-space:normal;overflow-wrap:anywhere}
details::details-content{content-visibility:visible;block-size:auto}
*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
