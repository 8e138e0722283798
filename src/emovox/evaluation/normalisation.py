"""Scaling of features outside a method: options that use more than the training part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..corpora.utterance import Utterance
from ..errors import ProtocolError, unknown_name
from .fold import identities

NORMALISATIONS: dict[str, str] = {
    "training": "",
    "speaker": "features are z-scored over each speaker's own unlabelled recordings, those of "
    "the test speakers included: it needs many recordings of one person",
    "corpus": "features are z-scored over each corpus's own unlabelled recordings, those of the "
    "test corpus included",
    "before-folds": "a leak on purpose: the scaler was fitted on training and test together",
}
"""Name -> what a reader must be told; ``"training"`` leaves scaling to the method."""


def normalised(
    vectors: npt.NDArray[Any], utterances: Sequence[Utterance], *, how: str
) -> npt.NDArray[Any]:
    """Features scaled over all utterances, each speaker's, or each corpus's.

    Parameters
    ----------
    vectors : float array, shape (utterances, dim)
        Or an object array, shape (utterances,), of sequences of frames, float32 (time, dim); the
        statistics are then those of the frames.
    utterances : sequence of Utterance
    how : one of `NORMALISATIONS`

    Returns
    -------
    float64 array, shape (utterances, dim); a constant feature becomes 0
        Of sequences an object array of float32 arrays; under ``"training"`` the one given.

    Raises
    ------
    UsageError
        ``name-unknown``.
    ProtocolError
        ``protocol-impossible`` under ``"speaker"`` for an utterance without a speaker.
    """
    if how not in NORMALISATIONS:
        raise unknown_name("normalisation", how, list(NORMALISATIONS))
    sequences = vectors.dtype == object
    if how == "training":
        return vectors if sequences else np.array(vectors, dtype=np.float64)
    names: list[str | None]
    if how == "before-folds":
        names = ["all"] * len(utterances)
    elif how == "corpus":
        names = [utterance.corpus for utterance in utterances]
    else:
        names = identities(utterances, "speaker")
    nameless = [one.id for one, name in zip(utterances, names, strict=True) if name is None]
    if nameless:
        raise ProtocolError(
            "protocol-impossible",
            f"normalisation 'speaker' needs every speaker and {len(nameless)} utterances have "
            f"none (such as {nameless[0]}); choose 'training'",
        )
    place = np.asarray([str(name) for name in names])
    scaled = vectors.copy() if sequences else np.array(vectors, dtype=np.float64)
    for name in np.unique(place):
        rows = np.flatnonzero(place == name)
        if sequences:
            mean, deviation = _of_frames([vectors[row] for row in rows])
            for row in rows:
                scaled[row] = ((vectors[row] - mean) / deviation).astype(np.float32)
        else:
            mean, deviation = scaled[rows].mean(axis=0), scaled[rows].std(axis=0)
            scaled[rows] = (scaled[rows] - mean) / np.where(deviation > 0, deviation, 1.0)
    return scaled


def _of_frames(
    sequences: Sequence[npt.NDArray[np.float32]],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Mean, and deviation (1 where there is none), of all frames, sequence by sequence."""
    n_frames = sum(map(len, sequences))
    total = sum(frames.sum(axis=0, dtype=np.float64) for frames in sequences)
    mean: npt.NDArray[np.float64] = total / max(n_frames, 1)
    squares = sum(np.square(frames - mean).sum(axis=0) for frames in sequences)
    deviation: npt.NDArray[np.float64] = np.sqrt(squares / max(n_frames, 1))
    return mean, np.where(deviation > 0, deviation, 1.0)
