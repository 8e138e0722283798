"""Teaching a method on corpora, and the commands around it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emovox import registry
from emovox.cli.main import status
from emovox.corpora import read_table
from emovox.corpora.utterance import Utterance
from emovox.errors import CorpusError, UsageError
from emovox.features import FrontEnd
from emovox.methods.teaching import Task, speakers_of, teach
from emovox.models import read

RATE = 16000


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """Sixteen noisy tones, low for sadness and high for anger, by four speakers."""
    folder = tmp_path_factory.mktemp("tones")
    rng = np.random.default_rng(0)
    time_s = np.arange(RATE // 2) / RATE
    rows = []
    for index in range(16):
        emotion = ("anger", "sadness")[index % 2]
        pitch = 880 if emotion == "anger" else 220
        sound = 0.3 * np.sin(2 * np.pi * pitch * time_s) + 0.02 * rng.normal(size=len(time_s))
        soundfile.write(folder / f"{index}.wav", sound, RATE)
        rows.append([f"{index}.wav", emotion, f"s{index // 4}", round(index / 15, 3)])
    rows.append(["16.wav", "anger", "s0", 0.5])
    (folder / "16.wav").write_bytes(b"")
    path = folder / "tones.csv"
    with open(path, "w", newline="") as handle:
        csv.writer(handle).writerows([["path", "emotion", "speaker", "arousal"], *rows])
    return path


def test_a_method_is_taught_on_all_recordings_that_can_be_used(table):
    taught = teach("ccser-svc", read_table(table))
    assert len(taught.utterances) == len(taught.vectors) == 16
    assert [(item.path.name, error.code) for item, error in taught.failures] == [
        ("16.wav", "empty-file")
    ]
    assert taught.estimator.classes_.tolist() == ["anger", "sadness"]
    assert taught.estimator.inner_split_ == "speaker"
    truth = [item.emotion for item in taught.utterances]
    assert taught.estimator.predict(taught.vectors).tolist() == truth


def test_front_end_and_settings_reach_the_estimator(table):
    front_end = FrontEnd("mfcc", level_db=-26.0)
    taught = teach("ccser-svc", read_table(table), front_end=front_end, settings={"C": 2.0})
    assert taught.vectors.shape == (16, 40)
    assert taught.estimator.needs.feature == "mfcc"
    assert taught.estimator.estimator.C == 2.0
    details = taught.export_details(command="emovox train ...")
    assert details["front_end"]["level_db"] == -26.0
    assert details["method"]["parameters"] == {"C": 2.0}
    assert details["training"]["counts"] == {"anger": 8, "sadness": 8}
    assert details["training"]["corpora"][0]["models_may_be_shared"] is None
    json.dumps({key: details[key] for key in ("method", "training", "front_end")})


def test_dimensions_are_taught_as_numbers(table):
    taught = teach("ccser-knn", read_table(table), task=Task(dimensions=("arousal",)))
    assert taught.estimator.predict(taught.vectors).shape == (16,)
    with pytest.raises(CorpusError, match="none of 17 utterances has valence"):
        teach("ccser-knn", read_table(table), task=Task(dimensions=("valence",)))
    with pytest.raises(UsageError, match="no dimension 'joy'; known: arousal"):
        teach("ccser-knn", read_table(table), task=Task(dimensions=("joy",)))


def test_fewer_than_two_emotions_cannot_be_taught(table):
    with pytest.raises(CorpusError, match="17 utterances 8 have an emotion of the label set 'HS'"):
        teach("ccser-svc", read_table(table), task=Task(label_set="HS"))


def test_groups_are_speakers_of_their_corpus_or_unknown(table):
    utterances = read_table(table)
    assert speakers_of(utterances)[0] == "tones/s0"
    nobody = type(utterances[0])(id="a/1", corpus="a", path=utterances[0].path)
    assert speakers_of([*utterances, nobody]) is None


def test_train_writes_a_model_folder_that_predicts_as_the_method(table, tmp_path, capsys):
    out = tmp_path / "model"
    arguments = ["train", "ccser-svc", str(table), "--out", str(out), "--features", "mfcc"]
    assert status([*arguments, "--set", "C=5", "--pca", "4", "--no-cache"]) == 0
    said = capsys.readouterr()
    assert str(out) in said.out
    assert "tells apart    anger, sadness" in said.out
    assert "16.wav" in said.err
    taught = teach(
        "ccser-svc",
        read_table(table),
        front_end=FrontEnd("mfcc"),
        settings={"C": 5, "pca": 4, "random_state": 0},
    )
    scores = read(out).scores(taught.vectors)
    np.testing.assert_allclose(scores, taught.estimator.predict_proba(taught.vectors), atol=1e-5)
    assert status([*arguments, "--no-cache"]) == 3
    assert "--force" in capsys.readouterr().err


def test_train_takes_the_folder_of_a_tables_recordings(table, tmp_path):
    moved = tmp_path / "moved.csv"
    moved.write_bytes(table.read_bytes())
    arguments = ["--out", str(tmp_path / "m"), "--features", "mfcc", "--no-cache"]
    assert status(["train", "ccser-svc", f"{moved}={table.parent}", *arguments]) == 0


@pytest.mark.parametrize(
    ("out", "said"),
    [("there", "exists already"), ("nowhere/m", "there is no folder")],
)
def test_train_refuses_a_place_before_it_reads_anything(tmp_path, capsys, out, said):
    (tmp_path / "there").mkdir()
    (tmp_path / "empty.csv").write_text("path,emotion\n")
    arguments = ["ccser-svc", str(tmp_path / "empty.csv"), "--out", str(tmp_path / out)]
    assert status(["train", *arguments]) == 3
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "cost=1"], "ccser-svc has no setting 'cost'"),
        (["--set", "cost"], "--set 'cost' is no NAME=VALUE"),
        (["--task", "ranking"], "--task is 'ranking'"),
        (["--dimension", "arousal", "--task", "classification"], "--dimension is for"),
        (["--scaler", "log"], "no scaler 'log'"),
        (["--features", "mfc"], "mfc"),
    ],
)
def test_train_names_what_is_wrong(table, tmp_path, capsys, arguments, said):
    begin = ["train", "ccser-svc", str(table), "--out", str(tmp_path / "m"), "--no-cache"]
    assert status([*begin, *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "m").exists()


def test_the_same_utterances_cannot_be_given_twice(table, tmp_path, capsys):
    out = str(tmp_path / "m")
    assert status(["train", "ccser-svc", str(table), str(table), "--out", out]) == 2
    assert "given twice" in capsys.readouterr().err


def test_methods_list_names_every_method_with_its_feature(capsys):
    assert status(["methods", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert [method["name"] for method in listed] == registry.names("method")
    assert status(["methods", "list"]) == 0
    said = capsys.readouterr().out
    assert all(name in said for name in registry.names("method"))


def test_methods_show_says_that_a_reconstruction_is_one(capsys):
    assert status(["methods", "show", "svm-kurpukdee-fbank-poly"]) == 0
    said = capsys.readouterr().out
    assert "reconstruction" in said
    assert "25 candidates" in said
    assert status(["methods", "show", "svm-kurpukdee", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["grid_size"], shown["settings"]["gamma"]) == (220, "1/F")
    assert shown["parameters"] is None
    assert "depend on the training data" in shown["cost_note"]
    assert status(["methods", "show", "ccser-best", "--json"]) == 0
    tried = json.loads(capsys.readouterr().out)["steps"]["estimators"]
    assert tried[:2] == ["svc", "rf"]
    assert status(["methods", "show", "svm"]) == 2
    assert "there is no method 'svm'; known: ccser-adaboost" in capsys.readouterr().err


def test_train_estimates_on_speakers_it_never_heard_when_asked(table, tmp_path, capsys):
    begin = ["train", "ccser-svc", str(table), "--out", str(tmp_path / "m"), "--no-cache"]
    assert status([*begin, "--features", "mfcc", "--evaluate"]) == 0
    assert "on new people  UA 1.000" in capsys.readouterr().out
    figure = read(tmp_path / "m").settings["figures"][0]
    assert (figure["protocol"], figure["n"], figure["measure"]) == ("speaker", 16, "UA")


def test_with_several_corpora_own_is_what_each_of_them_holds():
    one = [Utterance(f"a/{e}", "a", Path("a.wav"), emotion=e) for e in ("anger", "calm", "fear")]
    two = [Utterance(f"b/{e}", "b", Path("b.wav"), emotion=e) for e in ("anger", "fear")]
    assert sorted(Task().targets(one)[1]) == ["anger", "calm", "fear"]
    assert sorted(Task().targets([*one, *two])[1]) == ["anger", "anger", "fear", "fear"]
