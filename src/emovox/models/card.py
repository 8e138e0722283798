"""The model card, README.md of a model folder, in the field's form."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ..corpora.card import Card

GOOD_FOR = (
    "Comparing recordings of acted speech, of the languages it was trained on.",
    "A cheap, reproducible baseline for research on speech emotion recognition.",
    "A first look at how recordings of one's own sound, checked by people who listen.",
)

NOT_FOR = (
    "Deciding anything about a person: hiring, grading, credit, insurance, health, policing, "
    "asylum, truthfulness.",
    "Saying what a person feels. It says how a voice sounds to it, like the actors or speakers "
    "of its training data; people who sound angry may not be, and the other way round.",
    "Speech unlike its training data: other languages, children, spontaneous or telephone "
    "speech, noise, several speakers at once. Scores are then often high and wrong.",
)

LAW = """\
In the European Union, the AI Act (Regulation (EU) 2024/1689) prohibits, in article 5(1)(f),
systems that infer emotions of people at work and in education from their biometric data, such
as their voice, except for medical or safety reasons. Where emotion recognition is permitted,
article 50(3) obliges whoever uses it to inform the people it is used on, and data protection
law applies. Annex III counts it among the high-risk uses. Other places have laws of their own.
"""


def training_corpus(card: Card, *, n_utterances: int, n_speakers: int) -> dict[str, Any]:
    """Entry of one corpus in a model's ``training["corpora"]``.

    Parameters
    ----------
    card : Card
    n_utterances, n_speakers : int
        That took part in training.
    """
    return {
        "name": card.name,
        "title": card.title,
        "languages": list(card.languages),
        "licence": card.licence,
        "models_may_be_shared": card.models_may_be_shared,
        "sharing_reason": card.sharing_reason,
        "citation": card.citation,
        "url": card.url,
        "n_utterances": n_utterances,
        "n_speakers": n_speakers,
    }


def sharing(corpora: Sequence[Mapping[str, Any]]) -> tuple[bool | None, str]:
    """Whether a model trained on these corpora may be given away, by the strictest of them.

    Parameters
    ----------
    corpora : sequence of mappings
        As of `training_corpus`.

    Returns
    -------
    (True, False or None where nobody has said; one sentence)

    Examples
    --------
    >>> sharing([{"name": "a", "models_may_be_shared": True},
    ...          {"name": "b", "models_may_be_shared": False}])[0]
    False
    """
    if not corpora:
        return None, "The corpora it was trained on are not recorded; do not share it."
    for verdict, sentence in (
        (False, "It may not be shared: the terms of {names} do not allow it."),
        (None, "Whether it may be shared is not settled: the terms of {names} do not say. Ask "
               "their owners first."),
    ):  # fmt: skip
        names = [str(c["name"]) for c in corpora if c.get("models_may_be_shared") is verdict]
        if names:
            return verdict, sentence.format(names=", ".join(names))
    return True, "It may be shared, with the attribution below."


def write_card(settings: Mapping[str, Any]) -> str:
    """Model card of a model.

    Parameters
    ----------
    settings : mapping
        What ``model.json`` holds. Used: ``name``, ``task``, ``labels``, ``front_end``,
        ``input``, ``scores``, ``export``; ``method`` (``name``, ``title``, ``parameters``,
        ``source``);
        ``training`` (``corpora`` as of `training_corpus`, ``n_utterances``, ``n_speakers``,
        ``label_set``, ``counts``, ``command``, ``encoder`` as of
        `emovox.encoders.finding.origin`); ``figures`` (each ``corpus``, ``protocol``,
        ``measure``, ``value``, ``interval``, ``n``, ``normalisation``, ``note``).

    Returns
    -------
    str, Markdown with a YAML head
    """
    training = settings.get("training") or {}
    corpora = training.get("corpora", [])
    encoder = training.get("encoder") or {}
    named = {corpus["name"] for corpus in corpora}
    heard = [*corpora, *(one for one in encoder.get("corpora", []) if one["name"] not in named)]
    sections = [
        _head(settings, heard),
        f"# {settings['name']}\n\n{_what_it_is(settings)}",
        f"## Uses\n\nGood for:\n\n{_bullets(GOOD_FOR)}\n\nNot for:\n\n{_bullets(NOT_FOR)}",
        f"### The law\n\n{LAW}",
        f"## How to use it\n\n{_how_to_use()}",
        f"## Training data\n\n{_training_data(training, corpora)}",
        f"## Licence\n\n{licences(heard, encoder)}",
        f"## Evaluation\n\n{_evaluation(settings.get('figures', []))}",
        f"## Bias, risks and limits\n\n{_limits(settings, corpora)}",
        f"## Technical details\n\n{_technical(settings)}",
    ]
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _head(settings: Mapping[str, Any], corpora: Sequence[Mapping[str, Any]]) -> str:
    """YAML head; JSON values are YAML too."""
    languages = sorted({language for corpus in corpora for language in corpus["languages"]})
    licences = sorted({str(corpus["licence"]) for corpus in corpora})
    fields = {
        "license": "other",
        "license_name": "; ".join(licences) or "unknown",
        "library_name": "emovox",
        "pipeline_tag": "audio-classification",
        "language": languages,
        "datasets": [corpus["name"] for corpus in corpora],
        "tags": ["speech-emotion-recognition", "onnx", settings["task"]],
        "model_name": settings["name"],
    }
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in fields.items()]
    return "\n".join(["---", *lines, "---"])


def _what_it_is(settings: Mapping[str, Any]) -> str:
    method = settings.get("method") or {}
    is_sequence = settings["input"].get("form") == "frames"
    kind = "A neural network" if is_sequence else "A classic method of machine learning"
    title = method.get("title") or method.get("name") or kind
    heard = "the frames of a recording" if is_sequence else "features of whole utterances"
    labels = ", ".join(settings["labels"])
    if settings["task"] == "regression":
        gives = f"It takes a recording of speech and gives values of {labels}, in 0..1."
    else:
        gives = f"It takes a recording of speech and gives a score for each of: {labels}."
    return f"{title} on {heard}. {gives}"


def _how_to_use() -> str:
    return """\
    pip install emovox
    emovox predict recording.wav --model FOLDER

