"""The one emotion vocabulary: canonical names, aliases, label sets."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from .errors import CorpusError, unknown_name

EMOTIONS: tuple[str, ...] = (
    "anger", "boredom", "calm", "contempt", "disgust", "excitement", "fear",
    "frustration", "happiness", "neutral", "sadness", "surprise", "other",
)  # fmt: skip
"""Canonical names; an utterance without agreement has the emotion None."""

NO_AGREEMENT: frozenset[str] = frozenset({"", "xxx", "none", "no agreement", "x", "无一致"})
"""Labels by which corpora say that the raters did not agree."""

ALIASES: dict[str, str] = {
    **{name: name for name in EMOTIONS},
    # English
    "angry": "anger", "ang": "anger", "rage": "anger", "mad": "anger",
    "bored": "boredom", "bor": "boredom",
    "calmness": "calm", "cal": "calm", "relaxed": "calm",
    "contemptuous": "contempt", "con": "contempt",
    "disgusted": "disgust", "dis": "disgust",
    "excited": "excitement", "exc": "excitement",
    "fearful": "fear", "fea": "fear", "afraid": "fear", "scared": "fear", "anxiety": "fear",
    "anxious": "fear", "fru": "frustration", "frustrated": "frustration",
    "happy": "happiness", "hap": "happiness", "joy": "happiness", "joyful": "happiness",
    "neu": "neutral", "normal": "neutral",
    "sad": "sadness", "sorrow": "sadness", "unhappy": "sadness",
    "surprised": "surprise", "sur": "surprise", "ps": "surprise", "surprize": "surprise",
    "pleasant surprise": "surprise", "pleasant_surprise": "surprise",
    "pleasant_surprised": "surprise",
    "others": "other", "oth": "other",
    # Chinese
    "生气": "anger", "愤怒": "anger", "怒": "anger",
    "无聊": "boredom", "厌倦": "boredom",
    "平静": "calm", "冷静": "calm", "轻蔑": "contempt", "蔑视": "contempt",
    "厌恶": "disgust", "恶心": "disgust", "讨厌": "disgust",
    "兴奋": "excitement", "激动": "excitement",
    "害怕": "fear", "恐惧": "fear", "惊恐": "fear", "沮丧": "frustration",
    "高兴": "happiness", "快乐": "happiness", "开心": "happiness", "喜悦": "happiness",
    "中性": "neutral", "中立": "neutral",
    "悲伤": "sadness", "伤心": "sadness", "难过": "sadness",
    "惊讶": "surprise", "吃惊": "surprise", "惊喜": "surprise", "其他": "other",
}  # fmt: skip
"""Lower-case alias -> canonical name. Words that mean different things in different
corpora stand in the corpora's own files, not here."""

LABEL_SETS: dict[str, tuple[str, ...]] = {
    "AS": ("anger", "sadness"),
    "HS": ("happiness", "sadness"),
    "HNS": ("happiness", "neutral", "sadness"),
    "AHS": ("anger", "happiness", "sadness"),
    "ANS": ("anger", "neutral", "sadness"),
    "AHNS": ("anger", "happiness", "neutral", "sadness"),
    "AHNPS": ("anger", "happiness", "neutral", "surprise", "sadness"),
    "iemocap4": ("anger", "happiness", "neutral", "sadness"),
}
"""Name -> emotions; P is (pleasant) surprise. A trailing `O` adds "other" = all the rest."""

MERGES: dict[str, dict[str, str]] = {"iemocap4": {"excitement": "happiness"}}
"""What a label set merges before it selects."""


def canonical(
    label: str, *, aliases: Mapping[str, str] | None = None, where: str | None = None
) -> str | None:
    """Canonical emotion of a label in any of the known spellings.

    Parameters
    ----------
    label : str
        Such as ``"Angry"``, ``"joy"``, ``"快乐"``; case and outer spaces do not matter.
    aliases : mapping, optional
        Further spellings (lower case) -> canonical name; they win over `ALIASES`.
    where : str, optional
        File and line, for the error.

    Returns
    -------
    str or None
        One of `EMOTIONS`; None where the label says that raters did not agree.

    Raises
    ------
    CorpusError
        ``labels-unknown``, listing the known names.

    Examples
    --------
    >>> canonical("Angry"), canonical("快乐"), canonical("xxx")
    ('anger', 'happiness', None)
    """
    key = label.strip().lower()
    if aliases and key in aliases:
        return aliases[key]
    if key in ALIASES:
        return ALIASES[key]
    if key in NO_AGREEMENT:
        return None
    near = difflib.get_close_matches(key, ALIASES, n=1, cutoff=0.75)
    hint = f"--alias {label}={ALIASES[near[0]] if near else 'happiness'}"
    raise CorpusError(
        "labels-unknown",
        f"unknown emotion {label!r}; known: {', '.join(EMOTIONS)}; map it with {hint}",
        name=where,
    )


def label_set(name: str, *, own: Iterable[str] = ()) -> tuple[str, ...]:
    """Emotions of a label set.

    Parameters
    ----------
    name : str
        A name of `LABEL_SETS`, with a trailing ``O`` for "other"; ``"own"`` for the corpora's
        own emotions; or emotions joined by commas.
    own : iterable of str
        The emotions that the corpora at hand hold, for ``"own"``.

    Returns
    -------
    tuple of str, canonical names

    Raises
    ------
    UsageError
        ``name-unknown``.

    Examples
    --------
    >>> label_set("HNSO")
    ('happiness', 'neutral', 'sadness', 'other')
    """
    if name == "own":
        return tuple(sorted(set(own)))
    if name in LABEL_SETS:
        return LABEL_SETS[name]
    if name.endswith("O") and name[:-1] in LABEL_SETS:
        return (*LABEL_SETS[name[:-1]], "other")
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1:
        chosen = [canonical(part, where="label set") for part in parts]
        return tuple(dict.fromkeys(emotion for emotion in chosen if emotion))
    raise unknown_name("label set", name, ["own", *LABEL_SETS, "EMOTION,EMOTION,..."])


def common_emotions(pairs: Iterable[tuple[str, str | None]]) -> set[str]:
    """Emotions that every corpus holds: the ``"own"`` set of several corpora.

    A class that only one corpus has would be told by the corpus's sound.

    Parameters
    ----------
    pairs : iterable of (corpus, emotion)

    Examples
    --------
    >>> sorted(common_emotions([("a", "fear"), ("a", "calm"), ("b", "fear"), ("b", None)]))
    ['fear']
    """
    held: dict[str, set[str]] = {}
    for corpus, emotion in pairs:
        if emotion is not None:
            held.setdefault(corpus, set()).add(emotion)
    return set.intersection(*held.values()) if held else set()


def relabel(emotion: str | None, *, name: str, chosen: tuple[str, ...]) -> str | None:
    """Emotion of an utterance inside the label set `name` with the emotions `chosen`.

    Merges first (iemocap4: excitement into happiness); what is not chosen becomes ``"other"``
    where the set has it, else None (the utterance is left out).
    """
    if emotion is None:
        return None
    emotion = MERGES.get(name, {}).get(emotion, emotion)
    if emotion in chosen:
        return emotion
    is_rest = name.endswith("O") and name[:-1] in LABEL_SETS
    return "other" if is_rest else None
