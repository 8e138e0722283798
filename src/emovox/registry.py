"""What emovox knows by name: name -> "module:object", read without importing anything.

Other packages add entries through the entry-point groups ``emovox.corpora``,
``emovox.features``, ``emovox.methods`` and ``emovox.protocols``.
"""

from __future__ import annotations

import importlib
from typing import Any

from .errors import unknown_name

CORPORA: dict[str, str] = {
    name: f"emovox.corpora.{name.replace('-', '_')}:CORPUS"
    for name in (
        "casia", "crema-d", "emodb", "emotale", "emovo", "esd", "iemocap", "meld",
        "msp-improv", "ravdess", "savee", "shemo", "tess", "urdu",
    )
}  # fmt: skip

FEATURES: dict[str, str] = {
    **{
        name: f"emovox.features.sets:{name.upper()}"
        for name in ("chroma", "contrast", "fbank", "logmel", "mel", "mfcc", "tonnetz")
    },
    **{
        f"kurpukdee-{name}": f"emovox.features.kurpukdee:{name.upper()}"
        for name in ("fbank", "mfcc", "plp", "prosody")
    },
    **{
        name: f"emovox.features.paralinguistic:{name.upper().replace('-', '_')}"
        for name in (
            "modulation",
            "paralinguistic",
            "paralinguistic-narrow",
            "prosody",
            "spectral",
            "voice-quality",
        )
    },
    **{
        f"tim-net-{corpus}": f"emovox.features.tim_net:{corpus.upper()}"
        for corpus in ("casia", "emodb", "iemocap", "ravdess", "savee")
    },
    "light-sernet": "emovox.features.light_sernet:THREE_SECONDS",
    "light-sernet-7s": "emovox.features.light_sernet:SEVEN_SECONDS",
    "replknet": "emovox.features.replknet:REPLKNET",
    "waveform": "emovox.features.waveform:WAVEFORM",
    "waveform-standardised": "emovox.features.waveform:WAVEFORM_STANDARDISED",
    "whisper-logmel": "emovox.features.whisper:EIGHTY",
    "whisper-logmel-128": "emovox.features.whisper:LARGE_V3",
}

METHODS: dict[str, str] = {
    **{
        f"ccser-{name}": f"emovox.methods.classic.ccser:{name.upper()}"
        for name in (
            "adaboost", "bagging", "best", "gb", "knn", "mlp", "rf", "stacking", "svc", "tree",
            "voting",
        )
    },
    "svm-kurpukdee": "emovox.methods.classic.svm_kurpukdee:CHOSEN",
    **{
        f"svm-kurpukdee-{feature}-{kernel}":
            f"emovox.methods.classic.svm_kurpukdee:{feature.upper()}_{kernel.upper()}"
        for feature in ("fbank", "mfcc", "plp", "prosody")
        for kernel in ("linear", "rbf", "poly")
    },
    **{
        name: f"emovox.methods.classic.paralinguistic:{name.upper().replace('-', '_')}"
        for name in ("lda", "logistic-regression", "ridge", "svm-linear", "svm-rbf")
    },
    "encoder-lda": "emovox.methods.classic.layered:ENCODER_LDA",
    **{
        name: f"emovox.methods.networks.systems:{name.upper().replace('-', '_')}"
        for name in (
            "encoder", "encoder-lora", "encoder-tuned",
            "light", "light-sernet", "light-sernet-7s", "light-sernet-focal", "lstm", "replknet",
            "tim-net", "tim-net-forward", "tim-net-last-level", "tim-net-mean-levels",
        )
    },
}  # fmt: skip

PROTOCOLS: dict[str, str] = {
    name: f"emovox.evaluation.protocols.{target}"
    for name, target in {
        "cross-corpus": "cross_corpus:PROTOCOL",
        "emobox": "emobox:PROTOCOL",
        "kfold": "kfold:BLOCKS",
        "random": "kfold:RANDOM",
        "sentence": "sentence:SENTENCE",
        "session": "session:PROTOCOL",
        "shuffled-kfold": "kfold:SHUFFLED",
        "speaker": "speaker:PROTOCOL",
        "speaker+sentence": "sentence:SPEAKER_SENTENCE",
        "stratified-kfold": "kfold:STRATIFIED",
    }.items()
}

_KINDS: dict[str, dict[str, str]] = {
    "corpus": CORPORA,
    "feature": FEATURES,
    "method": METHODS,
    "protocol": PROTOCOLS,
}
_GROUPS = {"corpus": "corpora", "feature": "features", "method": "methods", "protocol": "protocols"}


def names(kind: str) -> list[str]:
    """Sorted names of a kind: ``"corpus"``, ``"feature"``, ``"method"`` or ``"protocol"``.

    Examples
    --------
    >>> "emodb" in names("corpus")
    True
    """
    return sorted({*_KINDS[kind], *_plugins(kind)})


def get(kind: str, name: str) -> Any:
    """Import and return what `name` stands for.

    Raises
    ------
    UsageError
        ``name-unknown``, listing the known names.
    """
    target = _KINDS[kind].get(name)
    if target is not None:
        module, _, attribute = target.partition(":")
        return getattr(importlib.import_module(module), attribute)
    if kind == "feature" and "@" in name:
        # Hidden states of a pretrained encoder, of which there are as many as users bring.
        return importlib.import_module("emovox.encoders.feature").encoder_feature(name)
    load = _plugins(kind).get(name)
    if load is None:
        raise unknown_name(kind, name, names(kind))
    return load()


def _plugins(kind: str) -> dict[str, Any]:
    """Name -> loader of the entries that other packages bring."""
    # Costs more to import than most of emovox, and only lists and unknown names need it.
    from importlib.metadata import entry_points

    found = entry_points(group=f"emovox.{_GROUPS[kind]}")
    return {entry.name: entry.load for entry in found}
