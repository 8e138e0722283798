"""Page of recognised recordings: how each sounds, what was recognised, and what that means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import EmovoxError
from . import page, wording
from .escape import html
from .figures import duration, interval, percentage
from .over_time import over_time
from .probability_bars import probability_bars

if TYPE_CHECKING:
    from ..audio import Recording
    from ..inference import Result

MAX_DRAWN = 60
"""So many recordings are drawn; those beyond stand in the table only, so that the page opens."""
MAX_DRAWN_S = 600.0
"""Of a longer recording, the beginning is drawn."""


@dataclass(frozen=True)
class _Entry:
    """One recording: its results (several where it was recognised by segments)."""

    results: tuple[Result, ...]

    @property
    def path(self) -> str:
        return self.results[0].path

    @property
    def error(self) -> EmovoxError | None:
        return self.results[0].error

    @property
    def by_segments(self) -> bool:
        return len(self.results) > 1 or (self.results[0].start or 0.0) > 0

    @property
    def scores(self) -> dict[str, float] | None:
        """The scores, of segments the mean weighted by their duration; highest first."""
        return self._mean("scores")

    @property
    def dimensions(self) -> dict[str, float] | None:
        """Values of arousal, valence, dominance, where the model gives those."""
        return self._mean("dimensions")

    def _mean(self, kind: str) -> dict[str, float] | None:
        known = [(result, getattr(result, kind, None)) for result in self.results]
        found = [(max((r.end or 0.0) - (r.start or 0.0), 1e-9), v) for r, v in known if v]
        if not found:
            return None
        total = sum(weight for weight, _ in found)
        mean: dict[str, float] = {}
        for weight, values in found:
            for name, value in values.items():
                mean[name] = mean.get(name, 0.0) + value * weight / total
        return dict(sorted(mean.items(), key=lambda item: (-item[1], item[0])))

    @property
    def warnings(self) -> list[str]:
        """Sentences, each once."""
        said = (
            wording.warning(warning.code, warning.details)
            for result in self.results
            for warning in result.warnings
        )
        return list(dict.fromkeys(said))


def predict_page(
    results: Iterable[Result],
    recogniser: Any = None,
    *,
    recordings: Mapping[str, Recording] | None = None,
    segments: Mapping[str, Sequence[Result]] | None = None,
    command: str | None = None,
) -> str:
    """One self-contained HTML page of recognised recordings.

    Parameters
    ----------
    results : iterable of `emovox.inference.Result`
        In the order of the page; neighbours with the same path, one after the other in time, are
        segments of one recording.
    recogniser : `emovox.inference.Recogniser`, optional
        Its model's name, data and figures are printed.
    recordings : mapping path -> `emovox.audio.Recording`, optional
        Sound that is at hand already; what is missing is read from its path.
    segments : mapping path -> results, optional
        Scores over time beside the result of the whole.
    command : str, optional
        Command line, to be printed.

    Returns
    -------
    str
    """
    entries = list(_entries(results))
    body = [_head(entries, recogniser), _notice()]
    if not entries:
        body.append(page.paragraph("No recording was given, so there is nothing to show."))
    if len(entries) > 1:
        body.append(_overview(entries))
    for place, entry in enumerate(entries[:MAX_DRAWN]):
        sound = _sound(entry, recordings or {})
        body.append(_article(entry, sound, (segments or {}).get(entry.path, ()), place=place))
    if len(entries) > MAX_DRAWN:
        body.append(
            page.paragraph(
                f"The first {MAX_DRAWN} recordings are drawn; the table above holds all "
                f"{len(entries)}.",
                class_="note",
            )
        )
    body.append(_about(entries, recogniser, command))
    return page.document("emovox: recognised emotions", body)


def _entries(results: Iterable[Result]) -> Iterator[_Entry]:
    """Put the segments of one recording together."""
    held: list[Result] = []
    for result in results:
        follows = (
            held
            and held[-1].path == result.path
            and held[-1].end is not None
            and result.start is not None
            and result.start >= held[-1].end - 1e-6
        )
        if held and not follows:
            yield _Entry(tuple(held))
            held = []
        held.append(result)
    if held:
        yield _Entry(tuple(held))


def _head(entries: Sequence[_Entry], recogniser: Any) -> str:
    count = len(entries)
    words = "1 recording" if count == 1 else f"{count} recordings"
    model = _model_name(entries, recogniser)
    lead = f"{words}, recognised by the model {model}" if model else words
    return (
        "<header><h1>How these recordings sound</h1>"
        f"{page.paragraph(lead + '.', class_='lead')}</header>"
    )


def _notice() -> str:
    sentences = "".join(page.paragraph(sentence) for sentence in wording.NOTICE)
    return f'<aside class="notice" aria-label="What this is and is not">{sentences}</aside>'


def _overview(entries: Sequence[_Entry]) -> str:
    """All recordings in one table, each a link to its drawing."""
    rows = []
    for place, entry in enumerate(entries):
        name = html(_short(entry.path))
        if place < MAX_DRAWN:
            name = f'<a href="#recording-{place + 1}">{name}</a>'
        scores = entry.scores
        top = next(iter(scores.items())) if scores else None
        said = html("; ".join(entry.warnings))
        if entry.error is not None:
            said = f'<span class="warn">{html(entry.error.sentence)}</span>'
        end = entry.results[-1].end
        rows.append(
            f'<tr><th scope="row">{name}</th><td>{duration(end) if end else "-"}</td>'
            f'<td class="words">{html(top[0]) if top else "-"}</td>'
            f"<td>{percentage(top[1]) if top else '-'}</td>"
            f'<td class="words long">{said}</td></tr>'
        )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="All recordings">'
        '<table class="sticky wide"><caption>All recordings</caption><thead><tr>'
        '<th scope="col">recording</th><th scope="col">length</th>'
        '<th scope="col" class="words">highest</th><th scope="col">score, %</th>'
        '<th scope="col" class="words long">to know</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _article(
    entry: _Entry, sound: Recording | None, segments: Sequence[Result], *, place: int
) -> str:
    """One recording: its verdict, scores, warnings and drawings."""
    title = _short(entry.path)
    parts = [f'<article id="recording-{place + 1}">', page.heading(title)]
    if entry.error is not None:
        parts.append(page.paragraph("Could not be used: " + entry.error.sentence, class_="warn"))
        return "".join([*parts, "</article>"])
    parts.append(_verdict(entry))
    drawings = _drawings(entry, sound, segments, title=title)
    values = entry.scores or entry.dimensions
    bars = probability_bars(values, title=f"Scores of {title}") if values else ""
    warnings = "".join(f'<li class="warn">{html(said)}</li>' for said in entry.warnings)
    told = f"<ul>{warnings}</ul>" if warnings else ""
    parts.append(f'<div class="two"><div>{bars}{told}</div><div>{drawings}</div></div>')
    return "".join([*parts, "</article>"])


def _verdict(entry: _Entry) -> str:
    """The emotion with the highest score, or why there is none."""
    if entry.scores:
        top, score = next(iter(entry.scores.items()))
        mean = ", mean of its segments by duration" if entry.by_segments else ""
        said = f"<b>{html(top)}</b> <span>{percentage(score)} %{html(mean)}</span>"
    elif entry.dimensions:
        said = "<b>dimensions</b> <span>from 0 to 100</span>"
    else:
        said = "<b>no speech</b> <span>nothing to score</span>"
    return f'<p class="verdict">{said}</p>'


def _drawings(
    entry: _Entry, sound: Recording | None, segments: Sequence[Result], *, title: str
) -> str:
    """Waveform, spectrogram and scores over one time axis."""
    pieces = segments or (entry.results if entry.by_segments else ())
    ends = [result.end or 0.0 for result in (*entry.results, *pieces)]
    length_s = max(ends, default=0.0)
    drawn = over_time(sound, pieces, name=title, length_s=length_s)
    parts = [drawing for drawing in drawn.values() if drawing]
    if not parts:
        return page.paragraph("Its sound is not at hand, so it is not drawn.", class_="note")
    if sound is not None and sound.samples.size:
        length_s = sound.samples.size / sound.sample_rate
    whole = max(ends, default=0.0)
    cut = ""
    if sound is not None and whole > length_s + 1:
        cut = page.paragraph(
            f"The first {duration(length_s)} of {duration(whole)} are drawn.", class_="note"
        )
    return f'<div class="stack">{"".join(parts)}</div>{cut}'


def _sound(entry: _Entry, recordings: Mapping[str, Recording]) -> Recording | None:
    """Sound of a recording, or None where there is none (stdin, vanished)."""
    if entry.path in recordings:
        return recordings[entry.path]
    if entry.error is not None or entry.path == "-":
        return None
    # Imported here: drawings are also made where nothing is ever decoded.
    from ..audio import read

    try:
        return read(entry.path, end=MAX_DRAWN_S)
    except EmovoxError:
        return None


def _about(entries: Sequence[_Entry], recogniser: Any, command: str | None) -> str:
    """Model, its figures, the command line."""
    parts = []
    name = _model_name(entries, recogniser)
    if name:
        parts.append(page.heading("The model"))
        parts.append(page.pairs({"name": name, **_model_facts(recogniser)}))
    settings = getattr(getattr(recogniser, "model", None), "settings", None) or {}
    figures = [row for row in settings.get("figures", []) if isinstance(row, Mapping)]
    if figures:
        columns = list(dict.fromkeys(key for row in figures for key in row))
        parts.append(
            page.table(
                columns,
                [[_value(key, row.get(key)) for key in columns] for row in figures],
                caption="How often it is right, measured on recordings it was not made from",
            )
        )
    if command:
        parts += [page.heading("Command"), page.command_line(command)]
    return "".join(parts)


def _model_facts(recogniser: Any) -> dict[str, str]:
    """What the model folder says about itself, as far as a reader can use it."""
    model = getattr(recogniser, "model", None)
    settings = getattr(model, "settings", None)
    if not isinstance(settings, Mapping):
        return {}
    facts = {
        "SHA-256": str(getattr(model, "sha256", "-")),
        "emotions": ", ".join(settings.get("labels", ())),
    }
    front_end = settings.get("front_end")
    if isinstance(front_end, Mapping):
        facts["features"] = str(front_end.get("feature", "-"))
    for key, value in (settings.get("training") or {}).items():
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            facts[str(key).replace("_", " ")] = str(value)
        elif isinstance(value, list) and all(isinstance(item, str) for item in value):
            facts[str(key).replace("_", " ")] = ", ".join(value)
    return facts


def _value(key: str, value: object) -> str:
    """One figure of a model: shares as percentages, intervals in brackets."""
    if value is None:
        return "-"
    if isinstance(value, float) and 0 <= value <= 1 and key.lower() not in ("p", "seconds"):
        return percentage(value)
    if isinstance(value, list | tuple) and len(value) == 2:
        low, high = value
        if isinstance(low, float) and isinstance(high, float):
            return interval((low, high))
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def _model_name(entries: Sequence[_Entry], recogniser: Any) -> str:
    model = getattr(recogniser, "model", None)
    if model is not None:
        return str(model.name)
    named = (result.model for entry in entries for result in entry.results if result.model)
    return next(named, "")


def _short(path: str) -> str:
    """Last two parts of a path: enough to know it by, and no one's home folder on a page."""
    parts = path.replace("\\", "/").rstrip("/").split("/")
    return "/".join(parts[-2:]) if len(parts) > 1 else path
