"""The loop: what it does at each step and each epoch, and that it goes on where it stopped."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from emovox.engine import loop
from emovox.engine.data import Data
from emovox.engine.loop import train
from emovox.engine.objective import Classification, Player
from emovox.engine.recipe import Recipe
from emovox.engine.watching import Watch, probabilities
from emovox.errors import MissingExtra, OutputError, UsageError
from engine.tiny import CLASSES, bits, same, tiny, told, utterances

RECIPE = Recipe(epochs=4, batch_size=4, learning_rate=0.05)


class Pull:
    """The loss is the slope times the sum of the weights: every gradient is the slope."""

    def __init__(self, slope=1.0):
        self.slope = slope

    def players(self, network):
        return [Player("network", list(network.parameters()), self.losses)]

    def losses(self, network, batch):
        return {"pull": self.slope * sum(one.sum() for one in network.parameters())}


class Numbers(torch.nn.Module):
    """Weights only."""

    def __init__(self, *values):
        super().__init__()
        self.values = torch.nn.Parameter(torch.tensor(values))


def pulled(recipe, n=4, *values):
    network = Numbers(*(values or (1.0,)))
    found = train(network, Pull(), utterances(n), recipe)
    return found.last["values"].tolist()


def sgd(**settings):
    return Recipe(**{"optimiser": "sgd", "betas": (0.0, 0.0), "learning_rate": 0.1} | settings)


def test_a_network_learns():
    network = tiny()
    data = utterances(40)
    history = train(network, Classification(), data, replace(RECIPE, epochs=15)).history
    assert history[-1]["loss"] < 0.5 * history[0]["loss"]
    found = probabilities(network, data).argmax(axis=1)
    assert (found == data.targets).mean() > 0.9
    assert not torch.is_inference_mode_enabled()


def test_a_step_is_the_rate_times_the_gradient():
    # Three batches of utterances: three steps of 0.1.
    assert pulled(sgd(epochs=1, batch_size=4), 12) == [pytest.approx(0.7)]


def test_the_gradient_is_clipped_to_its_norm():
    # Of two weights whose gradients are 1, the norm is the root of 2.
    found = pulled(sgd(epochs=1, clip_norm=0.5), 4, 1.0, 1.0)
    assert found == [pytest.approx(1.0 - 0.1 * 0.5 / 2**0.5, rel=1e-4)] * 2
    assert pulled(sgd(epochs=1, clip_norm=5.0), 4, 1.0, 1.0) == [pytest.approx(0.9)] * 2


def test_the_moving_average_is_the_one_computed_by_hand():
    weight = average = 1.0
    for _ in range(3):
        weight -= 0.1
        average = 0.75 * average + 0.25 * weight
    assert pulled(sgd(epochs=1, batch_size=4, ema=0.75), 12) == [pytest.approx(average)]


def test_the_average_is_what_is_watched_kept_and_returned():
    data = utterances(12)
    watch = Watch(data, criterion="loss")
    network = tiny(norm=True)
    recipe = replace(RECIPE, ema=0.9, learning_rate=0.5)
    found = train(network, Classification(), data, recipe, watch=watch)
    assert same(found.last, network.state_dict())
    assert watch.scores(network) == found.history[-1]["watched"]
    assert int(found.last["norm.num_batches_tracked"]) == 12
    network.load_state_dict(found.best)
    assert watch.scores(network) == found.history[found.best_epoch - 1]["watched"]
    plain = train(tiny(norm=True), Classification(), data, replace(recipe, ema=None))
    assert not same(found.last, plain.last)


def test_the_rate_moves_with_every_batch():
    rates = []

    class Noted(Pull):
        def losses(self, network, batch):
            rates.append(float(network.values.detach()[0]))
            return super().losses(network, batch)

    recipe = sgd(epochs=2, batch_size=4, schedule="cosine", warm_up_epochs=1.0)
    train(Numbers(1.0), Noted(), utterances(16), recipe)
    steps = -np.diff(rates)
    np.testing.assert_allclose(
        steps, [0.0, 0.025, 0.05, 0.075, 0.1, *(0.05 * (1 + np.cos(np.pi * np.array([1, 2]) / 4)))],
        atol=1e-6,
    )  # fmt: skip


def test_the_loss_of_an_epoch_is_the_mean_over_its_utterances():
    data = utterances(13)
    network = tiny()
    frozen = replace(RECIPE, epochs=1, learning_rate=1e-30)
    (entry,) = train(network, Classification(), data, frozen).history
    found = probabilities(network, data)
    expected = -np.log(found[np.arange(13), data.targets]).mean()
    assert entry["loss"] == pytest.approx(expected, rel=1e-5)
    assert entry["losses"] == {"cross-entropy": entry["loss"]}
    assert (entry["epoch"], entry["learning_rate"]) == (1, 1e-30)


def test_equal_seeds_give_equal_bits_and_others_do_not():
    def trained(seed):
        found = train(tiny(dropout=0.5), Classification(), utterances(), RECIPE, seed=seed)
        return bits(found.last)

    torch.manual_seed(5)
    first = trained(3)
    before = torch.get_rng_state()
    assert trained(3) == first
    assert torch.equal(torch.get_rng_state(), before)
    assert trained(4) != first


def test_the_caller_keeps_its_number_of_threads():
    before = torch.get_num_threads()
    inside = []

    class Noted(Pull):
        def losses(self, network, batch):
            inside.append(torch.get_num_threads())
            return super().losses(network, batch)

    train(Numbers(1.0), Noted(), utterances(4), sgd(epochs=1, threads=2))
    assert inside == [2]
    assert torch.get_num_threads() == before


def test_bfloat16_trains_and_leaves_weights_in_float32():
    data = utterances(40)
    recipe = replace(RECIPE, epochs=15, precision="bfloat16")
    found = train(tiny(), Classification(), data, recipe)
    assert found.history[-1]["loss"] < 0.5 * found.history[0]["loss"]
    assert {one.dtype for one in found.last.values()} == {torch.float32}
    single = train(tiny(), Classification(), data, replace(recipe, precision="float32"))
    assert not same(found.last, single.last)
    assert found.history[-1]["loss"] == pytest.approx(single.history[-1]["loss"], rel=0.1)


class Scored:
    """Gives scores from a list, whatever the network is."""

    def __init__(self, *scores, ties="first"):
        self.given = list(scores)
        self.rule = Watch(utterances(1), "ua", ties)

    def scores(self, network, *, device="cpu"):
        return {"ua": self.given.pop(0)}

    def better(self, scores, best):
        return self.rule.better(scores, best)


@pytest.mark.parametrize(("ties", "best"), [("first", 2), ("last", 3)])
def test_of_equal_epochs_the_first_or_the_last_is_the_best(ties, best):
    judge = Scored(0.2, 0.8, 0.8, 0.5, ties=ties)
    states = []
    network = Numbers(1.0)
    found = train(
        network, Pull(), utterances(4), sgd(epochs=4), watch=judge,
        progress=lambda entry, n: states.append(float(network.values.detach()[0])),
    )  # fmt: skip
    assert found.best_epoch == best
    assert found.best["values"].tolist() == [states[best - 1]]
    assert len(set(states)) == 4


def test_patience_ends_a_training_that_no_longer_gets_better():
    judge = Scored(0.1, 0.5, 0.4, 0.5, 0.3, 0.9)
    found = train(Numbers(1.0), Pull(), utterances(4), sgd(epochs=6, patience=3), watch=judge)
    assert (len(found.history), found.best_epoch) == (5, 2)


def test_the_smallest_loss_is_the_best():
    rule = Watch(utterances(1), "loss")
    assert rule.better({"loss": 0.4}, {"loss": 0.5})
    assert not rule.better({"loss": 0.5}, {"loss": 0.5})


def test_what_is_watched_is_not_trained_on():
    data, held = utterances(14), utterances(6, seed=9)
    plain = train(tiny(dropout=0.3, norm=True), Classification(), data, RECIPE)
    for criterion in ("ua", "loss"):
        network = tiny(dropout=0.3, norm=True)
        found = train(network, Classification(), data, RECIPE, watch=Watch(held, criterion))
        assert same(found.last, plain.last)
        assert [one["loss"] for one in found.history] == [one["loss"] for one in plain.history]
        scores = Watch(held, criterion).scores(network)
        assert found.history[-1]["watched"] == scores
        assert scores["wa"] == (probabilities(network, held).argmax(1) == held.targets).mean()


def test_mean_recall_counts_every_class_alike():
    data = utterances(9)
    targets = np.array([0] * 8 + [1])

    class Always(torch.nn.Module):
        def forward(self, batch):
            return {"logits": torch.tensor([[2.0, 0.0]]).repeat(len(batch), 1)}

    scores = Watch(Data(data.arrays, targets)).scores(Always())
    assert (scores["ua"], scores["wa"]) == (0.5, 8 / 9)


@pytest.mark.parametrize("settings", [{"criterion": "f1"}, {"ties": "any"}])
def test_unknown_rules_of_watching_are_refused(settings):
    with pytest.raises(UsageError, match=next(iter(settings.values()))):
        Watch(utterances(2), **settings)


def test_hooks_change_batches_in_their_order():
    seen = []

    class Add:
        def __init__(self, name):
            self.name = name

        def on_batch(self, batch, *, seed, epoch, step):
            seen.append((self.name, seed, epoch, step))
            return replace(batch, inputs=batch.inputs + 1.0)

    class Kept(Pull):
        def losses(self, network, batch):
            seen.append(float(batch.inputs.mean()))
            return super().losses(network, batch)

    zeros = Data([np.zeros((2, 1), dtype=np.float32)] * 4)
    recipe = sgd(epochs=2, batch_size=4)
    train(Numbers(1.0), Kept(), zeros, recipe, hooks=[Add("a"), Add("b")], seed=7)
    assert seen == [("a", 7, 0, 0), ("b", 7, 0, 0), 2.0, ("a", 7, 1, 0), ("b", 7, 1, 0), 2.0]


def test_a_training_without_utterances_or_batches_is_refused():
    with pytest.raises(UsageError, match="no utterances"):
        train(tiny(), Classification(), Data([]), RECIPE)
    with pytest.raises(UsageError, match="no batch for epoch 1"):
        train(tiny(), Classification(), utterances(), RECIPE, sampler=lambda seed, epoch: [])


class Stop(Exception):  # noqa: N818 -- not an error
    """Ends a training from its progress."""


def interrupted(folder, after, **settings):
    def progress(entry, n):
        if entry["epoch"] == after:
            raise Stop

    with pytest.raises(Stop):
        whole(folder, progress=progress, **settings)


def whole(folder=None, *, recipe=RECIPE, network=None, **settings):
    network = network or tiny(dropout=0.3, norm=True)
    return train(
        network, Classification(), utterances(14), recipe,
        seed=2, watch=Watch(utterances(5, seed=8)), folder=folder, **settings,
    )  # fmt: skip


@pytest.mark.parametrize(
    "settings",
    [{}, {"optimiser": "adamw", "ema": 0.8, "clip_norm": 0.1}, {"optimiser": "sgd"},
     {"optimiser": "sgd", "betas": (0.0, 0.0)}, {"schedule": "cosine", "warm_up_epochs": 1.0},
     {"patience": 2, "epochs": 30}],
    ids=lambda settings: "-".join(map(str, settings.values())) or "adam",
)  # fmt: skip
def test_a_stopped_training_goes_on_with_the_same_bits(tmp_path, settings):
    recipe = replace(RECIPE, **settings)
    straight = whole(tmp_path / "straight", recipe=recipe)
    for after in (1, 2, 3):
        interrupted(tmp_path / "stopped", after, recipe=recipe)
    network = tiny(seed=99, dropout=0.3, norm=True)
    found = whole(tmp_path / "stopped", recipe=recipe, network=network)
    assert told(found.history) == told(straight.history)
    assert same(found.last, straight.last)
    assert same(found.best, straight.best)
    assert list(found.best) == list(network.state_dict())
    assert found.best_epoch == straight.best_epoch
    assert same(found.last, network.state_dict())


def test_weights_that_lie_with_the_channels_last_go_on_with_the_same_bits(tmp_path):
    class Image(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.first = torch.nn.Conv2d(3, 7, 3, padding=1).to(memory_format=torch.channels_last)
            self.classes = torch.nn.Linear(7, CLASSES)

        def forward(self, batch):
            image = batch.inputs.transpose(1, 2)[:, :, :, None]
            image = image.contiguous(memory_format=torch.channels_last)
            return {"logits": self.classes(torch.relu(self.first(image)).mean(dim=(2, 3)))}

    def image():
        torch.manual_seed(0)
        return Image()

    straight = whole(network=image())
    interrupted(tmp_path, 2, network=image())
    assert same(whole(tmp_path, network=image()).last, straight.last)


def test_a_training_that_has_ended_is_not_run_again(tmp_path, monkeypatch):
    first = whole(tmp_path)
    monkeypatch.setattr(loop._Run, "_epoch", None)
    again = whole(tmp_path, network=tiny(seed=5, dropout=0.3, norm=True))
    assert again.history == first.history
    assert same(again.last, first.last)
    assert same(again.best, first.best)


@pytest.mark.parametrize(
    "change",
    [{"recipe": replace(RECIPE, learning_rate=0.1)}, {"identity": {"data": "others"}},
     {"network": tiny(hidden=6, norm=True)}],
    ids=["rate", "data", "network"],
)  # fmt: skip
def test_the_checkpoint_of_another_training_is_refused(tmp_path, change):
    whole(tmp_path)
    with pytest.raises(OutputError, match="another folder, or delete") as caught:
        whole(tmp_path, **change)
    assert caught.value.code == "output-unwritable"


def test_checkpoints_are_written_when_the_last_is_old_enough(tmp_path, monkeypatch):
    written = []
    monkeypatch.setattr(loop, "save", lambda folder, found: written.append(found.state["epoch"]))
    whole(tmp_path)
    assert written == [4]
    monkeypatch.setattr(loop, "SAVED_EVERY_S", 0.0)
    whole(tmp_path)
    assert written == [4, 1, 2, 3, 4]


def test_a_folder_holds_safetensors_and_json_and_nothing_else(tmp_path):
    whole(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "epoch-00004.safetensors", "history.jsonl", "training.json",
    ]  # fmt: skip
    data = (tmp_path / "epoch-00004.safetensors").read_bytes()
    header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])
    assert {"network.frames.weight", "best.norm.running_mean", "optimiser.0.0.exp_avg"} <= {*header}
    json.loads((tmp_path / "training.json").read_text())


def test_the_log_has_a_line_an_epoch_also_after_going_on(tmp_path):
    interrupted(tmp_path, 2)
    with open(tmp_path / "history.jsonl", "a", encoding="utf-8") as torn:
        torn.write('{"epoch": 3, "lo')
    found = whole(tmp_path)
    lines = (tmp_path / "history.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line) for line in lines] == found.history
    assert [entry["epoch"] for entry in found.history] == [1, 2, 3, 4]


def test_tensorboard_is_given_the_numbers_of_each_epoch(tmp_path, monkeypatch):
    written = []

    class Writer:
        def __init__(self, folder, purge_step):
            written.append((folder.name, purge_step))

        def add_scalar(self, name, value, epoch):
            written.append((name, value, epoch))

        def close(self):
            written.append("closed")

    class Module:
        SummaryWriter = Writer

    monkeypatch.setattr("emovox.engine.log.need", lambda module, **_: Module)
    history = whole(tmp_path, recipe=replace(RECIPE, epochs=1), tensorboard=True).history
    assert written[0] == ("tensorboard", 1)
    assert ("loss", history[0]["loss"], 1) in written
    assert ("losses/cross-entropy", history[0]["loss"], 1) in written
    assert ("watched/ua", history[0]["watched"]["ua"], 1) in written
    assert written[-1] == "closed"


def test_missing_tensorboard_names_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "tensorboard", None)
    with pytest.raises(MissingExtra, match=r"needs tensorboard; pip install .emovox\[tensorboard"):
        whole(tmp_path, tensorboard=True)
