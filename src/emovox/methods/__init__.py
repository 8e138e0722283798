"""Methods: what turns the features of an utterance into emotions."""

from .contract import Cost, Needs

__all__ = ["Cost", "Needs"]
