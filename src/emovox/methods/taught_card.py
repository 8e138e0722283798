"""The card of a network that an encoder has taught."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..models.card import LAW, NOT_FOR, licences


def card(name: str, taught: Mapping[str, Any], n_parameters: int) -> str:
    """Card of a taught network, Markdown.

    Parameters
    ----------
    name : str
    taught : mapping
        As `emovox.methods.taught.Lesson.description` gives it.
    n_parameters : int

    Returns
    -------
    str
    """
    teacher = taught["teacher"]
    layers = ", ".join(str(layer) for layer in teacher["layers"])
    left = taught["variance_left"]
    labels = (
        "Their emotions were taught too, as soft labels where hearers voted."
        if taught["settings"]["labels"]
        else "No label was used."
    )
    rows = "\n".join(
        f"| {corpus['title']} | {corpus['n_utterances']} | {corpus['n_speakers']} | "
        f"{corpus['licence']} |"
        for corpus in taught["corpora"]
    )
    known = (
        f"On {taught['held_out_speakers']} speakers that it was not taught with, it leaves "
        f"{left['frames']:.0%} of the variance of the teacher's frames, {left['means']:.0%} of "
        f"their mean over a recording, {left['deviations']:.0%} of their deviation."
        if left
        else "How well it imitates its teacher was not measured: there was no speaker to hold out."
    )
    return f"""\
# {name}

A convolutional network of {n_parameters:,} parameters that gives what layers {layers} of the speech
encoder {teacher["name"]} would give (SHA-256 {teacher["sha256"]}). It recognises nothing by itself:
it is a feature.

    emovox bench encoder-lda --corpora emodb --features FOLDER@all
    emovox train encoder-lda emodb --features FOLDER@all --out my-model

Here FOLDER is the folder that this file lies in; `@0` is its estimate of the first of these layers,
`@1` of the second. {known}

## Not for

{chr(10).join(f"- {line}" for line in NOT_FOR)}

## The law

{LAW.strip()}

## Training data

| corpus | recordings | speakers | licence |
| --- | --- | --- | --- |
{rows}

The teacher heard the recordings as they are, the network also changed copies of them. {labels}

## Licence

{licences(taught["corpora"])}

It holds no weights of its teacher, but learned from what that gives: look up whether the terms of
{teacher["name"]} allow that.

Made by:

    {taught["command"]}
"""
