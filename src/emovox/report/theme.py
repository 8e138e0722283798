"""How the pages look: one style sheet for light and dark, paper and phone; no script."""

from __future__ import annotations

from .palette import STEPS, cell_fill, hexadecimal, ink

LIGHT = {
    "paper": "#fcfcfa", "ink": "#1a1e24", "soft": "#5a626d", "hair": "#d9dbd6", "rule": "#1a1e24",
    "panel": "#f3f3ee", "accent": "#0f5f73", "quiet": "#a9bcc2", "track": "#ecece6",
    "second": "#8a5a1c", "warn": "#8a3b12", "link": "#0f5f73",
}  # fmt: skip
DARK = {
    "paper": "#14171b", "ink": "#e6e8ea", "soft": "#a0a8b1", "hair": "#343a41", "rule": "#c9ced3",
    "panel": "#1c2025", "accent": "#6fc3d6", "quiet": "#456069", "track": "#22272d",
    "second": "#d9a860", "warn": "#f0a27a", "link": "#8fd3e3",
}  # fmt: skip


def style_sheet() -> str:
    """Content of the page's one ``<style>`` element."""
    return "\n".join(
        [
            _colours(LIGHT, dark=False, selector=":root"),
            "@media (prefers-color-scheme: dark) {",
            _colours(DARK, dark=True, selector=":root"),
            "}",
            "@media print {",
            _colours(LIGHT, dark=False, selector=":root"),
            "}",
            *_steps(),
            _PAGE + _DRAWINGS + _NARROW,
        ]
    )


def page_style() -> str:
    """Style sheet of what the page of `emovox serve` shares with the reports: colours and drawings.

    The page's visitor may choose light or dark (``data-theme`` of the root element); without a
    choice the system's applies, on paper always light.
    """
    return "\n".join(
        [
            _colours(LIGHT, dark=False, selector=":root"),
            "@media (prefers-color-scheme: dark) {",
            _colours(DARK, dark=True, selector=":root:not([data-theme=light])"),
            "}",
            _colours(DARK, dark=True, selector=":root[data-theme=dark]"),
            "@media print {",
            _colours(LIGHT, dark=False, selector=":root:root[data-theme],:root:not([data-theme])"),
            "}",
            *_steps(),
            _DRAWINGS.strip("\n"),
            "",
        ]
    )


def _steps() -> list[str]:
    """Fills and inks of the cells of drawings."""
    return [
        f".q{step}{{fill:var(--q{step})}}.k{step}{{fill:var(--k{step})}}" for step in range(STEPS)
    ]


def _colours(names: dict[str, str], *, dark: bool, selector: str) -> str:
    """Custom properties of one scheme, with the fills and inks of cells."""
    lines = [f"--{name}:{value}" for name, value in names.items()]
    for step in range(STEPS):
        fill = cell_fill(step, dark=dark)
        lines += [f"--q{step}:{hexadecimal(fill)}", f"--k{step}:{hexadecimal(ink(fill))}"]
    scheme = "dark" if dark else "light"
    return f"{selector}{{color-scheme:{scheme};{';'.join(lines)}}}"


_PAGE = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0 auto;padding:2.2rem 1.25rem 4rem;max-width:75rem;background:var(--paper);
 color:var(--ink);overflow-wrap:anywhere;font:16px/1.55 -apple-system,"Segoe UI","Noto Sans",
 "Helvetica Neue","Liberation Sans",Arial,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",
 system-ui,sans-serif}
h1,h2,h3{line-height:1.2;font-weight:600;text-wrap:balance}
h1{font-size:1.7rem;margin:0 0 .3rem;letter-spacing:-.01em}
h2{font-size:1.15rem;margin:3rem 0 .7rem;padding-top:.8rem;border-top:1px solid var(--hair)}
h3{font-size:1rem;margin:1.4rem 0 .4rem}
p,ul,dl{margin:.5rem 0;max-width:46rem}
.lead{color:var(--soft);margin:0 0 1.4rem}
.soft,.note{color:var(--soft)}
.note{font-size:.84rem}
.note p{margin:.2rem 0;max-width:60rem}
a{color:var(--link)}
code,kbd{font:.88em/1.4 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace}
pre{font:.84rem/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;
 background:var(--panel);padding:.7rem .9rem;overflow-x:auto;white-space:pre-wrap;margin:.5rem 0}
.scroll{overflow-x:auto;margin:.6rem 0 .2rem;-webkit-overflow-scrolling:touch}
table{border-collapse:separate;border-spacing:0;font-size:.88rem;line-height:1.35;
 font-variant-numeric:tabular-nums lining-nums;border-top:2px solid var(--rule);
 border-bottom:2px solid var(--rule)}
caption{caption-side:top;text-align:left;padding:0 0 .45rem;font-size:.95rem;max-width:60rem}
caption b{font-weight:600}
th,td{padding:.34rem .6rem;text-align:right;vertical-align:baseline;white-space:nowrap}
thead th{font-weight:600;border-bottom:1px solid var(--rule);vertical-align:bottom}
tbody th{font-weight:500;text-align:left}
tbody tr+tr>*{border-top:1px solid var(--hair)}
th:first-child,td:first-child{padding-left:0;text-align:left}
th:last-child,td:last-child{padding-right:.2rem}
td.words,th.words{text-align:left}
td.long{white-space:normal}
th.strip,td.strip{width:190px;min-width:150px;padding-top:0;padding-bottom:0;
 vertical-align:middle}
