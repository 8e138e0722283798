"""A small corpus of features that the tests of the methods share."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.fixture
def corpus():
    """60 utterances of 3 emotions by 6 speakers: features (60, 8), emotions, speakers."""
    rng = np.random.default_rng(3)
    y = np.array(["anger", "neutral", "sadness"])[np.arange(60) % 3]
    centres = 0.7 * rng.normal(size=(3, 8))
    X = centres[np.arange(60) % 3] + rng.normal(size=(60, 8))
    speakers = np.array([f"s{index % 6}" for index in np.arange(60) // 3])
    return X, y, speakers
