"""A corpus of names only, for what needs no audio."""

from pathlib import Path

from emovox.corpora.utterance import Utterance

EMOTIONS = ("anger", "fear", "neutral", "sadness")


def corpus(name="tiny", *, n_speakers=8, n_sentences=4, n_takes=1):
    """A corpus in which every speaker says every sentence in every emotion."""
    return [
        Utterance(
            id=f"{name}/s{speaker:02}/{sentence}-{emotion}-{take}",
            corpus=name,
            path=Path(f"{name}-{speaker}-{sentence}-{emotion}-{take}.wav"),
            speaker=f"s{speaker:02}",
            sentence=f"t{sentence}",
            session=f"{speaker // 2}",
            emotion=emotion,
            gender=("female", "male")[speaker % 2],
        )
        for speaker in range(n_speakers)
        for sentence in range(n_sentences)
        for emotion in EMOTIONS
        for take in range(n_takes)
    ]
