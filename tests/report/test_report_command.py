"""`emovox report` on records that a run has written."""

import json

import numpy as np
import pytest

from emovox.cli.main import status
from emovox.evaluation.records import record_key

EMOTIONS = ["anger", "neutral", "sadness"]


def record(fold: int) -> dict:
    """Build one fold of two speakers, in the form of docs/architecture.md."""
    rng = np.random.default_rng(fold)
    truth = np.repeat(np.arange(3), 8)
    scores = np.round(rng.dirichlet(np.ones(3), truth.size) * 0.4 + 0.6 * np.eye(3)[truth], 4)
    scores[:, 0] = np.round(1 - scores[:, 1:].sum(axis=1), 4)
    speakers = [f"s{2 * fold + k % 2}" for k in range(truth.size)]
    settings = {
            "method": "ccser-svc", "parameters": {"C": 10.0}, "features": "mfcc",
            "front_end": {"feature": "mfcc"}, "normalisation": "training", "label_set": "own",
            "emotions": EMOTIONS, "train_corpora": ["emodb"], "test_corpora": ["emodb"],
            "protocol": "speaker", "seed": 0, "data": {"emodb": "0" * 64},
    }  # fmt: skip
    place = {
            "name": f"fold {fold}", "index": fold, "n_folds": 3, "n_train": 48, "n_test": 24,
            "train_speakers": 4, "test_speakers": 2,
    }  # fmt: skip
    return {
        "format": 1,
        "key": record_key(settings, place),
        "settings": settings,
        "fold": place,
        "leak": {
            "speaker": {"shared": 0, "of": 2, "test_share": 0.0},
            "sentence": {"shared": 4, "of": 4, "test_share": 1.0},
        },
        "left_out": {"n": 0, "utterances": []},
        "test": {
            "utterance": [f"emodb/{fold}-{k}" for k in range(truth.size)],
            "emotion": truth.tolist(),
            "speaker": speakers,
            "gender": ["female" if name[-1] in "02" else "male" for name in speakers],
            "probabilities": scores.tolist(),
            "prediction": scores.argmax(axis=1).tolist(),
        },
        "chosen": {},
        "train_score": {"ua": 0.99, "wa": 0.99},
        "cost": {"parameters": 1000, "macs": 900, "flops": 1800},
        "times": {"fit_s": 0.2, "predict_s": 0.01, "features_s_per_file": 0.02},
        "versions": {"numpy": np.__version__},
    }


@pytest.fixture
def records(tmp_path):
    path = tmp_path / "records.jsonl"
    path.write_text("".join(json.dumps(record(fold)) + "\n" for fold in range(3)))
    return path


def test_the_table_is_printed(records, capsys):
    assert status(["report", str(records)]) == 0
    printed = capsys.readouterr().out
    assert "emodb, protocol speaker, 3 classes, n = 72" in printed
    assert "ccser-svc" in printed
    assert "sentence 4/4" in printed


def test_json_prints_nothing_else(records, capsys):
    assert status(["report", str(records), "--format", "json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["method"] == "ccser-svc"
    assert row["n"] == 72
    assert sum(map(sum, row["confusion"])) == 72


def test_the_page_is_written_and_named_on_stderr(records, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert status(["report", str(records), "--html", str(page)]) == 0
    assert str(page) in capsys.readouterr().err
    assert "Confusion matrix of ccser-svc" in page.read_text(encoding="utf-8")


def test_an_unknown_format_lists_the_known_ones(records, capsys):
    assert status(["report", str(records), "--format", "xls"]) == 2
    assert "known: text, markdown, latex, csv, json" in capsys.readouterr().err


def test_a_line_that_was_cut_short_is_left_out_and_said(records, capsys):
    with records.open("a") as handle:
        handle.write('{"format": 1, "key": "0')
    assert status(["report", str(records)]) == 0
    said = capsys.readouterr()
    assert "n = 72" in said.out
    assert said.err.count("\n") == 1
    assert "the last line was cut short" in said.err


def test_records_that_are_damaged_are_an_error_with_their_line(records, capsys):
    lines = records.read_text().splitlines()
    records.write_text("\n".join(["nonsense", *lines]) + "\n")
    assert status(["report", str(records)]) == 3
    assert "line 1" in capsys.readouterr().err


def test_seeds_are_one_line_unless_each_is_asked_for(records, capsys):
    other = [json.loads(line) for line in records.read_text().splitlines()]
    for one in other:
        one["settings"]["seed"] = 1
        one["key"] = record_key(one["settings"], one["fold"])
    with records.open("a") as handle:
        handle.writelines(json.dumps(one) + "\n" for one in other)
    assert status(["report", str(records)]) == 0
    joined = capsys.readouterr().out
    assert status(["report", str(records), "--each-seed"]) == 0
    apart = capsys.readouterr().out
    assert (joined.count("ccser-svc "), apart.count("ccser-svc ")) == (1, 2)
    assert "n = 72" in joined
    assert "2 seeds, UA" in joined
    assert "    seed 1\n" in apart
