"""What a stream of sound is asked about: windows of the last seconds, a few times a second.

Nothing here is decoded or recognised, so that a process that only passes windows on imports
neither the decoders nor the runtime.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import UsageError

WINDOW_S = 3.0
"""Length of a window; docs/streaming.md shows what shorter and longer ones are worth."""
HOP_S = 0.25
"""A window ends, and is due, each time that this much more sound has come."""
RATES = (4_000, 384_000)
"""Sample rates that are taken, Hz: those of `emovox.audio`."""
WIDTH = 2
"""Bytes of a sample."""


@dataclass(frozen=True)
class Window:
    """The last seconds of a stream, as they were at one of its hops.

    Parameters
    ----------
    start, end : float, seconds of the stream
    pcm : bytes
        16-bit little-endian mono samples.
    """

    start: float
    end: float
    pcm: bytes


class RollingWindow:
    """Holds the last seconds of a stream, however long it lasts.

    Parameters
    ----------
    sample_rate : int, Hz
    window_s, hop_s : float
        Longest window, and how much new sound makes the next one due.

    Raises
    ------
    UsageError
        For a rate or times that cannot be.

    Examples
    --------
    >>> rolling = RollingWindow(8_000, window_s=1.0)
    >>> rolling.feed(bytes(2 * 12_200))
    True
    >>> window = rolling.newest()
    >>> window.start, window.end, len(window.pcm)
    (0.5, 1.5, 16000)
    """

    def __init__(
        self, sample_rate: int, *, window_s: float = WINDOW_S, hop_s: float = HOP_S
    ) -> None:
        if not RATES[0] <= sample_rate <= RATES[1]:
            raise UsageError(
                "rate-out-of-range",
                f"sound of {sample_rate} Hz; {RATES[0]} to {RATES[1]} are accepted",
            )
        if not 0.1 <= hop_s <= window_s <= 60.0:
            raise UsageError(
                "usage",
                f"windows of {window_s:g} s every {hop_s:g} s; 0.1 s <= hop <= window <= 60 s",
            )
        self.sample_rate = sample_rate
        self.window_s = window_s
        self.hop_s = hop_s
        self._held = bytearray()
        self._n_received = 0

    @property
    def duration_s(self) -> float:
        """Sound that has come so far."""
        return self._n_received / self.sample_rate

    def feed(self, pcm: bytes | bytearray | memoryview) -> bool:
        """Take sound in; return whether a window has become due that was not before.

        Parameters
        ----------
        pcm : bytes
            16-bit little-endian mono samples, any number of them.

        Raises
        ------
        UsageError
            If half a sample is left over; nothing is taken then.
        """
        if len(pcm) % WIDTH:
            raise UsageError("usage", f"{len(pcm)} bytes of sound; a 16-bit sample has 2 bytes")
        hops = self._n_hops()
        self._n_received += len(pcm) // WIDTH
        self._held += pcm[-self._capacity() :]
        del self._held[: -self._capacity()]
        return self._n_hops() > hops

    def newest(self) -> Window:
        """Return the newest window that is due; the one before it is gone.

        Raises
        ------
        UsageError
            If none has become due yet.
        """
        hops = self._n_hops()
        if hops == 0:
            raise UsageError("usage", f"no window is due before {self.hop_s:g} s of sound")
        end = self._sample_of(hops)
        start = max(end - round(self.window_s * self.sample_rate), 0)
        first = self._n_received - len(self._held) // WIDTH
        pcm = bytes(self._held[WIDTH * (start - first) : WIDTH * (end - first)])
        return Window(start / self.sample_rate, hops * self.hop_s, pcm)

    def windows(self, pcm: bytes | bytearray | memoryview) -> Iterator[Window]:
        """Take sound in, giving each window as it becomes due, none left out.

        Parameters
        ----------
        pcm : bytes
            As for `feed`.

        Yields
        ------
        Window
        """
        if len(pcm) % WIDTH:
            self.feed(pcm)  # says what is wrong
        with memoryview(pcm) as rest:
            place = 0
            while place < len(rest):
                due = self._sample_of(self._n_hops() + 1) - self._n_received
                if self.feed(rest[place : place + WIDTH * due]):
                    yield self.newest()
                place += WIDTH * due

    def _capacity(self) -> int:
        """Bytes of a window and of what comes before the next is due."""
        return WIDTH * (round((self.window_s + self.hop_s) * self.sample_rate) + 1)

    def _n_hops(self) -> int:
        """How many windows have become due."""
        hops = int(self._n_received / (self.hop_s * self.sample_rate)) + 1
        return hops if self._sample_of(hops) <= self._n_received else hops - 1

    def _sample_of(self, hops: int) -> int:
        return round(hops * self.hop_s * self.sample_rate)
