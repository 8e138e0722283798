"""What a worker does for the page's Recognise view: everything about one upload in one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ...audio import read
from ...errors import InputError
from ...inference import Recogniser, Result, result_rows
from ...inference.label_tracks import LABEL_TRACKS
from ...report.over_time import over_time
from ...report.probability_bars import probability_bars
from ...report.wording import say
from ..work import Workshop, of_the_server


def recognise(
    workshop: Workshop,
    blob: bytes,
    *,
    path: str,
    name: str,
    model: str | None = None,
    language: str = "en",
    scale: str = "mel",
    drawings: bool = True,
) -> dict[str, Any]:
    """Recognise an upload as a whole and by its segments, and draw it.

    Parameters
    ----------
    path, name : str
        Where it lies, and what the client called it.
    model : str, optional
    language : str
        Of the drawings; one of `emovox.report.wording.LANGUAGES`.
    scale : str
        Of the spectrogram; one of `emovox.report.spectrogram.SCALES`.
    drawings : bool

    Returns
    -------
    dict with "result", "segments", "length_s", "labels", "csv" and "drawings"
        As docs/architecture.md says. The timeline is None for fewer than two segments.

    Raises
    ------
    EmovoxError
    """
    recogniser = workshop.recogniser(model)
    limit = workshop.settings.limits.duration_s
    try:
        whole, pieces = _recognised(recogniser, path)
        drawn = _drawn(path, whole, pieces, name, language, scale, limit) if drawings else None
    except InputError as error:
        raise of_the_server(error, limit) from error
    whole = replace(whole, path=name)
    pieces = [replace(piece, path=name) for piece in pieces]
    return {
        "result": whole.as_json(),
        "segments": [piece.as_json() for piece in pieces],
        "length_s": whole.end,
        "labels": {kind: write(pieces) for kind, write in LABEL_TRACKS.items()},
        "csv": {
            "header": result_rows.heading(recogniser.labels),
            "rows": [result_rows.row(whole, recogniser.labels)],
        },
        "drawings": drawn,
    }


def _recognised(recogniser: Recogniser, path: str) -> tuple[Result, list[Result]]:
    """Result of the whole and those of its segments; a long recording is recognised by these."""
    whole = recogniser.predict(path)
    pieces = whole.segments or recogniser.predict_segments(path)
    return _as_published(whole), [_as_published(piece) for piece in pieces]


def _as_published(result: Result) -> Result:
    """Result with the digits of its JSON, so that drawings round what the page rounds."""
    said = result.as_json()
    return replace(result, scores=said.get("scores"), dimensions=said.get("dimensions"))


def _drawn(
    path: str,
    whole: Result,
    pieces: Sequence[Result],
    name: str,
    language: str,
    scale: str,
    limit_s: float,
) -> dict[str, str | None]:
    """Drawings of a recording that has been recognised; decoding it again is quickly done."""
    over = over_time(
        read(path, max_duration_s=limit_s),
        pieces if len(pieces) > 1 else (),
        name=name,
        language=language,
        scale=scale,
    )
    title = say("Scores of {name}", language, name=name)
    bars = probability_bars(whole.values, title=title, language=language) if whole.values else None
    return {**over, "bars": bars}
