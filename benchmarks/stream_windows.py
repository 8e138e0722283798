"""How often the windows of a stream are right: how long one should be, and what to do with pauses.

Speakers are kept apart as everywhere: in each fold the default model's method learns from whole
recordings of the other speakers of EmoDB and CREMA-D, and then hears streams of those left out. A
stream is one speaker's recordings of one emotion, one after the other, with pauses of their own
background noise between them, as `emovox.inference.Stream` would get it. Every window that holds
speech is asked, and the unweighted average recall over all windows is told for each length of the
window and

- ``whole``: the window as it is;
- ``speech``: from the first to the last speech in it;
- ``squeezed``: the same, with pauses cut down to 0.3 s;
- ``last``: only its last stretch of speech (pauses over 0.5 s divide stretches);
- ``mean``: the mean answer of its stretches, weighted by their duration;

also by the speech that there is in the window, for what first answers are worth, and for the mean
over the answers of the last second or two, for what smoothing would bring.

    EMOVOX_CORPORA=... python benchmarks/stream_windows.py [--out results/stream-windows.json]
"""

from __future__ import annotations

import argparse
import itertools
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from emovox import registry
from emovox.audio import read
from emovox.audio.activity import speech_segments
from emovox.corpora import read_corpus
from emovox.corpora.utterance import Utterance
from emovox.evaluation.fold import Fold
from emovox.features import FrontEnd
from emovox.features.cache import default_cache
from emovox.methods.teaching import Task, teach

CORPORA = ("crema-d", "emodb")
LABELS = "anger,disgust,fear,happiness,neutral,sadness"
FRONT_END = FrontEnd("paralinguistic-narrow")
RATE = 16_000
WINDOWS_S = (1.0, 1.5, 2.0, 3.0, 4.0)
WAYS = ("whole", "speech", "squeezed", "last", "mean")
HOP_S = 0.5
PAUSE_S = 0.6
QUIETEST_S = 0.2
RECORDINGS_OF_STREAM = 4
MIN_SPEECH_S = 0.2
DIVIDING_PAUSE_S = 0.5
SQUEEZED_S = 0.3
SPEECH_EDGES_S = (0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.1)


class Answer(NamedTuple):
    """What one window of one stream gave."""

    corpus: str
    truth: int
    stream: int
    window_s: float
    way: str
    speech_s: float
    scores: npt.NDArray[np.float64]


def streams(utterances: Sequence[Utterance]) -> Iterator[tuple[Utterance, npt.NDArray[np.float32]]]:
    """Sound of each speaker's recordings of each emotion, with pauses."""
    rng = np.random.default_rng(0)
    by_voice: dict[tuple[str, str | None, str | None], list[Utterance]] = defaultdict(list)
    for item in utterances:
        by_voice[item.corpus, item.speaker, item.emotion].append(item)
    for items in by_voice.values():
        parts = []
        for item in items[:RECORDINGS_OF_STREAM]:
            sound = read(item.path, sample_rate=RATE).samples
            parts += [background(sound, rng), sound]
        yield items[0], np.concatenate(parts)


