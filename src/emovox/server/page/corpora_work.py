"""What a worker does for the page's Corpora view: one recording decoded, drawn, made playable."""

from __future__ import annotations

import base64
import io
import wave
from typing import Any

import numpy as np

from ...audio import OpenRecording, Recording, read
from ...audio.container import container
from ...audio.decode import SAMPLE_RATE
from ...audio.opening import open_regular
from ...report.over_time import over_time
from ..work import Workshop

MAX_DRAWN_S = 600.0
"""Of a longer recording, the beginning is drawn and played."""
HEAD_BYTES = 4096
"""Of a file, by which its format is known."""
MAX_FULL_RATE_S = 60.0
"""So long a stretch is played at the rate of its file."""


def utterance(
    workshop: Workshop,
    blob: bytes,
    *,
    path: str,
    name: str,
    start: float | None = None,
    end: float | None = None,
    language: str = "en",
    scale: str = "mel",
) -> dict[str, Any]:
    """Facts about the sound of an utterance, and its drawings.

    Parameters
    ----------
    path, name : str
        The file, and what its drawings are called.
    start, end : float, optional
        Seconds inside the file.
    language, scale : str
        Of the drawings, and of the spectrogram.

    Returns
    -------
    dict with "duration_s", "sample_rate", "channels" and "drawings"

    Raises
    ------
    InputError
    """
    with OpenRecording(path) as recording:
        channels, declared_s = recording.channels, recording.declared_s
    first, last = start or 0.0, declared_s if end is None else end
    sound = _drawable(path, start, end, declared_s)
    drawn = over_time(sound, name=name, language=language, scale=scale)
    return {
        "duration_s": last - first if _is_long(first, last) else sound.duration_s,
        "sample_rate": sound.source_rate,
        "channels": channels,
        "drawings": {kind: drawn[kind] for kind in ("waveform", "spectrogram", "axis")},
    }


def playable(
    workshop: Workshop,
    blob: bytes,
    *,
    path: str,
    start: float | None = None,
    end: float | None = None,
    browser_plays: bool = False,
) -> dict[str, Any]:
    """A stretch of a recording, or one that browsers do not play, as 16-bit WAV of one channel.

    Parameters
    ----------
    path : str
    start, end : float, optional
        Seconds inside the file.
    browser_plays : bool
        By its ending.

    Returns
    -------
    dict with "wav", base64
        None for a whole recording that browsers play: its first bytes are those of sound.

    Raises
    ------
    InputError
    """
    if browser_plays and start is None and end is None:
        with open_regular(path) as file:
            if container(file.read(HEAD_BYTES)) is not None:
                return {"wav": None}
    with OpenRecording(path) as recording:
        rate, declared_s = recording.source_rate, recording.declared_s
    is_short = (declared_s if end is None else end) - (start or 0.0) <= MAX_FULL_RATE_S
    sound = _drawable(path, start, end, declared_s, sample_rate=rate if is_short else SAMPLE_RATE)
    samples = np.round(32767 * np.clip(sound.samples, -1, 1)).astype("<i2")
    made = io.BytesIO()
    with wave.open(made, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(sound.sample_rate)
        out.writeframes(samples.tobytes())
    return {"wav": base64.b64encode(made.getvalue()).decode("ascii")}


def _drawable(
    path: str,
    start: float | None,
    end: float | None,
    declared_s: float,
    *,
    sample_rate: int = SAMPLE_RATE,
) -> Recording:
    """Sound of an utterance, or the beginning of a long one."""
    first, last = start or 0.0, declared_s if end is None else end
    cut = first + MAX_DRAWN_S if _is_long(first, last) else end
    return read(path, start=start, end=cut, sample_rate=sample_rate)


def _is_long(first: float, last: float) -> bool:
    return last - first > MAX_DRAWN_S
