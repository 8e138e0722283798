"""A small network is taught by a large encoder: what `emovox train taught` does."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..atomic import replacing
from ..audio.augment import copies
from ..audio.augment.masks import SpecAugment
from ..corpora.utterance import Utterance
from ..encoders.finding import CONFIGURATION
from ..encoders.lengths import of_whisper
from ..encoders.names import parse
from ..errors import CorpusError, InputError, UsageError, need
from ..features import Cache, FrontEnd, extract_many, feature
from ..models.settings import CARD_FILE
from ..models.writing import check_target, write_folder
from .taught_card import card
from .teaching import Task, corpora_of, speakers_of

if TYPE_CHECKING:
    from ..encoders.student import Student
    from ..engine.imitation import Spoken

PIECE_FRAMES = 1000
"""Longer recordings are taught in pieces of at most so many log-mel frames: 10 s."""
AT_ONCE = 64
"""Utterances whose frames of the teacher are in memory together."""
HELD_OUT = 0.05
"""Share of the speakers who are watched and not taught."""
INPUT = "whisper-logmel"

Frames = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Settings:
    """What `--set` may change.

    Parameters
    ----------
    teacher : str
        An encoder and its layers, such as ``whisper-base@1-3``.
    width, blocks, kernel, expansion : int
        Of the student: `emovox.encoders.student.Shape`.
    frames, means, deviations, labels : float
        Weights of the losses: `emovox.engine.imitation.Imitation`.
    copies : str, optional
        Changed copies of the recordings, which only the student hears.
    masks : (int, int), optional
        SpecAugment on what the student hears: masks of up to so many frames and bands.
    epochs, batch_size, learning_rate, weight_decay, ema, precision, threads
        Of `emovox.engine.recipe.Recipe`; in short trainings the average reaches back over a
        twentieth of them.
    random_state : int
    """

    teacher: str = "whisper-base@1-3"
    width: int = 320
    blocks: int = 6
    kernel: int = 21
    expansion: int = 2
    frames: float = 1.0
    means: float = 0.5
    deviations: float = 0.5
    labels: float = 0.0
    copies: str | None = "channels:3"
    masks: tuple[int, int] | None = (20, 8)
    epochs: int = 30
    batch_size: int = 32
    learning_rate: float = 1.5e-3
    weight_decay: float = 0.01
    ema: float | None = 0.998
    precision: str = "bfloat16"
    threads: int = 2
    random_state: int = 0

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """Read them.

        Raises
        ------
        UsageError
            For a name that is not known.
        """
        known = [one.name for one in fields(cls)]
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise UsageError(
                "name-unknown",
                f"taught has no setting {unknown[0]!r}; known: {', '.join(sorted(known))}",
            )
        return cls(**given)


@dataclass(frozen=True)
class Lesson:
    """A student after teaching.

    Parameters
    ----------
    student : Student
    settings : Settings
    front_end : FrontEnd
        Of what it hears, as frames.
    utterances : list of Utterance
        That it was taught with; pieces of long recordings count for themselves.
    failures : list of (Utterance, InputError)
    history : list of dict
    teacher : mapping
        Its name, layers and hash.
    held_out : list of str
        Speakers who were watched.
    """

    student: Student
    settings: Settings
    front_end: FrontEnd
    utterances: list[Utterance]
    failures: list[tuple[Utterance, InputError]]
    history: list[dict[str, Any]]
    teacher: Mapping[str, Any]
    held_out: list[str] = field(default_factory=list)

    def description(self, *, command: str = "") -> dict[str, Any]:
        """What ``config.json`` says of it, beside its size."""
        watched = self.history[-1].get("watched", {}) if self.history else {}
        return {
            "teacher": dict(self.teacher),
            "front_end": {"level_db": self.front_end.level_db, "trim": self.front_end.trim},
            "settings": asdict(self.settings),
            "corpora": corpora_of(self.utterances),
            "held_out_speakers": len(self.held_out),
            "variance_left": {name: round(value, 4) for name, value in watched.items()},
            "command": command,
        }

    def write(
        self, folder: str | os.PathLike[str], *, command: str = "", force: bool = False
    ) -> Path:
        """Write the folder of an encoder: ``config.json``, ``model.safetensors``, a card.

        Parameters
        ----------
        folder : path
        command : str
            The command line that taught it.
        force : bool
            Replace a folder of an encoder that is there.

        Returns
        -------
        path of the folder

        Raises
        ------
        OutputError
        """
        from ..encoders.finding import find
        from ..encoders.speech import load

        save = need("safetensors.torch", extra="train", for_what="writing a network").save
        target = Path(os.path.abspath(folder))
        check_target(target, force=force, marker=CONFIGURATION)
        told = {
            **self.student.shape.configuration(),
            "taught": self.description(command=command),
        }
        weights = {name: one.contiguous() for name, one in self.student.state_dict().items()}
        files = {
            CONFIGURATION: (json.dumps(told, indent=1, ensure_ascii=False) + "\n").encode(),
            "model.safetensors": save(weights),
            CARD_FILE: card(target.name, told["taught"], _n_parameters(self.student)).encode(),
        }
        return write_folder(target, files, check=lambda place: load(find(str(place))))


def teach_student(
    utterances: Sequence[Utterance],
    *,
    settings: Settings | None = None,
    task: Task | None = None,
    level_db: float | None = -26.0,
    trim: bool = False,
    folder: str | os.PathLike[str],
    cache: Cache | None = None,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
    epochs: Callable[[Mapping[str, Any], int], None] | None = None,
) -> Lesson:
    """Teach a student with recordings, which need no labels.

    The teacher hears each recording as it is, the student also changed copies of it.

    Parameters
    ----------
    utterances : sequence of Utterance
    settings : Settings, optional
    task : Task, optional
        Whose labels the loss of labels takes; votes of hearers count as soft labels.
    level_db, trim
        As of `emovox.features.FrontEnd`, for both.
    folder : path
        Of checkpoints and of what the teacher said; a training that was killed goes on from it.
    cache : Cache, optional
        Of what the student hears.
    jobs : int
    progress, epochs : callable, optional
        As of `emovox.methods.teaching.teach`.

    Returns
    -------
    Lesson

    Raises
    ------
    UsageError, CorpusError, ModelError
        If names are not known, no recording can be used, or the teacher is not to be had.
    """
    for module in ("torch", "safetensors"):
        need(module, extra="ssl", for_what="teaching a network")
    from ..engine.imitation import Spoken

    settings = settings or Settings()
    heard = FrontEnd(INPUT, level_db=level_db, trim=trim, form="frames")
    teacher = FrontEnd(settings.teacher, level_db=level_db, trim=trim, form="frames")
    known: Any = feature(settings.teacher)
    extracting: dict[str, Any] = {"cache": cache, "jobs": jobs, "progress": progress}
    clean, kept, failures = _heard(heard, utterances, **extracting)
    versions = [clean]
    for copy in copies(settings.copies):
        changed = extract_many(heard, kept, copy=copy, **extracting).vectors
        versions.append([_usable(one, first) for one, first in zip(changed, clean, strict=True)])
    soft = _soft_labels(kept, task or Task()) if settings.labels else None
    taught, watched = _split(kept, settings.random_state)
    place = Path(folder)
    lengths = [of_whisper(len(one)) for one in clean]
    frames, starts = _spoken(teacher, kept, lengths, place, jobs, progress)
    spoken = Spoken.of(frames, starts, taught)
    student, history = _trained(
        settings, known.chosen, versions, spoken, soft, taught, watched, place,
        {"teacher": known.sha256, "heard": heard.settings()}, epochs,
    )  # fmt: skip
    return Lesson(
        student=student,
        settings=settings,
        front_end=heard,
        utterances=kept,
        failures=failures,
        history=history,
        teacher={
            "name": parse(settings.teacher).encoder,
            "layers": list(known.chosen),
            "sha256": known.sha256,
        },
        held_out=sorted({f"{kept[row].corpus}/{kept[row].speaker}" for row in watched}),
    )


def _heard(
    front_end: FrontEnd, utterances: Sequence[Utterance], **extracting: Any
) -> tuple[list[Frames], list[Utterance], list[tuple[Utterance, InputError]]]:
    """What the student hears, long recordings in pieces; and what could not be used."""
    first = extract_many(front_end, utterances, **extracting)
    failures = [(utterances[index], error) for index, error in first.failures]
    arrays: list[Frames] = []
    kept: list[Utterance] = []
    for item, frames in zip(utterances, first.vectors, strict=True):
        if frames is None:
            continue
        pieces = _pieces(item, len(frames))
        if len(pieces) > 1:
            again = extract_many(front_end, pieces, cache=extracting["cache"])
            pairs = [
                pair for pair in zip(pieces, again.vectors, strict=True) if pair[1] is not None
            ]
        else:
            pairs = [(item, frames)]
        # Of less than two log-mel frames no frame is made.
        for piece, array in pairs:
            if len(array) >= 2:
                kept.append(piece)
                arrays.append(array)
    if not kept:
        why = f"; the first: {failures[0][1]}" if failures else ""
        raise CorpusError("corpus-missing", f"no recording can be used{why}")
    return arrays, kept, failures


def _pieces(item: Utterance, n_frames: int) -> list[Utterance]:
    """The utterance, or equal parts of at most `PIECE_FRAMES`."""
    n = -(-n_frames // PIECE_FRAMES)
    if n == 1:
        return [item]
    begin = item.start or 0.0
    edges = np.linspace(begin, begin + n_frames / 100.0, n + 1).tolist()
    return [
        replace(item, id=f"{item.id}#{number}", start=edges[number], end=edges[number + 1])
        for number in range(n)
    ]


def _usable(changed: Frames | None, clean: Frames) -> Frames:
    """The changed copy where it is as long as the recording and finite."""
    if changed is None or changed.shape != clean.shape or not np.isfinite(changed).all():
        return clean
    return changed


def _spoken(
    teacher: FrontEnd,
    utterances: Sequence[Utterance],
    lengths: Sequence[int],
    folder: Path,
    jobs: int,
    progress: Callable[[int, int], None] | None,
) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int64]]:
    """Frames of the teacher, computed once and kept in the folder; where each utterance begins."""
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    told = [teacher.settings(), [item.id for item in utterances], list(lengths)]
    key = hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:20]
    path = folder / f"teacher-{key}.float16"
    shape = int(starts[-1]), len(feature(teacher.feature).frame_names)
    if not path.is_file() or path.stat().st_size != 2 * shape[0] * shape[1]:
        folder.mkdir(parents=True, exist_ok=True)
        with replacing(path) as handle:
            for begin in range(0, len(utterances), AT_ONCE):
                part = utterances[begin : begin + AT_ONCE]
                found = extract_many(teacher, part, jobs=jobs)
                if found.failures:
                    raise found.failures[0][1]
                for frames, length in zip(
                    found.vectors, lengths[begin : begin + AT_ONCE], strict=True
                ):
                    handle.write(_as_long(frames, length).astype("<f2").tobytes())
                if progress is not None:
                    progress(min(begin + AT_ONCE, len(utterances)), len(utterances))
    return np.memmap(path, dtype="<f2", mode="r", shape=shape), starts


def _as_long(frames: Frames, length: int) -> Frames:
    """So many frames: encoders of samples make one or two less, the last is then repeated."""
    return frames[np.minimum(np.arange(length), len(frames) - 1)]


def _soft_labels(utterances: Sequence[Utterance], task: Task) -> npt.NDArray[np.float32]:
    """Shares of the votes of hearers, or 1 for the emotion; zeros where there is no label."""
    labelled, emotions = task.targets(utterances)
    classes = sorted(set(emotions.tolist()))
    columns = {name: place for place, name in enumerate(classes)}
    of_utterance = {item.id: columns[name] for item, name in zip(labelled, emotions, strict=True)}
    soft = np.zeros((len(utterances), len(classes)), dtype=np.float32)
    for row, item in enumerate(utterances):
        if item.id not in of_utterance:
            continue
        for name, votes in item.votes.items():
            if name in columns:
                soft[row, columns[name]] = votes
        total = soft[row].sum()
        if total > 0:
            soft[row] /= total
        else:
            soft[row, of_utterance[item.id]] = 1.0
    return soft


def _split(
    utterances: Sequence[Utterance], seed: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows that are taught, and those of a few speakers (or utterances) that are watched."""
    groups = speakers_of(utterances)
    names = groups if groups is not None else np.array([item.id for item in utterances])
    different = np.unique(names)
    n = max(1, round(HELD_OUT * len(different)))
    if len(different) < 2:
        every = np.arange(len(utterances))
        return every, every[:0]
    held = np.random.default_rng(seed).choice(different, n, replace=False)
    watched = np.isin(names, held)
    return np.flatnonzero(~watched), np.flatnonzero(watched)


