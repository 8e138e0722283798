"""Features: a signal in, a named vector out."""

from .cache import Cache
from .front_end import Extraction, FrontEnd, extract_many
from .sets import Feature, feature
from .spectrum import Signal

__all__ = ["Cache", "Extraction", "Feature", "FrontEnd", "Signal", "extract_many", "feature"]
