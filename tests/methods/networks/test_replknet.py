"""RepLKNet: sizes, shapes, the merged form, the fast convolution, pieces of utterances."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from emovox.engine.batch import Batch
from emovox.errors import UsageError
from emovox.methods.networks.large_kernel import (
    DepthwiseConv2d,
    LargeKernel,
    convolve_depthwise,
)
from emovox.methods.networks.replknet import (
    VARIANTS,
    DropPath,
    LargeKernelBlock,
    RepLKNet,
    drop_rates,
)

SMALL = {"kernels": (9, 7, 7, 5), "layers": (1, 1, 1, 1), "channels": (4, 6, 8, 10)}


def parameters(network):
    return sum(one.numel() for one in network.parameters())


def with_random_statistics(network):
    """The network in eval mode, each BatchNorm as it might be after training."""
    for norm in network.modules():
        if isinstance(norm, torch.nn.BatchNorm2d):
            with torch.no_grad():
                norm.running_mean.normal_(0.0, 0.5)
                norm.running_var.uniform_(0.5, 2.0)
                norm.weight.uniform_(0.5, 1.5)
                norm.bias.normal_(0.0, 0.5)
    return network.eval()


@pytest.fixture(autouse=True)
def _seed_and_one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other where tests run side by side
    with torch.random.fork_rng():
        torch.manual_seed(8)
        yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize(
    ("variant", "trained", "merged"),
    [
        ("S", 2_043_103, 2_012_191),
        ("XS", 1_204_063, None),
        ("M", 2_807_847, None),
        ("15", 1_546_975, None),
        ("3", 1_411_567, None),
    ],
)
def test_variants_have_the_tabled_numbers_of_parameters(variant, trained, merged):
    with torch.device("meta"):
        network = RepLKNet(7, **VARIANTS[variant])
    assert parameters(network) == trained
    if merged is not None:
        assert parameters(network.merge()) == merged


@pytest.mark.parametrize(
    ("kernels", "channels", "small_kernel", "dw_ratio", "trained", "merged"),
    [
        ((31, 29, 27, 13), (128, 256, 512, 1024), 5, 1.0, 79_864_168, 79_527_272),
        ((31, 29, 27, 13), (192, 384, 768, 1536), 5, 1.0, 172_671_016, 172_165_672),
        ((27, 27, 27, 13), (256, 512, 1024, 2048), None, 1.5, 335_435_752, None),
    ],
)
def test_the_published_image_networks_have_their_numbers_of_parameters(
    kernels, channels, small_kernel, dw_ratio, trained, merged
):
    with torch.device("meta"):
        network = RepLKNet(
            1000,
            in_channels=3,
            kernels=kernels,
            layers=(2, 2, 18, 2),
            channels=channels,
            small_kernel=small_kernel,
            dw_ratio=dw_ratio,
        )
    assert parameters(network) == trained
    if merged is not None:
        assert parameters(network.merge()) == merged


def test_parts_have_the_tabled_numbers_of_parameters():
    network = RepLKNet(7)
    assert parameters(network.stem) == 1_416
    assert [parameters(one) for one in network.transitions] == [1_776, 5_856, 20_928]
    assert [parameters(one) for one in network.stages] == [59_904, 131_328, 999_936, 820_224]
    assert parameters(network.stages[0][0]) == 25_056
    assert parameters(network.stages[0][1]) == 4_896


def test_maps_have_the_tabled_shapes():
    maps = RepLKNet(7).eval().maps(torch.zeros(2, 1, 128, 300))
    assert [tuple(one.shape) for one in maps] == [
        (2, 24, 32, 75), (2, 48, 16, 38), (2, 96, 8, 19), (2, 192, 4, 10),
    ]  # fmt: skip


@pytest.mark.parametrize("frames", [64, 150, 301])
@pytest.mark.parametrize("training", [False, True])
def test_any_number_of_frames_gives_logits(frames, training):
    network = RepLKNet(7, layers=(1, 1, 1, 1)).train(training)
    batch = Batch(torch.randn(2, frames, 128), torch.full((2,), frames))
    assert network(batch)["logits"].shape == (2, 7)


def test_frequency_is_the_height_of_the_image():
    network = RepLKNet(3, **SMALL).eval()
    inputs = torch.randn(1, 80, 32)
    logits = network(Batch(inputs, torch.tensor([80])))["logits"]
    image = inputs[0].T[None, None]
    torch.testing.assert_close(logits, network.head(network.features(image)))
    assert network.maps(image)[0].shape[2:] == (8, 20)


@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-9), ("float32", 1e-4)])
def test_the_merged_network_gives_the_same_logits(dtype, tolerance):
    network = with_random_statistics(RepLKNet(7)).to(getattr(torch, dtype))
    batch = Batch(torch.randn(2, 64, 64, dtype=getattr(torch, dtype)), torch.tensor([64, 64]))
    with torch.no_grad():
        trained, merged = network(batch)["logits"], network.merge()(batch)["logits"]
    assert trained.std() > 0.01
    assert (trained - merged).abs().max() < tolerance


def test_merging_leaves_no_small_branch_and_the_trained_network_as_it_was():
    network = with_random_statistics(RepLKNet(7, **SMALL)).train()
    before = {name: one.clone() for name, one in network.state_dict().items()}
    merged = network.merge()
    assert any("small" in name for name in before)
    assert not any("small" in name for name in merged.state_dict())
    assert all(torch.equal(one, before[name]) for name, one in network.state_dict().items())
    assert network.training
    assert not any(one.training for one in merged.modules())


def test_a_merged_network_is_merged_once_and_never_trained():
    merged = RepLKNet(7, **SMALL).merge()
    assert merged.merge() is merged
    assert merged.eval() is merged
    with pytest.raises(UsageError, match="cannot be trained"):
        merged.train()


def test_the_small_kernel_lies_in_the_middle_of_the_large_one():
    unit = LargeKernel(3, 31, small_kernel=5).double()
    torch.nn.init.zeros_(unit.large.weight)
    unit = with_random_statistics(unit)
    torch.nn.init.zeros_(unit.large_norm.bias)
    torch.nn.init.zeros_(unit.large_norm.running_mean)
    plain = torch.nn.Conv2d(3, 3, 5, padding=2, groups=3, bias=False).double()
    plain.weight = unit.small.weight
    images = torch.randn(2, 3, 12, 40, dtype=torch.float64)
    torch.testing.assert_close(unit.merged()(images), unit.small_norm(plain(images)))


def test_gradients_reach_both_branches_and_every_stage():
    network = RepLKNet(3, **SMALL, drop_path=0.0)
    logits = network(Batch(torch.randn(4, 64, 64), torch.full((4,), 64)))["logits"]
    logits.square().sum().backward()
    units = [one for one in network.modules() if isinstance(one, LargeKernel)]
    assert len(units) == 4
    for unit in units:
        assert unit.large.weight.grad.abs().sum() > 0
        assert unit.small.weight.grad.abs().sum() > 0
    assert all(one.grad is not None for one in network.parameters())


def test_stochastic_depth_grows_from_nothing_to_drop_path_and_pairs_share_it():
    network = RepLKNet(3, layers=(2, 2, 6, 2), drop_path=0.1)
    rates = [one.rate for one in network.modules() if isinstance(one, DropPath)]
    assert rates[::2] == rates[1::2] == drop_rates(12, 0.1)
    assert rates[0] == 0.0
    assert rates[-1] == pytest.approx(0.1)
    assert np.allclose(np.diff(rates[::2]), 0.1 / 11)


def test_stochastic_depth_drops_whole_samples_and_keeps_the_mean():
    inputs = torch.ones(4000, 2, 3, 4)
    outputs = DropPath(0.25).train()(inputs)
    per_sample = outputs.flatten(1)
    assert torch.equal(per_sample.amin(1), per_sample.amax(1))
    assert sorted(set(per_sample[:, 0].tolist())) == pytest.approx([0.0, 4 / 3])
    assert outputs.mean().item() == pytest.approx(1.0, abs=0.03)
    assert DropPath(0.25).eval()(inputs) is inputs


@pytest.mark.parametrize(
    ("bands", "times", "kernel"),
    [(32, 75, 31), (16, 38, 29), (8, 19, 27), (4, 10, 13), (1, 1, 31), (5, 3, 1), (3, 40, 5)],
)
def test_the_fourier_convolution_equals_the_plain_one(bands, times, kernel):
    images = torch.randn(2, 3, bands, times, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 1, kernel, kernel, dtype=torch.float64, requires_grad=True)
    plain = torch.nn.functional.conv2d(images, weight, padding=kernel // 2, groups=3)
    fast = convolve_depthwise(images, weight)
    torch.testing.assert_close(fast, plain, rtol=0, atol=1e-11)
    upstream = torch.randn_like(plain)
    for ours, theirs in zip(
        torch.autograd.grad(fast, (images, weight), upstream),
        torch.autograd.grad(plain, (images, weight), upstream),
        strict=True,
    ):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=1e-10)


def test_training_is_the_same_with_either_convolution():
    gradients = {}
    plain = RepLKNet(3, layers=(1, 1, 1, 1), convolution="direct", drop_path=0.0)
    fast = RepLKNet(3, layers=(1, 1, 1, 1), drop_path=0.0)
    fast.load_state_dict(plain.state_dict())
    batch = Batch(torch.randn(2, 100, 64), torch.tensor([100, 100]))
    for name, network in (("direct", plain), ("fft", fast)):
        logits = network(batch)["logits"]
        gradients[name] = (logits, *torch.autograd.grad(logits.sum(), [network.stem[0].weight]))
    for direct, fft in zip(gradients["direct"], gradients["fft"], strict=True):
        assert (direct - fft).abs().max() < 1e-4 * max(1.0, direct.abs().max().item())


def test_the_fourier_convolution_is_single_precision_under_autocast():
    images, weight = torch.randn(1, 2, 8, 16), torch.randn(2, 1, 7, 7)
    expected = convolve_depthwise(images.bfloat16().float(), weight)
    with torch.autocast("cpu", torch.bfloat16):
        found = convolve_depthwise(images.bfloat16(), weight)
    assert found.dtype == torch.bfloat16
    assert torch.equal(found, expected.bfloat16())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"layers": (1, 1)}, "4, 2 and 4"),
        ({"kernels": (31, 29, 27, 12)}, "odd size of at least 1, not 12"),
        ({"small_kernel": 15}, "small kernel, 15, is larger than the large one, 13"),
        ({"drop_path": 1.0}, r"rate in \[0, 1\), not 1.0"),
        ({"convolution": "winograd"}, "'winograd'; known: direct, fft"),
    ],
)
def test_impossible_settings_are_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        RepLKNet(7, **settings)


def test_blocks_hold_one_convolution_after_merging():
    blocks = [one for one in RepLKNet(7).merge().modules() if isinstance(one, LargeKernelBlock)]
    assert all(isinstance(block.large, DepthwiseConv2d) for block in blocks)
    assert [block.large.kernel_size[0] for block in blocks] == [31] * 2 + [29] * 2 + [27] * 6 + [
        13
    ] * 2
