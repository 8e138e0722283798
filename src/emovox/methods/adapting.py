"""A model learns a user's own labels from a few clips: `emovox train adapt`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..corpora.utterance import Utterance
from ..errors import CorpusError, InputError, ModelError, UsageError, need
from ..features import Cache, FrontEnd, extract_many
from ..models.card import write_card
from ..models.domain import training_statistics
from ..models.last_layer import LastLayer, last_layer
from ..models.lookup import load
from ..models.model import Model, softmax
from ..models.runtime import Runtime
from ..models.sequences import statistics, time_axis, windows
from ..models.settings import NETWORK_FILE
from ..models.writing import write
from .classic.folds import inner_folds
from .classic.scores import fit_temperature
from .teaching import Task, corpora_of, speakers_of

Array = npt.NDArray[np.float64]
PULLS = (1e-4, 1e-3, 1e-2, 1e-1)
"""How strongly the weights are drawn to those of the model: inner folds choose."""
OFFSET_PULL = 0.01
N_FOLDS = 5
MOST = 5000
"""Clips; the memory that fitting takes grows with the square of their number."""
COPIED = ("front_end", "input", "task")
"""What the adapted model takes over from the settings of the other."""


@dataclass(frozen=True)
class Head:
    """Weights of a last layer.

    Parameters
    ----------
    weights : float64 array, shape (labels, dim)
    offset : float64 array, shape (labels,)
    """

    weights: Array
    offset: Array

    def logits(self, X: Array) -> Array:
        """Logits of embeddings, shape (n, labels)."""
        return np.asarray(X @ self.weights.T + self.offset)


def fitted(X: Array, y: npt.NDArray[np.intp], prior: Head, *, pull: float) -> Head:
    """Multinomial logistic regression whose weights are drawn to given ones.

    Parameters
    ----------
    X : float64 array, shape (n, dim)
        Embeddings.
    y : int array, shape (n,)
        Rows of `prior`.
    prior : Head
    pull : float
        Of the squared distance from the weights of `prior`, times the width of the embedding.

    Returns
    -------
    Head

    Notes
    -----
    Minimises the mean cross-entropy of the classes, each counted alike, plus ``pull / 2`` times
    ``dim`` times the squared distance of the weights from those of `prior`. The difference lies in
    the span of the rows, so it is sought there: n numbers a label, however wide the embedding.
    Daumé III, Marcu, "Domain adaptation for statistical classifiers", JAIR 26, 2006, call a model
    with such a prior PRIOR.
    """
    optimize = need("scipy.optimize", extra="bench", for_what="adapting a model")
    n, n_labels, dim = len(X), len(prior.offset), X.shape[1]
    K = X @ X.T / dim
    start = prior.logits(X)
    wanted = np.eye(n_labels)[y]
    share = 1.0 / np.bincount(y, minlength=n_labels)[y]
    share /= share.sum()

    def loss(flat: Array) -> tuple[float, Array]:
        A, offset = flat[: n * n_labels].reshape(n, n_labels), flat[n * n_labels :]
        moved = K @ A
        p = softmax(start + moved + offset, 1.0)
        right = np.maximum(p[np.arange(n), y], 1e-300)
        value = -(share * np.log(right)).sum() + 0.5 * pull * (A * moved).sum()
        slope = share[:, np.newaxis] * (p - wanted)
        gradient = np.concatenate(
            [(K @ slope + pull * moved).ravel(), slope.sum(axis=0) + OFFSET_PULL * offset]
        )
        return float(value + 0.5 * OFFSET_PULL * np.sum(offset**2)), gradient

    found = optimize.minimize(
        loss, np.zeros(n * n_labels + n_labels), jac=True, method="L-BFGS-B",
        options={"maxiter": 300},
    )  # fmt: skip
    A = found.x[: n * n_labels].reshape(n, n_labels)
    return Head(prior.weights + A.T @ X / dim, prior.offset + found.x[n * n_labels :])


@dataclass(frozen=True)
class Adapted:
    """A model after adapting.

    Parameters
    ----------
    base : Model
    layer : LastLayer
        Of the base.
    head : Head
        New.
    labels : list of str
    temperature : float
        Of the softmax, fitted on what inner folds had not seen.
    pull : float or None
        Chosen; None where the base's own weights were the best.
    before, after : float or None
        UA of the user's clips by the base (which knows nothing of them; None where it lacks
        a label), and by the adapted model on inner folds (None where there are none).
    by : str
        What the inner folds keep apart: ``"speaker"`` or nothing (``"stratified"``).
    utterances : list of Utterance
    embeddings : float64 array, shape (n, dim)
    inputs : sequence of float arrays
        What the front end gave.
    failures : list of (Utterance, InputError)
    """

    base: Model
    layer: LastLayer
    head: Head
    labels: list[str]
    temperature: float
    pull: float | None
    before: float | None
    after: float | None
    by: str
    utterances: list[Utterance]
    embeddings: Array
    inputs: Any = field(repr=False)
    failures: list[tuple[Utterance, InputError]] = field(default_factory=list)

    def write(
        self,
        folder: str | os.PathLike[str],
        *,
        name: str | None = None,
        command: str = "",
        force: bool = False,
    ) -> Path:
        """Write the model folder.

        Raises
        ------
        ModelError, OutputError
            As `emovox.models.writing.write`.
        """
        target = Path(os.path.abspath(folder))
        of_base = self.base.settings
        counts = dict.fromkeys(self.labels, 0)
        for item in self.utterances:
            counts[str(item.emotion)] += 1
        settings: dict[str, Any] = {
            "name": name or target.name,
            **{key: of_base[key] for key in COPIED},
            "labels": self.labels,
            "scores": {"kind": "softmax", "temperature": self.temperature},
            "calibration": {"method": "temperature", "temperature": self.temperature},
            "out_of_domain": training_statistics(self._usual()),
            "method": {
                "name": "adapt",
                "title": f"The model {of_base['name']}, adapted",
                "parameters": {"from": of_base["name"], "sha256": self.base.sha256,
                               "pull": self.pull},
            },
            "training": self._training(counts, command),
            "figures": self._figures(),
            "export": {
                "largest_difference": 0.0, "rows_compared": 0, "computed_in": "double",
                "matrices_stored_in": "single",
            },
        }  # fmt: skip
        network = self.layer.with_weights(self.head.weights, self.head.offset)
        settings["export"] |= self._compared(network)
        return write(
            target, network=network, settings=settings, card=write_card(settings), force=force
        )

    def _usual(self) -> Array:
        if not self.base.is_sequence:
            return np.asarray(self.inputs, dtype=np.float64)
        return np.stack([statistics(np.asarray(one, dtype=np.float64)) for one in self.inputs])

    def _training(self, counts: Mapping[str, int], command: str) -> dict[str, Any]:
        """Whose data it holds: the base's, and the user's."""
        before = dict(self.base.settings.get("training") or {})
        own = corpora_of(self.utterances)
        named = {one["name"] for one in own}
        return {
            **({"encoder": before["encoder"]} if "encoder" in before else {}),
            "corpora": [
                *(one for one in before.get("corpora", []) if one["name"] not in named), *own,
            ],
            "n_utterances": len(self.utterances),
            "n_speakers": len({item.speaker for item in self.utterances if item.speaker}),
            "counts": dict(sorted(counts.items())),
            "command": command,
        }  # fmt: skip

    def _figures(self) -> list[dict[str, Any]]:
        if self.after is None:
            return []
        apart = "speakers apart" if self.by == "speaker" else "speakers not kept apart"
        return [
            {
                "corpus": "+".join(dict.fromkeys(item.corpus for item in self.utterances)),
                "protocol": f"{N_FOLDS} inner folds, {apart}",
                "measure": "UA",
                "value": round(self.after, 4),
                "interval": None,
                "n": len(self.utterances),
                "normalisation": "training",
                "note": "the same folds chose how far it moves from the model it began with",
            }
        ]

    def _compared(self, network: bytes) -> dict[str, Any]:
        """How far the written network is from the head that was fitted."""
        rows = np.unique(np.linspace(0, len(self.inputs) - 1, 64).astype(int))
        given = embeddings_of(self.base, network, len(self.labels), [self.inputs[i] for i in rows])
        wanted = self.head.logits(self.embeddings[rows])
        difference = np.abs(
            softmax(given, self.temperature) - softmax(wanted, self.temperature)
        ).max()
        return {"largest_difference": float(f"{difference:.3g}"), "rows_compared": len(rows)}


def embeddings_of(base: Model, network: bytes, width: int, inputs: Sequence[Any]) -> Array:
    """Output of a network for what a model's front end gave, the mean over pieces of long ones.

    Parameters
    ----------
    base : Model
        Whose input the network takes.
    network : bytes
    width : int
        Of its output.
    inputs : sequence of float arrays, each of shape (dim,) or (time, dim)

    Returns
    -------
    float64 array, shape (n, width)
    """
    given = base.settings["input"]
    runtime = Runtime(
        network, dim=base.dim, outputs=width, name=NETWORK_FILE, timeout_s=600.0,
        rows_at_once=given.get("rows_at_once", 1024), time=time_axis(given),
    )  # fmt: skip
    if not base.is_sequence:
        return runtime.run(np.asarray(inputs, dtype=np.float64))
    window = given.get("window")
    found = []
    for one in inputs:
        pieces = [np.asarray(one, dtype=np.float32)]
        if window:
            pieces = windows(
                pieces[0], length=window["frames"], hop=window["hop"], pad=window["pad"]
            )
        found.append(np.mean([runtime.run(piece[np.newaxis])[0] for piece in pieces], axis=0))
    return np.stack(found)


def adapt(
    utterances: Sequence[Utterance],
    model: str | os.PathLike[str] | None = None,
    *,
    task: Task | None = None,
    cache: Cache | None = None,
    jobs: int = 1,
    random_state: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Adapted:
    """Adapt a model to clips and labels of one's own.

    The network stays as it is up to its last linear layer, whose weights are fitted to the clips
    and drawn to those that it had; labels that the model did not have begin at nothing.

    Parameters
    ----------
    utterances : sequence of Utterance
    model : str or path, optional
        As of `emovox.models.load`.
    task : Task, optional
    cache : Cache, optional
        Of features.
    jobs, random_state : int
    progress : callable, optional

    Returns
    -------
    Adapted

    Raises
    ------
    ModelError
        ``model-misfit`` for a model that does not end in a linear layer, or gives no emotions.
    CorpusError
        If the clips have fewer than two emotions, or none can be used.
    UsageError
        For more than `MOST` clips.
    """
    base = load(model)
    if base.task != "classification":
        raise ModelError(
            "model-misfit", "gives numbers and no emotions; adapt one of emotions",
            name=str(base.folder),
        )  # fmt: skip
    task = task or Task()
    chosen, emotions = task.targets(utterances)
    layer = last_layer(
        (base.folder / NETWORK_FILE).read_bytes(), n_labels=len(base.labels), name=str(base.folder)
    )
    front_end = FrontEnd.from_settings(base.front_end)
    base.check_names(front_end.names)
    extracted = extract_many(front_end, chosen, cache=cache, jobs=jobs, progress=progress)
    failed = {index for index, _ in extracted.failures}
    rows = [index for index in range(len(chosen)) if index not in failed]
    labels = sorted({str(emotions[row]) for row in rows})
    if len(labels) < 2:
        first = f"; the first: {extracted.failures[0][1]}" if extracted.failures else ""
        raise CorpusError("corpus-missing", f"clips of fewer than two emotions can be used{first}")
    if len(rows) > MOST:
        raise UsageError(
            "usage",
            f"{len(rows)} clips are given, adapting takes {MOST}; train a model of their own",
        )
    kept = [chosen[row] for row in rows]
    inputs = [extracted.vectors[row] for row in rows]
    X = embeddings_of(base, layer.trunk, layer.dim, inputs)
    y = np.array([labels.index(str(emotions[row])) for row in rows])
    scores = base.scores(inputs if base.is_sequence else np.stack(inputs))
    prior = prior_of(base, layer, labels, X, scores)
    found = chosen_head(X, y, speakers_of(kept), prior, random_state=random_state)
    before = None
    if set(labels) <= set(base.labels):
        before = mean_recall(scores[:, [base.labels.index(label) for label in labels]], y)
    return Adapted(
        base=base,
        layer=layer,
        labels=labels,
        before=before,
        utterances=kept,
        embeddings=X,
        inputs=inputs,
        failures=[(chosen[index], error) for index, error in extracted.failures],
        **found._asdict(),
    )


def prior_of(base: Model, layer: LastLayer, labels: Sequence[str], X: Array, scores: Array) -> Head:
    """Weights of a model for the labels that it has; zero for the others.

    Parameters
    ----------
    base : Model
    layer : LastLayer
        Of it.
    labels : sequence of str
    X : float64 array, shape (n, dim)
        Embeddings of some recordings.
    scores : float64 array, shape (n, labels of the model)
        What the model says of them.
    """
    is_softmax = base.settings["scores"]["kind"] == "softmax"
    weights = layer.weights / (float(base.settings["scores"]["temperature"]) if is_softmax else 1.0)
    # The offset is what its log-probabilities have beside the product, but for what all share.
    beside = np.log(np.maximum(scores, 1e-12)) - X @ weights.T
    offset = np.median(beside - beside.mean(axis=1, keepdims=True), axis=0)
    found = Head(np.zeros((len(labels), X.shape[1])), np.zeros(len(labels)))
    for place, label in enumerate(labels):
        if label in base.labels:
            found.weights[place] = weights[base.labels.index(label)]
            found.offset[place] = offset[base.labels.index(label)]
    return found


class Chosen(NamedTuple):
    """A head, and what inner folds say of it.

    Parameters
    ----------
    head : Head
    temperature : float
    pull : float or None
        None: the weights that it began with.
    after : float or None
        UA of the inner folds; None where there are too few clips for any.
    by : str
        What the folds keep apart, as of `emovox.methods.classic.folds.InnerFolds`.
    """

    head: Head
    temperature: float
    pull: float | None
    after: float | None
    by: str


def chosen_head(
    X: Array,
    y: npt.NDArray[np.intp],
    speakers: npt.NDArray[np.str_] | None,
    prior: Head,
    *,
    random_state: int = 0,
) -> Chosen:
    """Fit a head with the pull that gives the least cross-entropy on inner folds.

    Parameters
    ----------
    X : float64 array, shape (n, dim)
    y : int array, shape (n,)
    speakers : array, shape (n,), optional
        Kept apart by the folds.
    prior : Head
    random_state : int
        Of the folds.
    """
    folds = inner_folds(y, speakers, n_folds=N_FOLDS, random_state=random_state)
    if not folds.splits:
        pull = PULLS[1]
        return Chosen(fitted(X, y, prior, pull=pull), 1.0, pull, None, folds.by)
    found: dict[float | None, Array] = {None: prior.logits(X)}
    for pull in PULLS:
        logits = np.zeros((len(y), len(prior.offset)))
        for train, test in folds.splits:
            logits[test] = fitted(X[train], y[train], prior, pull=pull).logits(X[test])
        found[pull] = logits
    best = min(found, key=lambda one: (_surprise(found[one], y), -(one or np.inf)))
    head = prior if best is None else fitted(X, y, prior, pull=best)
    temperature = fit_temperature(found[best], y)
    return Chosen(head, temperature, best, mean_recall(found[best], y), folds.by)


def _surprise(logits: Array, y: npt.NDArray[np.intp]) -> float:
    """Cross-entropy at the best temperature, the classes counted alike.

    The recalls of a few clips are too coarse to choose by.
    """
    p = softmax(logits, fit_temperature(logits, y))
    share = 1.0 / np.bincount(y)[y]
    each = -np.log(np.maximum(p[np.arange(len(y)), y], 1e-300))
    return float((share * each).sum() / share.sum())


def mean_recall(scores: Array, y: npt.NDArray[np.intp]) -> float:
    """Mean of the classes' recalls."""
    right = scores.argmax(axis=1) == y
    return float(np.mean([right[y == one].mean() for one in np.unique(y)]))
