"""One fold: fit on the training part, score the test part, write down what came out."""

from __future__ import annotations

import inspect
import os
import platform
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np
import numpy.typing as npt

from .. import registry
from ..corpora.utterance import Utterance
from ..errors import need
from ..methods.copied import with_copies
from .experiment import Experiment
from .fold import Fold, identities
from .leaks import Leak
from .metrics import concordance, confusion_matrix, unweighted_average_recall, weighted_accuracy
from .records import FORMAT, Record

Epochs = Callable[[Mapping[str, Any], int], None]
"""Called after each epoch of a network with what its log says, and how many there are."""

_VERSIONED = ("emovox", "numpy", "scikit-learn")


@dataclass(frozen=True)
class Job:
    """Everything that fitting one fold takes; it travels to a worker whole.

    Parameters
    ----------
    experiment : Experiment
    settings, fold : dict
        Of the record.
    key : str
    parts : Fold
        Indices into `utterances` and rows of `vectors`.
    utterances : sequence of Utterance
    vectors : float64 array, shape (utterances, dim)
    copies : tuple of arrays like `vectors`
        Of changed copies of the utterances, which training has beside them.
    leak : Leak
    left_out : dict
        Recordings that could not be used.
    features_s_per_file : float
    checkpoint : str, optional
        Folder where a search keeps its scores, and a network its trainings.
    """

    experiment: Experiment
    settings: dict[str, Any]
    fold: dict[str, Any]
    key: str
    parts: Fold
    utterances: Sequence[Utterance]
    vectors: npt.NDArray[np.float64]
    leak: Leak
    left_out: dict[str, Any]
    features_s_per_file: float
    checkpoint: str | None = None
    copies: tuple[npt.NDArray[Any], ...] = ()


def run_fold(job: Job, *, epochs: Epochs | None = None) -> Record:
    """Fit a method on the training part of a fold and score its test part.

    The method sees nothing but the training part, unless it is told to look at the test part,
    which the record then says; its seed is the experiment's.

    Parameters
    ----------
    job : Job
    epochs : callable, optional

    Returns
    -------
    dict, the record
    """
    train, test = list(job.parts.train), list(job.parts.test)
    speakers = identities(job.utterances, "speaker")
    groups = [speakers[index] for index in train]
    truth = targets(job.experiment, job.utterances)
    with one_thread():
        method = unfitted(job.experiment, checkpoint=job.checkpoint)
        # A published protocol that chooses on the test part is repeated on purpose, and said so.
        looks = getattr(method, "watch", None) == "test"
        told: dict[str, Any] = {"watched": (job.vectors[test], truth[test])} if looks else {}
        if epochs is not None and "progress" in inspect.signature(method.fit).parameters:
            told["progress"] = epochs
        began = time.perf_counter()
        X, y, grouped = with_copies(
            job.vectors[train],
            truth[train],
            None if None in groups else np.asarray(groups),
            [copy[train] for copy in job.copies],
        )
        method.fit(X, y, groups=grouped, **told)
        fitted = time.perf_counter()
        answers = _answers(method, job.vectors[test], job.settings["emotions"])
        answered = time.perf_counter()
        known = _answers(method, job.vectors[train], job.settings["emotions"])
    described = {
        "utterance": [job.utterances[index].id for index in test],
        "speaker": [job.utterances[index].speaker for index in test],
        "gender": [job.utterances[index].gender for index in test],
    }
    scored = _regression if job.experiment.dimension else _classification
    outcome, train_score = scored(
        truth[test], answers, truth[train], known, emotions=job.settings["emotions"]
    )
    return {
        "format": FORMAT,
        "key": job.key,
        "settings": job.settings,
        "fold": job.fold,
        "leak": {**job.leak.as_json(), **({"epoch": True} if chooses_on_test(method) else {})},
        "left_out": job.left_out,
        "test": {**described, **outcome},
        "chosen": dict(getattr(method, "chosen_", {}) or {}),
        "train_score": train_score,
        "cost": _cost(method),
        "times": {
            "fit_s": round(fitted - began, 6),
            "predict_s": round(answered - fitted, 6),
            "features_s_per_file": round(job.features_s_per_file, 6),
        },
        "versions": versions(),
    }


