import numpy as np
import pytest

pytest.importorskip("torch")

from emovox.methods.networks.views import crop, transform, windows

SPEC = {"frames": 300, "hop": 150, "pad": "tile"}


def test_a_crop_is_a_piece_and_what_is_shorter_is_repeated():
    frames = np.arange(1000, dtype=np.float32)[:, None]
    cut = transform(SPEC)
    starts = {cut(frames, np.random.default_rng(seed))[0, 0] for seed in range(50)}
    piece = cut(frames, np.random.default_rng(3))
    assert piece.shape == (300, 1)
    assert np.all(np.diff(piece[:, 0]) == 1)
    assert len(starts) > 30
    assert max(starts) <= 700
    short = cut(frames[:70], np.random.default_rng(3))
    assert np.array_equal(short[:, 0], np.arange(300) % 70)


def test_a_crop_draws_the_same_dice_whatever_the_length():
    long, short = np.random.default_rng(1), np.random.default_rng(1)
    crop(np.zeros((1000, 1), np.float32), long, length=300)
    crop(np.zeros((400, 1), np.float32), short, length=300)
    assert long.bit_generator.state == short.bit_generator.state


@pytest.mark.parametrize(
    ("frames", "starts"),
    [
        (1, [0]),
        (300, [0]),
        (301, [0, 1]),
        (450, [0, 150]),
        (460, [0, 150, 160]),
        (600, [0, 150, 300]),
    ],
)
def test_windows_cover_every_frame_and_end_with_the_last(frames, starts):
    found = windows(SPEC)(np.arange(float(frames))[:, None])
    assert [int(one[0, 0]) for one in found] == starts
    assert {len(one) for one in found} == {300}


def test_utterances_stay_whole_where_there_are_no_windows():
    assert transform(None) is None
    assert windows(None) is None


def test_masks_hide_frames_and_bands_after_the_crop():
    frames = np.random.default_rng(0).normal(size=(1000, 20)).astype(np.float32)
    plain = transform(SPEC)(frames, np.random.default_rng(5))
    masked = transform(SPEC, (30, 6))(frames, np.random.default_rng(5))
    assert masked.shape == plain.shape
    hidden = masked != plain
    assert hidden.any()
    assert not hidden.all(axis=1).all()
    assert 0 < hidden.all(axis=1).sum() <= 60 or 0 < hidden.all(axis=0).sum() <= 12
