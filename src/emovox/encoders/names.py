"""How an encoder and its layers are written: ``whisper-base@2``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import UsageError

SHORT: Mapping[str, str] = {
    **{f"whisper-{size}": f"openai/whisper-{size}" for size in (
        "tiny", "base", "small", "medium", "large-v2", "large-v3", "large-v3-turbo",
    )},
    "wav2vec2-base": "facebook/wav2vec2-base",
    "wav2vec2-large-lv60": "facebook/wav2vec2-large-lv60",
    "wav2vec2-large-robust": "facebook/wav2vec2-large-robust",
    "hubert-base": "facebook/hubert-base-ls960",
    "hubert-large": "facebook/hubert-large-ll60k",
    "wavlm-base": "microsoft/wavlm-base",
    "wavlm-base-plus": "microsoft/wavlm-base-plus",
    "wavlm-large": "microsoft/wavlm-large",
    "data2vec-audio-base": "facebook/data2vec-audio-base",
    "data2vec-audio-large": "facebook/data2vec-audio-large",
}  # fmt: skip
"""Short name -> name on the hub."""

_WRITTEN = re.compile(r"(?P<encoder>.+)@(?P<layers>all|\d+(-\d+)?)(?P<padded>:padded)?")


@dataclass(frozen=True)
class Layers:
    """An encoder, and which of its hidden states are taken.

    Parameters
    ----------
    encoder : str
        Short name, name on the hub, or folder.
    first, last : int, optional
        Hidden states, both included: 0 is what goes into the first block, k what comes out of
        block k; the last one is after the final normalisation where the encoder has one. None:
        all.
    padded : bool
        Whisper hears the clip padded to 30 s, as it was trained.
    """

    encoder: str
    first: int | None = None
    last: int | None = None
    padded: bool = False

    def chosen(self, n_layers: int) -> tuple[int, ...]:
        """Hidden states of an encoder of `n_layers` blocks.

        Raises
        ------
        UsageError
            If it has fewer.
        """
        first, last = self.first or 0, n_layers if self.last is None else self.last
        if last > n_layers:
            raise UsageError(
                "name-unknown",
                f"{self.encoder} has {n_layers} blocks, there is no hidden state {last}; "
                f"known: 0 to {n_layers}",
            )
        return tuple(range(first, last + 1))


def parse(name: str) -> Layers:
    """Read ``ENCODER@LAYERS``: one layer (``@2``), several (``@1-3``) or ``@all``.

    Parameters
    ----------
    name : str
        ``:padded`` at the end lets Whisper hear clips padded to 30 s.

    Returns
    -------
    Layers

    Raises
    ------
    UsageError

    Examples
    --------
    >>> parse("whisper-base@1-3")
    Layers(encoder='whisper-base', first=1, last=3, padded=False)
    """
    found = _WRITTEN.fullmatch(name)
    if found is None:
        raise UsageError(
            "name-unknown",
            f"there is no feature {name!r}; an encoder's are written ENCODER@LAYERS, such as "
            "whisper-base@2, whisper-base@1-3 or whisper-base@all",
        )
    padded = found["padded"] is not None
    if found["layers"] == "all":
        return Layers(found["encoder"], padded=padded)
    first, _, last = found["layers"].partition("-")
    if last and int(last) < int(first):
        raise UsageError("usage", f"{name!r} counts layers backwards; write {last}-{first}")
    return Layers(found["encoder"], int(first), int(last or first), padded)
