"""How many clips a class a model needs to be adapted to a corpus that it has never heard.

    EMOVOX_CORPORA=... python benchmarks/adapting.py [--model default] [--out results/adapting.json]

Half of the speakers of a corpus are adapted to, the other half are tested on; so and so many clips
of each class are drawn from the first half. Ten draws of speakers and clips; the UA of the test
speakers is their mean, with its standard deviation. Beside the adapted model: the model as it was,
and one that knows nothing but the same clips (the same fit, from nothing).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from emovox import models
from emovox.atomic import write_text
from emovox.corpora import read_corpus
from emovox.evaluation.fitting import one_thread, versions
from emovox.features import FrontEnd, extract_many
from emovox.features.cache import default_cache
from emovox.methods.adapting import Head, chosen_head, embeddings_of, mean_recall, prior_of
from emovox.models.last_layer import last_layer
from emovox.models.settings import NETWORK_FILE

ROOT = Path(__file__).resolve().parents[1]
CORPORA = ("emovo", "ravdess", "urdu")
CLIPS = (2, 5, 10, 20, 50)
DRAWS = 10


def main() -> None:
    """Measure each corpus, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="default")
    parser.add_argument("--out", type=Path, default=ROOT / "results" / "adapting.json")
    given = parser.parse_args()
    model = models.load(given.model)
    found = {
        "command": f"python benchmarks/adapting.py --model {model.name}",
        "model": {"name": model.name, "sha256": model.sha256, "labels": list(model.labels)},
        "draws": DRAWS,
        "corpora": {name: measured(model, name) for name in CORPORA},
        "versions": versions(),
    }
    write_text(given.out, json.dumps(found, indent=1) + "\n")
    print(given.out)


def measured(model, corpus):
    """UA over clips a class: adapted, from nothing, and of the model as it was."""
    layer = last_layer(
        (model.folder / NETWORK_FILE).read_bytes(), n_labels=len(model.labels), name=model.name
    )
    utterances = [one for one in read_corpus(corpus) if one.emotion in model.labels]
    front_end = FrontEnd.from_settings(model.front_end)
    inputs = extract_many(front_end, utterances, cache=default_cache()).vectors
    scores = model.scores(list(inputs) if model.is_sequence else inputs)
    X = embeddings_of(model, layer.trunk, layer.dim, list(inputs))
    labels = sorted({one.emotion for one in utterances})
    y = np.array([labels.index(one.emotion) for one in utterances])
    speakers = np.array([one.speaker for one in utterances])
    prior = prior_of(model, layer, labels, X, scores)
    nothing = Head(np.zeros_like(prior.weights), np.zeros_like(prior.offset))
    rng = np.random.default_rng(0)
    curves = {name: {n: [] for n in CLIPS} for name in ("adapted", "from nothing")}
    before = []
    for _ in range(DRAWS):
        names = np.unique(speakers)
        held = rng.choice(names, len(names) // 2, replace=False)
        test = np.isin(speakers, held)
        known = rng.permutation(np.flatnonzero(~test))
        before.append(mean_recall(prior.logits(X[test]), y[test]))
        for n in CLIPS:
            rows = np.concatenate([known[y[known] == one][:n] for one in range(len(labels))])
            for name, start in (("adapted", prior), ("from nothing", nothing)):
                with one_thread():
                    head, *_ = chosen_head(X[rows], y[rows], speakers[rows], start)
                curves[name][n].append(mean_recall(head.logits(X[test]), y[test]))
    said = {
        "labels": labels,
        "n_speakers": len(np.unique(speakers)),
        "before": summary(before),
        **{
            name: {str(n): summary(values) for n, values in curve.items()}
            for name, curve in curves.items()
        },
    }
    print(corpus, said)
    return said


def summary(values):
    """Mean and standard deviation over the draws."""
    return {"ua": round(float(np.mean(values)), 4), "sd": round(float(np.std(values)), 4)}


if __name__ == "__main__":
    main()
