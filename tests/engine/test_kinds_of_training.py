"""Multi-task, adversarial, episodic, GAN and inner-step training, all by the one loop."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from torch.func import functional_call
from torch.nn import functional

from emovox.engine.data import Data, Shuffled
from emovox.engine.loop import train
from emovox.engine.objective import Player
from emovox.engine.recipe import Recipe
from emovox.engine.seeds import generator, seeded
from engine.tiny import bits, same, told


def points(values, targets=None, **extra):
    """Utterances of one frame each."""
    return Data([row[None].astype(np.float32) for row in values], targets, extra=extra)


def first(batch):
    return batch.inputs[:, 0]


# ---- two heads


class TwoHeads(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(4, 8)
        self.emotion, self.speaker = torch.nn.Linear(8, 2), torch.nn.Linear(8, 3)

    def forward(self, batch):
        hidden = torch.tanh(self.body(first(batch)))
        return {"logits": self.emotion(hidden), "speaker": self.speaker(hidden)}


class MultiTask:
    def __init__(self, weight):
        self.weight = weight

    def players(self, network):
        weights = {"speaker": self.weight}
        return [Player("network", list(network.parameters()), self.losses, weights)]

    def losses(self, network, batch):
        found = network(batch)
        return {
            "emotion": functional.cross_entropy(found["logits"], batch.targets),
            "speaker": functional.cross_entropy(found["speaker"], batch.extra["speaker"]),
        }


def heads(weight):
    dice = generator(0)
    values, emotion = dice.standard_normal((60, 4)), dice.integers(0, 2, 60)
    speaker = dice.integers(0, 3, 60)
    values[:, 0] += 3 * emotion
    values[:, 1] += 4 * speaker
    with seeded(0):
        network = TwoHeads()
    recipe = Recipe(epochs=30, batch_size=16, learning_rate=0.03)
    return train(network, MultiTask(weight), points(values, emotion, speaker=speaker), recipe)


def test_two_heads_learn_from_two_weighted_losses():
    last = heads(0.5).history[-1]
    assert last["losses"]["emotion"] < 0.2
    assert last["losses"]["speaker"] < 0.2
    expected = last["losses"]["emotion"] + 0.5 * last["losses"]["speaker"]
    np.testing.assert_allclose(last["loss"], expected, rtol=1e-5)


def test_a_loss_may_come_in_with_the_epochs():
    found = heads(lambda epoch: float(epoch >= 15)).history
    assert found[14]["losses"]["speaker"] > 0.8
    assert found[-1]["losses"]["speaker"] < 0.3
    assert found[-1]["losses"]["emotion"] < 0.2


# ---- a reversed gradient


class Reversed(torch.autograd.Function):
    @staticmethod
    def forward(context, value, strength):
        context.strength = strength
        return value.view_as(value)

    @staticmethod
    def backward(context, gradient):
        return -context.strength * gradient, None


class DomainBlind(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(4, 2)
        self.emotion = torch.nn.Linear(2, 2)
        self.domain = torch.nn.Sequential(
            torch.nn.Linear(2, 16), torch.nn.ReLU(), torch.nn.Linear(16, 2)
        )

    def forward(self, batch):
        features = self.body(first(batch))
        strength = float(batch.extra["strength"][0])
        return {
            "features": features,
            "logits": self.emotion(features),
            "domain": self.domain(Reversed.apply(features, strength)),
        }


class Adversarial:
    def players(self, network):
        return [Player("network", list(network.parameters()), self.losses)]

    def losses(self, network, batch):
        found = network(batch)
        return {
            "emotion": functional.cross_entropy(found["logits"], batch.targets),
            "domain": functional.cross_entropy(found["domain"], batch.extra["domain"]),
        }


class Strength:
    """The hook that tells the objective how strong the reversal is at this epoch."""

    def __init__(self, most):
        self.most = most

    def on_batch(self, batch, *, seed, epoch, step):
        strength = self.most * min(epoch / 5, 1.0)
        return replace(
            batch, extra={**batch.extra, "strength": torch.full((len(batch),), strength)}
        )


def heard(features, labels):
    """Share of labels that the best line through the features tells."""
    rows = np.concatenate([features, np.ones((len(features), 1))], axis=1)
    line = np.linalg.lstsq(rows, 2.0 * labels - 1.0, rcond=None)[0]
    return float(((rows @ line > 0) == labels).mean())


def domain_heard(most):
    dice = generator(1)
    emotion, domain = dice.integers(0, 2, 200), dice.integers(0, 2, 200)
    values = dice.standard_normal((200, 4))
    values[:, 0] += 5 * emotion
    values[:, 1] += 5 * domain
    data = points(values, emotion, domain=domain)
    with seeded(3):
        network = DomainBlind()
    recipe = Recipe(epochs=30, batch_size=20, learning_rate=0.02)
    train(network, Adversarial(), data, recipe, hooks=[Strength(most)])
    (batch,) = data.batches(200)
    batch = Strength(0.0).on_batch(batch, seed=0, epoch=0, step=0)
    with torch.inference_mode():
        features = network(batch)["features"].numpy()
    return heard(features, emotion), heard(features, domain)


def test_a_reversed_gradient_makes_features_blind_to_the_domain():
    emotion, domain = domain_heard(1.0)
    assert emotion > 0.95
    assert domain < 0.65
    emotion, domain = domain_heard(-1.0)
    assert emotion > 0.95
    assert domain > 0.95


# ---- generator and discriminator


class Pair(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.generator = torch.nn.Linear(2, 2)
        self.discriminator = torch.nn.Sequential(
            torch.nn.Linear(2, 16), torch.nn.LeakyReLU(0.2), torch.nn.Linear(16, 1)
        )


class Adversaries:
    def players(self, network):
        return [
            Player("discriminator", network.discriminator.parameters(), self.tell),
            Player("generator", network.generator.parameters(), self.fool, every=2),
        ]

    def tell(self, network, batch):
        made = network.generator(torch.randn(len(batch), 2)).detach()
        real, false = network.discriminator(first(batch)), network.discriminator(made)
        return {
            "real": functional.softplus(-real).mean(),
            "false": functional.softplus(false).mean(),
        }

    def fool(self, network, batch):
        made = network.generator(torch.randn(len(batch), 2))
        return {"fooled": functional.softplus(-network.discriminator(made)).mean()}


MEAN = np.array([3.0, -2.0])
GAN = Recipe(epochs=60, batch_size=50, learning_rate=0.01, betas=(0.5, 0.9))


def gan(recipe=GAN, **settings):
    values = MEAN + generator(2).standard_normal((500, 2))
    with seeded(0):
        network = Pair()
    return network, train(network, Adversaries(), points(values), recipe, **settings)


def test_a_generator_moves_to_where_the_data_are():
    network, found = gan()
    with torch.inference_mode(), seeded(1):
        made = network.generator(torch.randn(2000, 2)).mean(dim=0).numpy()
    assert np.abs(made - MEAN).max() < 0.7, made
    assert np.abs(network.generator.bias.detach().numpy() - made).max() < 0.2
    assert set(found.history[-1]["losses"]) == {
        "discriminator.real", "discriminator.false", "generator.fooled",
    }  # fmt: skip


def test_each_player_moves_its_own_weights_and_in_its_turn():
    frozen = replace(GAN, epochs=1, batch_size=500)
    network, found = gan(frozen)
    with seeded(0):
        start = Pair().state_dict()
    moved = {name for name in start if not torch.equal(start[name], found.last[name])}
    assert moved == set(start)

    class OnlyOne(Adversaries):
        def players(self, network):
            return super().players(network)[1:]

    with seeded(0):
        network = Pair()
    found = train(network, OnlyOne(), points(np.zeros((4, 2))), replace(frozen, batch_size=4))
    moved = {name for name in start if not torch.equal(start[name], found.last[name])}
    assert moved == {"generator.weight", "generator.bias"}


def test_two_players_go_on_with_the_same_bits(tmp_path):
    class Stop(Exception):  # noqa: N818 -- not an error
        pass

    def progress(entry, n):
        if entry["epoch"] == 2:
            raise Stop

    short = replace(GAN, epochs=4)
    _, straight = gan(short)
    for attempt in range(2):
        try:
            _, found = gan(short, folder=tmp_path, progress=None if attempt else progress)
        except Stop:
            continue
    assert same(found.last, straight.last)
    assert told(found.history) == told(straight.history)


# ---- episodes


WAYS, SHOTS, QUERIES = 3, 2, 4


class Episodes:
    """So many classes, of each so many utterances: the first of a class are its examples."""

    def __init__(self, labels):
        self.labels = labels

    def __call__(self, seed, epoch):
        dice = generator(seed, epoch)
        found = []
        for _ in range(10):
            ways = dice.choice(np.unique(self.labels), WAYS, replace=False)
            rows = [
                dice.choice(np.flatnonzero(self.labels == way), SHOTS + QUERIES, replace=False)
                for way in ways
            ]
            found.append(np.concatenate(rows))
        return found


class Embedding(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Linear(8, 2, bias=False)

    def forward(self, batch):
        return {"embedding": self.body(first(batch))}


def distances(embedding):
    """Minus squared distances of queries to the prototypes, and the classes of the queries."""
    each = embedding.view(WAYS, SHOTS + QUERIES, -1)
    prototypes, queries = each[:, :SHOTS].mean(dim=1), each[:, SHOTS:].flatten(0, 1)
    return -(torch.cdist(queries, prototypes) ** 2), torch.arange(WAYS).repeat_interleave(QUERIES)


class Prototypes:
    def players(self, network):
        return [Player("network", list(network.parameters()), self.losses)]

    def losses(self, network, batch):
        return {"prototypes": functional.cross_entropy(*distances(network(batch)["embedding"]))}


def labelled_points(seed):
    """Twelve classes that differ in two dimensions, and differ by noise in six others."""
    dice = generator(seed)
    centres = 4.0 * dice.standard_normal((12, 2))
    labels = np.repeat(np.arange(12), 20)
    values = 4.0 * dice.standard_normal((240, 8))
    values[:, :2] = centres[labels] + dice.standard_normal((240, 2))
    return points(values, labels)


def episode_accuracy(network, data):
    right = []
    for rows in Episodes(data.targets)(5, 0) + Episodes(data.targets)(5, 1):
        with torch.inference_mode():
            found, truth = distances(
                network(data.training_batch(rows, seed=0, epoch=0))["embedding"]
            )
        right += (found.argmax(dim=1) == truth).tolist()
    return np.mean(right)


def test_episodes_teach_prototypes_of_classes_never_seen():
    data, unseen = labelled_points(0), labelled_points(1)
    with seeded(0):
        network = Embedding()
    before = episode_accuracy(network, unseen)
    recipe = Recipe(epochs=20, learning_rate=0.03)
    train(network, Prototypes(), data, recipe, sampler=Episodes(data.targets))
    assert before < 0.7
    assert episode_accuracy(network, unseen) > before + 0.2


# ---- an inner step


class Line(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(
            torch.nn.Linear(1, 16), torch.nn.Tanh(), torch.nn.Linear(16, 1)
        )

    def forward(self, x):
        return self.body(x)


class InnerStep:
    """MAML: the loss of half of a task's points after one step on the other half."""

    def __init__(self, rate=0.1):
        self.rate = rate

    def players(self, network):
        parameters = list(network.parameters())
        return [Player("network", parameters, self.losses, one_call=False)]

    def losses(self, network, batch):
        tasks = [self.after_a_step(network, task) for task in batch.inputs]
        return {"after a step": torch.stack(tasks).mean()}

    def after_a_step(self, network, task):
        known, asked = task[:5], task[5:]
        weights = dict(network.named_parameters())
        loss = functional.mse_loss(functional_call(network, weights, (known[:, :1],)), known[:, 1:])
        gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
        moved = {
            name: one - self.rate * gradient
            for (name, one), gradient in zip(weights.items(), gradients, strict=True)
        }
        return functional.mse_loss(functional_call(network, moved, (asked[:, :1],)), asked[:, 1:])


def tasks(seed, n=64):
    """Each utterance is a task: ten points (x, slope * x) of a slope of its own."""
    dice = generator(seed)
    x = dice.uniform(-1, 1, (n, 10, 1))
    slopes = dice.choice([-2.0, 2.0], (n, 1, 1))
    return Data(list(np.concatenate([x, slopes * x], axis=2).astype(np.float32)))


def lines(rate, epochs=25):
    with seeded(0):
        network = Line()
    train(network, InnerStep(rate), tasks(0), Recipe(epochs=epochs, learning_rate=0.01))
    held = tasks(1)
    (batch,) = held.batches(len(held))
    return float(InnerStep().losses(network, batch)["after a step"].detach())


def test_an_inner_step_is_learned_through():
    # Slopes of both signs: whoever takes no inner step in training learns their mean, zero.
    assert lines(0.1) < 0.5 * lines(0.0)


def test_an_inner_step_leaves_equal_bits():
    def trained():
        with seeded(0):
            network = Line()
        found = train(network, InnerStep(), tasks(0, 8), Recipe(epochs=2), sampler=Shuffled(8, 4))
        return bits(found.last)

    assert trained() == trained()
