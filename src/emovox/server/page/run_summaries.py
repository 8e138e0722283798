"""Runs from their records: rows, folds, drawings. Runs in a child process (`experiment_work`)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ...atomic import write_text
from ...errors import EmovoxError, UsageError
from ...evaluation.records import Record, read_records
from ...evaluation.row import Row
from ...evaluation.summary import summarise
from ...report import bench_page, page
from ...report.across import cross_corpus_plates
from ...report.bars import Bar
from ...report.confusion import confusion_matrix
from ...report.difference_plates import against_the_best, rank_plates
from ...report.intervals import interval_strip
from ...report.strip import FOLDS, dot_strip
from ...report.tables import (
    chance,
    corpora_of,
    main_score,
    n_utterances,
    tables_by_task,
)
from ...report.wording import listed, say
from ...report.writing import documents
from .damage import DAMAGED, told
from .run_files import MOST_DRAWN, MOST_ROWS, stamp

SUMMARY = ("method", "train", "test", "protocol", "normalisation", "ua", "wa")


def write_summaries(runs: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Write the summary of each run into its file, one after the other.

    Parameters
    ----------
    runs : sequence of mapping
        ``records``, the file, and ``cache``, where its summary goes.
    """
    for run in runs:
        marked = stamp(Path(run["records"]))
        try:
            records = read_records(run["records"])
            rows = _numbered(summarise(records, join_seeds=True))
            found = {
                "summary": [_short(row) for row in rows[:MOST_ROWS]],
                "error": None,
                "n_records": len(records),
            }
            _write(run["cache"], {"stamp": marked, **found})
        except (EmovoxError, *DAMAGED) as error:
            broken = {"summary": [], "error": told(error), "n_records": 0}
            _write(run["cache"], {"stamp": marked, **broken})
    return {}


def write_details(records: str, cache: str, language: str) -> dict[str, Any]:
    """Write all that the page shows of one run into its file."""
    marked = stamp(Path(records))
    found = read_records(records)
    rows = summarise(found, join_seeds=True)
    numbered = _numbered(rows)
    for row, document, own in zip(rows, numbered, _by_row(found), strict=True):
        document["fold_scores"] = _folds(row, own)
        document["train_wa"] = _mean([fold["train_wa"] for fold in document["fold_scores"]])
        drawn = row.confusion and document["row"] < MOST_DRAWN
        document["confusion_drawing"] = _confusion(row, language) if drawn else None
        document["folds_drawing"] = _fold_strip(row, language) if drawn else None
        document["interval_drawing"] = _interval(row)
    _write(
        cache,
        {
            "stamp": marked,
            "rows": numbered,
            "notes": _notes(rows, language),
            **_drawings(rows, language),
        },
    )
    return {}


def comparison(runs: Mapping[str, str], language: str) -> dict[str, Any]:
    """Rows of several runs together; ``runs`` of each are those that hold it.

    Parameters
    ----------
    runs : mapping
        Run -> its file of records.
    language : str
    """
    found: dict[str, Record] = {}
    holders: dict[str, list[str]] = {}
    for name, path in runs.items():
        for record in read_records(path):
            found.setdefault(record["key"], record)
            known = holders.setdefault(_settings(record), [])
            if name not in known:
                known.append(name)
    records = list(found.values())
    rows = summarise(records, join_seeds=True)
    numbered = _numbered(rows)
    for document, own in zip(numbered, _by_row(records), strict=True):
        document["runs"] = holders[_settings(own[0])]
        document["train_wa"] = _mean([_trained(one, "wa") for one in own])
    for row, document in zip(rows, numbered, strict=True):
        document["interval_drawing"] = _interval(row)
    return {"rows": numbered, "notes": _notes(rows, language), **_drawings(rows, language)}


def settings_of_row(records: str, row: int) -> dict[str, Any]:
    """Settings of a row's first seed, and its method.

    Raises
    ------
    UsageError
        ``usage`` where there is no such row.
    """
    groups = _by_row(read_records(records))
    if not 0 <= row < len(groups):
        raise UsageError("usage", f"there is no row {row}; the run has {len(groups)}")
    settings: dict[str, Any] = groups[row][0]["settings"]
    return settings


def whole_page(records: str, command: str | None) -> dict[str, Any]:
    """Page of `emovox report --html`."""
    found = read_records(records)
    rows = summarise(found, join_seeds=True)
    return {"page": bench_page(rows, records=found, command=command)}


