"""Fixtures of the tests of prediction."""

from tests.made_voices import model_folder, recordings

__all__ = ["model_folder", "recordings"]
