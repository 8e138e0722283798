"""One row of a table: everything that its records say about one method on one task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .statistics import Ranking


@dataclass(frozen=True)
class Score:
    """A measure over all test utterances together, and how sure it is.

    Parameters
    ----------
    value : float
        Over all test utterances of all folds together; NaN where it is undefined.
    low, high : float, optional
        95 % interval by bootstrap over speakers; None with fewer than two speakers.
    fold_mean, fold_sd : float, optional
        Mean and standard deviation (n - 1) over the folds, over the classes present in each;
        the deviation is None with one fold.
    """

    value: float
    low: float | None = None
    high: float | None = None
    fold_mean: float | None = None
    fold_sd: float | None = None


@dataclass(frozen=True)
class GroupScore:
    """Results of one part of the test utterances: a gender, a speaker, a corpus.

    Parameters
    ----------
    name : str
    n : int
        Test utterances.
    ua, wa : float
        UA over the classes that this part holds, and accuracy. Of a regression both are the CCC.
    recalls : tuple of float
        Recall of each of the row's emotions; NaN where this part holds none.
    """

    name: str
    n: int
    ua: float
    wa: float
    recalls: tuple[float, ...] = ()


@dataclass(frozen=True)
class FoldScore:
    """Results of one fold: its name, its number of test utterances, its measures."""

    name: str
    n_test: int
    ua: float
    wa: float
    f1: float


@dataclass(frozen=True)
class LeakSummary:
    """What train and test share of one kind, over all folds.

    Parameters
    ----------
    kind : {"speaker", "sentence", "session", "identical_audio"}
    shared, of : int
        In the worst fold: test speakers (sentences, ...) that training holds too, of how many.
        Identical audio counts test recordings.
    folds, n_folds : int
        Folds that share any, of how many.
    test_share : float
        Share of all test utterances whose speaker (sentence, ...) was in training.
    """

    kind: str
    shared: int
    of: int
    folds: int
    n_folds: int
    test_share: float


@dataclass(frozen=True)
class Reliability:
    """One bin of a calibration plot: mean confidence, accuracy, number of predictions."""

    confidence: float
    accuracy: float
    n: int


@dataclass(frozen=True)
class Row:
    """Results of one method, with one set of settings, on one task.

    Parameters
    ----------
    method : str
    settings : mapping
        The records' ``settings``, whole.
    features, normalisation, label_set, protocol : str
    train_corpora, test_corpora : tuple of str
        Equal where the folds are cut inside the corpora.
    task : {"classification", "regression"}
    dimension : str, optional
        Of a regression.
    emotions : tuple of str
        The classes, in the order of `recalls` and `confusion`.
    seeds : tuple of int
        More than one where records of several seeds were asked to be joined.
    n_folds, n_folds_done : int
        Fewer done than there are: the run is not finished, and the row says so.
    n_train : float
        Mean over the folds.
    n_test, n_speakers, n_left_out : int
        Test utterances and their speakers over all folds; recordings that could not be used.
    ua, wa, f1 : Score
    ccc : Score, optional
        Of a regression; its `ua`, `wa` and `f1` are then NaN.
    ece, brier : float
        Expected calibration error (15 bins) and multi-class Brier score (0 to 2).
    recalls : tuple of float
    confusion : tuple of tuple of int
        Rows: truth; columns: prediction.
    reliability : tuple of Reliability
    by_gender, by_speaker, by_corpus, by_seed : tuple of GroupScore
        Sorted by name; `by_corpus` is by test corpus, empty with one; `by_seed` is in the order
        of `seeds`, over all folds of each, empty with one.
    gap_gender, gap_speaker : float, optional
        Best minus worst UA of the parts.
    by_fold : tuple of FoldScore
    train_ua : float, optional
        Mean over folds of the UA on the training part itself.
    parameters, macs, flops : float, optional
        Mean over folds; FLOPs = 2 x multiply-adds, a prediction.
    features_s, predict_s, fit_s : float, optional
        Seconds: features of one file, prediction of one file, fitting one fold (means).
    p_value, p_mcnemar, p_wilcoxon : float, optional
        Against the best of the same task and normalisation (paired bootstrap over speakers of
        the UA or CCC; McNemar's mid-p on the accuracy; Wilcoxon's exact signed-rank test over
        the folds' UA or CCC), each Holm-corrected over the rows that are compared; None for the
        best itself, where the best was not tested on the same utterances (for Wilcoxon, in the
        same folds), and where a test has nothing to go by (one speaker, one fold, a regression).
    is_best : bool
        Highest UA (or CCC) among the rows of the same task that knew as much of the test part.
    ranking : Ranking, optional
        Friedman's test of the rows of the same task that knew as much and were tested in the
        same folds, the same in each of them; None with fewer than three such rows or five folds.
    mean_rank : float, optional
        This row's among them; 1 is the best.
    leak : tuple of LeakSummary
        Of the kinds that are known; a kind missing here could not be counted.
    epoch_on_test : bool
        The weights are those of an epoch that was chosen on the test part.
    notes : tuple of str
        What a reader must know, such as a normalisation that uses the test speaker's audio.
    """

    method: str
    settings: Mapping[str, Any]
    features: str
    normalisation: str
    label_set: str
    protocol: str
    train_corpora: tuple[str, ...]
    test_corpora: tuple[str, ...]
    task: str
    dimension: str | None
    emotions: tuple[str, ...]
    seeds: tuple[int, ...]
    n_folds: int
    n_folds_done: int
    n_train: float
    n_test: int
    n_speakers: int
    n_left_out: int
    ua: Score
    wa: Score
    f1: Score
    ccc: Score | None = None
    ece: float = float("nan")
    brier: float = float("nan")
    recalls: tuple[float, ...] = ()
    confusion: tuple[tuple[int, ...], ...] = ()
    reliability: tuple[Reliability, ...] = ()
    by_gender: tuple[GroupScore, ...] = ()
    by_speaker: tuple[GroupScore, ...] = ()
    by_corpus: tuple[GroupScore, ...] = ()
    by_seed: tuple[GroupScore, ...] = ()
    gap_gender: float | None = None
    gap_speaker: float | None = None
    by_fold: tuple[FoldScore, ...] = ()
    train_ua: float | None = None
    parameters: float | None = None
    macs: float | None = None
    flops: float | None = None
    features_s: float | None = None
    predict_s: float | None = None
    fit_s: float | None = None
    p_value: float | None = None
    p_mcnemar: float | None = None
    p_wilcoxon: float | None = None
    is_best: bool = False
    ranking: Ranking | None = None
    mean_rank: float | None = None
    leak: tuple[LeakSummary, ...] = field(default=())
    epoch_on_test: bool = False
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, bool]:
        """What of the test part its method knew: the normalisation, and the epoch."""
        return self.normalisation, self.epoch_on_test
