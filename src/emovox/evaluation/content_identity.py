"""Which recordings are byte for byte the same, and whether two runs had the same data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from ..corpora.utterance import Utterance


def content_hashes(utterances: Sequence[Utterance]) -> list[str | None]:
    """SHA-256 of each utterance's file and the stretch of it; None where it cannot be read.

    Copies that were encoded differently are not told as equal; `emovox corpora check` decodes
    and finds those too.
    """
    files: dict[str, str | None] = {}
    found: list[str | None] = []
    for utterance in utterances:
        path = str(utterance.path)
        if path not in files:
            try:
                with open(path, "rb") as handle:
                    files[path] = hashlib.file_digest(handle, "sha256").hexdigest()
            except OSError:
                files[path] = None
        digest = files[path]
        whole = utterance.start is None and utterance.end is None
        stretch = "" if whole else f"@{utterance.start}-{utterance.end}"
        found.append(None if digest is None else f"{digest}{stretch}")
    return found


def data_hashes(utterances: Sequence[Utterance], hashes: Sequence[str | None]) -> dict[str, str]:
    """SHA-256 of each corpus: ids, emotions, dimensions, speakers and the recordings themselves.

    Parameters
    ----------
    utterances : sequence of Utterance
        As selected, in any order.
    hashes : sequence of str or None
        Of `content_hashes`.

    Returns
    -------
    dict, corpus -> 64 hexadecimal digits
    """
    lines: dict[str, list[str]] = {}
    for utterance, content in zip(utterances, hashes, strict=True):
        facts = (
            utterance.id,
            utterance.emotion,
            sorted(utterance.dimensions.items()),
            utterance.speaker,
            content,
        )
        lines.setdefault(utterance.corpus, []).append(repr(facts))
    return {
        corpus: hashlib.sha256("\n".join(sorted(facts)).encode()).hexdigest()
        for corpus, facts in sorted(lines.items())
    }
