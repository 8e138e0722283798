"""Cutting a long recording into stretches of speech, in bounded memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from .activity import speech_segments
from .decode import InputWarning, Samples, condition

MAX_SEGMENT_S = 5.0
MIN_SEGMENT_S = 0.5
JOIN_GAP_S = 0.8
WINDOW_S = 60.0


@dataclass(frozen=True)
class Segment:
    """A stretch of speech inside a recording.

    Parameters
    ----------
    start, end : float, seconds in the recording
    samples : float32 array, shape (samples,)
    """

    start: float
    end: float
    samples: Samples

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return self.end - self.start


def segments(
    blocks: Iterable[Samples], *, sample_rate: int, warnings: list[InputWarning]
) -> Iterator[Segment]:
    """Stretches of speech of 0.5 to 5 s, in order.

    Speech detection looks at a minute at a time; a stretch that reaches the end of that minute
    is taken up again with the next.

    Parameters
    ----------
    blocks : iterable of float32 arrays
        Successive samples, such as ``OpenRecording.blocks()``.
    sample_rate : int, Hz
    warnings : list of InputWarning
        Collects what `condition` finds, each code once.

    Yields
    ------
    Segment
    """
    held: list[Samples] = []
    n_held, offset = 0, 0
    for block in blocks:
        held.append(block)
        n_held += block.size
        if n_held < WINDOW_S * sample_rate:
            continue
        window = _conditioned(held, warnings)
        spans = plan(speech_segments(window, sample_rate=sample_rate))
        kept = int(spans[-1][0] * sample_rate) if spans else window.size - sample_rate
        if kept == 0:
            kept = round(spans[-1][1] * sample_rate)
        else:
            spans = spans[:-1]
        yield from _cut(window, spans, sample_rate, offset / sample_rate)
        raw = np.concatenate(held)[kept:]
        held, n_held, offset = [raw], raw.size, offset + kept
    if n_held:
        window = _conditioned(held, warnings)
        spans = plan(speech_segments(window, sample_rate=sample_rate))
        yield from _cut(window, spans, sample_rate, offset / sample_rate)


def plan(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Join near stretches and split long ones, so that each lasts 0.5 to 5 s where it can.

    Examples
    --------
    >>> plan([(0.0, 1.0), (1.5, 2.0), (5.0, 13.0)])
    [(0.0, 2.0), (5.0, 9.0), (9.0, 13.0)]
    """
    joined: list[tuple[float, float]] = []
    for start, end in stretches:
        if joined and start - joined[-1][1] <= JOIN_GAP_S and end - joined[-1][0] <= MAX_SEGMENT_S:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    planned: list[tuple[float, float]] = []
    for start, end in joined:
        if end - start < MIN_SEGMENT_S:
            continue
        parts = int(np.ceil((end - start) / MAX_SEGMENT_S))
        edges = [start + (end - start) * part / parts for part in range(parts + 1)]
        planned.extend(itertools.pairwise(edges))
    return planned


def joined(stretches: list[tuple[float, float]], *, gap_s: float) -> list[tuple[float, float]]:
    """Stretches of speech, joined where the pause between two is at most so long.

    Parameters
    ----------
    stretches : list of (start, end), seconds, in order
    gap_s : float

    Examples
    --------
    >>> joined([(0.0, 1.0), (1.4, 2.0), (2.8, 3.0)], gap_s=0.5)
    [(0.0, 2.0), (2.8, 3.0)]
    """
    found: list[tuple[float, float]] = []
    for start, end in stretches:
        if found and start - found[-1][1] <= gap_s:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _conditioned(held: list[Samples], warnings: list[InputWarning]) -> Samples:
    found: list[InputWarning] = []
    window = condition(np.concatenate(held), found)
    known = {warning.code for warning in warnings}
    warnings.extend(warning for warning in found if warning.code not in known)
    return window


def _cut(
    window: Samples, spans: list[tuple[float, float]], sample_rate: int, offset_s: float
) -> Iterator[Segment]:
    for start, end in spans:
        samples = window[int(start * sample_rate) : round(end * sample_rate)]
        yield Segment(round(offset_s + start, 3), round(offset_s + end, 3), samples)
