"""Two processes that torchrun starts train as one does."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from emovox.engine.distributed import World, world
from emovox.errors import UsageError
from engine import many_processes

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def outcomes(folder):
    return [json.loads(path.read_text()) for path in sorted(folder.glob("?.json"))]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """What one process comes to."""
    folder = tmp_path_factory.mktemp("alone")
    many_processes.main(folder)
    (found,) = outcomes(folder)
    return found


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("together")


@pytest.fixture(scope="module")
def together(place):
    """What each of two processes comes to."""
    done = subprocess.run(
        [sys.executable, *TORCHRUN, many_processes.__file__, str(place)],
        capture_output=True, text=True, timeout=240, check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return outcomes(place)


def losses(found):
    return np.array([entry["loss"] for entry in found["history"]])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "clipped", "inner step"])
def test_the_loss_curve_is_that_of_one_process(alone, together, name):
    one, two = losses(alone[name]), losses(together[0][name])
    assert len(one) == len(two) == 6
    assert np.abs(one - two).max() < 1e-5
    assert one[0] - one[-1] > 0.01


@pytest.mark.slow
@pytest.mark.parametrize("name", ["plain", "clipped", "inner step", "pair", "normalised"])
def test_all_processes_end_with_the_same_weights_and_history(together, name):
    assert together[0][name] == together[1][name]


@pytest.mark.slow
def test_batch_normalisation_sees_only_the_share_of_its_process(alone, together):
    # Not equal, and said so in docs/training.md: each process normalises by its own share.
    difference = np.abs(losses(alone["normalised"]) - losses(together[0]["normalised"])).max()
    assert 1e-3 < difference < 1.0


@pytest.mark.slow
def test_processes_agree_on_when_to_stop_and_on_the_best_epoch(together):
    one, other = (found["impatient"] for found in together)
    assert one == other
    assert len(one["history"]) == one["best_epoch"] + 3


@pytest.mark.slow
def test_all_go_on_from_a_folder_that_only_the_leading_process_sees(together, place):
    one, other = (found["gone on"] for found in together)
    assert one == other
    assert len(one["history"]) == 6
    assert [entry["epoch"] for entry in one["history"]] == [1, 2, 3, 4, 5, 6]
    # The batches, weights and scores are those of a training that nobody has stopped.
    straight = together[0]["normalised"]["history"]
    assert [entry["loss"] for entry in one["history"]] == [entry["loss"] for entry in straight]
    assert (place / "seen" / "training.json").exists()
    assert not (place / "unseen").exists()


@pytest.mark.slow
def test_a_loss_that_diverges_in_one_process_ends_all(together, place):
    assert [found["diverged"]["code"] for found in together] == ["training-diverged"] * 2
    assert (place / "diverged-0" / "epoch-00002.safetensors").exists()
    assert not (place / "diverged-1").exists()


@pytest.mark.slow
def test_a_damaged_checkpoint_ends_all(together):
    assert together[0]["damaged"]["code"] == "model-invalid"
    assert together[1]["damaged"]["said"].startswith("the leading process cannot go on")


@pytest.mark.parametrize(("n", "size"), [(8, 2), (7, 2), (1, 2), (2, 3), (5, 4)])
def test_shares_are_the_batch_and_their_weighted_means_its_mean(n, size):
    rows = np.arange(10, 10 + n)
    values = np.random.default_rng(0).standard_normal(100)
    shares = [World(rank, size).share(rows) for rank in range(size)]
    weighed = [weight * values[own].mean() for own, weight in shares]
    assert np.mean(weighed) == pytest.approx(values[rows].mean())
    taken = np.concatenate([own for own, weight in shares if weight])
    assert sorted(taken) == list(rows)


def test_one_process_asks_nobody(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with world() as processes:
        network = torch.nn.Linear(2, 2)
        assert processes.wrapped(network) is network
        assert processes.mean([1.0]) == [1.0]
        assert processes.from_leader(lambda: b"x") == b"x"
        assert processes.leads
        processes.align([network.weight])
        processes.average_gradients([network.weight])
    assert not torch.distributed.is_initialized()


def test_processes_that_cannot_be_found_are_named(monkeypatch):
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match=r"WORLD_SIZE is 2, .*start all of them with torchrun"):
        world().__enter__()


def test_each_process_of_a_machine_has_an_accelerator_of_its_own(monkeypatch):
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert World(7, 8).device("cuda") == "cuda:3"
    assert World(7, 8).device("cpu") == "cpu"
    assert World().device("cuda") == "cuda"