```python
import emovox

result = emovox.load("FOLDER").predict("recording.wav")
print(result.emotion, result.scores)
```

Here FOLDER is the folder that this file lies in."""


def _training_data(training: Mapping[str, Any], corpora: Sequence[Mapping[str, Any]]) -> str:
    if not corpora:
        return "Not recorded."
    rows = [
        [c["title"], ", ".join(c["languages"]), c["n_utterances"], c["n_speakers"], c["licence"]]
        for c in corpora
    ]
    parts = [_table(["corpus", "languages", "utterances", "speakers", "licence"], rows)]
    if training.get("counts"):
        parts.append(_table(["emotion", "utterances"], list(training["counts"].items())))
    if training.get("command"):
        parts.append(f"Made by:\n\n    {training['command']}")
    return "\n\n".join(parts)


def licences(corpora: Sequence[Mapping[str, Any]], encoder: Mapping[str, Any] | None = None) -> str:
    """Verdict, and for each corpus its terms, reason and citation.

    Parameters
    ----------
    corpora : sequence of mappings
        As of `training_corpus`.
    encoder : mapping, optional
        As of `emovox.encoders.finding.origin`: whose weights the model holds.
    """
    lines = [
        f"{c['title']}: {c['licence']}. {c['sharing_reason']} {c['citation']} <{c['url']}>"
        for c in corpora
    ]
    may, verdict = sharing(corpora)
    if encoder and "taught_by" in encoder:
        lines.append(
            f"It holds the network {encoder['name']} (SHA-256 {encoder['sha256']}), which learned "
            f"from what {encoder['taught_by']} gives: look up whether its terms allow that."
        )
    elif encoder:
        lines.append(
            f"Weights of the encoder {encoder['name']} (up to layer {max(encoder['layers'])}; "
            f"SHA-256 {encoder['sha256']}): its own licence applies to them, and its notices "
            "must travel with them. It is not recorded here."
        )
        if may:
            verdict = (
                "Its corpora allow sharing it; look up first whether the licence of its encoder "
                "does."
            )
    return f"{verdict}\n\n{_bullets(lines)}"


def _evaluation(figures: Sequence[Mapping[str, Any]]) -> str:
    if not figures:
        return "No figure has been measured for this model. Measure it before relying on it."
    rows = []
    for figure in figures:
        interval = figure.get("interval")
        rows.append([
            figure.get("corpus", ""),
            figure.get("protocol", ""),
            figure.get("measure", ""),
            f"{figure['value']:.3f}",
            f"{interval[0]:.3f} to {interval[1]:.3f}" if interval else "not measured",
            figure.get("n", ""),
            " ".join(str(figure[key]) for key in ("normalisation", "note") if figure.get(key)),
        ])  # fmt: skip
    heads = ["corpus", "protocol", "measure", "value", "95 % interval", "n", "note"]
    text = (
        "Measured on speakers that the model had not heard, unless the protocol says otherwise; "
        "every step was fitted on the training part of each fold. The folder's own network was "
        "then fitted on all of the training data in the same way. UA is the mean of the classes' "
        "recalls, WA the share of right answers."
    )
    return f"{_table(heads, rows)}\n\n{text}"


def _limits(settings: Mapping[str, Any], corpora: Sequence[Mapping[str, Any]]) -> str:
    languages = sorted({language for corpus in corpora for language in corpus["languages"]})
    heard = ", ".join(languages) or "languages that are not recorded"
    lines = [
        f"It has heard only {heard}. Other languages are guesswork.",
        "Corpora of actors exaggerate and have few speakers and sentences; figures on them are "
        "higher than on spontaneous speech.",
        "It must choose among its labels, whatever is said; a feeling that is not among them "
        "gets one of the others.",
        "It may serve women, men, ages and accents unequally; compare the groups on data of "
        "your own.",
    ]
    if settings.get("out_of_domain"):
        lines.append(
            "A recording unlike the training data is reported as `out-of-domain`; one that is "
            "not reported may still be unlike it in ways that the features do not show."
        )
    return _bullets(lines)


def _technical(settings: Mapping[str, Any]) -> str:
    front_end, scores = settings["front_end"], settings["scores"]
    export, method = settings.get("export") or {}, settings.get("method") or {}
    level = front_end.get("level_db")
    lines = [
        f"Front end: {front_end['feature']} (version {front_end.get('version', 1)}), "
        f"{_input(settings['input'])} at "
        f"{front_end.get('sample_rate', 16000)} Hz; level "
        f"{'as recorded' if level is None else f'brought to {level} dBFS'}; silence at the ends "
        f"{'cut' if front_end.get('trim') else 'kept'}.",
        f"Scores: {scores['kind']}"
        + (f", softmax temperature {scores['temperature']:.4g}." if scores["kind"] == "softmax"
           else "."),
    ]  # fmt: skip
    if method:
        parameters = json.dumps(method.get("parameters", {}), ensure_ascii=False, default=str)
        lines.append(f"Method: {method.get('name', '')}, settings {parameters}.")
    if export:
        lines.append(_exported(export))
    lines.append("`model.json` holds the SHA-256 of every file; they are checked when it is read.")
    return _bullets(lines)


def _input(given: Mapping[str, Any]) -> str:
    """What the network is given of a recording."""
    if given.get("form") != "frames":
        return f"{given['dim']} numbers an utterance"
    frames, window = given.get("frames"), given.get("window")
    if window and window["pad"] == "none":
        count = (
            f"up to {window['frames']} frames at once, of longer recordings the mean of the scores "
            "of pieces"
        )
    elif window:
        count = (
            f"windows of {window['frames']} frames every {window['hop']}, of which the scores are "
            "averaged"
        )
    else:
        count = "any number of frames" if frames is None else f"{frames} frames"
    return f"{count}, {given['dim']} numbers a frame"


def _exported(export: Mapping[str, Any]) -> str:
    """What the network computes in, and how far it is from the fitted model."""
    if "agreement" in export:
        form = (
            "is computed with weights and activations of 8 bits"
            if export["computed_in"] == "int8"
            else f"is computed in {export['computed_in']} precision with weights of 16 bits"
        )
        return (
            f"`network.onnx` {form}; its first choice "
            f"is the fitted model's on {export['agreement']:.1%} of the recordings compared, its "
            f"scores differ by at most {export['largest_difference']:g}."
        )
    return (
        f"`network.onnx` is computed in {export['computed_in']} precision; its scores differ "
        f"from the fitted model's by at most {export['largest_difference']:g} on "
        f"{export['rows_compared']} rows."
    )


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Markdown table."""

    def line(cells: Sequence[object]) -> str:
        return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"

    return "\n".join([line(heads), line(["---"] * len(heads)), *(line(row) for row in rows)])
