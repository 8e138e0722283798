"""scikit-learn's own questions to its estimators."""

from __future__ import annotations

import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from emovox.methods.classic import UtteranceClassifier, UtteranceRegressor

pytestmark = pytest.mark.filterwarnings("ignore")


@parametrize_with_checks(
    [
        UtteranceClassifier(),
        UtteranceClassifier(LogisticRegression(), pca=2, balance="class_weight"),
        UtteranceRegressor(),
    ]
)
def test_scikit_learn_accepts_the_estimators(estimator, check):
    check(estimator)
