"""Tables and picture of docs/out-of-domain.md, from results/out-of-domain.json.

python scripts/docs_out_of_domain.py        draws docs/images/out-of-domain.png (needs matplotlib)
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
RECORD = "out-of-domain.json"
NOTHING = "Nothing has been recorded yet."
COLUMNS = {
    "recordings": "recordings",
    "n": "n",
    "no speech, %": "told: no speech, %",
    "unlike, %": "told: unlike, %",
    "nothing said, %": "told nothing, %",
    "score p50": "score, median (5 % to 95 % of the recordings)",
}


def out_of_domain(folder: Path) -> str:
    """Tables of every model that was measured."""
    path = folder / RECORD
    if not path.is_file():
        return NOTHING
    found = json.loads(path.read_text("utf-8"))
    parts = [f"`{found['command']}`"]
    for title, lines in found["tables"].items():
        names = COLUMNS if "score p50" in lines[0] else {name: name for name in lines[0]}
        rows = [list(names.values()), ["---"] * len(names)]
        rows += [[_cell(line, name) for name in names] for line in lines]
        body = "\n".join("| " + " | ".join(row) + " |" for row in rows)
        parts.append(f"Model `{title.replace(': ', '`, ')}:\n\n{body}")
    return "\n\n".join([*parts, *found["notes"]])


def _cell(line: dict[str, Any], name: str) -> str:
    if name == "score p50":
        return f"{line[name]:g} ({line['score p5']:g} to {line['score p95']:g})"
    value = line.get(name, "")
    return f"{value:g}" if isinstance(value, float) else str(value)


def draw(record: Path, path: Path) -> None:
    """Draw where the scores of each set lie, the first model's."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    tables = json.loads(record.read_text("utf-8"))["tables"]
    title, lines = next(iter(tables.items()))
    with mpl.rc_context({"font.size": 9, "font.family": "DejaVu Sans"}):
        sheet = Figure(figsize=(8.6, 0.27 * len(lines) + 1.1), dpi=110, layout="constrained")
        axis = sheet.subplots()
        for place, line in enumerate(lines):
            low, first, median, third, high = (line[f"score p{p}"] for p in (5, 25, 50, 75, 95))
            colour = "#b5452c" if median > 1 else "#2d6a8e"
            axis.plot([low, high], [place] * 2, color=colour, linewidth=1.2)
            axis.plot([first, third], [place] * 2, color=colour, linewidth=6, alpha=0.55,
                      solid_capstyle="butt")  # fmt: skip
            axis.plot(median, place, "o", color=colour, markersize=5)
        axis.axvline(1, color="#444444", linewidth=1, linestyle="--")
        axis.set_xscale("log")
        ticks = (0.1, 0.2, 0.5, 1, 2, 5)
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.set_xticks([], minor=True)
        axis.set_yticks(range(len(lines)), [line["recordings"] for line in lines])
        axis.set_ylim(len(lines) - 0.4, -0.6)
        axis.grid(axis="x", color="#dddddd", linewidth=0.6)
        axis.spines[["top", "right", "left"]].set_visible(False)
        axis.tick_params(axis="y", length=0)
        name = title.partition(":")[0]
        axis.set_xlabel(f"score of the model {name}: median, half, nine tenths; over 1 is unlike")
        path.parent.mkdir(parents=True, exist_ok=True)
        sheet.savefig(path, format="png", metadata={"Software": None})


if __name__ == "__main__":
    draw(ROOT / "results" / RECORD, ROOT / "docs" / "images" / "out-of-domain.png")
