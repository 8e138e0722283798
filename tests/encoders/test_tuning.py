"""What is frozen stays as it was; what is trained is what was asked for; heads have their sizes."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from emovox import registry
from emovox.encoders.pooling import KINDS, LayerWeights, Pooling
from emovox.encoders.speech import untrained
from emovox.encoders.tuning import choose, learning_rates, merged
from emovox.engine.batch import Batch, padded
from emovox.engine.recipe import Recipe
from emovox.errors import UsageError
from emovox.methods.networks.encoder import TunedEncoder
from emovox.methods.networks.encoder_heads import HEADS, head_of

from .tiny import CONFIGURATIONS, inputs, slow_but_few, tiny, write

LORA_KINDS = sorted(set(CONFIGURATIONS) - {"wavlm-group", "wavlm-layer"})


def batch_of(network, *, n=6, seconds=0.5):
    heard = inputs(network.encoder, n, seconds=seconds)
    lengths = torch.linspace(heard.shape[1] * 0.6, heard.shape[1], n).long()
    for row, length in enumerate(lengths):
        heard[row, length:] = 0
    return Batch(heard, lengths, targets=torch.arange(n) % 3)


def network_of(folder, name="whisper", **options):
    write(folder, name)
    dim = 80 if name == "whisper" else 1
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TunedEncoder(dim, 3, encoder=str(folder), **{"layers": "2", **options})


def step(network, batch, *, times=20):
    """Train for a few steps by the optimiser that the engine would make."""
    names = {id(one): name for name, one in network.named_parameters()}
    recipe = Recipe(optimiser="adamw", learning_rate=1e-2)
    optimiser = recipe.optimiser_of(network.parameters(), names, network.learning_rates())
    network.train()
    for _ in range(times):
        loss = torch.nn.functional.cross_entropy(network(batch)["logits"], batch.targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return float(loss.detach())


def changed(network, before):
    """Names of the weights that are others than before."""
    return {
        name for name, value in network.named_parameters() if not torch.equal(value, before[name])
    }


@pytest.mark.parametrize("name", slow_but_few(sorted(CONFIGURATIONS), quick=("whisper",)))
@pytest.mark.parametrize(
    ("trained", "moved"),
    [("none", ()), (1, ("1.",)), ("blocks", ("0.", "1.")), ("all", ("0.", "1.", "conv"))],
)
def test_only_what_is_to_be_trained_moves(tmp_path, name, trained, moved):
    network = network_of(tmp_path, name, trained=trained)
    before = {key: value.clone() for key, value in network.named_parameters()}
    batch = batch_of(network)
    with torch.no_grad():
        logits = network(batch)["logits"]
    first = float(torch.nn.functional.cross_entropy(logits, batch.targets))
    assert step(network, batch) < first
    moved_now = changed(network, before)
    assert {key for key in moved_now if key.startswith("head.")}
    blocks = "encoder.model." if name == "whisper" else "encoder.model.encoder."
    for place in ("0.", "1."):
        there = {key for key in moved_now if key.startswith(f"{blocks}layers.{place}")}
        assert bool(there) == (place in moved), (place, there)
    others = {
        key
        for key in moved_now
        if key.startswith("encoder.") and not key.startswith(f"{blocks}layers.")
    }
    assert bool(others) == ("conv" in moved)
    frozen = [one for one in network.encoder.parameters() if not one.requires_grad]
    assert all(one.grad is None for one in frozen)


def test_a_frozen_encoder_stays_in_evaluation_mode(tmp_path):
    network = network_of(tmp_path, trained="none").train()
    assert network.training
    assert not any(one.training for one in network.encoder.modules())
    network = network_of(tmp_path, trained=1).train()
    assert all(one.training for one in network.encoder.modules())


@pytest.mark.parametrize("name", slow_but_few(LORA_KINDS))
@pytest.mark.parametrize("lora_on", ["attention", "feed-forward"])
def test_a_low_rank_addition_begins_as_nothing_and_can_be_worked_in(tmp_path, name, lora_on):
    plain = network_of(tmp_path, name).eval()
    network = network_of(tmp_path, name, trained="lora", lora_on=lora_on)
    network.head.load_state_dict(plain.head.state_dict())
    batch = batch_of(network)
    with torch.no_grad():
        start = network.eval()(batch)["logits"]
        torch.testing.assert_close(start, plain(batch)["logits"], rtol=0, atol=0)
    before = {key: value.clone() for key, value in network.named_parameters()}
    step(network, batch, times=5)
    moved = changed(network, before)
    assert any("lora_B" in key for key in moved)
    assert all("lora_" in key or key.startswith("head.") for key in moved)
    with torch.no_grad():
        after = network.eval()(batch)["logits"]
        assert (after - start).abs().max() > 1e-3
        worked_in = copy.deepcopy(network).merge()
        assert not any("lora_" in key for key, _ in worked_in.named_parameters())
        torch.testing.assert_close(worked_in(batch)["logits"], after, atol=1e-5, rtol=1e-5)


def test_wavlm_takes_them_in_its_feed_forward_part_only(tmp_path):
    with pytest.raises(UsageError, match="lora_on=feed-forward"):
        network_of(tmp_path, "wavlm-layer", trained="lora")
    network = network_of(tmp_path, "wavlm-layer", trained="lora", lora_on="feed-forward")
    assert step(network, batch_of(network), times=3) > 0


@pytest.mark.parametrize(
    ("settings", "lora_on", "rank", "count"),
    [
        ({}, "attention", 8, 294_912),
        ({"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
          "intermediate_size": 4096}, "attention", 8, 786_432),
        ({}, "feed-forward", 16, 1_474_560),
        ({"hidden_size": 1024, "num_hidden_layers": 24, "num_attention_heads": 16,
          "intermediate_size": 4096}, "feed-forward", 16, 3_932_160),
    ],
)  # fmt: skip
def test_low_rank_additions_have_their_published_sizes(settings, lora_on, rank, count):
    with torch.device("meta"):
        encoder = untrained({"model_type": "wav2vec2", **settings})
        choose(encoder, "lora", rank=rank, lora_on=lora_on)
    assert sum(one.numel() for one in encoder.parameters() if one.requires_grad) == count


@pytest.mark.parametrize(
    ("name", "dim", "n_layers", "n_classes", "count"),
    [
        ("superb", 768, 13, 4, 197_905),
        ("superb", 1024, 25, 4, 263_453),
        ("emobox", 768, 13, 4, 98_948),
        ("pepino", 768, 13, 4, 115_473),
        ("audeering", 1024, 13, 3, 1_052_675),
    ],
)
def test_published_heads_have_their_published_sizes(name, dim, n_layers, n_classes, count):
    head = head_of(name, dim, n_layers, n_classes, pooling="mean", hidden=None, dropout=0.1)
    assert sum(one.numel() for one in head.parameters()) == count


@pytest.mark.parametrize("name", sorted(HEADS))
def test_no_head_hears_what_lies_behind_the_end(name):
    torch.manual_seed(0)
    head = head_of(name, 8, 3, 4, pooling="attentive-statistics", hidden=5, dropout=0.1).eval()
    states = torch.randn(2, 3, 9, 8)
    mask = torch.arange(9)[None] < torch.tensor([5, 9])[:, None]
    clean = head(states, mask)
    states[0, :, 5:] = 100.0
    torch.testing.assert_close(head(states, mask), clean)
    torch.testing.assert_close(head(states[:1, :, :5], mask[:1, :5]), clean[:1])


@pytest.mark.parametrize("kind", KINDS)
def test_pooling_is_that_of_the_clip_alone(kind):
    torch.manual_seed(0)
    pooling = Pooling(kind, 6)
    clips = [np.random.default_rng(n).standard_normal((n, 6)).astype(np.float32) for n in (3, 7)]
    frames, lengths = padded(clips)
    mask = torch.arange(7)[None] < lengths[:, None]
    frames[0, 3:] = 50.0
    together = pooling(frames, mask)
    assert together.shape == (2, pooling.width)
    for row, clip in enumerate(clips):
        alone = pooling(torch.from_numpy(clip)[None], torch.ones(1, len(clip), dtype=torch.bool))
        torch.testing.assert_close(together[row], alone[0])
    if kind == "mean-sd":
        wanted = np.concatenate([clips[1].mean(axis=0), clips[1].std(axis=0)])
        np.testing.assert_allclose(together[1].numpy(), wanted, atol=1e-5)


def test_an_unmasked_mean_would_be_another():
    frames = torch.ones(1, 4, 2)
    frames[0, 2:] = 0
    mask = torch.tensor([[True, True, False, False]])
    assert Pooling("mean", 2)(frames, mask).tolist() == [[1.0, 1.0]]
    assert frames.mean(dim=1).tolist() == [[0.5, 0.5]]


def test_layer_weights_sum_to_one_and_learn(tmp_path):
    network = network_of(tmp_path, layers="0-3")
    weights: LayerWeights = network.head.layers
    torch.testing.assert_close(weights.weights, torch.full((4,), 0.25))
    step(network, batch_of(network))
    assert weights.logits.grad.abs().max() > 0
    assert float(weights.weights.sum().detach()) == pytest.approx(1.0)
    assert (weights.weights - 0.25).abs().max() > 1e-3


def test_lower_blocks_learn_slower():
    encoder = tiny("whisper")
    factors = learning_rates(encoder, of_encoder=0.1, per_block=0.5)
    of_block = [{factors[id(one)] for one in block.parameters()} for block in encoder.blocks]
    assert of_block == [{0.025}, {0.05}, {0.1}]
    assert {factors[id(one)] for one in encoder.model.conv1.parameters()} == {0.0125}


def test_weight_normalisation_is_worked_in():
    encoder = tiny("wav2vec2-group")
    heard = inputs(encoder, 1)
    lengths = torch.tensor([heard.shape[1]])
    with torch.no_grad():
        before = encoder(heard, lengths)[0][-1]
        after = merged(encoder)(heard, lengths)[0][-1]
    torch.testing.assert_close(after, before, atol=1e-6, rtol=1e-5)
    assert not any("parametrizations" in name for name, _ in encoder.named_parameters())


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"trained": "some"}, "known: none, blocks, all, lora"),
        ({"trained": 9}, "9 blocks are to be trained; 2 are used"),
        ({"head": "none"}, "there is no head"),
        ({"pooling": "max"}, "there is no pooling"),
        ({"layers": "8"}, "known: 0 to 3"),
        ({"first_weights": "zero"}, "known: pretrained, random"),
        ({"trained": "lora", "lora_on": "all"}, "known: attention, feed-forward"),
    ],
)
def test_other_words_are_refused(tmp_path, options, said):
    with pytest.raises(UsageError, match=said):
        network_of(tmp_path, **options)


def test_frames_of_another_width_are_refused_with_the_feature_to_take(tmp_path):
    write(tmp_path, "hubert-layer")
    with pytest.raises(UsageError, match="--features waveform-standardised"):
        TunedEncoder(80, 3, encoder=str(tmp_path))


def test_random_weights_are_a_control(tmp_path):
    real = network_of(tmp_path, trained="none")
    control = network_of(tmp_path, trained="none", first_weights="random")
    assert not torch.equal(real.encoder.model.conv1.weight, control.encoder.model.conv1.weight)


def test_a_training_on_other_weights_of_the_same_name_is_another_training(tmp_path):
    rng = np.random.default_rng(0)
    X = np.empty(8, dtype=object)
    for row in range(8):
        X[row] = rng.standard_normal((30, 80)).astype(np.float32)
    settings = {"encoder": str(tmp_path / "e"), "layers": "1", "epochs": 1, "batch_size": 4}
    made = registry.get("method", "encoder")
    encoder = write(tmp_path / "e")
    for _ in range(2):
        made(**settings, checkpoint=tmp_path / "kept").fit(X, np.arange(8) % 2)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    encoder.model.conv1.weight.data.mul_(1.1)
    write(tmp_path / "e", encoder=encoder)
    made(**settings, checkpoint=tmp_path / "kept").fit(X, np.arange(8) % 2)
    assert len(list((tmp_path / "kept").iterdir())) == 2


@pytest.mark.parametrize("name", slow_but_few(["hubert-layer", "wav2vec2-group", "whisper"]))
@pytest.mark.parametrize("method", ["encoder", "encoder-lora", "encoder-tuned"])
def test_a_network_becomes_a_model_folder_that_needs_no_torch(tmp_path, name, method):
    from emovox.models import read

    write(tmp_path / "encoder", name)
    rng = np.random.default_rng(0)
    dim, shortest = (80, 30) if name == "whisper" else (1, 3000)
    X = np.empty(12, dtype=object)
    for row in range(12):
        X[row] = rng.standard_normal((shortest + shortest // 12 * row, dim)).astype(np.float32)
    y = np.array(["anger", "fear", "neutral"])[np.arange(12) % 3]
    estimator = registry.get("method", method)(
        encoder=str(tmp_path / "encoder"), layers="1-2", epochs=1, batch_size=4, feature="waveform"
    ).fit(X, y)
    estimator.export(
        tmp_path / "model",
        rows=X,
        front_end={"feature": "waveform", "form": "frames"},
    )
    model = read(tmp_path / "model")
    np.testing.assert_allclose(model.scores(list(X)), estimator.predict_proba(X), atol=1e-4)
    assert estimator.cost().macs > 0
