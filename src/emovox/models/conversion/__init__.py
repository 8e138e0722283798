"""From fitted scikit-learn estimators to ONNX, in double precision."""

from .estimators import convert
from .graph import Graph

__all__ = ["Graph", "convert"]
