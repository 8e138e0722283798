"""Choosing settings inside a training part, with the speakers of each fold kept apart."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import numpy as np
import numpy.typing as npt
from joblib import Parallel, delayed

from ...errors import UsageError, unknown_name
from .building import built, fitted
from .deferred import written
from .folds import InnerFolds, Split
from .kernels import LARGEST, Products, kernel_machine
from .ledger import Ledger
from .steps import Recipe

SEARCHES = (None, "exhaustive", "halving", "random")
"""How settings are chosen: not at all; every candidate on every fold; thirds of the candidates
on three times the rows, again and again; some candidates drawn at random."""

CHOOSERS = ("columns", "estimator")
"""What a candidate may choose beside the settings of an estimator."""

Candidate = dict[str, Any]
Judge = Callable[[Any, npt.NDArray[np.floating], npt.NDArray[np.generic]], float]
"""Score of a fitted estimator on rows and their truth; more is better."""


@dataclass(frozen=True)
class Search:
    """What is searched and how.

    Parameters
    ----------
    estimator : unfitted scikit-learn estimator
    recipe : Recipe
        Steps before the estimator, fitted anew in each fold.
    grid : mapping or list of mappings
        Parameter -> values. ``columns`` chooses a name of `parts`, ``estimator`` one of
        `estimators`.
    judge : callable
        Score of a fitted estimator.
    how : one of `SEARCHES`
    n_random : int
        Number of candidates drawn by ``"random"``.
    parts : mapping
        Name -> (start, stop) of the features.
    estimators : mapping
        Name -> unfitted estimator that a candidate may take in the place of `estimator`.
    n_classes, random_state, n_jobs, class_weight
        As in the estimators.
    """

    estimator: Any
    recipe: Recipe
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]
    judge: Judge
    how: str | None = None
    n_random: int = 20
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    estimators: Mapping[str, Any] = field(default_factory=dict)
    n_classes: int = 2
    random_state: int | None = 0
    n_jobs: int | None = None
    class_weight: bool = False

    def candidates(self) -> list[Candidate]:
        """All candidates of this search, in the order of the grid.

        Raises
        ------
        UsageError
            If the kind of search is not known.
        """
        if self.how not in SEARCHES:
            raise unknown_name("search", str(self.how), [str(name) for name in SEARCHES])
        found = list(candidates(self.grid))
        if self.how == "random" and self.n_random < len(found):
            rng = np.random.default_rng(self.random_state)
            drawn = rng.choice(len(found), size=self.n_random, replace=False)
            return [found[index] for index in np.sort(drawn)]
        return found

    def built(self, candidate: Candidate, *, shape: tuple[int, ...]) -> Any:
        """Unfitted estimator of a candidate, for rows of that shape."""
        return built(
            self.estimators.get(candidate.get("estimator", ""), self.estimator),
            {name: value for name, value in candidate.items() if name not in CHOOSERS},
            shape=shape,
            n_classes=self.n_classes,
            random_state=self.random_state,
            class_weight=self.class_weight,
        )

    @property
    def has_kernels(self) -> bool:
        """Whether a candidate may be a machine whose kernel is computed once for all."""
        return any(kernel_machine(one) for one in (self.estimator, *self.estimators.values()))


@dataclass(frozen=True)
class FoldData:
    """The two parts of an inner fold after the steps that were fitted on its training part."""

    X_train: npt.NDArray[np.floating]
    y_train: npt.NDArray[np.generic]
    groups_train: npt.NDArray[np.generic] | None
    X_test: npt.NDArray[np.floating]
    products: Products | None

    def fit(self, search: Search, candidate: Candidate) -> tuple[Any, npt.NDArray[np.floating]]:
        """Estimator of `candidate`, fitted on the training part, and the rows to test it on."""
        estimator = search.built(candidate, shape=self.X_train.shape)
        machine = kernel_machine(estimator)
        if machine is None or self.products is None:
            seed = search.random_state
            estimator = fitted(
                estimator, self.X_train, self.y_train, self.groups_train, random_state=seed
            )
            return estimator, self.X_test
        train, test = self.products.kernels(machine)
        machine.set_params(kernel="precomputed")
        return estimator.fit(train, self.y_train), test


def candidates(
    grid: Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]],
) -> Iterator[Candidate]:
    """Every combination of a grid's values, in their order.

    Examples
    --------
    >>> list(candidates([{"kernel": ["linear"]}, {"gamma": [1, 2]}]))
    [{'kernel': 'linear'}, {'gamma': 1}, {'gamma': 2}]
    """
    for part in [grid] if isinstance(grid, Mapping) else grid:
        for values in itertools.product(*part.values()):
            yield dict(zip(part, values, strict=True))


def fold_data(
    search: Search,
    candidate: Candidate,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    split: Split,
) -> FoldData:
    """Fit the steps on the training part of a fold and apply them to both parts."""
    train, test = split
    columns = search.parts.get(candidate.get("columns", ""))
    steps, X_train = search.recipe.fit(X[train], y[train], columns=columns)
    X_test = X[test]
    for _, step in steps:
        X_test = step.transform(X_test)
    groups_train = None if groups is None else groups[train]
    shares = search.has_kernels and len(train) <= LARGEST
    products = Products(X_train, X_test) if shares else None
    return FoldData(X_train, y[train], groups_train, X_test, products)


def choose(
    search: Search,
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    *,
    folds: InnerFolds,
    ledger: Ledger,
) -> tuple[Candidate, list[dict[str, Any]]]:
    """Best candidate of a search.

    Parameters
    ----------
    search : Search
    X, y, groups : arrays of the training part
    folds : InnerFolds
        Folds of the training part.
    ledger : Ledger
        Scores that are known already, and where new ones are kept.

    Returns
    -------
    candidate : dict
        Of the highest mean score on all rows; of equal ones the first of the grid.
    results : list of dict
        ``settings``, ``share`` (of the training rows), ``scores`` of the folds, ``mean``.

    Raises
    ------
    UsageError
        If the training part cannot be cut into folds.
    """
    splits = [split for split in folds.splits if _can_train(y[split[0]], search.n_classes)]
    if not splits:
        raise UsageError(
            "usage",
            f"the training part of {len(y)} utterances cannot be cut into folds for the search "
            f"({folds.by}); more speakers or search=None are needed",
        )
    left = search.candidates()
    results: list[dict[str, Any]] = []
    for share in _shares(search.how, n_candidates=len(left), n_rows=len(splits[0][0])):
        scores = np.empty((len(left), len(splits)))
        for column, split in enumerate(splits):
            rows = _share_of(split, y, share, seed=search.random_state)
            scores[:, column] = _fold_scores(search, left, X, y, groups, rows, ledger)
        means = scores.mean(axis=1)
        for candidate, row, mean in zip(left, scores, means, strict=True):
            results.append(
                {
                    "settings": written(candidate),
                    "share": round(share, 4),
                    "scores": [float(score) for score in row],
                    "mean": float(mean),
                }
            )
        keep = ceil(len(left) / 3) if share < 1 else 1
        best = np.sort(np.argsort(-means, kind="stable")[:keep])
        left = [left[index] for index in best]
    return left[0], results


def _fold_scores(
    search: Search,
    left: list[Candidate],
    X: npt.NDArray[np.floating],
    y: npt.NDArray[np.generic],
    groups: npt.NDArray[np.generic] | None,
    split: Split,
    ledger: Ledger,
) -> list[float]:
    """Scores of candidates on one fold; those of equal columns share the fitted steps."""
    train, test = split
    names = [
        json.dumps([written(candidate), len(train), int(test[0]), len(test)], sort_keys=True)
        for candidate in left
    ]
    for part in dict.fromkeys(candidate.get("columns") for candidate in left):
        todo = [
            index
            for index, candidate in enumerate(left)
            if candidate.get("columns") == part and ledger.get(names[index]) is None
        ]
        if not todo:
            continue
        data = fold_data(search, left[todo[0]], X, y, groups, split)
        run = Parallel(n_jobs=search.n_jobs, return_as="generator")
        scores = run(delayed(_score)(search, left[index], data, y[test]) for index in todo)
        for index, score in zip(todo, scores, strict=True):
            ledger.add(names[index], score)
    found = [ledger.get(name) for name in names]
    return [score for score in found if score is not None]


def _score(
    search: Search, candidate: Candidate, data: FoldData, truth: npt.NDArray[np.generic]
) -> float:
    estimator, rows = data.fit(search, candidate)
    return float(search.judge(estimator, rows, truth))


def _can_train(y: npt.NDArray[np.generic], n_classes: int) -> bool:
    """Whether these rows hold what an estimator can learn from."""
    return n_classes == 0 or len(np.unique(y)) >= 2


def _shares(how: str | None, *, n_candidates: int, n_rows: int) -> list[float]:
    """Shares of the training rows on which the candidates are tried, one after the other."""
    if how != "halving":
        return [1.0]
    shares = [1.0]
    while n_candidates > 3 ** len(shares) and n_rows * shares[0] / 3 >= 60:
        shares.insert(0, shares[0] / 3)
    return shares


def _share_of(split: Split, y: npt.NDArray[np.generic], share: float, *, seed: int | None) -> Split:
    """`split` with that share of its training rows, drawn class by class."""
    train, test = split
    if share == 1.0:
        return split
    rng = np.random.default_rng(seed)
    if y.dtype.kind == "f":
        drawn = rng.permutation(train)[: ceil(len(train) * share)]
        return np.sort(drawn), test
    kept = []
    for name in np.unique(y[train]):
        members = rng.permutation(train[y[train] == name])
        kept.append(members[: max(2, ceil(len(members) * share))])
    return np.sort(np.concatenate(kept)), test
