"""Recognition: one recording or many, whole or by segments."""

from .recogniser import Recogniser, load, predict
from .result import Result

__all__ = ["Recogniser", "Result", "load", "predict"]
