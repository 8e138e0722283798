"""Page of a benchmark: the table, what leaks, where the errors lie, how it was made."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import page, wording
from .across import cross_corpus_plates
from .bars import Bar, bar_chart, gap
from .calibration import reliability_diagram
from .confusion import confusion_matrix
from .difference_plates import against_the_best, rank_plates
from .differences import names_within
from .escape import html
from .figures import percentage
from .intervals import interval_axis, interval_strip
from .matrix import share_matrix
from .strip import dot_strip
from .tables import (
    GLOSSARY,
    Line,
    Table,
    chance,
    corpora_of,
    main_score,
    short_name,
    tables_by_task,
)

if TYPE_CHECKING:
    from ..evaluation.row import Row

MAX_BARS = 30
"""More speakers than this are drawn as dots instead of bars."""
MAX_OPEN = 3
"""Of more methods than this only the first one's drawings are open, of more tasks none."""


def bench_page(
    rows: Iterable[Row],
    *,
    records: Iterable[Mapping[str, Any]] = (),
    command: str | None = None,
    title: str = "Speech emotion recognition, measured",
) -> str:
    """One self-contained HTML page of results.

    Parameters
    ----------
    rows : iterable of `emovox.evaluation.row.Row`
        From ``emovox.evaluation.summary.summarise(records)``.
    records : iterable of records, optional
        For what rows do not hold: the gender of each speaker, versions of what was used.
    command : str, optional
        Command line, to be printed.
    title : str

    Returns
    -------
    str
    """
    rows = list(rows)
    records = list(records)
    grouped = tables_by_task(rows)
    body = [f"<header><h1>{html(title)}</h1>{page.paragraph(_lead(rows), class_='lead')}</header>"]
    if not rows:
        body.append(page.paragraph("There are no results: the records hold no finished fold."))
    if len(grouped) > 1:
        body.append(_contents(grouped))
    body += _across(rows)
    genders = speaker_genders(records)
    folded = len(grouped) > MAX_OPEN
    for place, table in enumerate(grouped):
        body.append(_section(table, place=place, genders=genders, folded=folded))
    if rows:
        body.append(_reading())
        body.append(_making(rows, records, command))
    return page.document(title, body)


