"""What the workers do: the models that they hold, and a function for each kind of work."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import EmovoxError, InputError, ModelError
from ..inference import Recogniser, Result
from ..models import read
from ..models.settings import SETTINGS_FILE
from .installed import default_of, models_of
from .settings import Settings

WORK: dict[str, str] = {
    "predict": "emovox.server.work:predict",
    "models": "emovox.server.work:listed_models",
    "emotions": "emovox.server.work:listed_emotions",
    "listening": "emovox.server.window_work:listening",
    "window": "emovox.server.window_work:window",
    "recognise": "emovox.server.page.recognise_work:recognise",
    "utterance": "emovox.server.page.corpora_work:utterance",
    "playable": "emovox.server.page.corpora_work:playable",
    "describe-models": "emovox.server.page.models_work:describe_models",
}
"""Kind of work -> what does it, in a worker."""

TOGETHER: dict[str, str] = {"predict": "emovox.server.work:predict_together"}
"""Kind of work that may come in batches -> what does a batch."""

KEPT_MODELS = 3
MAX_BATCH = 8
MIN_SAVED = 0.05
"""Recordings share a run of the network where that saves this part of a recording's time."""


@dataclass
class Workshop:
    """What a worker holds from one piece of work to the next.

    Parameters
    ----------
    settings : Settings
        What matters here: the model that answers when none is named, the folder of those that
        the page has trained, and the longest recording.
    stop : callable
        Whether nobody wants the answer to the work in hand any more.
    """

    settings: Settings
    stop: Callable[[], bool] = lambda: False

    def __post_init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Recogniser] = OrderedDict()

    @property
    def loaded(self) -> frozenset[tuple[str, int]]:
        """Which models are held: their folders, and when they were written."""
        return frozenset(self._kept)

    def recogniser(self, model: str | None = None) -> Recogniser:
        """Model that a request names, loaded; a few are kept.

        Parameters
        ----------
        model : str, optional
            A name of `models_of`, never a path; None for the server's own.

        Raises
        ------
        ModelError
            ``model-missing``, listing those that are known.
        """
        folder = self.folder(model)
        try:
            key = (str(folder), (folder / SETTINGS_FILE).stat().st_mtime_ns)
        except OSError as error:
            raise ModelError("model-missing", f"the model {model!r} is gone") from error
        if key not in self._kept:
            self._kept[key] = Recogniser(
                read(folder),
                max_duration_s=self.settings.limits.duration_s,
                stop=lambda: self.stop(),
            )
            while len(self._kept) > KEPT_MODELS:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]

    def folder(self, model: str | None) -> Path:
        """Folder of a model by name; None for the server's own.

        Raises
        ------
        ModelError
            ``model-missing``.
        """
        known = models_of(self.settings)
        model = default_of(self.settings) if model is None else model
        if model not in known:
            raise ModelError(
                "model-missing", f"there is no model {model!r}; known: {', '.join(known)}"
            )
        return known[model]

    def batch(self, model: str | None = None) -> int:
        """How many recordings may share a run of the network: 1 where it saves too little."""
        return batch_that_pays(self.recogniser(model))


def batch_that_pays(recogniser: Recogniser, *, n: int = MAX_BATCH) -> int:
    """Measure what one run of `n` rows saves against `n` runs, beside the time of the features.

    Parameters
    ----------
    recogniser : Recogniser
    n : int, rows

    Returns
    -------
    int
        `n` where it saves at least `MIN_SAVED` of a recording's whole time, else 1.
    """
    feature_s, single_s, joint_s = batch_times(recogniser, n=n)
    saved = single_s - joint_s / n
    return n if saved >= MIN_SAVED * (feature_s + single_s) else 1


def batch_times(recogniser: Recogniser, *, n: int = MAX_BATCH) -> tuple[float, float, float]:
    """Seconds that 3 s of sound take to become a vector, one row to be scored, and `n` rows."""
    sound = np.random.default_rng(0).normal(scale=0.1, size=3 * 16_000).astype(np.float32)
    recogniser.front_end.vector(sound)  # the first time, tables are made
    began = time.perf_counter()
    vector = recogniser.front_end.vector(sound)
    feature_s = time.perf_counter() - began
    rows = np.repeat(vector[np.newaxis], n, axis=0)
    recogniser.model.scores(rows[:1])
    return feature_s, _best(recogniser, rows[:1]), _best(recogniser, rows)


def predict(
    workshop: Workshop,
    blob: bytes,
    *,
    path: str,
    name: str,
    model: str | None = None,
    segments: bool = False,
) -> dict[str, Any]:
    """Recognise an upload.

    Parameters
    ----------
    path, name : str
        Where it lies, and what the client called it.
    model : str, optional
    segments : bool
        One object a stretch of speech.

    Returns
    -------
    dict with "lines": list of objects as `emovox predict --json` prints them
        Where the recording cannot be used, the last says why.

    Raises
    ------
    ModelError
    """
    lines: list[dict[str, Any]] = []
    recogniser = workshop.recogniser(model)
    for result in recogniser.predict_many([path], by_segment=segments):
        lines.append(_line(workshop, result, name))
    return {"lines": lines}


def predict_together(workshop: Workshop, requests: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Recognise uploads that are all for the same model, with one run of its network."""
    recogniser = workshop.recogniser(requests[0].get("model"))
    results = recogniser.predict_together([each["path"] for each in requests])
    return [
        {"lines": [_line(workshop, result, each["name"])]}
        for result, each in zip(results, requests, strict=True)
    ]


def listed_models(workshop: Workshop, blob: bytes) -> dict[str, Any]:
    """Every model that a request may name, with what it says about itself."""
    listed = []
    for name in models_of(workshop.settings):
        try:
            model = workshop.recogniser(name).model
        except EmovoxError as error:
            listed.append({"name": name, "ok": False, "error": {"code": error.code}})
            continue
        listed.append(
            {
                "name": name,
                "ok": True,
                "task": model.task,
                "labels": list(model.labels),
                "features": model.front_end["feature"],
                "sha256": model.sha256,
            }
        )
    return {"default": default_of(workshop.settings), "models": listed}


def listed_emotions(workshop: Workshop, blob: bytes, *, model: str | None = None) -> dict[str, Any]:
    """Emotions, or dimensions, that a model tells apart."""
    found = workshop.recogniser(model).model
    return {"model": found.name, "task": found.task, "labels": list(found.labels)}


def of_the_server(error: EmovoxError, max_duration_s: float) -> EmovoxError:
    """Error of an upload without the flags of the command line, which its client has not."""
    if error.code == "too-long":
        sentence = f"lasts more than {max_duration_s:g} s, the limit of this server; send parts"
        return InputError("too-long", sentence)
    return error


def _line(workshop: Workshop, result: Result, name: str) -> dict[str, Any]:
    error = result.error
    if error is not None:
        error = of_the_server(error, workshop.settings.limits.duration_s)
    return replace(result, path=name, error=error).as_json()


def _best(recogniser: Recogniser, rows: np.ndarray[Any, Any]) -> float:
    """Seconds of the quickest of a few runs."""
    times = []
    for _ in range(5):
        began = time.perf_counter()
        recogniser.model.scores(rows)
        times.append(time.perf_counter() - began)
        if sum(times) > 0.2:
            break
    return min(times)
