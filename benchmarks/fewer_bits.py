"""LIGHT-SERNET in 16 and in 8 bits: whether it says the same of recordings it has not heard.

    EMOVOX_CORPORA=... results/run.sh inflation-light-sernet-emodb
    EMOVOX_CORPORA=... python benchmarks/fewer_bits.py

Takes the networks of the ten random folds of EmoDB, after their last epoch, from the checkpoints
that the first command leaves under runs/; writes results/fewer-bits.json. The ranges of 8 bits are
taken from the training part; agreement and UA are those of the test part.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from emovox.atomic import write_text
from emovox.corpora import read_corpus
from emovox.engine.export import to_onnx
from emovox.evaluation.content_identity import content_hashes
from emovox.evaluation.experiment import Experiment
from emovox.evaluation.fitting import one_thread, targets, unfitted, versions
from emovox.evaluation.metrics import confusion_matrix, unweighted_average_recall
from emovox.features import FrontEnd, extract_many
from emovox.features.cache import default_cache
from emovox.models.int8 import in_half, quantised
from emovox.models.runtime import Runtime

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "runs" / "results" / "inflation-light-sernet-emodb.jsonl.search"
OUT = ROOT / "results" / "fewer-bits.json"
EXPERIMENT = Experiment(
    "light-sernet",
    ("emodb",),
    parameters={"precision": "bfloat16", "watch": "test", "epoch": "last"},
    protocol="shuffled-kfold",
    seed=42,
)


def main() -> None:
    """Measure each fold, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    out = parser.parse_args().out
    chosen, emotions = EXPERIMENT.chosen(read_corpus("emodb"))
    front_end = FrontEnd(EXPERIMENT.feature, form="frames")
    vectors = extract_many(front_end, chosen, cache=default_cache()).vectors
    truth = targets(EXPERIMENT, chosen)
    speakers = np.array([f"{one.corpus}/{one.speaker}" for one in chosen])
    folds = []
    for number, fold in enumerate(EXPERIMENT.folds(chosen, content_hashes(chosen))):
        train, test = list(fold.train), list(fold.test)
        with one_thread():
            method = unfitted(EXPERIMENT, checkpoint=str(KEPT))
            method.fit(
                vectors[train], truth[train], groups=speakers[train],
                watched=(vectors[test], truth[test]),
            )  # fmt: skip
        folds.append({"fold": number, **measured(method, vectors, train, test, truth)})
        print(folds[-1])
    found = {
        "command": "python benchmarks/fewer_bits.py",
        "emotions": list(emotions),
        **{
            f"agreement_{form}": round(
                sum(one["same"][form] for one in folds) / sum(one["n"] for one in folds), 4
            )
            for form in ("half", "int8")
        },
        "rows": folds,
        "versions": versions(),
    }
    write_text(out, json.dumps(found, indent=1) + "\n")
    print(f"{out}: {found['agreement_half']}, {found['agreement_int8']}")


def measured(method, vectors, train, test, truth):
    """First choices of the test part in each form: how many are the same, and their UA."""
    frames, dim = vectors[test[0]].shape
    single = to_onnx(method.network_, dim=dim, frames=frames)
    forms = {
        "single": single,
        "half": in_half(single),
        "int8": quantised(single, [vectors[row] for row in train]),
    }
    said = {}
    for form, network in forms.items():
        runtime = Runtime(network, dim=dim, outputs=len(method.classes_), name=form, time=(frames,))
        rows = [runtime.run(vectors[row][np.newaxis])[0] for row in test]
        said[form] = np.argmax(rows, axis=1)
    places = np.searchsorted(method.classes_, truth[test])
    n_classes = len(method.classes_)
    return {
        "n": len(test),
        "same": {form: int((said[form] == said["single"]).sum()) for form in ("half", "int8")},
        "right": {form: int((said[form] == places).sum()) for form in forms},
        "ua": {
            form: round(
                float(
                    unweighted_average_recall(
                        confusion_matrix(places, said[form], n_classes=n_classes)
                    )
                ),
                4,
            )
            for form in forms
        },
        "bytes": {form: len(network) for form, network in forms.items()},
    }


if __name__ == "__main__":
    main()
