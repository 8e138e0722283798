"""What the page asks for becomes a command line, and nothing else does."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("starlette")

from emovox.server.at_hand import AtHand
from emovox.server.command_lines import (
    bench_arguments,
    checked_name,
    source_of,
    spoken,
    train_arguments,
)
from emovox.server.problems import Problem

NAMED: dict[str, Any] = {
    "methods": ["ridge", "ccser-best"], "features": ["mel", "mfcc"],
    "normalisations": ["training", "speaker"], "scalers": ["minmax"], "balances": ["undersample"],
    "searches": ["halving"],
}  # fmt: skip
CHOICES: dict[str, Any] = {
    **{kind: [{"name": name} for name in names] for kind, names in NAMED.items()},
    "protocols": [
        {"name": "speaker", "options": [
            {"name": "n_groups", "kind": "integer", "default": None, "choices": None}]},
        {"name": "cross-corpus", "options": [
            {"name": "mode", "kind": "text", "default": "pairs", "choices": ["pairs", "pooled"]}]},
        {"name": "random", "options": [
            {"name": "test_share", "kind": "number", "default": 0.25, "choices": None}]},
    ],
}  # fmt: skip
CORPORA = {
    "emodb": AtHand("emodb", Path("/data/emodb"), True),
    "calls": AtHand("calls", Path("/data/my calls.csv"), False),
    "odd": AtHand("odd", Path("/data/a,b.csv"), False),
}
SMALL = {"methods": ["ridge"], "corpora": ["emodb"]}


def arguments(**experiment: Any) -> list[str]:
    return bench_arguments(experiment, choices=CHOICES, corpora=CORPORA)


def test_every_choice_of_the_page_can_be_said() -> None:
    found = arguments(
        methods=["ridge", "ccser-best"], corpora=["emodb", "calls"], label_set="anger,sadness",
        features=["mel", "mfcc"], normalisation="speaker", scaler="minmax", pca=0.9, select=20,
        balance="undersample", search="halving", protocol="speaker",
        protocol_options={"n_groups": 5}, seed=3, level_db=-26, trim=True, shuffle=True,
    )  # fmt: skip
    assert found == [
        "bench", "ridge,ccser-best", "--corpora=emodb=/data/emodb,/data/my calls.csv",
        "--protocol=speaker", "--label-set=anger,sadness", "--features=mel+mfcc",
        "--normalisation=speaker", "--scaler=minmax", "--select=20", "--pca=0.9",
        "--search=halving", "--balance=undersample", "--level-db=-26", "--seed=3",
        "--protocol-options=n_groups=5", "--trim", "--shuffle",
    ]  # fmt: skip
    assert shlex.split(spoken(found)) == ["emovox", *found]


def test_what_is_left_out_or_null_is_not_said() -> None:
    short = arguments(**SMALL)
    assert short == ["bench", "ridge", "--corpora=emodb=/data/emodb", "--protocol=speaker"]
    nothing = dict.fromkeys(("scaler", "pca", "label_set", "seed", "train", "protocol_options"))
    assert arguments(**SMALL, **nothing, features=[], trim=False) == short


def test_training_and_testing_corpora_cross() -> None:
    found = arguments(methods=["ridge"], train=["emodb"], test=["calls"])
    assert found[2:] == [
        "--train=emodb=/data/emodb", "--test=/data/my calls.csv", "--protocol=cross-corpus",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        {"methods": ["--help"]}, {"methods": []}, {"methods": "ridge"}, {"methods": [["ridge"]]},
        {"methods": ["ridge"] * 101}, {"corpora": ["../emodb"]}, {"corpora": ["odd"]},
        {"corpora": None}, {"train": ["emodb"]}, {"label_set": "--records=x"},
        {"label_set": "anger,hapy"}, {"label_set": 3}, {"features": ["mel+mfcc"]},
        {"normalisation": "before"}, {"scaler": "minmax --html=x"}, {"pca": -1}, {"pca": 1.5},
        {"pca": True}, {"pca": "0.9"}, {"select": 0}, {"select": 2.5}, {"balance": "x"},
        {"search": ["halving"]}, {"protocol": "x"}, {"protocol_options": {"n_groups": "5"}},
        {"protocol_options": {"seed": 5}}, {"protocol_options": [1]}, {"seed": -1},
        {"seed": 1e30}, {"seed": True}, {"level_db": 3}, {"trim": 1}, {"records": "/etc/passwd"},
        {"path": "/etc/passwd"}, {"url": "http://169.254.0.1"},
    ],
)  # fmt: skip
def test_whatever_is_not_known_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Problem) as caught:
        arguments(**{**SMALL, **change})
    assert caught.value.status in (400, 404, 409)


def test_a_corpus_of_the_environment_goes_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMOVOX_CORPORA", "/data")
    assert source_of(CORPORA["emodb"]) == "emodb"
    assert source_of(AtHand("emodb", Path("/other/emodb"), True)) == "emodb=/other/emodb"


RECORD: dict[str, Any] = {
    "method": "ccser-svc", "parameters": {"C": 3, "scaler": None, "kernel": "1", "shuffle": True},
    "features": "mel", "front_end": {"level_db": -26.0, "trim": True},
    "normalisation": "training", "label_set": "own", "emotions": ["anger", "sadness"],
    "train_corpora": ["emodb"], "test_corpora": ["emodb"], "seed": 2, "dimension": None,
}  # fmt: skip


def test_the_settings_of_a_record_become_those_of_a_training() -> None:
    found = train_arguments(RECORD, corpora=CORPORA, out=Path("m/a"))
    assert found == [
        "train", "ccser-svc", "emodb=/data/emodb", f"--out={Path('m/a')}", "--features=mel",
        "--label-set=own", "--level-db=-26.0", "--seed=2", "--set=C=3", "--scaler=none",
        '--set=kernel="1"', "--set=shuffle=true", "--augment=none", "--trim",
    ]  # fmt: skip


def test_a_model_is_trained_with_the_copies_of_its_row() -> None:
    record = {**RECORD, "augment": "speakers:6"}
    assert "--augment=speakers:6" in train_arguments(record, corpora=CORPORA, out=Path("m"))


def test_a_model_of_crossed_corpora_knows_the_emotions_of_its_row() -> None:
    crossed = {**RECORD, "train_corpora": ["my calls"], "test_corpora": ["emodb"]}
    found = train_arguments(crossed, corpora=CORPORA, out=Path("m"))
    assert found[2] == "/data/my calls.csv"
    assert "--label-set=anger,sadness" in found


def test_a_model_looks_at_no_test_part_and_is_not_made_of_an_epoch_chosen_there() -> None:
    looked = {**RECORD, "parameters": {"watch": "test", "epoch": "last"}}
    found = train_arguments(looked, corpora=CORPORA, out=Path("m"))
    assert "--set=epoch=last" in found
    assert not any("watch" in one for one in found)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"parameters": {"watch": "test", "epoch": "best"}}, 409),
        ({"train_corpora": ["tess"]}, 404), ({"normalisation": "before-folds"}, 409),
        ({"method": "--out=elsewhere"}, 409), ({"method": 5}, 409), ({"method": None}, 409),
        ({"parameters": [1]}, 422), ({"front_end": None}, 422), ({"train_corpora": None}, 422),
    ],
)  # fmt: skip
def test_a_row_that_no_model_can_have_is_refused(change: dict[str, Any], status: int) -> None:
    with pytest.raises(Problem) as caught:
        train_arguments({**RECORD, **change}, corpora=CORPORA, out=Path("m"))
    assert caught.value.status == status


@pytest.mark.parametrize(
    "name",
    ["../a", "a/b", ".hidden", "-x", "", "a" * 81, "a\0", None, "a.", "CON", "nul.txt", "com1"],
)
def test_a_name_leads_nowhere(name: object) -> None:
    with pytest.raises(Problem):
        checked_name(name, what="name")