def _trained(
    settings: Settings,
    layers: tuple[int, ...],
    versions: list[list[Frames]],
    spoken: Spoken,
    soft: npt.NDArray[np.float32] | None,
    taught: npt.NDArray[np.int64],
    watched: npt.NDArray[np.int64],
    folder: Path,
    identity: dict[str, Any],
    epochs: Callable[[Mapping[str, Any], int], None] | None,
) -> tuple[Student, list[dict[str, Any]]]:
    """Build the student and train it."""
    torch = need("torch", extra="ssl", for_what="teaching a network")
    from ..encoders.student import Shape, Student, even_taps
    from ..engine.imitation import ByLength, Heard, Imitation, Lessons, Pupil
    from ..engine.loop import train
    from ..engine.recipe import Recipe
    from ..engine.seeds import seeded
    from ..engine.standardised import frame_statistics
    from .networks.arrays import digest

    def lessons(rows: npt.NDArray[np.int64]) -> Lessons:
        chosen = [[version[row] for row in rows] for version in versions]
        labels = None if soft is None else soft[rows]
        return Lessons(chosen, spoken, rows, soft=labels, transform=_masked(settings.masks))

    shape = Shape(
        layers=layers,
        taps=even_taps(len(layers), settings.blocks),
        dim=spoken.frames.shape[1] // len(layers),
        width=settings.width,
        kernel=settings.kernel,
        expansion=settings.expansion,
    )
    n_steps = settings.epochs * -(-len(taught) // settings.batch_size)
    ema = None if settings.ema is None else min(settings.ema, 1.0 - 1.0 / (1.0 + n_steps / 20))
    recipe = Recipe(
        epochs=settings.epochs,
        batch_size=settings.batch_size,
        optimiser="adamw",
        learning_rate=settings.learning_rate,
        weight_decay=settings.weight_decay,
        schedule="cosine",
        warm_up_epochs=min(1.0, settings.epochs / 10),
        clip_norm=1.0,
        ema=ema,
        precision=settings.precision,
        threads=settings.threads,
    )
    training = lessons(taught)
    with seeded(settings.random_state):
        student = Student(shape)
        pupil = Pupil(student, spoken, n_classes=0 if soft is None else soft.shape[1])
    mean, deviation = frame_statistics(training.versions[0])
    student.mean.copy_(torch.from_numpy(mean))
    student.inverse.copy_(torch.from_numpy(1.0 / np.maximum(deviation, 1e-6)))
    identity = {
        **identity,
        "settings": asdict(settings),
        "data": digest([one for version in training.versions for one in version], None),
        "soft": None if soft is None else hashlib.sha256(soft.tobytes()).hexdigest(),
    }
    key = hashlib.sha256(json.dumps(identity, sort_keys=True, default=str).encode()).hexdigest()
    found = train(
        pupil,
        Imitation(settings.frames, settings.means, settings.deviations, settings.labels),
        training,
        recipe,
        seed=settings.random_state,
        sampler=ByLength(np.array([len(one) for one in training.versions[0]]), recipe.batch_size),
        watch=Heard(lessons(watched)) if len(watched) else None,
        folder=folder / key[:20],
        identity=identity,
        progress=epochs,
    )
    return student.eval(), found.history


def _masked(masks: tuple[int, int] | None) -> Any:
    if masks is None:
        return None
    return SpecAugment(time_width=int(masks[0]), frequency_width=int(masks[1])).transform


def _n_parameters(network: Any) -> int:
    return sum(one.numel() for one in network.parameters())
