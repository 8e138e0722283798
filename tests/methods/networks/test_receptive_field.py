"""The effective receptive field: where the middle of the last map looks."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch")

import torch

from emovox.engine.batch import Batch
from emovox.errors import UsageError
from emovox.methods.networks.receptive_field import area_holding, effective_receptive_field
from emovox.methods.networks.replknet import RepLKNet

SMALL = {"layers": (1, 1), "channels": (4, 8)}


@pytest.fixture(autouse=True)
def _seed_and_one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)  # several wait for each other where tests run side by side
    with torch.random.fork_rng():
        torch.manual_seed(2)
        yield
    torch.set_num_threads(threads)


def test_a_field_sums_to_one_and_ends_where_the_kernels_end():
    network = RepLKNet(3, kernels=(3, 3), small_kernel=None, **SMALL)
    field = effective_receptive_field(network, torch.randn(2, 1, 128, 128))
    assert field.sum() == pytest.approx(1.0)
    rows, columns = np.nonzero(field)
    assert 64 in rows
    assert 64 in columns
    # Two taps more than one, as many cells apart as the strides before make of one: the stem's
    # three convolutions, the first stage's, the transition's, the second stage's.
    assert np.ptp(rows) + 1 == np.ptp(columns) + 1 == 1 + 2 + 4 + 4 + 8 + 8 + 16
    assert np.count_nonzero(field) < field.size / 4


def test_larger_kernels_look_at_a_larger_area():
    """On average over networks without training, whose skips carry much of the gradient."""
    areas = {3: 0.0, 21: 0.0}
    for kernel in areas:
        for seed in range(3):
            torch.manual_seed(seed)
            images = torch.randn(2, 1, 128, 128)
            network = RepLKNet(
                3,
                kernels=(kernel,) * 3,
                layers=(2, 2, 2),
                channels=(4, 8, 8),
                small_kernel=None,
                drop_path=0.0,
            )
            network(Batch(images[:, 0], torch.tensor([128, 128])))
            areas[kernel] += area_holding(effective_receptive_field(network, images))
    assert areas[21] > 1.5 * areas[3]


def test_a_network_in_training_is_looked_at_in_eval_mode_and_goes_on_in_training():
    network = RepLKNet(3, kernels=(5, 5), **SMALL).train()
    images = torch.randn(2, 1, 32, 32)
    field = effective_receptive_field(network, images)
    assert all(one.training for one in network.modules())
    assert np.array_equal(effective_receptive_field(network.eval(), images), field)


def test_a_network_that_looks_at_nothing_has_no_field():
    network = RepLKNet(3, kernels=(5, 5), **SMALL)
    torch.nn.init.zeros_(network.stem[0].weight)
    with pytest.raises(UsageError, match="gradients sum to 0"):
        effective_receptive_field(network, torch.randn(1, 1, 32, 32))


@pytest.mark.parametrize(("share", "area"), [(0.5, 0.25), (0.8, 0.25), (0.85, 0.5), (1.0, 0.75)])
def test_the_area_holding_a_share_is_of_the_largest_cells(share, area):
    assert area_holding(np.array([[1.0, 8.0], [0.0, 1.0]]), share) == area
