"""What is written is read, and what is read is what was written."""

import numpy as np

from emovox.models import read
from models.networks import DIM, LABELS, folder


def test_scores_sum_to_one_and_follow_the_labels(tmp_path):
    model = read(folder(tmp_path / "m"))
    scores = model.scores(np.eye(DIM, dtype=np.float32) * 5)
    assert scores.dtype == np.float64
    assert np.allclose(scores.sum(axis=1), 1.0)
    assert [model.labels[i] for i in scores.argmax(axis=1)] == LABELS
