"""The runner: corpora to features to folds to records, each fold written when it is done."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from ..audio.augment import Copy
from ..corpora import read_corpus
from ..corpora.utterance import Utterance
from ..errors import InputError, ProtocolError, need
from ..features.cache import Cache
from ..features.front_end import FrontEnd, extract_many
from .audit import APART, noun
from .content_identity import content_hashes, data_hashes
from .experiment import Experiment
from .fitting import Epochs, Job, chooses_on_test, run_fold, unfitted
from .fold import Fold, identities
from .leaks import Leak, leaks
from .normalisation import normalised
from .records import Record, Records, record_key

Progress = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done, and of how much."""

ReadCorpus = Callable[..., Sequence[Utterance]]


class Extracted(Protocol):
    """What extraction gives: see `emovox.features.front_end.Extraction`."""

    @property
    def vectors(self) -> npt.NDArray[np.float32]:
        """One row for each utterance."""

    @property
    def failures(self) -> list[tuple[int, InputError]]:
        """Rows that could not be used, and why."""

    @property
    def seconds_per_file(self) -> float:
        """Mean time of one recording."""


def bench(
    experiments: Iterable[Experiment],
    records_path: str | os.PathLike[str] | None = None,
    *,
    roots: Mapping[str, str | os.PathLike[str]] | None = None,
    corpus_options: Mapping[str, Mapping[str, Any]] | None = None,
    cache: Cache | None = None,
    jobs: int = 1,
    strict: bool = False,
    apart: Sequence[str] = APART,
    folds: int | None = None,
    progress: Progress | None = None,
    read: ReadCorpus = read_corpus,
    extract: Callable[..., Extracted] = extract_many,
    settings_of: Callable[[FrontEnd], dict[str, Any]] = FrontEnd.settings,
) -> list[Record]:
    """Run experiments; folds whose record is there already are not run again.

    Parameters
    ----------
    experiments : iterable of Experiment
    records_path : path, optional
        ``.jsonl`` file that grows with each fold; None keeps the records in memory.
    roots : mapping, optional
        Corpus -> its folder; by default ``$EMOVOX_CORPORA/NAME``.
    corpus_options : mapping, optional
        Corpus -> options of `read_corpus`.
    cache : Cache, optional
        Of features.
    jobs : int
        Processes, for features and folds; more than one needs joblib. The records are the same.
    strict : bool
        Refuse, before anything is fitted, folds that share what must be `apart`, or of which
        that is not known.
    apart : sequence of str
        Kinds of leak, as in `emovox.evaluation.leaks.KINDS`.
    folds : int, optional
        Run only the first so many of each protocol; a table says that the others are not there.
    progress : callable, optional
    read, extract, settings_of : callables
        Of corpora, of features and of the front end's settings; others in tests.

    Returns
    -------
    list of records, in the order of experiments and folds

    Raises
    ------
    ProtocolError
        ``protocol-impossible``, ``leak-refused`` or ``records-damaged``.
    UsageError, CorpusError, OutputError, MissingExtra
        As they come.
    """
    records = Records(records_path)
    checkpoint = None if records_path is None else f"{os.fspath(records_path)}.search"
    source = _Source(
        roots or {}, corpus_options or {}, cache, jobs, progress, read, extract, settings_of
    )
    plans = [
        plan
        for experiment in experiments
        for plan in _plans(experiment, source, strict=strict, apart=apart, checkpoint=checkpoint)
        if folds is None or plan.fold["index"] < folds
    ]
    todo = {plan.key: plan for plan in plans if plan.key not in records}
    n_known = len({plan.key for plan in plans}) - len(todo)
    if progress is not None and plans:
        progress("folds", n_known, n_known + len(todo))
    n_folds = n_known + len(todo)
    found = _run(list(todo.values()), jobs=jobs, progress=progress, n_known=n_known)
    for done, record in enumerate(found, start=n_known + 1):
        records.add(record)
        if progress is not None:
            progress("folds", done, n_folds)
    kept = (records.get(key) for key in dict.fromkeys(plan.key for plan in plans))
    return [record for record in kept if record is not None]


