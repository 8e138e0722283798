"""SpecAugment and mixup: which cells change, and to what."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emovox.audio.augment import Mixup, SpecAugment, one_hot
from emovox.errors import SignalError, UsageError

FRAMES = np.random.default_rng(0).normal(3, 1, (120, 20)).astype(np.float32)


@pytest.mark.parametrize("value", ["zero", "mean"])
def test_masked_cells_are_whole_stretches_and_bands_and_hold_the_value(value: str) -> None:
    masks = SpecAugment(time_masks=1, time_width=30, frequency_masks=1, frequency_width=5,
                        max_time_share=1.0, value=value)  # fmt: skip
    wanted = np.zeros(20) if value == "zero" else FRAMES.mean(axis=0)
    for seed in range(30):
        applied = masks.draw(np.random.default_rng(seed))
        masked = applied(FRAMES)
        changed = masked != FRAMES
        rows, columns = changed.all(axis=1), changed.all(axis=0)
        np.testing.assert_array_equal(changed, rows[:, None] | columns)
        assert rows.sum() == applied.masks[0].width
        assert columns.sum() == applied.masks[1].width
        for line in (rows, columns):
            assert np.abs(np.diff(line.astype(int))).sum() <= 2  # one stretch
        np.testing.assert_allclose(masked[changed], np.broadcast_to(wanted, (120, 20))[changed],
                                   rtol=1e-5)  # fmt: skip


def test_widths_and_places_are_spread_over_all_that_is_allowed() -> None:
    masks = SpecAugment(time_masks=1, time_width=4, frequency_masks=0, max_time_share=1.0)
    rng = np.random.default_rng(0)
    drawn = [masks.draw(rng).masks[0] for _ in range(3000)]
    np.testing.assert_allclose(np.bincount([mask.width for mask in drawn]) / 3000, 0.2, atol=0.03)
    starts = [mask.cells(10).start for mask in drawn if mask.width == 4]
    np.testing.assert_allclose(np.bincount(starts) / len(starts), 1 / 7, atol=0.05)


def test_a_short_utterance_loses_no_more_than_its_share() -> None:
    masks = SpecAugment(time_masks=1, time_width=100, frequency_masks=0, max_time_share=0.2)
    lost = [
        int((masks.draw(np.random.default_rng(seed))(FRAMES[:10]) != FRAMES[:10]).all(1).sum())
        for seed in range(30)
    ]
    assert max(lost) == 2


@settings(max_examples=50, deadline=None)
@given(
    time=st.integers(0, 50), dim=st.integers(0, 12), seed=st.integers(0, 999),
    size=st.sampled_from([0.0, 1.0, 3e38]), value=st.sampled_from(["zero", "mean"]),
)  # fmt: skip
def test_any_shape_gives_the_same_shape_and_finite_numbers(time, dim, seed, size, value) -> None:
    frames = np.full((time, dim), size, np.float32)
    frames.setflags(write=False)
    applied = SpecAugment(frequency_width=9, value=value).draw(np.random.default_rng(seed))
    masked = applied(frames)
    assert masked.shape == frames.shape
    assert masked.dtype == np.float32
    assert np.isfinite(masked).all()
    np.testing.assert_array_equal(masked, applied(frames))


def test_transform_is_draw_and_apply() -> None:
    masks = SpecAugment()
    np.testing.assert_array_equal(
        masks.transform(FRAMES, np.random.default_rng(5)),
        masks.draw(np.random.default_rng(5))(FRAMES),
    )
    other = masks.transform(FRAMES, np.random.default_rng(6))
    assert (masks.transform(FRAMES, np.random.default_rng(5)) != other).any()
    drawn = masks.draw(np.random.default_rng(5)).as_json()
    assert len(json.loads(json.dumps(drawn))["masks"]) == 4


def test_masks_refuse_batches_and_wrong_settings() -> None:
    with pytest.raises(SignalError, match=r"\(2, 3, 4\)"):
        SpecAugment().draw(np.random.default_rng(0))(np.zeros((2, 3, 4), np.float32))
    for wrong, said in [({"time_masks": -1}, "time_masks is -1"), ({"value": "min"}, "'min'"),
                        ({"max_time_share": 2.0}, "max_time_share is 2")]:  # fmt: skip
        with pytest.raises(UsageError, match=said):
            SpecAugment(**wrong)


def batch() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(1)
    return rng.normal(size=(8, 30, 5)).astype(np.float32), one_hot(np.arange(8) % 3, classes=3)


def test_mixtures_are_convex_and_targets_mix_by_the_same_weights() -> None:
    inputs, targets = batch()
    pairs = Mixup(alpha=1.0).draw(np.random.default_rng(0), batch_size=8)
    mixed, soft = pairs(inputs, targets)
    assert sorted(pairs.partners) == list(range(8))
    for row, (partner, weight) in enumerate(zip(pairs.partners, pairs.weights, strict=True)):
        assert 0 <= weight <= 1
        np.testing.assert_allclose(
            mixed[row], weight * inputs[row] + (1 - weight) * inputs[partner], rtol=1e-4, atol=1e-6
        )
        np.testing.assert_allclose(
            soft[row], weight * targets[row] + (1 - weight) * targets[partner], atol=1e-6
        )
    np.testing.assert_allclose(soft.sum(axis=1), 1, rtol=1e-6)
    bounds = np.stack([inputs, inputs[list(pairs.partners)]])
    assert (mixed >= bounds.min(axis=0) - 1e-6).all()
    assert (mixed <= bounds.max(axis=0) + 1e-6).all()
    assert mixed.dtype == soft.dtype == np.float32


def test_weights_follow_the_beta_distribution() -> None:
    weights = np.array(Mixup(alpha=0.2).draw(np.random.default_rng(0), batch_size=4000).weights)
    assert weights.mean() == pytest.approx(0.5, abs=0.02)
    assert weights.var() == pytest.approx(1 / (4 * (2 * 0.2 + 1)), rel=0.05)


def test_the_longer_of_two_utterances_gives_the_length() -> None:
    pairs = Mixup().draw(np.random.default_rng(0), batch_size=4)
    lengths = np.array([10, 3, 7, 30])
    assert pairs.lengths(lengths).tolist() == [
        max(own, lengths[partner]) for own, partner in zip(lengths, pairs.partners, strict=True)
    ]


def test_pairs_for_another_batch_are_refused() -> None:
    inputs, targets = batch()
    with pytest.raises(UsageError, match="8 inputs for 4 pairs"):
        Mixup().draw(np.random.default_rng(0), batch_size=4)(inputs, targets)
    with pytest.raises(UsageError, match="alpha is 0"):
        Mixup(alpha=0)
