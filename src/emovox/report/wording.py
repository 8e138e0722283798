"""What codes and settings mean, in words that a person understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import Formatter

from .. import registry
from .chinese import EMOTIONS, KINDS, PROTOCOLS, REMARKS, SENTENCES

WARNINGS: dict[str, str] = {
    "antiphase": "the channels cancel each other; the louder one was used",
    "clipped": "{percent} % of the samples are clipped",
    "dc-offset": "the signal is shifted by {value} of full scale",
    "format-changed": "sample rate or channels change at {seconds} s",
    "holes": "{parts} damaged parts were skipped",
    "narrowband": "recorded at only {hz} Hz",
    "no-speech": "no speech was found",
    "non-finite-samples": "{samples} invalid samples were set to 0",
    "other-streams": "holds several sound streams; one was used",
    "out-of-domain": "unlike the recordings that the model was made from: the scores may mean "
    "little",
    "out-of-scale": "its peak is {peak} times full scale",
    "quiet": "very quiet, {dbfs} dB relative to full scale",
    "repaired": "its header was wrong and has been read as meant",
    "short": "only {seconds} s long: the scores are uncertain",
    "trailing-data": "what follows the sound in the file was ignored",
    "truncated": "cut short: {seconds_found} s of {seconds_declared} s were found",
    "wrong-extension": "is {format} in spite of its name",
}
"""Warning code -> sentence; braces hold the code's own details."""

NORMALISATIONS: dict[str, str] = {
    "training": "statistics of the training part only",
    "speaker": "per speaker, uses unlabelled test recordings",
    "corpus": "per corpus, uses unlabelled test recordings",
    "before-folds": "over training and test part together: a leak",
}
"""Normalisation -> what it uses."""

NORMALISATION_NAMES: dict[str, str] = {
    "speaker": "per speaker",
    "corpus": "per corpus",
    "before-folds": "before the folds",
}
"""Normalisation -> its name beside a method's, where there is little room."""

EPOCH_ON_TEST = "epoch chosen on the test part"
"""What is said beside the name of a network that was told to do so."""

SEPARABLE: dict[str, str] = {
    "speaker": "speakers",
    "sentence": "sentences",
    "session": "sessions",
    "corpus": "corpora",
    "identical_audio": "identical recordings",
}
"""What train and test parts may share -> its plural."""

NOTICE: tuple[str, ...] = (
    "These scores say how a voice sounds, as acted or judged in the recordings that the model was "
    "made from. They do not say what a person feels, and they are often wrong.",
    "In the European Union it is prohibited to infer people's emotions at work and in education, "
    "except for medical or safety reasons (AI Act, article 5); where emotion recognition is "
    "allowed, the people exposed to it must be told (article 50).",
)
"""What everybody who reads a prediction should know."""


LANGUAGES: tuple[str, ...] = ("en", "zh")
"""Languages that drawings speak."""


def say(sentence: str, language: str = "en", /, **values: object) -> str:
    """Sentence of a drawing in a language.

    Parameters
    ----------
    sentence : str
        A key of `emovox.report.chinese.SENTENCES`, which is what it says in English.
    language : str
        One of `LANGUAGES`.
    **values
        What its braces stand for.

    Examples
    --------
    >>> say("{start} to {end}", "en", start=0, end=2), say("peak", "zh")
    ('0 to 2', '峰值')
    """
    chosen = SENTENCES[sentence] if language == "zh" else sentence
    return chosen.format_map(values)


def emotion(name: str, language: str = "en") -> str:
    """Name of an emotion or a dimension; one that is not of the vocabulary stays as it is.

    Examples
    --------
    >>> emotion("anger"), emotion("anger", "zh"), emotion("joy of life", "zh")
    ('anger', '愤怒', 'joy of life')
    """
    return EMOTIONS.get(name, name) if language == "zh" else name


def group(name: str, language: str = "en") -> str:
    """Name of a group of speakers, such as a gender.

    Examples
    --------
    >>> group("female", "zh"), group("children", "zh")
    ('女', 'children')
    """
    return SENTENCES.get(name, name) if language == "zh" else name


def listed(names: Iterable[str], language: str = "en") -> str:
    """Names beside one another.

    Examples
    --------
    >>> listed(["a", "b"]), listed(["a", "b"], "zh")
    ('a, b', 'a、b')
    """
    return say(", ", language).join(names)


def kinds(names: Iterable[str], language: str = "en") -> str:
    """What train and test parts may share, beside one another.

    Examples
    --------
    >>> kinds(["speaker", "identical_audio"]), kinds(["speaker"], "zh")
    ('speaker, identical audio', '说话人')
    """
    translated = KINDS if language == "zh" else {}
    return listed((translated.get(name, name.replace("_", " ")) for name in names), language)


def separable(kind: str, language: str = "en") -> str:
    """Plural of what train and test parts may share.

    Examples
    --------
    >>> separable("identical_audio"), separable("sentence", "zh")
    ('identical recordings', '句子')
    """
    return kinds([kind], language) if language == "zh" else SEPARABLE.get(kind, kind)


def remark(sentence: str, language: str = "en") -> str:
    """A finished sentence of the evaluation in a language; one that is not known stays English.

    Examples
    --------
    >>> remark("1 of 2 speakers occur with one emotion only: speaker and emotion are confounded")
    '1 of 2 speakers occur with one emotion only: speaker and emotion are confounded'
    """
    for form, translated in REMARKS.items() if language == "zh" else ():
        pattern = "".join(
            re.escape(text) + (f"(?P<{name}>.+)" if name else "")
            for text, name, _, _ in Formatter().parse(form)
        )
        found = re.fullmatch(pattern, sentence)
        if found:
            return translated.format_map(found.groupdict())
    return sentence


def warning(code: str, details: Mapping[str, object]) -> str:
    """Sentence for a warning.

    Examples
    --------
    >>> warning("short", {"seconds": 0.4})
    'only 0.4 s long: the scores are uncertain'
    >>> warning("new-code", {"n": 3})
    'new-code (n 3)'
    """
    sentence = WARNINGS.get(code)
    if sentence is not None:
        try:
            return sentence.format_map(dict(details))
        except (KeyError, IndexError, ValueError):
            return sentence.partition("{")[0].rstrip(" :;,") or code
    numbers = ", ".join(f"{name} {value}" for name, value in details.items())
    return f"{code} ({numbers})" if numbers else code


def normalisation(name: str) -> str:
    """What a normalisation uses.

    Examples
    --------
    >>> normalisation("speaker")
    'per speaker, uses unlabelled test recordings'
    """
    return NORMALISATIONS.get(name, name)


def protocol(name: str, language: str = "en") -> str | None:
    """How a protocol cuts its folds, in its own words, or None where it is not known here.

    Examples
    --------
    >>> protocol("speaker")
    'leave one speaker out; above 12 speakers six fixed groups of speakers'
    """
    if name not in registry.names("protocol"):
        return None
    if language == "zh" and name in PROTOCOLS:
        return PROTOCOLS[name]
    return str(registry.get("protocol", name).describes)