@dataclass
class _Source:
    """Corpora and features, each read and computed once for all experiments."""

    roots: Mapping[str, str | os.PathLike[str]]
    corpus_options: Mapping[str, Mapping[str, Any]]
    cache: Cache | None
    jobs: int
    progress: Progress | None
    read: ReadCorpus
    extract: Callable[..., Extracted]
    settings_of: Callable[[FrontEnd], dict[str, Any]]
    corpora: dict[str, list[Utterance]] = field(default_factory=dict)
    hashes: dict[str, str | None] = field(default_factory=dict)
    vectors: dict[FrontEnd, dict[str, npt.NDArray[np.float32] | InputError]] = field(
        default_factory=dict
    )
    seconds: dict[FrontEnd, list[tuple[float, int]]] = field(default_factory=dict)
    matrices: dict[tuple[object, ...], npt.NDArray[np.float64]] = field(default_factory=dict)

    def utterances(self, names: Iterable[str]) -> list[Utterance]:
        """Utterances of corpora, by the order of the names."""
        for name in names:
            if name not in self.corpora:
                options = self.corpus_options.get(name, {})
                found = list(self.read(name, self.roots.get(name), **options))
                self.corpora[name] = found
                digests = content_hashes(found)
                self.hashes.update(zip((one.id for one in found), digests, strict=True))
        return [one for name in dict.fromkeys(names) for one in self.corpora[name]]

    def corpora_of(self, name: str) -> list[str]:
        """Names that the utterances of a corpus or table bear."""
        if name not in self.corpora:
            return [name]
        return sorted({one.corpus for one in self.corpora[name]})

    def features(
        self, front_end: FrontEnd, utterances: Sequence[Utterance]
    ) -> tuple[dict[str, npt.NDArray[np.float32] | InputError], float]:
        """Vector or error by id, and the mean time of one recording."""
        kept = self.vectors.setdefault(front_end, {})
        times = self.seconds.setdefault(front_end, [])
        missing = [one for one in utterances if one.id not in kept]
        if missing:
            tell = self.progress
            said = f"features {front_end.feature}"
            extracted = self.extract(
                front_end,
                missing,
                cache=self.cache,
                jobs=self.jobs,
                progress=None if tell is None else lambda done, total: tell(said, done, total),
            )
            failed = dict(extracted.failures)
            for index, one in enumerate(missing):
                vector = extracted.vectors[index]
                error = failed.get(index)
                if error is None and not np.isfinite(vector).all():
                    error = InputError(
                        "not-finite", f"{front_end.feature} is not finite", name=one.id
                    )
                kept[one.id] = vector if error is None else error
            times.append((extracted.seconds_per_file, len(missing)))
        n_files = sum(n for _, n in times)
        return kept, sum(s * n for s, n in times) / n_files if n_files else 0.0

    def matrix(
        self, front_end: FrontEnd, utterances: Sequence[Utterance], *, how: str
    ) -> npt.NDArray[np.float64]:
        """Normalised vectors, one array for all experiments that need the same."""
        key = (front_end, how, tuple(one.id for one in utterances))
        if key not in self.matrices:
            kept = self.vectors[front_end]
            rows = [kept[one.id] for one in utterances]
            if front_end.form == "frames":
                # Filled one by one: equal lengths would otherwise become one block.
                vectors = np.empty(len(rows), dtype=object)
                for place, row in enumerate(rows):
                    vectors[place] = row
            else:
                vectors = np.array(rows, dtype=np.float32)
            self.matrices[key] = normalised(vectors, utterances, how=how)
        return self.matrices[key]

    def copied(
        self, front_end: FrontEnd, utterances: Sequence[Utterance], copy: Copy, *, how: str
    ) -> npt.NDArray[Any]:
        """Normalised vectors of changed copies; those that cannot be used are as the recording."""
        key = (front_end, how, copy, tuple(one.id for one in utterances))
        if key not in self.matrices:
            tell = self.progress
            said = f"features {front_end.feature}, copy {copy.number}"
            extracted = self.extract(
                front_end,
                utterances,
                cache=self.cache,
                jobs=self.jobs,
                progress=None if tell is None else lambda done, total: tell(said, done, total),
                copy=copy,
            )
            rows: Any = extracted.vectors
            for place, one in enumerate(utterances):
                if rows[place] is None or not np.isfinite(rows[place]).all():
                    rows[place] = self.vectors[front_end][one.id]
            self.matrices[key] = normalised(rows, utterances, how=how)
        return self.matrices[key]


def _plans(
    experiment: Experiment,
    source: _Source,
    *,
    strict: bool,
    apart: Sequence[str],
    checkpoint: str | None,
) -> list[Job]:
    """Jobs of one experiment, one for each fold."""
    front_end = FrontEnd(
        experiment.feature,
        level_db=experiment.level_db,
        trim=experiment.trim,
        form=experiment.form,
    )
    asked, _ = experiment.chosen(source.utterances(experiment.corpora))
    kept, features_s = source.features(front_end, asked)
    usable = [one for one in asked if not isinstance(kept[one.id], InputError)]
    chosen, emotions = experiment.chosen(usable)
    hashes = [source.hashes.get(one.id) for one in chosen]
    folds = experiment.folds(chosen, hashes, corpora_of=source.corpora_of)
    found = [leaks(fold, chosen, hashes) for fold in folds]
    if strict:
        _refuse(experiment, folds, found, apart)
    vectors = source.matrix(front_end, chosen, how=experiment.normalisation)
    changed = tuple(
        source.copied(front_end, chosen, copy, how=experiment.normalisation)
        for copy in experiment.copies
    )
    data = data_hashes(chosen, hashes)
    settings = {
        "task": experiment.task,
        "dimension": experiment.dimension,
        "method": experiment.method,
        "parameters": _plain(experiment.method_settings),
        "features": front_end.feature,
        "front_end": source.settings_of(front_end),
        "normalisation": experiment.normalisation,
        "label_set": experiment.label_set,
        "emotions": list(emotions),
        "protocol": experiment.protocol,
        "protocol_options": _plain(dict(experiment.options)),
        "seed": experiment.seed,
    }
    if sources := experiment.sources:
        settings["sources"] = sources
    if experiment.copies:
        settings["augment"] = f"{experiment.copies[0].chain}:{len(experiment.copies)}"
    left_out = [
        {"utterance": one.id, "code": error.code}
        for one in asked
        if isinstance(error := kept[one.id], InputError)
    ]
    places = _places(folds, chosen)
    plans = []
    for fold, leak, (train_corpora, test_corpora) in zip(folds, found, places, strict=True):
        alike = [
            one
            for one, place in zip(folds, places, strict=True)
            if place == (train_corpora, test_corpora)
        ]
        own = {
            **settings,
            "train_corpora": train_corpora,
            "test_corpora": test_corpora,
            "data": {name: data[name] for name in sorted({*train_corpora, *test_corpora})},
        }
        described = _described(fold, chosen, index=alike.index(fold), n_folds=len(alike))
        plans.append(
            Job(
                experiment=experiment,
                settings=own,
                fold=described,
                key=record_key(own, described),
                parts=fold,
                utterances=chosen,
                vectors=vectors,
                copies=changed,
                leak=leak,
                left_out={"n": len(left_out), "utterances": left_out},
                features_s_per_file=features_s,
                checkpoint=checkpoint if experiment.search or experiment.form == "frames" else None,
            )
        )
    return plans


