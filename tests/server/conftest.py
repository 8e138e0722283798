"""Fixtures of the tests of the server."""

from tests.made_voices import recordings

__all__ = ["recordings"]
