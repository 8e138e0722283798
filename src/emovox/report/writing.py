"""The field's table as terminal text, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..visible import visible
from . import escape
from .tables import GLOSSARY, Line, Table, chance, leak, seconds_a_file, tables_by_task

if TYPE_CHECKING:
    from ..evaluation.row import Row

NOTHING = "There are no results: the records hold no finished fold."
_NUMBERS = (
    "ua", "folds", "seeds", "wa", "f1", "n", "chance", "parameters", "flops", "macs", "seconds",
    "p",
)  # fmt: skip


def as_text(rows: Iterable[Row], *, width: int = 118) -> str:
    """Tables for a terminal, aligned, at most `width` columns where names allow it.

    Parameters
    ----------
    rows : iterable of `emovox.evaluation.row.Row`
    width : int
        Multiply-adds are printed from 128 columns on.

    Returns
    -------
    str, ending in a newline
    """
    grouped = tables_by_task(rows)
    if not grouped:
        return NOTHING + "\n"
    parts = [_text_table(table, width=width) for table in grouped]
    parts.append("\n".join(_wrapped(sentence, width) for sentence in GLOSSARY))
    return "\n\n".join(parts) + "\n"


def as_markdown(rows: Iterable[Row]) -> str:
    """Tables in GitHub's Markdown, with their notes as lists."""
    grouped = tables_by_task(rows)
    if not grouped:
        return NOTHING + "\n"
    parts = []
    for table in grouped:
        lines = [
            "| " + " | ".join(table.headings.values()) + " |",
            "|" + "|".join("---:" if key in _NUMBERS else "---" for key in table.headings) + "|",
        ]
        for line in table.lines:
            cells = [escape.markdown(line.cells[key]) for key in table.headings]
            if line.is_best:
                cells[1] = f"**{cells[1]}**"
            cells[0] += "".join(f"<br>{escape.markdown(detail)}" for detail in line.details)
            lines.append("| " + " | ".join(cells) + " |")
        notes = "\n".join(f"- {escape.markdown(note)}" for note in table.notes)
        parts.append(f"### {escape.markdown(table.title)}\n\n" + "\n".join(lines) + f"\n\n{notes}")
    parts.append("\n".join(f"- {escape.markdown(sentence)}" for sentence in GLOSSARY))
    return "\n\n".join(parts) + "\n"


def as_latex(rows: Iterable[Row]) -> str:
    """Tables for a paper (booktabs); multiply-adds are left to the other forms."""
    grouped = tables_by_task(rows)
    if not grouped:
        return f"% {NOTHING}\n"
    parts = ["% Needs \\usepackage{booktabs}."]
    for table in grouped:
        keys = [key for key in table.headings if key != "macs"]
        body = []
        for line in table.lines:
            cells = [escape.latex(line.cells[key]) for key in keys]
            if line.is_best:
                cells[1] = f"\\textbf{{{cells[1]}}}"
            body.append(" & ".join(cells) + r" \\")
            body += [
                rf"\multicolumn{{{len(keys)}}}{{l}}{{\quad\footnotesize {escape.latex(detail)}}} \\"
                for detail in line.details
            ]
        notes = " ".join(escape.latex(note) for note in (*table.notes, *GLOSSARY))
        parts.append(
            "\n".join(
                [
                    r"\begin{table*}",
                    r"\centering\small",
                    rf"\caption{{{escape.latex(table.title)}}}",
                    r"\begin{tabular}{@{}"
                    + "".join("r" if key in _NUMBERS else "l" for key in keys)
                    + r"@{}}",
                    r"\toprule",
                    " & ".join(escape.latex(table.headings[key]) for key in keys) + r" \\",
                    r"\midrule",
                    *body,
                    r"\bottomrule",
                    r"\end{tabular}",
                    rf"\par\smallskip\footnotesize {notes}",
                    r"\end{table*}",
                ]
            )
        )
    return "\n\n".join(parts) + "\n"


def as_csv(rows: Iterable[Row]) -> str:
    """One line a row, every figure with all its digits; shares from 0 to 1."""
    documents = [_flat(row) for row in rows]
    out = io.StringIO()
    columns = list(documents[0]) if documents else ["method"]
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for document in documents:
        writer.writerow([_csv_cell(document[column]) for column in columns])
    return out.getvalue()


def as_json(rows: Iterable[Row]) -> str:
    """List of objects: all that the rows hold, NaN as null."""
    return json.dumps(documents(rows), ensure_ascii=False, allow_nan=False, indent=1) + "\n"


