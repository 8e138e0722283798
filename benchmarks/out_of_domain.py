"""What a model says of recordings that are unlike what it was trained on.

Scored with the model's own statistics: other corpora, noises, synthetic music, and recordings of
its training corpora through a telephone, in noise, backwards. What it says of new speakers of the
same corpora is measured with statistics of the others (five groups of speakers). `choice` is
how the score was chosen: by the training corpora and what is made from them alone, with
statistics of four fifths of the speakers.

    EMOVOX_CORPORA=... python benchmarks/out_of_domain.py [--model FOLDER ...]
        [--out results/out-of-domain.json]
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import emovox
from emovox.audio import read
from emovox.audio.augment import TELEPHONE, Augmentation, Chain, Codec, Noise
from emovox.cli.progress import counter
from emovox.corpora import Utterance, read_corpus
from emovox.features.cache import default_cache
from emovox.features.front_end import extract_many, signal_warnings
from emovox.inference import Recogniser
from emovox.models.domain import training_statistics, unlikeness
from emovox.models.sequences import statistics
from emovox.randomness import generator
from recognising.made_music import KINDS, piece

Rows = npt.NDArray[np.float64]
Samples = npt.NDArray[np.float32]

OTHERS = {
    "ravdess": "RAVDESS, English",
    "emovo": "EMOVO, Italian",
    "urdu": "URDU",
    "emotale": "EmoTale, Danish and English",
}
CHANGES: dict[str, Augmentation | None] = {
    "telephone band, 300 to 3400 Hz": TELEPHONE,
    "the same and A-law at 8 kHz": Chain([TELEPHONE, Codec(names=("a-law",))]),
    "white noise, 0 dB": Noise(snr_db=(0, 0)),
    "pink noise, 0 dB": Noise(snr_db=(0, 0), of="pink"),
    "babble, 0 dB": Noise(snr_db=(0, 0), of="babble"),
    "pink noise, 20 dB": Noise(snr_db=(20, 20), of="pink"),
    "backwards": None,
}
CHOSEN_ON = tuple(CHANGES)[:4]
"""Changes that a score should notice; babble is speech, 20 dB a quiet room."""
COUNTS = (0, 8, 16, 32, 64)
MOST_ALARMS = 0.01
PERCENTILES = (5, 25, 50, 75, 95)
N_FOLDS = 5


def main() -> None:
    """Measure every model, print the tables, write the record."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", action="append", help="a name or folder; default: the default")
    parser.add_argument("--recordings", type=int, default=200, help="of each set, at most")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    tables: dict[str, list[dict[str, Any]]] = {}
    for name in arguments.model or [None]:
        recogniser = emovox.load(name)
        measured = Measurement(recogniser, arguments.recordings)
        title = recogniser.model.name
        tables[f"{title}: what it says"] = [*measured.own_speakers(), *measured.unlike()]
        tables[f"{title}: choice"] = [*measured.choice()]
    report = {
        "command": "python benchmarks/out_of_domain.py --out results/out-of-domain.json",
        "recordings of a set, at most": arguments.recordings,
        "emovox": emovox.__version__,
        "tables": tables,
        "notes": [
            "In per cent: what holds no speech is told so and gets no emotion; of the rest, what "
            "scores over 1 is told to be unlike the training data. The score's percentiles are of "
            "all recordings. The music is synthetic."
        ],
    }
    for title, lines in tables.items():
        print(title)
        for line in lines:
            print("  ", json.dumps(line))
    if arguments.out:
        arguments.out.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


