"""Changed copies of recordings for training, by name: what `--augment speakers:6` asks for."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError, unknown_name
from ...randomness import generator
from .bands import BandLimit, Equalisation
from .chain import Chain
from .noise import Noise
from .reverberation import Reverberation
from .speed import Speed, Tempo

VERSION = "1"
"""Changes when a chain does, so that stored features are not mistaken for new ones."""

CHAINS: Mapping[str, Chain] = {
    # Played faster or slower a voice has another pitch and another vocal tract: a speaker that
    # the corpus does not have. Half of them keep about their tempo, half sound through another
    # microphone.
    "speakers": Chain(
        [Speed((0.85, 1.18)), Tempo((0.85, 1.18)), Equalisation()],
        [1.0, 0.5, 0.5],
    ),
    # Another microphone, line and room, of the same length: what a network must learn to ignore.
    "channels": Chain(
        [
            Reverberation(rt60_s=(0.15, 0.7), direct_db=(0.0, 12.0)),
            Equalisation((-10.0, 10.0)),
            BandLimit(high_hz=(3000.0, 7500.0), low_hz=(0.0, 300.0)),
            Noise(snr_db=(8.0, 30.0), of="pink"),
            Noise(snr_db=(8.0, 30.0), of="white"),
        ],
        [0.3, 0.8, 0.5, 0.3, 0.3],
    ),
}
"""Name -> what a copy goes through."""

MAX_COPIES = 100


@dataclass(frozen=True)
class Copy:
    """One changed copy of every recording.

    Parameters
    ----------
    chain : str
        Name in `CHAINS`.
    number : int
        From 1; copies of other numbers are changed otherwise.

    Examples
    --------
    >>> tone = np.sin(np.arange(16000) * 0.1).astype("float32")
    >>> once = Copy("speakers", 1).of(tone, sample_rate=16000)
    >>> again, other = (Copy("speakers", n).of(tone, sample_rate=16000) for n in (1, 2))
    >>> np.array_equal(once, again), np.array_equal(once, other)
    (True, False)
    """

    chain: str
    number: int

    def of(self, samples: npt.NDArray[np.float32], *, sample_rate: int) -> npt.NDArray[np.float32]:
        """The copy of a recording; the dice depend on its samples and on the copy's number."""
        row = zlib.crc32(np.ascontiguousarray(samples).tobytes())
        dice = generator(0, self.number, row, use=self.chain)
        return CHAINS[self.chain].draw(dice)(samples, sample_rate=sample_rate)

    def settings(self) -> dict[str, Any]:
        """Everything that the copy depends on, for cache keys."""
        return {"chain": self.chain, "number": self.number, "version": VERSION}


def copies(text: str | None) -> tuple[Copy, ...]:
    """Copies of a setting such as ``speakers:6``; none where it is None.

    Raises
    ------
    UsageError
        ``name-unknown`` for a chain that there is not, ``usage`` for another number.

    Examples
    --------
    >>> [copy.number for copy in copies("speakers:2")], copies(None)
    ([1, 2], ())
    """
    if text is None:
        return ()
    name, _, number = text.partition(":")
    if name not in CHAINS:
        raise unknown_name("augmentation", name, sorted(CHAINS))
    if not number.isascii() or not number.isdigit() or not 1 <= int(number) <= MAX_COPIES:
        raise UsageError(
            "usage",
            f"the augmentation {text!r} does not say how many copies; write it as {name}:6, with "
            f"1 to {MAX_COPIES}",
        )
    return tuple(Copy(name, one) for one in range(1, int(number) + 1))
