"""What the workers do for streams: say who answers, and answer about one window."""

from __future__ import annotations

from typing import Any

from ..inference.rolling import Window
from ..inference.stream import recognise_window
from .work import Workshop


def listening(workshop: Workshop, blob: bytes, *, model: str | None = None) -> dict[str, Any]:
    """Load the model of a stream; say which it is and what it tells apart.

    Parameters
    ----------
    model : str, optional
        None for the server's own.

    Returns
    -------
    dict with "model" (name and sha256) and "labels"

    Raises
    ------
    ModelError
    """
    found = workshop.recogniser(model).model
    return {
        "model": {"name": found.name, "sha256": found.sha256},
        "labels": list(found.labels),
    }


def window(
    workshop: Workshop,
    blob: bytes,
    *,
    sample_rate: int,
    start: float,
    end: float,
    model: str | None = None,
) -> dict[str, Any]:
    """Recognise one window of a stream.

    Parameters
    ----------
    blob : bytes
        Its sound: 16-bit little-endian mono samples.
    sample_rate : int, Hz
    start, end : float, seconds of the stream
    model : str, optional

    Returns
    -------
    dict with start, end, emotion, scores (or dimensions) and warnings, as in `Result.as_json`

    Raises
    ------
    EmovoxError
    """
    heard = Window(start, end, blob)
    result = recognise_window(workshop.recogniser(model), heard, sample_rate=sample_rate)
    told = result.as_json()
    kept = ("start", "end", "emotion", "scores", "dimensions", "warnings")
    return {key: told[key] for key in kept if key in told}