def speaker_genders(records: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Gender of each test speaker, as far as the records know it, by corpus and speaker.

    Examples
    --------
    >>> test = {"utterance": ["emodb/wav/03a01Fa"], "speaker": ["03"], "gender": ["male"]}
    >>> speaker_genders([{"test": test}])
    {'emodb/03': 'male'}
    """
    found: dict[str, str] = {}
    for record in records:
        test = record.get("test", {})
        known = (test.get("utterance") or (), test.get("speaker") or (), test.get("gender") or ())
        for utterance, speaker, gender in zip(*known, strict=False):
            if speaker is not None and gender:
                found[f"{str(utterance).partition('/')[0]}/{speaker}"] = str(gender)
    return found


def _lead(rows: Sequence[Row]) -> str:
    if not rows:
        return "No results."
    methods = len({row.method for row in rows})
    named = sorted({name for row in rows for name in (*row.train_corpora, *row.test_corpora)})
    words = "1 method" if methods == 1 else f"{methods} methods"
    return f"{words} on {', '.join(named)}; every figure is computed from the records of the run."


def _contents(grouped: Sequence[Table]) -> str:
    items = "".join(
        f'<li><a href="#task-{place + 1}">{html(table.title)}</a></li>'
        for place, table in enumerate(grouped)
    )
    layout = ' class="long"' if len(grouped) > 6 else ""
    return f'<nav aria-label="Tasks"><ul{layout}>{items}</ul></nav>'


def _section(table: Table, *, place: int, genders: Mapping[str, str], folded: bool) -> str:
    """One task: the table, its notes, the drawings of each method."""
    parts = [
        "<section>",
        page.heading(table.title, anchor=f"task-{place + 1}"),
        results_table(table),
        '<div class="note">' + "".join(page.paragraph(note) for note in table.notes) + "</div>",
    ]
    rows = [line.row for line in table.lines]
    parts += [against_the_best(rows), rank_plates(rows)]
    one_task = len({row.emotions for row in rows}) == 1
    if len(rows) > 1 and one_task and all(row.recalls for row in rows):
        drawing = share_matrix(
            [row.recalls for row in rows],
            rows=[
                short_name(row, name) for row, name in zip(rows, names_within(rows), strict=True)
            ],
            columns=rows[0].emotions,
            title="Recall of each class by each method",
        )
        parts.append(page.plate("Recall of each class", drawing, aside="%"))
    for rank, row in enumerate(rows):
        drawings = _drawings(row, genders)
        if not drawings:
            continue
        name = html(row.method + _difference(row) + ("" if one_task else f", {row.label_set}"))
        if folded or (len(rows) > MAX_OPEN and rank):
            parts.append(f"<details><summary>{name}</summary>{drawings}</details>")
        else:
            parts.append(f"<h3>{name}</h3>{drawings}")
    return "".join([*parts, "</section>"])


def results_table(table: Table) -> str:
    """Draw the field's table, with a strip for each score and its interval."""
    keys = [key for key in table.headings if key not in ("method", "ua", "macs")]
    measure, _, span = table.headings["ua"].partition(" ")
    head = [
        f'<th scope="col">{html(table.headings["method"])}</th>',
        f'<th scope="col">{html(measure)} <small>{html(span)}</small></th>',
        f'<th scope="col" class="strip">{interval_axis()}</th>',
    ]
    head += [f'<th scope="col"{_aligned(key)}>{_heading(key, table)}</th>' for key in keys]
    body = "".join(_line(line, keys) for line in table.lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{html(table.title)}">'
        f'<table class="sticky wide"><thead><tr>{"".join(head)}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _line(line: Line, keys: Sequence[str]) -> str:
    row = line.row
    score = main_score(row)
    bounds = None if score.low is None or score.high is None else (score.low, score.high)
    strip = interval_strip(
        score.value, bounds, best=line.is_best, chance=None if row.ccc is not None else chance(row)
    )
    best = ' class="best"' if line.is_best else ""
    value, _, span = line.cells["ua"].partition(" ")
    cells = [
        f'<th scope="row">{html(line.cells["method"])}</th>',
        f"<td{best}>{html(value)} <span>{html(span)}</span></td>",
        f'<td class="strip">{strip}</td>',
    ]
    cells += [f"<td{_aligned(key)}>{html(line.cells[key])}</td>" for key in keys]
    details = "".join(
        f'<tr class="detail"><td colspan="{len(cells)}"><span>{html(detail)}</span></td></tr>'
        for detail in line.details
    )
    return f"<tr>{''.join(cells)}</tr>{details}"


def _heading(key: str, table: Table) -> str:
    """Name of a column; FLOPs and multiply-adds are told apart where FLOPs stand alone."""
    small = " <small>2 x mult-adds</small>" if key == "flops" else ""
    return html(table.headings[key]) + small


def _aligned(key: str) -> str:
    return ' class="words"' if key == "leak" else ""


def _drawings(row: Row, genders: Mapping[str, str]) -> str:
    """Confusion matrix, speakers, calibration of one method."""
    name = row.method
    guess = chance(row)
    figures = []
    if row.confusion:
        drawing = confusion_matrix(row.confusion, row.emotions, title=f"Confusion matrix of {name}")
        aside = "rows: label; % of the row, count below"
        if len(row.seeds) > 1:
            aside += f", over {len(row.seeds)} seeds"
        figures.append(page.plate("Confusion", drawing, aside=aside))
    if row.by_speaker:
        figures.append(_speakers(row, genders, guess=None if guess != guess else guess))
    if row.reliability:
        drawing = reliability_diagram(row.reliability, title=f"Calibration of {name}")
        aside = f"ECE {percentage(row.ece)} %, Brier {row.brier:.3f}"
        figures.append(page.plate("Calibration", drawing, aside=aside))
    return page.plates(figures) if figures else ""


def _speakers(row: Row, genders: Mapping[str, str], *, guess: float | None) -> str:
    """UA of each speaker, with the gap between speakers and between genders."""
    # Rows name the corpus before the speaker only where several were tested.
    corpus = f"{row.test_corpora[0]}/" if len(row.test_corpora) == 1 else ""
    bars = [
        Bar(part.name, part.ua, part.n, genders.get(corpus + part.name))
        for part in row.by_speaker
        if part.ua == part.ua
    ]
    if not bars:
        return ""
    draw = bar_chart if len(bars) <= MAX_BARS else dot_strip
    mean = row.ua.value if row.task == "classification" else None
    drawing = draw(bars, title=f"UA of each speaker, {row.method}", chance=guess, mean=mean)
    distance = gap(bars)
    said = ["UA, %"]
    if distance is not None:
        said.append(f"gap {percentage(distance)} points")
    said += [f"{part.name} {percentage(part.ua)}" for part in row.by_gender]
    return page.plate("Speakers", drawing, aside="; ".join(said))


def _difference(row: Row) -> str:
    """What tells a method from the same method with other settings."""
    said = f", {row.features}"
    if row.normalisation != "training":
        said += f", normalised {wording.normalisation(row.normalisation)}"
    if row.epoch_on_test:
        said += f", {wording.EPOCH_ON_TEST}"
    return said


def _across(rows: Sequence[Row]) -> list[str]:
    """Heat maps of every method that was trained on and tested on several corpora."""
    plates = cross_corpus_plates(rows)
    if not plates:
        return []
    return [
        "<section>",
        page.heading("Across corpora"),
        page.paragraph(
            "UA in percent, with its 95 % interval. The fill runs from chance (none) to perfect; "
            "“≈ chance” says that the interval reaches down to chance.",
            class_="note",
        ),
        plates,
        "</section>",
    ]


def _reading() -> str:
    sentences = "".join(page.paragraph(sentence) for sentence in GLOSSARY)
    return f"<section>{page.heading('How to read the tables')}{sentences}</section>"


def _making(rows: Sequence[Row], records: Sequence[Mapping[str, Any]], command: str | None) -> str:
    """Command line, settings of every row, versions: what it takes to do it again."""
    parts = ["<section>", page.heading("How this was made")]
    if command:
        parts.append(page.command_line(command))
    versions: dict[str, list[str]] = {}
    for record in records:
        for name, version in (record.get("versions") or {}).items():
            known = versions.setdefault(str(name), [])
            if str(version) not in known:
                known.append(str(version))
    if versions:
        parts.append(page.pairs({name: ", ".join(found) for name, found in versions.items()}))
    for row in rows:
        settings = json.dumps(dict(row.settings), ensure_ascii=False, indent=1, sort_keys=True,
                              default=str)  # fmt: skip
        shown = "\n".join(html(line) for line in settings.split("\n"))
        title = html(
            f"Settings of {row.method}, {corpora_of(row)}, {row.protocol}, label set "
            f"{row.label_set}{_difference(row)}"
        )
        parts.append(f"<details><summary>{title}</summary><pre>{shown}</pre></details>")
    return "".join([*parts, "</section>"])