th.strip{vertical-align:bottom}
th.strip svg text{font-weight:400}
tbody tr.detail>td{border-top:0;padding:0 0 .4rem;text-align:left;color:var(--soft);
 white-space:normal;font-size:.8rem}
tr.detail span{display:inline-block;position:sticky;left:0;max-width:calc(100vw - 2.2rem)}
td span{color:var(--soft);font-weight:400}
th.long{min-width:17rem}
td.best{font-weight:650}
th small{display:block;font-weight:400;color:var(--soft);white-space:normal;font-size:.8rem}
thead th small{white-space:nowrap}
.wide{width:100%}
.warn{color:var(--warn)}
.plates{display:grid;grid-template-columns:minmax(0,1fr);gap:1.6rem 2.4rem;align-items:start;
 margin:.9rem 0 1.4rem}
@media (min-width:46rem){.plates{grid-template-columns:repeat(2,minmax(0,1fr))}
 .plates.three>:first-child{grid-row:span 2}}
@media (min-width:68rem){.plates.three{
 grid-template-columns:minmax(0,1.25fr) minmax(0,1.2fr) minmax(0,1fr)}
 .plates.three>:first-child{grid-row:auto}}
figure{margin:0;min-width:0}
section>figure{margin:1rem 0 1.4rem}
figcaption{font-size:.9rem;margin-bottom:.45rem;font-weight:600}
figcaption span{font-weight:400;color:var(--soft)}
nav ul{padding-left:1.1rem}
nav ul.long{columns:22rem 2;column-gap:2.4rem;max-width:none}
.keys{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;font-size:.9rem}
.keys dt{color:var(--soft)}
.keys dd{margin:0}
.notice{border-left:3px solid var(--second);padding:.15rem 0 .15rem 1rem;margin:1.2rem 0;
 font-size:.93rem;max-width:52rem}
.notice p{margin:.35rem 0;max-width:none}
details{margin:.6rem 0}
summary{cursor:pointer;color:var(--link)}
article ul{list-style:none;padding:0;margin:.8rem 0 0;font-size:.9rem}
article{border-top:1px solid var(--hair);padding-top:1.3rem;margin-top:2.2rem}
article>h2{border:0;padding:0;margin:0 0 .2rem;font-size:1.1rem;overflow-wrap:anywhere}
.verdict{font-size:1.35rem;margin:.1rem 0 .7rem;max-width:none}
.verdict b{font-weight:600}
.verdict span{color:var(--soft);font-size:1rem}
.two{display:grid;grid-template-columns:minmax(0,21rem) minmax(0,1fr);gap:1rem 2.2rem}
"""

_DRAWINGS = """\
.stack>*+*{margin-top:6px}
.plot{width:100%}
svg{display:block;overflow:visible}
svg text{fill:var(--ink);font-size:12.5px}
svg .tiny{font-size:10.5px}
svg .figure,svg .tiny{font-variant-numeric:tabular-nums}
svg .end{text-anchor:end}
svg .mid{text-anchor:middle}
svg text.soft{fill:var(--soft)}
svg .strong{font-weight:650}
svg .cell{stroke:var(--paper);stroke-width:1}
svg .none{fill:var(--track)}
svg .bar{fill:var(--accent)}
svg .bar.male{fill:var(--second)}
svg .bar.quiet{fill:var(--quiet)}
svg .track{fill:var(--track)}
svg .grid{stroke:var(--hair);stroke-width:1}
svg .axis{stroke:var(--soft);stroke-width:1}
svg .chance{stroke:var(--soft);stroke-width:1.2;stroke-dasharray:2 3}
svg .mean{stroke:var(--ink);stroke-width:1.3}
svg .whisker{stroke:var(--ink);stroke-width:1.3}
svg .dot{fill:var(--accent);stroke:var(--paper);stroke-width:1}
svg .dot.male{fill:var(--second)}
svg .dot.open{fill:var(--paper);stroke:var(--accent);stroke-width:1.5}
svg .stem{stroke:var(--quiet);stroke-width:7}
svg .curve{stroke:var(--accent);stroke-width:1.5}
svg .diagonal{stroke:var(--soft);stroke-width:1;stroke-dasharray:4 4}
svg .arm{stroke:var(--soft);stroke-width:1}
svg .tie{stroke:var(--ink);stroke-width:3.5}
svg .wave{fill:var(--accent)}
"""

_NARROW = """\
@media (max-width:52rem){.two{grid-template-columns:minmax(0,1fr)}}
@media (max-width:34rem){
 body{padding:1.3rem .95rem 3rem}
 h1{font-size:1.4rem}
 th,td{padding:.34rem .5rem}
 .keys{grid-template-columns:1fr;gap:0}
 .keys dd{margin-bottom:.45rem}
 .sticky th:first-child{position:sticky;left:0;background:var(--paper);z-index:1;
  min-width:6.5rem;max-width:9.5rem;white-space:normal;overflow-wrap:break-word;
  padding-right:.7rem}
}
"""
