"""From a recording to what a method takes of it: decode, level, trim, feature."""

from __future__ import annotations

import importlib.util
import os
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy as np
import numpy.typing as npt

from ..audio import InputWarning, Recording, read
from ..audio.activity import speech_segments, trim
from ..audio.augment import Copy
from ..audio.decode import Samples
from ..audio.level import active_level_db, normalise
from ..errors import InputError, UsageError, need, unknown_name
from .cache import Cache
from .sets import feature

if TYPE_CHECKING:
    from ..corpora.utterance import Utterance

Form: TypeAlias = Literal["functionals", "frames"]
"""What is taken of a feature: one vector a recording, or its frames over time."""

QUIET_DB = -50.0
"""An active level below this (dBFS) is worth a warning: little of the range was used."""


@dataclass(frozen=True)
class FrontEnd:
    """How a recording becomes a vector or a sequence; the same in training and in use.

    Parameters
    ----------
    feature : str
        A registered feature, or several joined by ``+``.
    level_db : float, optional
        Level in dBFS to which the active part of each recording is brought; None keeps it.
    trim : bool
        Cut leading and trailing silence.
    form : {"functionals", "frames"}
        One vector a recording, or one vector a frame.

    Raises
    ------
    UsageError
        ``name-unknown`` for another form.

    Examples
    --------
    >>> FrontEnd("chroma+mel+mfcc", form="frames").vector(np.ones(16000, "float32")).shape
    (32, 180)
    """

    feature: str
    level_db: float | None = None
    trim: bool = False
    form: Form = "functionals"

    def __post_init__(self) -> None:
        """Refuse a form that there is not."""
        if self.form not in get_args(Form):
            raise unknown_name("form", self.form, get_args(Form))

    @property
    def names(self) -> tuple[str, ...]:
        """One name for each dimension of a vector or of a frame, as `form` says."""
        chosen = feature(self.feature)
        return chosen.names if self.form == "functionals" else chosen.frame_names

    def settings(self) -> dict[str, Any]:
        """Everything that the vector depends on, for cache keys, records and model folders.

        The form is named only where it is ``"frames"``.
        """
        chosen = feature(self.feature)
        settings = {**asdict(self), "sample_rate": chosen.sample_rate, "version": chosen.version}
        if self.form == "functionals":
            # Keys of caches and records from before there was a choice stay what they are.
            del settings["form"]
        return settings

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any]) -> FrontEnd:
        """Front end of stored settings.

        Raises
        ------
        UsageError
            If the feature or the form is unknown here, or the feature has another version than
            the stored one.
        """
        front_end = cls(
            feature=str(settings["feature"]),
            level_db=settings.get("level_db"),
            trim=bool(settings.get("trim", False)),
            form=cast(Form, str(settings.get("form", "functionals"))),
        )
        here = front_end.settings()
        for key in ("sample_rate", "version"):
            if settings.get(key, here[key]) != here[key]:
                raise UsageError(
                    "name-unknown",
                    f"feature {front_end.feature!r} has {key} {settings[key]} in the stored "
                    f"settings and {here[key]} here; use the release of emovox that stored them",
                )
        return front_end

    def prepare(self, samples: Samples, *, sample_rate: int) -> Samples:
        """Trim and level samples as this front end does."""
        if self.trim:
            samples = trim(samples, sample_rate=sample_rate)
        if self.level_db is not None:
            samples = normalise(samples, sample_rate=sample_rate, to_db=self.level_db)
        return samples

    def vector(self, samples: Samples) -> npt.NDArray[np.float32]:
        """Feature vector of samples at the feature's own rate, or its frames.

        Parameters
        ----------
        samples : float32 array, shape (samples,)

        Returns
        -------
        float32 array, shape (dim,), or (time, dim) where the form is ``"frames"``

        Raises
        ------
        UsageError
            If the feature has frames only and functionals are asked for.
        """
        chosen = feature(self.feature)
        prepared = self.prepare(samples, sample_rate=chosen.sample_rate)
        if self.form == "frames":
            return chosen.frames(prepared)
        return chosen.functionals(prepared)

    def read(
        self,
        source: str | os.PathLike[str] | BinaryIO,
        *,
        start: float | None = None,
        end: float | None = None,
    ) -> Recording:
        """Decode a recording at the feature's rate."""
        return read(source, sample_rate=feature(self.feature).sample_rate, start=start, end=end)

    def extract(
        self,
        source: str | os.PathLike[str] | BinaryIO,
        *,
        start: float | None = None,
        end: float | None = None,
        copy: Copy | None = None,
    ) -> tuple[npt.NDArray[np.float32], tuple[InputWarning, ...]]:
        """What `vector` gives for a recording, or a changed copy of it, and its warnings.

        Raises
        ------
        InputError
            If it cannot be used.
        """
        recording = self.read(source, start=start, end=end)
        found = signal_warnings(recording.samples, sample_rate=recording.sample_rate)
        samples = recording.samples
        if copy is not None:
            samples = copy.of(samples, sample_rate=recording.sample_rate)
        return self.vector(samples), recording.warnings + found