def _places(
    folds: Sequence[Fold], utterances: Sequence[Utterance]
) -> list[tuple[list[str], list[str]]]:
    """Training and test corpora of each fold: all of them unless the folds cross corpora."""
    found = [
        (
            sorted({utterances[i].corpus for i in (*fold.train, *fold.dev)}),
            sorted({utterances[i].corpus for i in fold.test}),
        )
        for fold in folds
    ]
    if all(set(train).isdisjoint(test) for train, test in found):
        return found
    every = sorted({one.corpus for one in utterances})
    return [(every, every) for _ in folds]


def _described(
    fold: Fold, utterances: Sequence[Utterance], *, index: int, n_folds: int
) -> dict[str, Any]:
    """The record's account of a fold."""
    speakers = identities(utterances, "speaker")

    def names(part: Iterable[int]) -> list[str]:
        return sorted({name for i in part if (name := speakers[i]) is not None})

    return {
        "name": fold.name,
        "index": index,
        "n_folds": n_folds,
        "n_train": len(fold.train),
        "n_test": len(fold.test),
        "train_speakers": names(fold.train),
        "test_speakers": names(fold.test),
    }


def _refuse(
    experiment: Experiment, folds: Sequence[Fold], found: Sequence[Leak], apart: Sequence[str]
) -> None:
    """Raise for the first fold that shares what must be apart, or may; for a leaking method."""
    if experiment.normalisation == "before-folds":
        raise ProtocolError(
            "leak-refused",
            "normalisation 'before-folds' fits the scaler on the test part too; choose "
            "'training', or run without --strict to see what the leak is worth",
        )
    if chooses_on_test(unfitted(experiment)):
        raise ProtocolError(
            "leak-refused",
            f"{experiment.method} with watch=test chooses its epoch on the test part; choose "
            "watch=speakers, or run without --strict to see what the leak is worth",
        )
    where = f"protocol {experiment.protocol!r} on {', '.join(experiment.corpora)}: fold"
    for fold, leak in zip(folds, found, strict=True):
        for kind in apart:
            shared = getattr(leak, kind)
            if shared is not None and shared.shared:
                raise ProtocolError(
                    "leak-refused",
                    f"{where} {fold.name} shares {shared} test {noun(kind, shared.of)} with "
                    "training; choose protocol 'speaker', or run without --strict to have it "
                    "printed",
                )
            if kind != "identical_audio" and (shared is None or shared.unknown):
                n_unknown = len(fold.test) if shared is None else shared.unknown
                raise ProtocolError(
                    "leak-refused",
                    f"{where} {fold.name}: the {kind} of {n_unknown} of {len(fold.test)} test "
                    f"utterances is not known; give the table a {kind} column, or run without "
                    "--strict",
                )


def _run(
    plans: list[Job], *, jobs: int, progress: Progress | None, n_known: int
) -> Iterator[Record]:
    """Records of plans, in their order; one after another, the epochs of networks are told too."""
    if jobs <= 1 or len(plans) <= 1:
        for place, one in enumerate(plans, start=n_known + 1):
            yield run_fold(one, epochs=_epochs(progress, f"{place}/{n_known + len(plans)}"))
        return
    joblib = need("joblib", extra="bench", for_what="folds in several processes")
    parallel = joblib.Parallel(n_jobs=jobs, return_as="generator")
    yield from parallel(joblib.delayed(run_fold)(plan) for plan in plans)


def _epochs(progress: Progress | None, fold: str) -> Epochs | None:
    """Progress of the epochs within a fold."""
    if progress is None:
        return None
    return lambda entry, total: progress(f"epochs {fold}", int(entry["epoch"]), total)


def _plain(value: Any) -> Any:
    """Settings as JSON has them."""
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(one) for one in value]
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Path):
        return str(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