def documents(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """Objects of `as_json`, one for each row."""
    return [_whole(row) for row in rows]


FORMATS: dict[str, Callable[[Iterable[Row]], str]] = {
    "text": as_text,
    "markdown": as_markdown,
    "latex": as_latex,
    "csv": as_csv,
    "json": as_json,
}
"""Name of a form -> what writes it."""


def _text_table(table: Table, *, width: int) -> str:
    keys = [key for key in table.headings if key not in ("macs", "leak")]
    if width >= 128:
        keys.insert(keys.index("flops") + 1, "macs")
    widths = {
        key: max(len(table.headings[key]), *(len(_shown(line, key)) for line in table.lines))
        for key in keys
    }
    used = sum(widths.values()) + 2 * len(keys)
    room = max(14, width - used)
    rule = "─" * min(width, used + min(room, _leak_width(table)))
    out = [visible(table.title), rule]
    out.append(_text_row(keys, widths, table.headings, table.headings["leak"]))
    out.append(rule)
    for line in table.lines:
        first, *more = _folded(_shown(line, "leak"), room)
        out.append(_text_row(keys, widths, {key: _shown(line, key) for key in keys}, first))
        out += [" " * used + rest for rest in more]
        out += [_wrapped(visible(detail), width, indent="    ") for detail in line.details]
    out.append(rule)
    out += [_wrapped(visible(note), width) for note in table.notes]
    return "\n".join(out)


def _shown(line: Line, key: str) -> str:
    return visible(line.cells[key])


def _leak_width(table: Table) -> int:
    return max(4, *(len(_shown(line, "leak")) for line in table.lines))


def _text_row(keys: Sequence[str], widths: Any, cells: Any, leaks: str) -> str:
    written = [
        cells[key].ljust(widths[key]) if key == "method" else cells[key].rjust(widths[key])
        for key in keys
    ]
    return "  ".join([*written, leaks]).rstrip()


def _folded(text: str, room: int) -> list[str]:
    """Break a list after its commas where it is too long for its column."""
    lines = [""]
    for part in text.replace(", ", ",\n").split("\n"):
        joined = f"{lines[-1]} {part}" if lines[-1] else part
        if lines[-1] and len(joined) > room:
            lines.append(part)
        else:
            lines[-1] = joined
    return lines


def _wrapped(sentence: str, width: int, *, indent: str = "") -> str:
    """Lines of at most `width` columns; what goes on is indented by two."""
    lines, current = [], indent
    for word in sentence.split(" "):
        joined = f"{current} {word}" if current.strip() else current + word
        if len(joined) > width and current.strip():
            lines.append(current)
            current = f"{indent}  {word}"
        else:
            current = joined
    return "\n".join([*lines, current])


def _flat(row: Row) -> dict[str, Any]:
    """Figures of a row under one name each."""
    document: dict[str, Any] = {
        "method": row.method,
        "features": row.features,
        "train": "+".join(row.train_corpora),
        "test": "+".join(row.test_corpora),
        "protocol": row.protocol,
        "normalisation": row.normalisation,
        "label_set": row.label_set,
        "seeds": " ".join(map(str, row.seeds)),
        "task": row.task,
        "dimension": row.dimension,
        "n": row.n_test,
        "n_speakers": row.n_speakers,
        "n_left_out": row.n_left_out,
        "n_folds": row.n_folds,
        "n_folds_done": row.n_folds_done,
        "classes": len(row.emotions),
        "emotions": " ".join(row.emotions),
        "chance": chance(row),
    }
    for name in ("ua", "wa", "f1", "ccc"):
        score = getattr(row, name)
        for part in ("value", "low", "high", "fold_mean", "fold_sd"):
            key = name if part == "value" else f"{name}_{part}"
            document[key] = getattr(score, part) if score is not None else None
    for name in (
        "ece", "brier", "parameters", "macs", "flops", "features_s", "predict_s", "fit_s",
        "p_value", "p_mcnemar", "p_wilcoxon", "mean_rank", "is_best", "gap_gender",
        "gap_speaker", "train_ua",
    ):  # fmt: skip
        document[name] = getattr(row, name)
    document["seconds_a_file"] = seconds_a_file(row)
    document["leak"] = leak(row)
    return document


def _whole(row: Row) -> dict[str, Any]:
    """A row as JSON holds it."""
    document = _flat(row)
    document["emotions"] = list(row.emotions)
    document["seeds"] = list(row.seeds)
    document["recalls"] = dict(zip(row.emotions, row.recalls, strict=False))
    document["confusion"] = [list(counts) for counts in row.confusion]
    for name in ("by_gender", "by_speaker", "by_corpus", "by_seed"):
        document[name] = {
            part.name: {"n": part.n, "ua": part.ua, "wa": part.wa} for part in getattr(row, name)
        }
    document["leak"] = {
        item.kind: {
            "shared": item.shared, "of": item.of, "folds": item.folds, "n_folds": item.n_folds,
            "test_share": item.test_share,
        }
        for item in row.leak
    }  # fmt: skip
    document["epoch_on_test"] = row.epoch_on_test
    document["ranking"] = row.ranking and {
        "statistic": row.ranking.statistic, "p_value": row.ranking.p_value,
        "critical_distance": row.ranking.critical_distance, "alpha": row.ranking.alpha,
        "n_folds": row.ranking.n_blocks, "n_rows": len(row.ranking.mean_ranks),
    }  # fmt: skip
    document["notes"] = list(row.notes)
    cleaned: dict[str, Any] = _without_nan(document)
    return cleaned


def _without_nan(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {visible(str(key)): _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    return visible(value) if isinstance(value, str) else value


def _csv_cell(value: Any) -> Any:
    """Text in which nothing hides, and that no spreadsheet runs as a formula."""
    if isinstance(value, float):
        return repr(value) if math.isfinite(value) else ""
    if isinstance(value, str):
        shown = visible(value)
        return f"'{shown}" if shown.startswith(("=", "+", "-", "@")) else shown
    return "" if value is None else value
