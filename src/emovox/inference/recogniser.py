"""A loaded model that recognises the emotions of recordings."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from ..audio import InputWarning, OpenRecording, Recording
from ..audio.activity import speech_segments
from ..audio.decode import MAX_DURATION_S, SHORT_S, Samples, condition
from ..audio.samples import from_samples
from ..audio.segments import joined, segments
from ..errors import InputError
from ..features import feature
from ..features.front_end import FrontEnd, signal_warnings
from ..models import Model, find, read
from .result import Result

WHOLE_S = 300.0
"""Recordings up to this long are recognised as a whole, longer ones by their segments."""
SPOKEN_WITHIN_S = 1.0
"""A window of a stream has no emotion where nobody has spoken for longer."""
STRETCH_GAP_S = 0.5
"""Longer pauses divide stretches of speech; benchmarks/stream_windows.py shows why."""


class Recogniser:
    """A model together with its front end.

    Parameters
    ----------
    model : Model
        As `emovox.models.read` returns it.
    max_duration_s : float
        Longer recordings are an error.
    stop : callable, optional
        Asked again and again while a recording is decoded; once it says True,
        `emovox.audio.decode.Stopped` is raised.

    Attributes
    ----------
    labels : tuple of str
        Emotions, or the dimensions of a regression model.
    """

    def __init__(
        self,
        model: Model,
        *,
        max_duration_s: float = MAX_DURATION_S,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self.model = model
        self.max_duration_s = max_duration_s
        self.stop = stop
        self.front_end = FrontEnd.from_settings(model.front_end)
        chosen = feature(self.front_end.feature)
        self.model.check_names(self.front_end.names)
        self.labels: tuple[str, ...] = tuple(model.labels)
        self._sample_rate = chosen.sample_rate

    def predict(self, source: str | os.PathLike[str] | BinaryIO) -> Result:
        """Recognise one recording as a whole.

        Parameters
        ----------
        source : path or seekable binary file

        Returns
        -------
        Result
            Over 5 minutes, the mean of its segments' scores, weighted by their duration; the
            segments are with it.

        Raises
        ------
        InputError
            If the recording cannot be used.
        """
        heard = self._heard(source)
        return heard if isinstance(heard, Result) else self._scored([heard])[0]

    def predict_together(
        self, sources: Sequence[str | os.PathLike[str] | BinaryIO]
    ) -> list[Result]:
        """Recognise several recordings as wholes, with one run of the network for all of them.

        Parameters
        ----------
        sources : sequence of path or seekable binary file

        Returns
        -------
        list of Result, in the order given
            One that cannot be used gives a result with its error.
        """
        results: list[Result | None] = []
        waiting: list[_Heard] = []
        for source in sources:
            try:
                heard = self._heard(source)
            except InputError as error:
                heard = Result(path=error.name or "", error=error)
            if isinstance(heard, Result):
                results.append(heard)
            else:
                results.append(None)
                waiting.append(heard)
        scored = iter(self._scored(waiting))
        return [next(scored) if result is None else result for result in results]

    def predict_samples(
        self, samples: npt.NDArray[Any], *, sample_rate: int, name: str = "<samples>"
    ) -> Result:
        """Recognise sound that is already in memory, as a whole.

        Parameters
        ----------
        samples : array, shape (samples,)
            One channel: floats with full scale 1.0, or 16-bit integers.
        sample_rate : int, Hz
        name : str
            What the result is called.

        Returns
        -------
        Result

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        sound = from_samples(samples, sample_rate=sample_rate, to_rate=self._sample_rate, name=name)
        heard = self._whole(name, sound.samples, sound.warnings)
        return heard if isinstance(heard, Result) else self._scored([heard])[0]

    def predict_window(
        self, samples: npt.NDArray[Any], *, sample_rate: int, name: str = "<samples>"
    ) -> Result:
        """Recognise the last seconds of sound that is still coming.

        Parameters
        ----------
        samples, sample_rate, name
            As for `predict_samples`.

        Returns
        -------
        Result
            The mean of those of the stretches of speech, weighted by their duration: a pause
            inside of what is taken for one utterance would sound like a part of it. No emotion
            where the last speech ended more than a second before the samples do; what is left of
            it would be a scrap.

        Raises
        ------
        InputError
            If the samples cannot be used.
        """
        sound = from_samples(samples, sample_rate=sample_rate, to_rate=self._sample_rate, name=name)
        return self._speech(name, sound)

    def predict_segments(self, source: str | os.PathLike[str] | BinaryIO) -> Iterator[Result]:
        """Recognise the stretches of speech of a recording one by one, in order.

        Yields
        ------
        Result
            One a segment; one with no emotion where nobody speaks.

        Raises
        ------
        InputError
            If the recording cannot be used.
        """
        with self._opened(source) as recording:
            found = False
            for result in self._segments(recording, recording.blocks()):
                found = True
                yield result
            if not found:
                yield self._without_speech(recording)

    def predict_many(
        self, paths: Iterable[str | os.PathLike[str]], *, by_segment: bool = False
    ) -> Iterator[Result]:
        """Recognise many recordings; one that cannot be used gives a result with its error.

        Parameters
        ----------
        paths : iterable of path
        by_segment : bool
            One result a segment instead of one a recording.

        Yields
        ------
        Result, in the order given
        """
        for path in paths:
            try:
                if by_segment:
                    yield from self.predict_segments(path)
                else:
                    yield self.predict(path)
            except InputError as error:
                yield Result(path=os.fspath(path), error=error)

    def _opened(self, source: str | os.PathLike[str] | BinaryIO) -> OpenRecording:
        return OpenRecording(
            source,
            sample_rate=self._sample_rate,
            max_duration_s=self.max_duration_s,
            stop=self.stop,
        )

    def _heard(self, source: str | os.PathLike[str] | BinaryIO) -> Result | _Heard:
        """Vector of a recording, or its result where it falls into segments or holds no speech."""
        with self._opened(source) as recording:
            blocks = recording.blocks()
            held: list[Samples] = []
            limit = WHOLE_S * self._sample_rate
            while sum(part.size for part in held) <= limit:
                block = next(blocks, None)
                if block is None:
                    samples = np.concatenate(held)
                    held.clear()  # the vector needs the memory
                    samples = condition(samples, recording.warnings)
                    return self._whole(recording.name, samples, tuple(recording.warnings))
                held.append(block)
            pieces = list(self._segments(recording, itertools.chain(held, blocks)))
            return self._mean(recording, pieces)

    def _whole(
        self, name: str, samples: Samples, warnings: tuple[InputWarning, ...]
    ) -> Result | _Heard:
        """Vector of a recording that fits one; its result where nobody speaks."""
        end = round(samples.size / self._sample_rate, 3)
        found = signal_warnings(samples, sample_rate=self._sample_rate)
        if any(warning.code == "no-speech" for warning in found):
            return self._result(name, 0.0, end, None, warnings + found)
        return _Heard(name, end, warnings + found, self.front_end.vector(samples))

    def _scored(self, heard: Sequence[_Heard]) -> list[Result]:
        """Results of recordings of which each is one vector or sequence of frames."""
        if not heard:
            return []
        rows = self._scores([each.vector for each in heard])
        return [
            self._result(each.name, 0.0, each.end, scores, each.warnings + unlike)
            for each, (scores, unlike) in zip(heard, rows, strict=True)
        ]

    def _speech(self, name: str, sound: Recording) -> Result:
        """Mean of the results of the stretches of speech in `sound`, weighted by their duration."""
        end = round(sound.duration_s, 3)
        warnings = tuple(warning for warning in sound.warnings if warning.code != "short")
        found = signal_warnings(sound.samples, sample_rate=self._sample_rate)
        spans = speech_segments(sound.samples, sample_rate=self._sample_rate)
        if not spans or sound.duration_s - spans[-1][1] > SPOKEN_WITHIN_S:
            return self._result(name, 0.0, end, None, (*warnings, InputWarning("no-speech")))
        parts = [
            sound.samples[int(start * self._sample_rate) : round(stop * self._sample_rate)]
            for start, stop in joined(spans, gap_s=STRETCH_GAP_S)
        ]
        sizes = np.array([part.size for part in parts])
        speech_s = float(sizes.sum()) / self._sample_rate
        if speech_s < SHORT_S:
            found = (InputWarning("short", {"seconds": round(speech_s, 3)}), *found)
        rows = self._scores([self.front_end.vector(part) for part in parts])
        if sizes[[bool(unlike) for _, unlike in rows]].sum() > 0.5 * sizes.sum():
            found = (*found, InputWarning("out-of-domain"))
        mean = sizes @ np.stack([scores for scores, _ in rows]) / sizes.sum()
        return self._result(name, 0.0, end, mean, warnings + found)

    def _segments(self, recording: OpenRecording, blocks: Iterable[Samples]) -> Iterator[Result]:
        """Results of the stretches of speech in `blocks`."""
        cut = segments(blocks, sample_rate=self._sample_rate, warnings=recording.warnings)
        for segment in cut:
            scores, unlike = self._score(segment.samples)
            yield self._result(recording.name, segment.start, segment.end, scores, unlike)

    def _score(self, samples: Samples) -> tuple[npt.NDArray[np.float64], tuple[InputWarning, ...]]:
        """Scores (emotions,) of samples, and whether they are unlike the training data."""
        return self._scores([self.front_end.vector(samples)])[0]

    def _scores(
        self, rows: Sequence[npt.NDArray[np.float32]]
    ) -> list[tuple[npt.NDArray[np.float64], tuple[InputWarning, ...]]]:
        """Scores (emotions,) of what the front end gave, and whether it is unlike the training."""
        unlike = self.model.out_of_domain(rows) > 1
        return [
            (scores, (InputWarning("out-of-domain"),) if far else ())
            for scores, far in zip(self.model.scores(rows), unlike, strict=True)
        ]

    def _without_speech(self, recording: OpenRecording) -> Result:
        """Result of a recording in which no segment was found."""
        warnings = (*recording.warnings, InputWarning("no-speech"))
        return self._result(recording.name, 0.0, round(recording.duration_s, 3), None, warnings)

    def _mean(self, recording: OpenRecording, pieces: list[Result]) -> Result:
        """One result from those of the segments, weighted by their duration."""
        if not pieces:
            return self._without_speech(recording)
        warnings = tuple(recording.warnings)
        weights = np.array([(piece.end or 0.0) - (piece.start or 0.0) for piece in pieces])
        table = np.array([[piece.values[label] for label in self.labels] for piece in pieces])
        unlike = np.array([bool(piece.warnings) for piece in pieces])
        if weights[unlike].sum() > 0.5 * weights.sum():
            warnings = (*warnings, InputWarning("out-of-domain"))
        mean, end = weights @ table / weights.sum(), round(recording.duration_s, 3)
        whole = self._result(recording.name, 0.0, end, mean, warnings)
        return replace(whole, segments=tuple(pieces))

    def _result(
        self,
        name: str,
        start: float | None,
        end: float | None,
        scores: npt.NDArray[np.float64] | None,
        warnings: tuple[InputWarning, ...],
    ) -> Result:
        ranked = None
        if scores is not None:
            order = np.argsort(-scores, kind="stable")
            ranked = {self.labels[index]: float(scores[index]) for index in order}
        is_regression = self.model.task == "regression"
        return Result(
            path=name,
            start=start,
            end=end,
            emotion=next(iter(ranked)) if ranked and not is_regression else None,
            scores=None if is_regression else ranked,
            dimensions=ranked if is_regression else None,
            warnings=warnings,
            model=self.model.name,
            sha256=self.model.sha256,
        )


@dataclass(frozen=True)
class _Heard:
    """A recording that has become one vector, or sequence, and waits for its scores."""

    name: str
    end: float
    warnings: tuple[InputWarning, ...]
    vector: npt.NDArray[np.float32]


def load(model: str | os.PathLike[str] | None = None) -> Recogniser:
    """Load a model by name or folder.

    Parameters
    ----------
    model : str or path, optional
        A model that emovox ships or that lies in EMOVOX_MODELS, or a model folder; None for the
        default.

    Returns
    -------
    Recogniser

    Raises
    ------
    ModelError
    """
    return Recogniser(read(find(model)))


def predict(
    source: str | os.PathLike[str] | BinaryIO, *, model: str | os.PathLike[str] | None = None
) -> Result:
    """Recognise the emotion of one recording with the default model, or another.

    Loads the model anew; for many recordings use ``load(model).predict_many(paths)``.
    """
    return load(model).predict(source)
