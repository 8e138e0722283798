"""Methods of scikit-learn on one vector of features per utterance."""

from .dimensional import UtteranceRegressor
from .estimator import UtteranceClassifier

__all__ = ["UtteranceClassifier", "UtteranceRegressor"]
