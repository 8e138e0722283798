"""What a worker does for the page's Corpora view: one recording of a corpus, decoded and drawn."""

from __future__ import annotations

from typing import Any

from ...audio import OpenRecording, read
from ...report.over_time import over_time
from ..work import Workshop

MAX_DRAWN_S = 600.0
"""Of a longer recording, the beginning is drawn."""


def utterance(
    workshop: Workshop,
    blob: bytes,
    *,
    path: str,
    name: str,
    start: float | None = None,
    end: float | None = None,
    language: str = "en",
) -> dict[str, Any]:
    """Facts about the sound of an utterance, and its drawings.

    Parameters
    ----------
    path, name : str
        The file, and what its drawings are called.
    start, end : float, optional
        Seconds inside the file.
    language : str

    Returns
    -------
    dict with "duration_s", "sample_rate", "channels" and "drawings"

    Raises
    ------
    InputError
    """
    first = start or 0.0
    with OpenRecording(path) as recording:
        declared_s, channels = recording.declared_s, recording.channels
    last = min(declared_s if end is None else end, first + MAX_DRAWN_S)
    sound = read(path, start=start, end=last if end is not None or last < declared_s else None)
    drawn = over_time(sound, name=name, language=language)
    is_cut = last < (declared_s if end is None else end)
    return {
        "duration_s": (declared_s if end is None else end) - first if is_cut else sound.duration_s,
        "sample_rate": sound.source_rate,
        "channels": channels,
        "drawings": {kind: drawn[kind] for kind in ("waveform", "spectrogram", "axis")},
    }
