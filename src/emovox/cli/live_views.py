"""How `emovox listen` shows what it hears: a moving timeline, plain lines, or JSON."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol, TextIO

import numpy as np

from ..inference import Result
from ..visible import visible

CELL_S = 0.5
"""One character of the timeline."""
SHOWN_S = 60.0
BARS = 3
QUIETEST_DB = -60.0
PLAIN_EVERY_S = 1.0
SILENT = "·"
_COLOURS = (31, 34, 33, 32, 35, 36, 91, 94, 93, 92, 95, 96)


class View(Protocol):
    """What is told what was heard."""

    def sound(self, level_db: float, duration_s: float) -> None:
        """So loud was what came last, and so much has come."""

    def answer(self, result: Result) -> None:
        """Take an answer."""


class Terminal:
    """A block of lines that is drawn over itself.

    Parameters
    ----------
    labels : sequence of str
        Emotions, or the dimensions of a regression model.
    out : text file
    colours : bool
    """

    def __init__(self, labels: Sequence[str], *, out: TextIO, colours: bool) -> None:
        self._letters = letters(labels)
        self._name_width = max(len(visible(label)) for label in labels)
        self._out = out
        self._colours = colours
        self._cells: deque[str | None] = deque(maxlen=round(SHOWN_S / CELL_S))
        self._n_cells = 0
        self._newest: Result | None = None
        self._drawn: list[int] = []

    def sound(self, level_db: float, duration_s: float) -> None:
        """Draw the block anew."""
        width = max(shutil.get_terminal_size().columns - 1, 8)
        lines = self._lines(level_db, duration_s, width)
        # After the window was made narrower, lines that were drawn before take several rows.
        rows = sum(max(math.ceil(length / (width + 1)), 1) for length in self._drawn)
        back = f"\x1b[{rows}A\r\x1b[J" if rows else ""
        self._out.write(back + "".join(f"{text}\n" for text, _ in lines))
        self._out.flush()
        self._drawn = [length for _, length in lines]

    def answer(self, result: Result) -> None:
        """Take an answer for the next drawing."""
        self._newest = result
        n_cells = math.ceil((result.end or 0.0) / CELL_S)
        if n_cells == self._n_cells:
            self._cells[-1] = result.emotion
        self._cells.extend([result.emotion] * min(n_cells - self._n_cells, self._cells.maxlen or 0))
        self._n_cells = n_cells

    def _lines(self, level_db: float, duration_s: float, width: int) -> list[tuple[str, int]]:
        """Each line, and how many columns it takes."""
        lines = [self._meter(level_db, duration_s, width)]
        ranked = list(self._newest.values.items())[:BARS] if self._newest else []
        for place in range(BARS):
            text = self._bar(*ranked[place], width) if place < len(ranked) else ""
            if place == 0 and not ranked:
                text = "listening" if self._newest is None else "no speech"
            lines.append((text[:width], len(text[:width])))
        return [*lines, self._strip(width)]

    def _meter(self, level_db: float, duration_s: float, width: int) -> tuple[str, int]:
        clock = f"{int(duration_s // 60)}:{duration_s % 60:04.1f}"
        figure = f"{level_db:4.0f} dB" if level_db > -100 else "   - dB"
        room = min(width - len(clock) - len(figure) - 4, 40)
        filled = round(room * min(max(1 - level_db / QUIETEST_DB, 0.0), 1.0))
        meter = f"{'▮' * filled}{'▯' * (room - filled)}  " if room > 0 else ""
        text = f"{clock}  {meter}{figure}"[:width]
        return text, len(text)

    def _bar(self, label: str, share: float, width: int) -> str:
        name = visible(label).ljust(self._name_width)
        room = min(width - len(name) - 7, 40)
        bar = "█" * round(room * min(max(share, 0.0), 1.0)) if room > 0 else ""
        return f"{name} {share:.2f} {bar}"

    def _strip(self, width: int) -> tuple[str, int]:
        """The timeline's end that has room, a letter each half second."""
        cells = list(self._cells)[-width:]
        return "".join(self._cell(each) for each in cells), len(cells)

    def _cell(self, emotion: str | None) -> str:
        if emotion is None:
            return SILENT
        letter, colour = self._letters[emotion]
        return f"\x1b[7;{colour}m{letter}\x1b[0m" if self._colours else letter


