"""Tables of figures, from the records in results/ and nothing else."""

# ruff: noqa: RUF001 -- Chinese sentences have Chinese punctuation

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

from docs_adapting import RECORD as ADAPTING
from docs_encoders import encoders
from docs_goals import goals, inflation, pairs
from docs_networks import networks
from emovox.evaluation import Row, read_records, summarise

NOTHING = {
    "en": "No figures have been recorded yet.",
    "zh": "还没有记录任何结果。",
}

HEADINGS = {
    "en": ["corpora", "protocol", "method", "classes", "UA in % [95 % interval]", "WA in %",
           "recordings", "speakers", "what test and train share"],
    "zh": ["语料库", "划分方式", "方法", "类别数", "UA（%）[95 % 区间]", "WA（%）",
           "录音数", "说话人数", "训练与测试共有的"],
}  # fmt: skip

KINDS = {
    "en": {"speaker": "speakers", "sentence": "sentences", "session": "sessions",
           "identical_audio": "identical recordings", "nothing": "nothing",
           "epoch": "epoch chosen on the test part"},
    "zh": {"speaker": "说话人", "sentence": "句子", "session": "场次",
           "identical_audio": "相同的录音", "nothing": "无",
           "epoch": "轮次在测试部分上挑选"},
}  # fmt: skip

NORMALISATION = {
    "en": {"speaker": "statistics of each test speaker", "corpus": "statistics of each test corpus",
           "before-folds": "scaled before the folds were cut"},
    "zh": {"speaker": "用了测试说话人的统计量", "corpus": "用了测试语料库的统计量",
           "before-folds": "在划分之前就做了缩放"},
}  # fmt: skip

NOTES = {
    "en": "The best of the methods tried on each task; it is chosen by the figure itself, which "
    "flatters it a little. UA: mean recall of the classes over all test recordings; WA: accuracy; "
    "the interval is by bootstrap over speakers. The last column says what was known of the test "
    "part that an honest comparison would not know.",
    "zh": "每项任务中所试方法里最好的一个；它正是按这个数字选出的，因此略偏乐观。UA：全部测试录音上"
    "各类召回率的平均；WA：准确率；区间由对说话人的自助法得出。最后一列说明测量时知道了哪些"
    "公平比较中不应知道的测试部分信息。",
}


def record_files(folder: Path) -> list[Path]:
    """List the files of records below `folder`, sorted by name."""
    return sorted([*folder.rglob("*.jsonl"), *folder.rglob("*.jsonl.gz")])


def figures(folder: Path) -> str:
    """Link every table, say the best of each task, and what was measured of speed."""
    parts = [goals(folder), inflation(folder), networks(folder), encoders(folder), pairs(folder)]
    tables = sorted(path for path in folder.glob("*.md") if path.name != "README.md")
    if tables:
        links = "\n".join(f"- [{path.stem}](../results/{path.name})" for path in tables)
        parts.append(f"## All tables\n\n{links}")
    parts.append(f"## The best of each task\n\n{readme_figures(folder, language='en')}")
    measured = sorted(folder.glob("*.json"))
    parts += [_speed(path) for path in measured if path.name != ADAPTING]
    return "\n\n".join(part for part in parts if part)


def readme_figures(folder: Path, *, language: str) -> str:
    """One line a task: its best method."""
    best: dict[tuple[tuple[str, ...], tuple[str, ...], str, str], Row] = {}
    for row in [row for path in record_files(folder) for row in _rows(path)]:
        task = (row.train_corpora, row.test_corpora, row.protocol, row.normalisation)
        whole = row.task == "classification" and row.n_folds_done == row.n_folds
        # What was chosen on the test part is documented in its own table, never a headline.
        whole = whole and not row.epoch_on_test
        if whole and row.label_set == "own":
            best[task] = max(best.get(task, row), row, key=lambda each: each.ua.value)
    if not best:
        return NOTHING[language]
    order = sorted(best, key=lambda task: (*task[:2], *_looseness(best[task]), task[2]))
    lines = [_cells(best[task], language) for task in order]
    heading = HEADINGS[language]
    rule = ["---"] * len(heading)
    table = "\n".join("| " + " | ".join(cells) + " |" for cells in [heading, rule, *lines])
    return f"{table}\n\n{NOTES[language]}"


@lru_cache(maxsize=64)
def _rows(path: Path) -> tuple[Row, ...]:
    return tuple(summarise(read_records(path)))


def _speed(path: Path) -> str:
    """Table of the numbers of one measurement, its command first."""
    found = json.loads(path.read_text("utf-8"))
    rows = [
        (key.replace("_", " "), f"{value:g}" if isinstance(value, float) else value)
        for key, value in found.items()
        if isinstance(value, str | int | float) and key != "command"
    ]
    body = "\n".join(f"| {key} | {value} |" for key, value in rows)
    command = f"`{found['command']}`\n\n" if "command" in found else ""
    listed = {**found.get("tables", {}), **({"rows": found["rows"]} if "rows" in found else {})}
    tables = "".join(
        f"\n\n{title[0].upper()}{title[1:]}:\n\n{_listed([_flat(line) for line in lines])}"
        for title, lines in listed.items()
    )
    notes = "".join(f"\n\n{note}" for note in found.get("notes", []))
    return f"## {path.stem}\n\n{command}| what | value |\n| --- | --- |\n{body}{tables}{notes}"


def _flat(line: dict[str, Any]) -> dict[str, Any]:
    """One cell a number: one within another has both names, what lies deeper is left out."""
    cells: dict[str, Any] = {}
    for name, value in line.items():
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for part, one in inner:
            if isinstance(one, str | int | float):
                cells[f"{name} {part}".strip().replace("_", " ")] = one
    return cells


def _listed(lines: list[dict[str, str | int]]) -> str:
    """Table of a list of objects; the columns are the names that any of them has."""
    columns = list(dict.fromkeys(name for line in lines for name in line))
    cells = [columns, ["---"] * len(columns)]
    cells += [[str(line.get(name, "")) for name in columns] for line in lines]
    return "\n".join("| " + " | ".join(row) + " |" for row in cells)


def _cells(row: Row, language: str) -> list[str]:
    train, test = " + ".join(row.train_corpora), " + ".join(row.test_corpora)
    interval = f" [{_percent(row.ua.low)}, {_percent(row.ua.high)}]" if row.ua.low else ""
    return [
        test if train == test else f"{train} → {test}",
        f"`{row.protocol}`",
        f"`{row.method}`",
        str(len(row.emotions)),
        f"{_percent(row.ua.value)}{interval}",
        _percent(row.wa.value),
        str(row.n_test),
        str(row.n_speakers),
        ", ".join(_shared(row, language)),
    ]


def _shared(row: Row, language: str) -> Iterable[str]:
    words = KINDS[language]
    yield from (
        f"{words.get(leak.kind, leak.kind)} {leak.shared}/{leak.of}"
        for leak in row.leak
        if leak.shared
    )
    if row.epoch_on_test:
        yield words["epoch"]
    if row.normalisation in NORMALISATION[language]:
        yield NORMALISATION[language][row.normalisation]
    elif not row.epoch_on_test and not any(leak.shared for leak in row.leak):
        yield words["nothing"]


def _looseness(row: Row) -> tuple[int, bool, bool, str]:
    """Sort the honest rows of a corpus first: speakers apart, nothing known of the test part."""
    shared = sum(leak.shared for leak in row.leak if leak.kind == "speaker")
    return shared, row.epoch_on_test, row.normalisation != "training", row.normalisation


def _percent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f}"