def signal_warnings(samples: Samples, *, sample_rate: int) -> tuple[InputWarning, ...]:
    """What the samples themselves give cause to say: ``no-speech`` or ``quiet``."""
    if not speech_segments(samples, sample_rate=sample_rate):
        return (InputWarning("no-speech"),)
    level = active_level_db(samples, sample_rate=sample_rate)
    return (InputWarning("quiet", {"dbfs": round(level, 1)}),) if level < QUIET_DB else ()


class Extraction(NamedTuple):
    """Vectors, or sequences of frames, of many utterances.

    Parameters
    ----------
    vectors : float32 array, shape (utterances, dim); rows of failures are NaN
        Under the form ``"frames"`` an object array, shape (utterances,), of float32 arrays
        (time, dim), each of its own length; None in the place of failures.
    failures : list of (index, InputError)
    seconds_per_file : float
        Mean time that one recording took when it was computed, whether now or, for what came
        from the cache, then.
    """

    vectors: npt.NDArray[Any]
    failures: list[tuple[int, InputError]]
    seconds_per_file: float


def extract_many(
    front_end: FrontEnd,
    utterances: Sequence[Utterance],
    *,
    cache: Cache | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    copy: Copy | None = None,
) -> Extraction:
    """Extract the vectors of many utterances, in order.

    Parameters
    ----------
    front_end : FrontEnd
    utterances : sequence of Utterance
    cache : Cache, optional
        Where finished vectors are kept; None computes each anew.
    jobs : int
        Processes, where joblib (`bench` extra) is installed, else one. The result is the same.
    progress : callable, optional
        Called with (done, total).
    copy : Copy, optional
        Extract those of changed copies, which training may have beside the recordings.

    Returns
    -------
    Extraction

    Warns
    -----
    CacheWarning
        ``cache-off`` where nothing can be kept, ``cache-repaired`` for entries that were damaged.
    """
    total = len(utterances)
    if jobs > 1 and importlib.util.find_spec("joblib"):
        joblib = need("joblib", extra="bench", for_what="extraction in several processes")
        parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
        results = parallel(
            joblib.delayed(_one)(front_end, item, cache, copy) for item in utterances
        )
    else:
        results = (_one(front_end, item, cache, copy) for item in utterances)
    vectors: npt.NDArray[Any]
    if front_end.form == "frames":
        vectors = np.full(total, None, dtype=object)
    else:
        vectors = np.full((total, len(front_end.names)), np.nan, dtype=np.float32)
    failures: list[tuple[int, InputError]] = []
    seconds, repaired, off = 0.0, 0, None
    for index, one in enumerate(results):
        if one.error is not None:
            failures.append((index, one.error))
        else:
            vectors[index] = one.vector
            seconds += one.seconds
        repaired, off = repaired + one.repaired, off or one.off
        if progress is not None:
            progress(index + 1, total)
    if off is not None:
        warnings.warn(f"cache-off: {off}", CacheWarning, stacklevel=2)
    if repaired:
        warnings.warn(
            f"cache-repaired: {repaired} damaged entries were computed again",
            CacheWarning,
            stacklevel=2,
        )
    done = total - len(failures)
    return Extraction(vectors, failures, seconds / done if done else 0.0)


class CacheWarning(UserWarning):
    """The cache cannot be used, or held damaged entries; no result is affected."""


class _One(NamedTuple):
    """What became of one utterance, and of the cache meanwhile."""

    vector: npt.NDArray[np.float32] | None
    error: InputError | None
    seconds: float
    repaired: int
    off: str | None


def _one(front_end: FrontEnd, utterance: Utterance, cache: Cache | None, copy: Copy | None) -> _One:
    """Vector, error, seconds of one utterance, from the cache where it has it."""
    if cache is None:
        return _One(*_computed(front_end, utterance, copy), 0, None)
    repaired = cache.repaired
    try:
        settings = front_end.settings()
        if copy is not None:
            settings["copy"] = copy.settings()
        key = cache.key(utterance.path, settings, start=utterance.start, end=utterance.end)
    except InputError as error:
        return _One(None, error, 0.0, 0, cache.off)
    kept = cache.get(key)
    if kept is not None:
        return _One(kept.vector, None, kept.seconds, 0, cache.off)
    vector, failure, seconds = _computed(front_end, utterance, copy)
    if vector is not None:
        cache.put(key, vector, seconds=seconds)
    return _One(vector, failure, seconds, cache.repaired - repaired, cache.off)


def _computed(
    front_end: FrontEnd, utterance: Utterance, copy: Copy | None
) -> tuple[npt.NDArray[np.float32] | None, InputError | None, float]:
    """Vector or error, and the seconds that it took."""
    began = time.perf_counter()
    try:
        vector, _ = front_end.extract(
            utterance.path, start=utterance.start, end=utterance.end, copy=copy
        )
    except InputError as error:
        return None, error, 0.0
    return vector, None, time.perf_counter() - began
