"""Fixtures of the tests of the command line."""

from tests.made_voices import model_folder, recordings

__all__ = ["model_folder", "recordings"]