class Lines:
    """A plain line each second, for files, pipes and terminals that cannot move the cursor."""

    def __init__(self, *, out: TextIO) -> None:
        self._out = out
        self._next_s = PLAIN_EVERY_S

    def sound(self, level_db: float, duration_s: float) -> None:
        """Nothing is shown of the level."""

    def answer(self, result: Result) -> None:
        """Print it, if a second has gone by since the last."""
        end = result.end or 0.0
        if end < self._next_s:
            return
        self._next_s = (end // PLAIN_EVERY_S + 1) * PLAIN_EVERY_S
        highest = [
            f"{visible(name)} {value:.2f}" for name, value in [*result.values.items()][:BARS]
        ]
        self._out.write(f"{end:8.2f} s  {'  '.join(highest) or 'no speech'}\n")
        self._out.flush()


class Json:
    """One JSON object a line, for each answer."""

    def __init__(self, *, out: TextIO) -> None:
        self._out = out

    def sound(self, level_db: float, duration_s: float) -> None:
        """Nothing is told of the level."""

    def answer(self, result: Result) -> None:
        """Print it."""
        self._out.write(json.dumps(result.as_json(), ensure_ascii=False, allow_nan=False) + "\n")
        self._out.flush()


def view(labels: Sequence[str], *, as_json: bool, out: TextIO) -> View:
    """What suits the output: JSON if asked for, a moving block on a terminal, else lines."""
    if as_json:
        return Json(out=out)
    if out.isatty() and os.environ.get("TERM", "") not in ("", "dumb"):
        return Terminal(labels, out=out, colours=not os.environ.get("NO_COLOR"))
    return Lines(out=out)


def letters(labels: Sequence[str]) -> dict[str, tuple[str, int]]:
    """A letter of its own and a colour for each label.

    Examples
    --------
    >>> letters(["anger", "anxiety", "neutral"])
    {'anger': ('a', 31), 'anxiety': ('n', 34), 'neutral': ('e', 33)}
    """
    found: dict[str, tuple[str, int]] = {}
    taken: set[str] = set()
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    for place, label in enumerate(labels):
        free = (each for each in f"{label.lower()}{spare}" if each.isalnum() and each not in taken)
        letter = next(free, "?")
        taken.add(letter)
        found[label] = (letter, _COLOURS[place % len(_COLOURS)])
    return found


def level_db(pcm: bytes) -> float:
    r"""RMS level of 16-bit samples, dB relative to full scale; -inf for silence.

    Examples
    --------
    >>> level_db(bytes(8)), round(level_db(b"\x00\x40" * 9), 1)
    (-inf, -6.0)
    """
    samples = np.frombuffer(pcm, dtype="<i2").astype(np.float64) / 32768.0
    power = float(np.mean(np.square(samples))) if samples.size else 0.0
    return 10.0 * math.log10(power) if power > 0 else -math.inf


def summary(heard_s: float, emotions: Counter[str | None]) -> str:
    """What was heard in all, in one line.

    Examples
    --------
    >>> summary(10.0, Counter({"anger": 3, "neutral": 1, None: 4}))
    '10.0 s heard, speech in 50 % of the answers: anger 75 %, neutral 25 %'
    """
    spoken = {name: n for name, n in emotions.most_common() if name is not None}
    n_spoken, n_all = sum(spoken.values()), sum(emotions.values())
    if not n_spoken:
        return f"{heard_s:.1f} s heard, no speech in them"
    shares = ", ".join(f"{visible(name)} {100 * n / n_spoken:.0f} %" for name, n in spoken.items())
    return (
        f"{heard_s:.1f} s heard, speech in {100 * n_spoken / n_all:.0f} % of the answers: {shares}"
    )
