"""One recording over time: its waveform, its spectrogram and its scores on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .spectrogram import spectrogram
from .timeline import Stretch, timeline
from .waveform import time_axis, waveform
from .wording import say

if TYPE_CHECKING:
    from ..audio import Recording
    from ..inference import Result


def over_time(
    sound: Recording | None,
    pieces: Sequence[Result] = (),
    *,
    name: str,
    length_s: float = 0.0,
    language: str = "en",
    scale: str = "mel",
) -> dict[str, str | None]:
    """Drawings that stand below one another.

    Parameters
    ----------
    sound : `emovox.audio.Recording`, optional
    pieces : sequence of `emovox.inference.Result`
        Its segments.
    name : str
        Of the recording, for the titles.
    length_s : float
        Of the axis, where there is no sound.
    language : str
        One of `wording.LANGUAGES`.
    scale : str
        Of the spectrogram; one of `emovox.report.spectrogram.SCALES`.

    Returns
    -------
    dict with "waveform", "spectrogram", "timeline" and "axis", from top to bottom
        None for what cannot be drawn; all are where there is neither sound nor a segment.
    """
    drawn: dict[str, str | None] = dict.fromkeys(("waveform", "spectrogram", "timeline", "axis"))
    if sound is not None and sound.samples.size:
        rate = sound.sample_rate
        length_s = sound.samples.size / rate
        drawn["waveform"] = waveform(
            sound.samples,
            sample_rate=rate,
            title=say("Waveform of {name}", language, name=name),
            language=language,
        )
        drawn["spectrogram"] = spectrogram(
            sound.samples,
            sample_rate=rate,
            title=say("Spectrogram of {name}", language, name=name),
            language=language,
            scale=scale,
        )
    if pieces:
        drawn["timeline"] = timeline(
            stretches(pieces, length_s=length_s),
            length_s=length_s,
            title=say("Scores over time of {name}", language, name=name),
            language=language,
        )
    if any(drawn.values()):
        drawn["axis"] = time_axis(length_s, language=language)
    return drawn


def stretches(pieces: Sequence[Result], *, length_s: float) -> list[Stretch]:
    """Segments as a timeline draws them; what lies behind its end is left out."""
    return [
        Stretch(piece.start or 0.0, min(piece.end or 0.0, length_s), piece.values or None)
        for piece in pieces
        if (piece.start or 0.0) < length_s
    ]
