"""What decoding every recording of a corpus tells: damage, copies, segments that do not fit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from emovox.errors import InputError

from .card import AlteredCopy
from .content import Content, measure
from .utterance import Utterance

SILENT_PEAK = 1e-3
"""A recording whose largest sample is below this (-60 dB of full scale) is silent."""

SHORT_SHARE = 0.2
"""An utterance shorter than this share of the corpus's median is listed as cut short."""

SLACK_S = 0.05
"""A segment may end this much behind the end of its file: times are rounded."""


def listen(
    utterances: Sequence[Utterance],
    *,
    altered_copies: Sequence[AlteredCopy] = (),
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Decode the recordings of `utterances`, each file once.

    Parameters
    ----------
    utterances : sequence of Utterance
    altered_copies : sequence of AlteredCopy
        Those that the corpus is known to be in circulation as.
    progress : callable, optional
        ``progress(done, total)`` after each utterance.

    Returns
    -------
    dict
        The fields of `emovox.corpora.check.CheckReport` that only the sound tells.
    """
    heard: dict[str, Content | InputError] = {}
    unreadable: dict[str, str] = {}
    empty: list[str] = []
    past_end: list[str] = []
    contents: dict[str, Content] = {}
    durations_s: dict[str, float] = {}
    for done, one in enumerate(utterances, 1):
        path = str(one.path)
        if path not in heard:
            heard[path] = _measured(path)
        content = heard[path]
        if isinstance(content, InputError):
            if content.code == "empty-file":
                empty.append(one.id)
            else:
                unreadable[one.id] = content.sentence
        elif not content.duration_s:
            empty.append(one.id)
        else:
            contents[one.id] = content
            start = one.start or 0.0
            end = content.duration_s if one.end is None else min(one.end, content.duration_s)
            durations_s[one.id] = max(0.0, end - start)
            if max(start, one.end or 0.0) > content.duration_s + SLACK_S:
                past_end.append(one.id)
        if progress is not None:
            progress(done, len(utterances))
    identical, conflicting = _identical(utterances, contents)
    return {
        "audio_checked": True,
        "unreadable": unreadable,
        "empty": tuple(empty),
        "silent": tuple(name for name, one in contents.items() if one.peak < SILENT_PEAK),
        "cut_short": _cut_short(contents, durations_s),
        "past_end": tuple(past_end),
        "identical": identical,
        "conflicting": conflicting,
        "altered": tuple(
            copy.what for copy in altered_copies if _is_copy(copy, list(contents.values()))
        ),
    }


def _measured(path: str) -> Content | InputError:
    """Content of a file, or why there is none."""
    try:
        return measure(path)
    except InputError as error:
        return error


def _cut_short(
    contents: Mapping[str, Content], durations_s: Mapping[str, float]
) -> tuple[str, ...]:
    """Recordings whose data end early, or that are far shorter than the others."""
    if not contents:
        return ()
    median = float(np.median(list(durations_s.values())))
    return tuple(
        name
        for name, one in contents.items()
        if one.ends_early or durations_s[name] < SHORT_SHARE * median
    )


def _identical(
    utterances: Sequence[Utterance], contents: Mapping[str, Content]
) -> tuple[tuple[tuple[str, ...], ...], tuple[tuple[str, ...], ...]]:
    """Groups of identical audio, and those of them under different labels."""
    groups: dict[tuple[object, ...], list[str]] = defaultdict(list)
    for one in utterances:
        if one.id in contents:
            groups[contents[one.id].md5, one.start or 0.0, one.end].append(one.id)
    labels = {one.id: (one.emotion, one.label) for one in utterances}
    identical = tuple(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
    conflicting = tuple(group for group in identical if len({labels[name] for name in group}) > 1)
    return tuple(sorted(identical)), tuple(sorted(conflicting))


def _is_copy(copy: AlteredCopy, contents: list[Content]) -> bool:
    """Whether the recordings bear all the signs of an altered copy."""
    if not contents:
        return False
    if copy.sample_rate and any(one.sample_rate != copy.sample_rate for one in contents):
        return False
    if copy.duration_s and any(
        # Two samples of 22,050 Hz: programs round a length differently.
        abs(one.duration_s - copy.duration_s) > 1e-4
        for one in contents
    ):
        return False
    if copy.sound_below_hz:
        heard = [
            one.bandwidth_hz for one in contents if one.bandwidth_hz and one.peak > SILENT_PEAK
        ]
        # A click in a few files does not make the copy whole.
        return bool(heard) and float(np.percentile(heard, 95)) < copy.sound_below_hz
    return True