def _numbered(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Rows as `emovox report --format json` has them, each with its place and its utterances."""
    return [
        {**document, "row": place, "n_utterances": n_utterances(row)}
        for place, (row, document) in enumerate(zip(rows, documents(rows), strict=True))
    ]


def _short(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of runs tells of a row."""
    found = {name: row[name] for name in SUMMARY}
    measure = "ua" if row["ua"] is not None else "ccc"
    bounds = [row[f"{measure}_low"], row[f"{measure}_high"]]
    return {
        **found,
        "features": row["features"],
        "label_set": row["label_set"],
        "ccc": row["ccc"],
        "ua_interval": None if None in bounds else bounds,
        "n_folds": row["n_folds"],
        "n_folds_done": row["n_folds_done"],
    }


def _by_row(records: Sequence[Record]) -> list[list[Record]]:
    """Records of each row, in the order of the rows."""
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(_settings(record), []).append(record)
    return list(groups.values())


def _settings(record: Record) -> str:
    """What records of one row have in common: all settings but the seed."""
    settings = {name: value for name, value in record["settings"].items() if name != "seed"}
    return json.dumps(settings, sort_keys=True)


def _folds(row: Row, records: Sequence[Record]) -> list[dict[str, Any]]:
    """Scores of each fold, on its test part and on its training part."""
    return [
        {
            "name": record["fold"]["name"],
            "seed": record["settings"]["seed"],
            "n_train": record["fold"]["n_train"],
            "n_test": record["fold"]["n_test"],
            "ua": _finite(score.ua),
            "wa": _finite(score.wa),
            "train_ua": _trained(record, "ua"),
            "train_wa": _trained(record, "wa"),
            "chosen": record.get("chosen") or {},
        }
        for score, record in zip(row.by_fold, records, strict=False)
    ]


def _trained(record: Record, name: str) -> float | None:
    value = (record.get("train_score") or {}).get(name)
    return None if value is None else float(value)


def _finite(value: float) -> float | None:
    return value if value == value else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _confusion(row: Row, language: str) -> str:
    title = say("Confusion matrix of {name}", language, name=row.method)
    return confusion_matrix(row.confusion, row.emotions, title=title, language=language)


def _fold_strip(row: Row, language: str) -> str | None:
    """A dot for each fold; None where there are no two with a UA."""
    bars = [Bar(fold.name, fold.ua, fold.n_test) for fold in row.by_fold if fold.ua == fold.ua]
    if len(bars) < 2:
        return None
    return dot_strip(
        bars, title=say("UA of each fold", language), chance=_chance(row), mean=row.ua.value,
        sentence=FOLDS, language=language,
    )  # fmt: skip


def _interval(row: Row) -> str:
    """The main score with its interval, for a line of a table."""
    score = main_score(row)
    bounds = None if score.low is None or score.high is None else (score.low, score.high)
    return interval_strip(score.value, bounds, chance=_chance(row), best=row.is_best)


def _chance(row: Row) -> float | None:
    guess = chance(row)
    return guess if guess == guess else None


def _notes(rows: Sequence[Row], language: str) -> list[str]:
    """Sentences below the tables of a run, each once, with its tasks where it is not all."""
    tables = tables_by_task(rows, language=language)
    names = [corpora_of(table.lines[0].row) for table in tables]
    if len(set(names)) < len(names):
        names = [table.title for table in tables]
    about: dict[str, list[str]] = {}
    for name, table in zip(names, tables, strict=True):
        for note in table.notes:
            about.setdefault(note, []).append(name)
    return [_of_tasks(note, told, names, language) for note, told in about.items()]


def _of_tasks(note: str, told: Sequence[str], names: Sequence[str], language: str) -> str:
    """A note with the tasks that it is about, or those that it is not about where these are few."""
    others = [name for name in names if name not in told]
    if not others:
        return note
    if len(others) < len(told):
        few = listed(others, language)
        return say("All but {names}: {sentence}", language, names=few, sentence=note)
    return say("{names}: {sentence}", language, names=listed(told, language), sentence=note)


def _drawings(rows: Sequence[Row], language: str) -> dict[str, str | None]:
    """What tells methods apart, task by task; heat maps."""
    parts = []
    for table in tables_by_task(rows, language=language):
        own = [line.row for line in table.lines]
        tests = against_the_best(own, language=language) + rank_plates(own, language=language)
        if tests:
            parts += [page.heading(table.title, level=3), tests]
    return {
        "comparison": "".join(parts) or None,
        "heat_map": cross_corpus_plates(rows, language=language) or None,
    }


def _write(path: str, document: Mapping[str, Any]) -> None:
    write_text(path, json.dumps(document, ensure_ascii=False, allow_nan=False))
