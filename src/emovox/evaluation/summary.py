"""From records to rows: every figure of a table is computed here, from records alone."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from . import metrics
from .leaks import EPOCH_ON_TEST, KINDS
from .normalisation import NORMALISATIONS
from .records import Record
from .resampling import (
    Measure,
    concordance_sums_by_speaker,
    confusions_by_speaker,
    interval,
)
from .row import FoldScore, GroupScore, LeakSummary, Reliability, Row, Score
from .significance import with_significance

__all__ = [
    "FoldScore", "GroupScore", "LeakSummary", "Reliability", "Row", "Score", "summarise",
]  # fmt: skip

NAN = float("nan")


def summarise(records: Iterable[Record], *, join_seeds: bool = False, seed: int = 0) -> list[Row]:
    """Rows of a table, one for each method, settings and task.

    Parameters
    ----------
    records : iterable of dict
        As `emovox.evaluation.records` keeps them, folds in any order.
    join_seeds : bool
        Put records that differ in nothing but the seed into one row: its test utterances are
        then counted once for each seed.
    seed : int
        Of the resampling.

    Returns
    -------
    list of Row
        In the order in which their first records come; `is_best` and p-values filled in.

    Examples
    --------
    >>> summarise([])
    []
    """
    groups: dict[str, list[Record]] = {}
    for record in records:
        settings = record["settings"]
        if join_seeds:
            settings = {name: value for name, value in settings.items() if name != "seed"}
        groups.setdefault(json.dumps(settings, sort_keys=True), []).append(record)
    results = [Results(group) for group in groups.values()]
    rows = [_row(one, seed=seed) for one in results]
    return with_significance(rows, results, seed=seed)


@dataclass(frozen=True)
class Results:
    """Records of one row, with their test utterances joined.

    Parameters
    ----------
    records : list of dict
    """

    records: list[Record]

    @property
    def settings(self) -> dict[str, Any]:
        """Settings of the first record."""
        settings: dict[str, Any] = self.records[0]["settings"]
        return settings

    @property
    def is_regression(self) -> bool:
        """Whether a dimension was estimated."""
        return bool(self.settings.get("dimension"))

    @property
    def n_classes(self) -> int:
        """Return the number of emotions."""
        return len(self.settings["emotions"])

    def joined(self, name: str) -> list[Any]:
        """One list of the test parts, over all folds."""
        return [value for record in self.records for value in record["test"][name]]

    @cached_property
    def utterances(self) -> list[str]:
        """Ids of the test utterances, over all folds."""
        return self.joined("utterance")

    @cached_property
    def speakers(self) -> list[str]:
        """Speaker of each test utterance, unique over corpora; a nameless one stands alone."""
        return [
            f"?{one}" if speaker is None else f"{one.partition('/')[0]}/{speaker}"
            for one, speaker in zip(self.utterances, self.joined("speaker"), strict=True)
        ]

    @cached_property
    def truth(self) -> npt.NDArray[Any]:
        """Index of the true emotion, or the true value."""
        kind = float if self.is_regression else int
        return np.array(self.joined("truth" if self.is_regression else "emotion"), dtype=kind)

    @cached_property
    def prediction(self) -> npt.NDArray[Any]:
        """Index of the predicted emotion, or the predicted value."""
        return np.array(self.joined("prediction"), dtype=float if self.is_regression else int)

    @cached_property
    def probabilities(self) -> npt.NDArray[np.float64]:
        """Probabilities of a classification, shape (utterances, classes)."""
        return np.array(self.joined("probabilities"), dtype=float).reshape(-1, self.n_classes)

    @cached_property
    def sums(self) -> npt.NDArray[Any]:
        """Per speaker: the confusion matrix, or the sums that the CCC is made of."""
        if self.is_regression:
            return concordance_sums_by_speaker(self.truth, self.prediction, self.speakers)
        return confusions_by_speaker(
            self.truth, self.prediction, self.speakers, n_classes=self.n_classes
        )

    @property
    def main_measure(self) -> Measure:
        """UA, or the CCC of a regression."""
        if self.is_regression:
            return metrics.concordance_of_sums
        return metrics.unweighted_average_recall

    @property
    def fold_names(self) -> list[str]:
        """Name of each fold, in the order of `fold_values`."""
        return [record["fold"]["name"] for record in self.records]

    def fold_values(self, measure: Measure) -> list[float]:
        """A measure on each fold by itself."""
        return [float(measure(_fold_sums(record, self.n_classes))) for record in self.records]


def _fold_sums(record: Record, n_classes: int) -> npt.NDArray[Any]:
    test = record["test"]
    if "truth" in test:
        return metrics.concordance_sums(
            np.array(test["truth"], float), np.array(test["prediction"], float)
        )
    return metrics.confusion_matrix(test["emotion"], test["prediction"], n_classes=n_classes)


def _row(results: Results, *, seed: int) -> Row:
    """Row without its comparison to others."""
    settings = results.settings
    records = results.records
    folds = records[0]["fold"]
    seeds = tuple(sorted({record["settings"]["seed"] for record in records}))
    nothing = Score(NAN)
    scores: dict[str, Any] = dict.fromkeys(_MEASURES, nothing)
    if not results.is_regression:
        scores = {name: _score(results, one, seed=seed) for name, one in _MEASURES.items()}
    by_speaker = _groups(results, _speaker_names(results))
    by_gender = _groups(results, results.joined("gender"))
    return Row(
        method=settings["method"],
        settings=settings,
        features=settings["features"],
        normalisation=settings["normalisation"],
        label_set=settings["label_set"],
        protocol=settings["protocol"],
        train_corpora=tuple(settings["train_corpora"]),
        test_corpora=tuple(settings["test_corpora"]),
        task="regression" if results.is_regression else "classification",
        dimension=settings.get("dimension"),
        emotions=tuple(settings["emotions"]),
        seeds=seeds,
        n_folds=folds["n_folds"] * len(seeds),
        n_folds_done=len(records),
        n_train=float(np.mean([record["fold"]["n_train"] for record in records])),
        n_test=len(results.utterances),
        n_speakers=len(set(results.speakers)),
        n_left_out=records[0]["left_out"]["n"],
        **scores,
        ccc=_score(results, metrics.concordance_of_sums, seed=seed)
        if results.is_regression
        else None,
        by_gender=by_gender,
        by_speaker=by_speaker,
        by_corpus=_groups(results, [one.partition("/")[0] for one in results.utterances])
        if len(settings["test_corpora"]) > 1
        else (),
        by_seed=_seeds(records, seeds) if len(seeds) > 1 else (),
        gap_gender=_gap(by_gender),
        gap_speaker=_gap(by_speaker),
        by_fold=_fold_scores(results),
        train_ua=_mean(record["train_score"].get("ua") for record in records),
        parameters=_mean(record["cost"].get("parameters") for record in records),
        macs=_mean(record["cost"].get("macs") for record in records),
        flops=_mean(record["cost"].get("flops") for record in records),
        features_s=_mean(record["times"].get("features_s_per_file") for record in records),
        predict_s=sum(record["times"]["predict_s"] for record in records)
        / max(len(results.utterances), 1),
        fit_s=_mean(record["times"].get("fit_s") for record in records),
        leak=_leaks(records),
        epoch_on_test=_epoch_on_test(records),
        notes=_notes(results),
        **_of_classes(results),
    )


_MEASURES: dict[str, Measure] = {
    "ua": metrics.unweighted_average_recall,
    "wa": metrics.weighted_accuracy,
    "f1": metrics.macro_f1,
}


def _score(results: Results, measure: Measure, *, seed: int) -> Score:
    """Value over all folds together, interval over speakers, mean and deviation over folds."""
    bounds = interval(results.sums, measure, seed=seed)
    values = [value for value in results.fold_values(measure) if not math.isnan(value)]
    return Score(
        value=float(measure(results.sums.sum(axis=0))),
        low=None if bounds is None else bounds[0],
        high=None if bounds is None else bounds[1],
        fold_mean=float(np.mean(values)) if values else None,
        fold_sd=float(np.std(values, ddof=1)) if len(values) > 1 else None,
    )


def _of_classes(results: Results) -> dict[str, Any]:
    """What only a classification has."""
    if results.is_regression:
        return {}
    confusion = results.sums.sum(axis=0)
    bins = metrics.reliability_bins(results.probabilities, results.truth)
    return {
        "ece": metrics.expected_calibration_error(results.probabilities, results.truth),
        "brier": metrics.brier_score(results.probabilities, results.truth),
        "recalls": tuple(float(value) for value in metrics.recalls(confusion)),
        "confusion": tuple(tuple(int(n) for n in line) for line in confusion),
        "reliability": tuple(Reliability(*one) for one in bins),
    }


def _speaker_names(results: Results) -> list[str | None]:
    """Speakers as a reader knows them: with their corpus only where there are several."""
    several = len(results.settings["test_corpora"]) > 1
    return [
        None if name.startswith("?") else name if several else name.partition("/")[2]
        for name in results.speakers
    ]


def _groups(results: Results, names: Sequence[str | None]) -> tuple[GroupScore, ...]:
    """Results of the parts of the test utterances that have the same name."""
    place = np.array(["" if name is None else name for name in names])
    found = []
    for name in np.unique(place[place != ""]):
        rows = place == name
        truth, prediction = results.truth[rows], results.prediction[rows]
        if results.is_regression:
            ccc = metrics.concordance(truth, prediction)
            found.append(GroupScore(str(name), int(rows.sum()), ccc, ccc))
            continue
        confusion = metrics.confusion_matrix(truth, prediction, n_classes=results.n_classes)
        found.append(
            GroupScore(
                name=str(name),
                n=int(rows.sum()),
                ua=float(metrics.unweighted_average_recall(confusion)),
                wa=float(metrics.weighted_accuracy(confusion)),
                recalls=tuple(float(value) for value in metrics.recalls(confusion)),
            )
        )
    return tuple(found)


def _seeds(records: Sequence[Record], seeds: Sequence[int]) -> tuple[GroupScore, ...]:
    """Results of each seed, over all its folds together."""
    found = []
    for seed in seeds:
        results = Results([record for record in records if record["settings"]["seed"] == seed])
        (whole,) = _groups(results, [str(seed)] * len(results.utterances))
        found.append(whole)
    return tuple(found)


def _gap(groups: Sequence[GroupScore]) -> float | None:
    """Best minus worst of the parts; None with fewer than two."""
    values = [group.ua for group in groups if not math.isnan(group.ua)]
    return max(values) - min(values) if len(values) > 1 else None


def _fold_scores(results: Results) -> tuple[FoldScore, ...]:
    """Scores of each fold, in the order of the folds."""
    measures: list[Callable[..., Any]] = list(_MEASURES.values())
    if results.is_regression:
        measures = [metrics.concordance_of_sums] * 3
    values = [results.fold_values(measure) for measure in measures]
    found = [
        FoldScore(record["fold"]["name"], record["fold"]["n_test"], *scores)
        for record, *scores in zip(results.records, *values, strict=True)
    ]
    order = sorted(range(len(found)), key=lambda i: results.records[i]["fold"]["index"])
    return tuple(found[index] for index in order)


def _mean(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _leaks(records: Sequence[Record]) -> tuple[LeakSummary, ...]:
    """What folds share, by kind; the worst fold has the largest share."""
    found = []
    n_test = sum(record["fold"]["n_test"] for record in records)
    for kind in KINDS:
        known = [
            (record["leak"][kind], record["fold"]["n_test"])
            for record in records
            if record["leak"].get(kind) is not None
        ]
        if not known:
            continue
        worst = max((one for one, _ in known), key=lambda one: one["shared"] / one["of"])
        touched = sum(one["test_share"] * n for one, n in known)
        found.append(
            LeakSummary(
                kind=kind,
                shared=worst["shared"],
                of=worst["of"],
                folds=sum(one["shared"] > 0 for one, _ in known),
                n_folds=len(records),
                test_share=touched / n_test if n_test else 0.0,
            )
        )
    return tuple(found)


def _epoch_on_test(records: Sequence[Record]) -> bool:
    """Whether any fold's epoch was chosen on its test part."""
    return any(record["leak"].get("epoch") is True for record in records)


def _notes(results: Results) -> tuple[str, ...]:
    """What a reader must know beside the figures."""
    notes = []
    settings = results.settings
    said = NORMALISATIONS.get(settings["normalisation"])
    if said:
        notes.append(said)
    if _epoch_on_test(results.records):
        notes.append(EPOCH_ON_TEST)
    left_out = results.records[0]["left_out"]
    if left_out["n"]:
        first = left_out["utterances"][0]
        notes.append(
            f"{left_out['n']} recordings could not be used and are in neither part (such as "
            f"{first['utterance']}: {first['code']})"
        )
    if not results.is_regression:
        notes.extend(_confounding(results))
    return tuple(notes)


def _confounding(results: Results) -> list[str]:
    """Sentence for a corpus in which most speakers have one emotion only."""
    emotions: dict[str, set[int]] = {}
    for speaker, emotion in zip(results.speakers, results.truth.tolist(), strict=True):
        if not speaker.startswith("?"):
            emotions.setdefault(speaker, set()).add(emotion)
    alone = sum(len(held) == 1 for held in emotions.values())
    if not emotions or 2 * alone <= len(emotions):
        return []
    return [
        f"{alone} of {len(emotions)} speakers occur with one emotion only: speaker and emotion "
        "are confounded"
    ]