def background(sound: npt.NDArray[np.float32], rng: np.random.Generator) -> npt.NDArray[np.float32]:
    """A pause of noise with the level and spectrum of the quietest part of a recording."""
    length = round(QUIETEST_S * RATE)
    parts = sound[: sound.size // length * length].reshape(-1, length)
    quietest = parts[np.square(parts).mean(axis=1).argmin()]
    noise = rng.normal(size=round(PAUSE_S * RATE) + length - 1) / np.sqrt(length)
    return np.convolve(noise, quietest, "valid").astype(np.float32)


Parts = list[npt.NDArray[np.float32]]


def windows(sound: npt.NDArray[np.float32]) -> Iterator[tuple[float, float, dict[str, Parts]]]:
    """Length, seconds of speech, and for each way the parts that are recognised of each window."""
    for window_s, end in itertools.product(WINDOWS_S, np.arange(HOP_S, sound.size / RATE, HOP_S)):
        window = sound[max(round((end - window_s) * RATE), 0) : round(end * RATE)]
        spans = speech_segments(window, sample_rate=RATE)
        speech_s = sum(stop - start for start, stop in spans)
        if speech_s < MIN_SPEECH_S:
            continue
        stretches = [
            window[int(start * RATE) : round(stop * RATE)] for start, stop in joined(spans)
        ]
        yield window_s, speech_s, {
            "whole": [window],
            "speech": [window[int(spans[0][0] * RATE) : round(spans[-1][1] * RATE)]],
            "squeezed": [squeezed(window, spans)],
            "last": stretches[-1:],
            "mean": stretches,
        }  # fmt: skip


def joined(spans: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Stretches of speech, joined where the pause between them is short."""
    found = [spans[0]]
    for start, stop in spans[1:]:
        if start - found[-1][1] <= DIVIDING_PAUSE_S:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def squeezed(
    window: npt.NDArray[np.float32], spans: Sequence[tuple[float, float]]
) -> npt.NDArray[np.float32]:
    """Speech of a window, with no pause longer than `SQUEEZED_S`."""
    edge = SQUEEZED_S / 2
    parts, begin = [], spans[0][0]
    for (_, stop), (start, _) in itertools.pairwise(spans):
        if start - stop > SQUEEZED_S:
            parts.append(window[int(begin * RATE) : round((stop + edge) * RATE)])
            begin = start - edge
    return np.concatenate([*parts, window[int(begin * RATE) : round(spans[-1][1] * RATE)]])


def fold_answers(fold: Fold, utterances: Sequence[Utterance], every: int) -> list[Answer]:
    """Answers of one fold: taught on its training part, asked about streams of its test part."""
    taught = teach(
        "ridge",
        [utterances[index] for index in fold.train],
        task=Task(label_set=LABELS),
        front_end=FRONT_END,
        settings={"random_state": 0},
        cache=default_cache(),
    )
    classes = list(taught.estimator.classes_)
    test = [utterances[index] for index in fold.test]
    kept = [pair for pair in streams(test) if pair[0].corpus == "emodb"]
    kept += [pair for pair in streams(test) if pair[0].corpus != "emodb"][::every]
    answers = []
    for number, (item, sound) in enumerate(kept):
        known: dict[bytes, npt.NDArray[np.float64]] = {}
        for window_s, speech_s, ways in windows(sound):
            for way, parts in ways.items():
                rows = []
                for part in parts:
                    key = part.tobytes()
                    if key not in known:
                        vector = FRONT_END.vector(part)[np.newaxis]
                        known[key] = taught.estimator.predict_proba(vector)[0]
                    rows.append(known[key])
                scores = np.average(rows, axis=0, weights=[part.size for part in parts])
                truth = classes.index(item.emotion)
                answers.append(Answer(item.corpus, truth, number, window_s, way, speech_s, scores))
    return answers


def recall(answers: Sequence[Answer], guesses: Sequence[int]) -> float | None:
    """Unweighted average recall, over the emotions that occur."""
    hits: dict[int, list[bool]] = defaultdict(list)
    for answer, guess in zip(answers, guesses, strict=True):
        hits[answer.truth].append(answer.truth == guess)
    if not hits:
        return None
    return round(float(np.mean([np.mean(each) for each in hits.values()])), 3)


def smoothed(answers: Sequence[Answer], n: int) -> list[int]:
    """Guesses of the mean of the last `n` answers within each stream."""
    guesses = []
    for place, answer in enumerate(answers):
        last = [
            other.scores
            for other in answers[max(place - n + 1, 0) : place + 1]
            if other.stream == answer.stream and other.truth == answer.truth
        ]
        guesses.append(int(np.mean(last, axis=0).argmax()))
    return guesses


def table(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """One row for each corpus, length and way of cutting."""
    rows = []
    for corpus, window_s, way in itertools.product(CORPORA, WINDOWS_S, WAYS):
        mine = [
            answer
            for answer in answers
            if (answer.corpus, answer.window_s, answer.way) == (corpus, window_s, way)
        ]
        plain = [int(answer.scores.argmax()) for answer in mine]
        by_speech = {}
        for low, high in itertools.pairwise(SPEECH_EDGES_S):
            places = [place for place, each in enumerate(mine) if low <= each.speech_s < high]
            ua = recall([mine[place] for place in places], [plain[place] for place in places])
            by_speech[f"{low:g}"] = {"ua": ua, "windows": len(places)}
        rows.append(
            {
                "corpus": corpus, "window_s": window_s, "way": way,
                "windows": len(mine), "ua": recall(mine, plain),
                "ua_mean_of_last_1s": recall(mine, smoothed(mine, round(1 / HOP_S))),
                "ua_mean_of_last_2s": recall(mine, smoothed(mine, round(2 / HOP_S))),
                "by_speech_s": by_speech,
            }
        )  # fmt: skip
    return rows


def main() -> None:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folds", type=int, default=6, help="of the speaker folds, how many")
    parser.add_argument("--every", type=int, default=16, help="of CREMA-D's streams, every n-th")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    known = LABELS.split(",")
    utterances = [item for name in CORPORA for item in read_corpus(name) if item.emotion in known]
    folds = registry.get("protocol", "speaker").folds(utterances)
    answers: list[Answer] = []
    for fold in folds[: arguments.folds]:
        found = fold_answers(fold, utterances, arguments.every)
        base = 1000 * (len(answers) + 1)  # streams of different folds are different streams
        answers += [answer._replace(stream=base + answer.stream) for answer in found]
        print(f"{fold.name}: {len(found)} answers", flush=True)
        if arguments.out:
            write(arguments.out, answers, folds[: arguments.folds].index(fold) + 1)
    for row in table(answers):
        by_speech = {low: each["ua"] for low, each in row["by_speech_s"].items()}
        shown = {key: value for key, value in row.items() if key != "by_speech_s"}
        print(shown, by_speech)


def write(path: Path, answers: Sequence[Answer], n_folds: int) -> None:
    """Store what is known so far."""
    report = {
        "command": "python benchmarks/stream_windows.py --out results/stream-windows.json",
        "folds": n_folds,
        "streams": len({(answer.stream, answer.corpus) for answer in answers}),
        "hop_s": HOP_S,
        "rows": table(answers),
    }
    path.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
