"""Trainings that are killed, stopped, that diverge, and whose folders are damaged or full."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.torch
import torch

from emovox import atomic
from emovox.engine import checkpoint, loop
from emovox.engine.loop import train
from emovox.engine.objective import Classification, Player
from emovox.engine.recipe import Recipe
from emovox.engine.watching import Watch
from emovox.errors import EmovoxError, ModelError, OutputError, TrainingError
from engine.tiny import same, tiny, told, utterances
from engine.training_run import outcome, training

RUN = Path(__file__).parents[1] / "engine" / "training_run.py"
RECIPE = Recipe(epochs=3, batch_size=7, learning_rate=0.05)


def run(folder, moment):
    """Run the training in a process of its own; its exit status and what it said."""
    done = subprocess.run(
        [sys.executable, str(RUN), str(folder), moment],
        capture_output=True, text=True, timeout=120, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def straight():
    """What the training comes to when nothing happens to it."""
    return outcome(training(None))


@pytest.mark.parametrize(
    ("moment", "epoch"),
    [
        pytest.param("batch:1:2", None, id="in-the-first-epoch"),
        # After an epoch's progress its checkpoint is still to come: the one before is there.
        pytest.param("epoch:3", 2, id="between-epochs"),
        pytest.param("writing:4", 3, id="while-writing"),
        pytest.param("tensors:4", 3, id="between-two-files", marks=pytest.mark.slow),
    ],
)
def test_a_killed_training_goes_on_with_the_same_bits(tmp_path, straight, moment, epoch):
    status, said, _ = run(tmp_path, moment)
    assert (status, said) == (-9, "")
    kept = checkpoint.load(tmp_path)
    assert (None if kept is None else kept.state["epoch"]) == epoch
    left = {path.suffix for path in tmp_path.iterdir()}
    assert (".tmp" in left) == moment.startswith("writing")
    assert outcome(training(tmp_path)) == straight
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-00006.safetensors", "history.jsonl", "training.json",
    ]  # fmt: skip


def test_ctrl_c_keeps_the_last_whole_epoch_and_says_how_to_go_on(tmp_path, straight):
    status, said, error = run(tmp_path, "interrupt:3:1")
    assert status == 130, error
    assert said == (
        f"stopped after epoch 2 of 6, which is kept in {tmp_path}; "
        "the same command goes on from there"
    )
    assert checkpoint.load(tmp_path).state["epoch"] == 2
    assert outcome(training(tmp_path)) == straight


@pytest.mark.slow
def test_another_process_comes_to_the_same_bits(tmp_path, straight):
    status, said, error = run(tmp_path, "whole")
    assert status == 0, error
    assert json.loads(said) == straight


def test_ctrl_c_keeps_an_epoch_that_was_not_yet_written(tmp_path):
    class Stop:
        def on_batch(self, batch, *, seed, epoch, step):
            if epoch == 2:
                raise KeyboardInterrupt
            return batch

    network = tiny(norm=True)
    with pytest.raises(KeyboardInterrupt):
        train(network, Classification(), utterances(14), RECIPE, folder=tmp_path, hooks=[Stop()])
    assert checkpoint.load(tmp_path).state["epoch"] == 2
    found = train(tiny(norm=True), Classification(), utterances(14), RECIPE, folder=tmp_path)
    assert same(found.last, whole().last)


def whole(folder=None, **settings):
    network = settings.pop("network", None) or tiny(norm=True)
    objective = settings.pop("objective", None) or Classification()
    recipe = settings.pop("recipe", RECIPE)
    return train(network, objective, utterances(14), recipe, folder=folder, **settings)


class Diverging:
    """A loss that is NaN, or whose gradient is, from an epoch on."""

    def __init__(self, epoch, *, gradient_only=False):
        self.epoch, self.gradient_only, self.n = epoch, gradient_only, 0

    def players(self, network):
        return [Player("network", list(network.parameters()), self.losses)]

    def losses(self, network, batch):
        loss = Classification().losses(network, batch)["cross-entropy"]
        self.n += 1
        # Two batches an epoch; the root has no slope at zero, and is zero there.
        if self.gradient_only and self.n == 2 * self.epoch:
            loss = loss + torch.sqrt(0.0 * sum((one**2).sum() for one in network.parameters()))
        elif not self.gradient_only and self.n == 2 * self.epoch:
            loss = loss * torch.tensor(float("nan"))
        return {"loss": loss}


@pytest.mark.parametrize(
    ("gradient_only", "words"),
    [
        pytest.param(False, "the loss is nan in epoch 3, batch 2", id="loss"),
        pytest.param(True, "a weight is not finite after epoch 3", id="gradient"),
    ],
)
def test_a_training_that_diverges_keeps_the_last_good_epoch(tmp_path, gradient_only, words):
    objective = Diverging(3, gradient_only=gradient_only)
    with pytest.raises(TrainingError, match=words) as caught:
        whole(tmp_path, objective=objective)
    assert (caught.value.code, caught.value.exit_status) == ("training-diverged", 3)
    said = str(caught.value)
    assert "learning rate of 0.05; lower learning_rate or set clip_norm" in said
    assert said.endswith(f"epoch 2, the last good one, is kept in {tmp_path.name}")
    kept = checkpoint.load(tmp_path)
    assert kept.state["epoch"] == 2
    assert all(torch.isfinite(one).all() for one in kept.tensors.values())
    good = whole(recipe=Recipe(**{**RECIPE.__dict__, "epochs": 2}))
    assert same({name: kept.tensors[f"network.{name}"] for name in good.last}, good.last)
    found = whole(tmp_path)
    assert same(found.last, whole().last)


def test_one_that_diverges_at_once_promises_nothing(tmp_path):
    with pytest.raises(TrainingError, match=r"set clip_norm$"):
        whole(tmp_path, objective=Diverging(1))
    assert checkpoint.load(tmp_path) is None


def test_a_score_that_is_not_a_number_is_a_divergence(tmp_path):
    class Judge(Watch):
        def scores(self, network, *, device="cpu"):
            return {"ua": float("nan")}

    with pytest.raises(TrainingError, match="a watched score is not finite after epoch 1"):
        whole(tmp_path, watch=Judge(utterances(3)))


# ---- damaged folders


def change(path, edit):
    path.write_bytes(edit(path.read_bytes()))


def describe(folder, **fields):
    path = folder / checkpoint.FILE
    document = {**json.loads(path.read_text()), **fields}
    path.write_text(json.dumps({k: v for k, v in document.items() if v is not None}))


def tensors(folder):
    (path,) = folder.glob("epoch-*.safetensors")
    return path


def rehashed(folder, data):
    """Other tensors, named rightly."""
    tensors(folder).write_bytes(data)
    said = {"file": tensors(folder).name, "sha256": hashlib.sha256(data).hexdigest()}
    describe(folder, tensors=said)


class Trap:
    """Something that leaves a mark when it is unpickled."""

    def __init__(self, mark):
        self.mark = mark

    def __reduce__(self):
        return (Path.touch, (self.mark,))


DAMAGES = {
    "a changed bit": lambda at: change(
        tensors(at), lambda data: data[:-9] + bytes([data[-9] ^ 1]) + data[-8:]
    ),
    "truncated tensors": lambda at: change(tensors(at), lambda data: data[: len(data) // 2]),
    "no tensors": lambda at: tensors(at).unlink(),
    "a folder for tensors": lambda at: (
        tensors(at).unlink(), (at / "epoch-00003.safetensors").mkdir(),
    ),
    "truncated JSON": lambda at: change(at / checkpoint.FILE, lambda data: data[: len(data) // 2]),
    "empty JSON": lambda at: change(at / checkpoint.FILE, lambda data: b""),
    "not UTF-8": lambda at: change(at / checkpoint.FILE, lambda data: b"\xff\xfe" + data),
    "a list": lambda at: change(at / checkpoint.FILE, lambda data: b"[1, 2]"),
    "deep JSON": lambda at: change(at / checkpoint.FILE, lambda data: b"[" * 100_000),
    "NaN": lambda at: change(
        at / checkpoint.FILE, lambda data: data.replace(b'"epoch": 3,', b'"epoch": NaN,')
    ),
    "another format": lambda at: describe(at, format=2),
    "no identity": lambda at: describe(at, identity=None),
    "no history": lambda at: describe(at, history=None),
    "another epoch": lambda at: describe(at, epoch=2),
    "a best epoch to come": lambda at: describe(at, best_epoch=7),
    "no name of tensors": lambda at: describe(at, tensors={"sha256": "0"}),
    "no hash": lambda at: describe(at, tensors={"file": tensors(at).name}),
    "tensors elsewhere": lambda at: describe(
        at, tensors={"file": "../x.safetensors", "sha256": ""}
    ),
    "a pickle for tensors": lambda at: rehashed(at, pickle.dumps(Trap(at / "opened"))),
    "a torch file for tensors": lambda at: (
        torch.save({"a": torch.zeros(2)}, at / "x.pt"), rehashed(at, (at / "x.pt").read_bytes()),
    ),
    "foreign tensors": lambda at: rehashed(at, safetensors.torch.save({"a": torch.zeros(2)})),
    "tensors of other shapes": lambda at: rehashed(
        at, safetensors.torch.save({
            name: torch.zeros(1, 2, 3) for name in safetensors.torch.load(tensors(at).read_bytes())
        }),
    ),
    "a pickle for JSON": lambda at: change(
        at / checkpoint.FILE, lambda data: pickle.dumps(Trap(at / "opened"))
    ),
}  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_checkpoint_is_refused_in_one_sentence(tmp_path, damage):
    whole(tmp_path)
    DAMAGES[damage](tmp_path)
    with pytest.raises(ModelError) as caught:
        whole(tmp_path)
    said = str(caught.value)
    assert caught.value.code in ("model-invalid", "model-tampered")
    assert caught.value.exit_status == 3
    assert said.startswith(str(tmp_path))
    assert said.endswith("; delete the folder to train anew")
    assert "\n" not in said
    assert len(said) < 500
    assert not (tmp_path / "opened").exists()


def test_a_checkpoint_is_never_unpickled():
    for module in (checkpoint, loop):
        source = Path(module.__file__).read_text("utf-8")
        assert "torch.load" not in source
        assert "pickle" not in source


# ---- folders that cannot be written


def full(number, part="epoch-"):
    """A writer on whose disk nothing fits any more under such a name."""
    real = atomic.write_bytes

    def write(path, data):
        if part not in Path(path).name:
            return real(path, data)
        with atomic.replacing(path) as handle:
            handle.write(data[:10])
            raise OSError(number, os.strerror(number))

    return write


def test_a_full_disk_leaves_the_checkpoint_before(tmp_path, monkeypatch):
    monkeypatch.setattr(loop, "SAVED_EVERY_S", 0.0)
    written = []

    def write(path, data):
        written.append(path)
        (full(errno.ENOSPC) if len(written) > 1 else atomic.write_bytes)(path, data)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoint, "write_bytes", write)
        with pytest.raises(OutputError, match="nothing was overwritten") as caught:
            whole(tmp_path)
    assert (caught.value.code, caught.value.exit_status) == ("disk-full", 3)
    assert checkpoint.load(tmp_path).state["epoch"] == 1
    assert not list(tmp_path.glob(".*.tmp"))
    assert same(whole(tmp_path).last, whole().last)


def test_a_disk_that_is_full_for_the_log_is_said_and_the_epoch_kept(tmp_path, monkeypatch):
    def refuse(path, mode="r", **settings):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr("emovox.engine.log.open", refuse, raising=False)
    with pytest.raises(OutputError) as caught:
        whole(tmp_path)
    assert caught.value.code == "disk-full"
    assert checkpoint.load(tmp_path).state["epoch"] == 1


def test_a_folder_that_cannot_be_made_is_said_before_training(tmp_path):
    (tmp_path / "file").write_text("")
    seen = []
    for folder in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(EmovoxError) as caught:
            whole(folder, progress=lambda entry, n: seen.append(entry))
        assert caught.value.exit_status == 3
        assert str(folder) in str(caught.value)
    assert seen == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_folder_that_may_not_be_written_is_said_before_training(tmp_path):
    tmp_path.chmod(0o500)
    seen = []
    with pytest.raises(OutputError):
        whole(tmp_path, progress=lambda entry, n: seen.append(entry))
    assert seen == []


def test_a_checkpoint_round_trips_every_kind_of_tensor(tmp_path):
    tensors = {
        "one": torch.tensor(3.5), "many": torch.randn(3, 4).t(), "count": torch.tensor(7),
        "flags": torch.tensor([True, False]), "half": torch.randn(2).bfloat16(),
    }  # fmt: skip
    state = {"identity": "x", "epoch": 1, "best_epoch": None, "history": [{"loss": 0.1 + 0.2}]}
    for found in (
        checkpoint.received(checkpoint.sent(checkpoint.Checkpoint(state, tensors))),
        checkpoint.save(tmp_path, checkpoint.Checkpoint(state, tensors))
        or checkpoint.load(tmp_path),
    ):
        assert same(found.tensors, tensors)
        assert {key: found.state[key] for key in state} == state
    assert checkpoint.received(checkpoint.sent(None)) is None
    assert told(found.state["history"]) == [{"loss": np.float64(0.1) + 0.2}]
