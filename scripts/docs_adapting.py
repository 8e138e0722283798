"""Table of docs/adapting.md, from results/adapting.json."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORD = "adapting.json"


def adapting(folder: Path) -> str:
    """UA over clips a class, corpus by corpus."""
    path = folder / RECORD
    if not path.is_file():
        return "Nothing has been recorded yet."
    found = json.loads(path.read_text("utf-8"))
    corpora = found["corpora"]
    clips = list(next(iter(corpora.values()))["adapted"])
    heading = ["corpus", "classes", "", "as it was", *(f"{n} clips a class" for n in clips)]
    rows = [heading, ["---"] * 4 + ["---:"] * len(clips)]
    for name, one in corpora.items():
        for kind in ("adapted", "from nothing"):
            first = kind == "adapted"
            rows.append([
                name if first else "", str(len(one["labels"])) if first else "", kind,
                _cell(one["before"]) if first else "",
                *(_cell(one[kind][n]) for n in clips),
            ])  # fmt: skip
    table = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    return f"`{found['command']}`\n\n{table}"


def _cell(value: dict[str, Any]) -> str:
    return f"{100 * value['ua']:.1f} ± {100 * value['sd']:.1f}"