def unfitted(experiment: Experiment, *, checkpoint: str | None = None) -> Any:
    """Method of an experiment with its settings and seed."""
    settings = experiment.method_settings
    if experiment.task == "regression":
        settings["task"] = "regression"
    method = registry.get("method", experiment.method)(**settings)
    known = method.get_params(deep=False)
    if "random_state" in known and "random_state" not in experiment.parameters:
        method.set_params(random_state=experiment.seed)
    if checkpoint is not None and "checkpoint" in known:
        method.set_params(checkpoint=checkpoint)
    return method


def chooses_on_test(method: Any) -> bool:
    """Whether a method, told to do so, chooses its weights by the scores of the test part."""
    return bool(getattr(method, "chooses_on_test", False))


def targets(experiment: Experiment, utterances: Sequence[Utterance]) -> npt.NDArray[np.generic]:
    """Emotions, or the values of the dimension, of utterances."""
    if experiment.dimension is not None:
        return np.array([one.dimensions[experiment.dimension] for one in utterances])
    return np.array([str(one.emotion) for one in utterances])


def _answers(method: Any, vectors: npt.NDArray[np.float64], emotions: list[str]) -> Any:
    """Probabilities in the order of `emotions`, or the predicted values of a dimension.

    An emotion that the training part did not hold gets the probability 0.
    """
    if not emotions:
        return np.asarray(method.predict(vectors), dtype=float).reshape(len(vectors))
    probabilities = np.zeros((len(vectors), len(emotions)))
    columns = [emotions.index(str(name)) for name in method.classes_]
    probabilities[:, columns] = method.predict_proba(vectors)
    return probabilities


def _classification(
    truth: npt.NDArray[np.generic],
    probabilities: npt.NDArray[np.float64],
    train_truth: npt.NDArray[np.generic],
    train_probabilities: npt.NDArray[np.float64],
    *,
    emotions: list[str],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Test part and training score of a record."""
    places = [emotions.index(str(name)) for name in truth]
    outcome = {
        "emotion": places,
        "probabilities": [[round(float(p), 4) for p in row] for row in probabilities],
        "prediction": probabilities.argmax(axis=1).tolist(),
    }
    confusion = confusion_matrix(
        [emotions.index(str(name)) for name in train_truth],
        train_probabilities.argmax(axis=1),
        n_classes=len(emotions),
    )
    return outcome, {
        "ua": round(float(unweighted_average_recall(confusion)), 6),
        "wa": round(float(weighted_accuracy(confusion)), 6),
    }


def _regression(
    truth: npt.NDArray[np.generic],
    predicted: npt.NDArray[np.float64],
    train_truth: npt.NDArray[np.generic],
    train_predicted: npt.NDArray[np.float64],
    *,
    emotions: list[str],
) -> tuple[dict[str, Any], dict[str, float]]:
    """Test part and training score of a record of a regression."""
    outcome = {
        "truth": [round(float(value), 6) for value in truth],
        "prediction": [round(float(value), 6) for value in predicted],
    }
    ccc = concordance(train_truth, train_predicted)
    return outcome, {} if np.isnan(ccc) else {"ccc": round(ccc, 6)}


def _cost(method: Any) -> dict[str, int]:
    """Parameters, multiply-adds and FLOPs of a fitted method that tells them."""
    if not hasattr(method, "cost"):
        return {}
    cost = method.cost()
    return {"parameters": int(cost.parameters), "macs": int(cost.macs), "flops": int(cost.flops)}


@contextmanager
def one_thread() -> Iterator[None]:
    """Let numerical libraries use one thread, so that times and last digits repeat."""
    limits = need("threadpoolctl", extra="bench", for_what="measuring with one thread")
    with limits.threadpool_limits(limits=1):
        yield


def versions() -> Mapping[str, str]:
    """Versions of what a result depends on."""
    found = {"python": platform.python_version(), "machine": f"{platform.machine()}-{os.name}"}
    for package in _VERSIONED:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