class Measurement:
    """One model and the recordings of its training corpora.

    Parameters
    ----------
    recogniser : Recogniser
    at_most : int
        Recordings of a set.
    """

    def __init__(self, recogniser: Recogniser, at_most: int) -> None:
        self.model = recogniser.model
        self.front_end = recogniser.front_end
        self.rate = emovox.features.feature(self.front_end.feature).sample_rate
        self.at_most = at_most
        self.own = {
            name: [each for each in read_corpus(name) if each.emotion in self.model.labels]
            for name in [corpus["name"] for corpus in self.model.settings["training"]["corpora"]]
        }
        self.rows = {name: self._vectors(items) for name, items in self.own.items()}
        self.folds = {name: speaker_folds(items) for name, items in self.own.items()}

    def own_speakers(self) -> Iterator[dict[str, Any]]:
        """What is said of speakers whom the statistics have not seen, corpus by corpus."""
        found: dict[str, list[Rows]] = {name: [] for name in self.own}
        for fold in range(N_FOLDS):
            domain = training_statistics(self._split(fold, seen=True))
            for name in self.own:
                held_out = self.rows[name][self.folds[name] == fold]
                found[name].append(unlikeness(held_out, domain))
        for name, parts in found.items():
            yield line(f"{name}, new speakers", np.concatenate(parts))

    def unlike(self) -> Iterator[dict[str, Any]]:
        """What is said of everything else, with the statistics of the model."""
        for name in [each for each in OTHERS if each not in self.own]:
            if (Path(os.environ["EMOVOX_CORPORA"]) / name).is_dir():
                yield self._said(OTHERS[name], self._read(read_corpus(name)))
        for name, items in self.own.items():
            recordings = list(self._read(items))
            for title, change in CHANGES.items():
                yield self._said(f"{name}: {title}", changed(recordings, change, self.rate))
        for kind in KINDS:
            pieces = (piece(kind, seed, sample_rate=self.rate) for seed in range(40))
            yield self._said(f"music: {kind}", pieces)
        folder = Path(os.environ["EMOVOX_CORPORA"]) / "noise"
        if folder.is_dir():
            clips = sorted(folder.rglob("*.flac"))
            sounds = (read(path, sample_rate=self.rate).samples for path in clips)
            yield self._said("recorded noises", sounds)
        yield self._said("white noise", (hiss(seed, 0.05, self.rate) for seed in range(40)))
        yield self._said("near silence", (hiss(seed, 1e-4, self.rate) for seed in range(40)))

    def choice(self) -> Iterator[dict[str, Any]]:
        """Shares of alarms by number of directions, on the training corpora alone."""
        usual = self._split(0, seen=False)
        held_out = [
            list(self._read([item for item, fold in zip(items, self.folds[name], strict=True)
                             if fold == 0]))
            for name, items in self.own.items()
        ]  # fmt: skip
        made = {
            title: self._of_samples(
                sound for part in held_out for sound in changed(part, CHANGES[title], self.rate)
            )
            for title in CHOSEN_ON
        }
        for count in COUNTS:
            domain = training_statistics(self._split(0, seen=True), n_directions=count)
            noticed = {
                title: float((unlikeness(rows, domain) > 1).mean()) for title, rows in made.items()
            }
            alarms = float((unlikeness(usual, domain) > 1).mean())
            mean = float(np.mean(list(noticed.values())))
            yield {
                "directions": count or "none",
                "new speakers, %": percent(alarms),
                **{f"{title}, %": percent(share) for title, share in noticed.items()},
                "mean of the four, %": percent(mean),
                "allowed": "yes" if alarms <= MOST_ALARMS else "no",
            }

    def _said(self, title: str, sounds: Sequence[Samples] | Iterator[Samples]) -> dict[str, Any]:
        kept = list(sounds)
        silent = [
            any(each.code == "no-speech" for each in signal_warnings(s, sample_rate=self.rate))
            for s in kept
        ]
        scores = self.model.out_of_domain([self.front_end.vector(each) for each in kept])
        return line(title, scores, np.array(silent))

    def _read(self, items: Sequence[Utterance]) -> Iterator[Samples]:
        """Sound of at most so many recordings, spread evenly."""
        for place in np.unique(np.linspace(0, len(items) - 1, self.at_most).astype(int)):
            item = items[place]
            yield read(item.path, sample_rate=self.rate, start=item.start, end=item.end).samples

    def _vectors(self, items: Sequence[Utterance]) -> Rows:
        progress = counter("features")
        found = extract_many(self.front_end, items, cache=default_cache(), progress=progress)
        if found.failures:
            raise found.failures[0][1]
        return self._as_rows(found.vectors)

    def _of_samples(self, sounds: Iterator[Samples]) -> Rows:
        return self._as_rows([self.front_end.vector(each) for each in sounds])

    def _as_rows(self, vectors: Any) -> Rows:
        if self.model.is_sequence:
            return np.stack([statistics(np.asarray(each, dtype=np.float64)) for each in vectors])
        return np.asarray(vectors, dtype=np.float64)

    def _split(self, fold: int, *, seen: bool) -> Rows:
        return np.concatenate(
            [rows[(self.folds[name] == fold) != seen] for name, rows in self.rows.items()]
        )


def speaker_folds(items: Sequence[Utterance]) -> npt.NDArray[np.intp]:
    """Number of the fold in which each recording's speaker is held out."""
    speakers = sorted({str(item.speaker) for item in items})
    order = generator(0, 0, use="folds").permutation(len(speakers))
    folds = {speakers[place]: turn % N_FOLDS for turn, place in enumerate(order)}
    return np.array([folds[str(item.speaker)] for item in items])


def changed(
    recordings: Sequence[Samples], change: Augmentation | None, rate: int
) -> Iterator[Samples]:
    """Each recording after a change; None plays it backwards."""
    for place, samples in enumerate(recordings):
        if change is None:
            yield np.ascontiguousarray(samples[::-1])
        else:
            yield change.draw(generator(0, 0, place))(samples, sample_rate=rate)


def hiss(seed: int, level: float, rate: int) -> Samples:
    """Three seconds of white noise."""
    rng = np.random.default_rng(seed)
    return (level * rng.standard_normal(3 * rate)).astype(np.float32)


def line(title: str, scores: Rows, silent: npt.NDArray[np.bool_] | None = None) -> dict[str, Any]:
    """One row of the table."""
    quiet = np.zeros(len(scores), dtype=bool) if silent is None else silent
    unlike = (scores > 1) & ~quiet
    return {
        "recordings": title,
        "n": len(scores),
        "no speech, %": percent(quiet.mean()),
        "unlike, %": percent(unlike.mean()),
        "nothing said, %": percent((~quiet & ~unlike).mean()),
        "over 1, %": percent((scores > 1).mean()),
        **{f"score p{p}": round(float(np.percentile(scores, p)), 2) for p in PERCENTILES},
    }


def percent(share: float) -> float:
    """Per cent to one decimal."""
    return round(100 * float(share), 1)


if __name__ == "__main__":
    main()
