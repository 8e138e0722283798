"""The methods of ccser: scikit-learn estimators with the settings that it has stored."""

from __future__ import annotations

from typing import Any

from sklearn import ensemble, neighbors, neural_network, svm, tree

from . import ccser_grids as grids
from .method import ClassicMethod
from .stacking import VARIANTS, stacking_classifier, stacking_regressor

SOURCE = "ccser (cxxu, 2023), after x4nth055's emotion-recognition-using-speech (2019)"
FEATURE = "chroma+mel+mfcc"
NOTE = (
    "The stored settings were chosen on random file splits of mixed corpora; here they are used "
    "as they are, or searched again with speakers kept apart."
)

FOREST = {
    "max_depth": 7,
    "max_features": 0.5,
    "min_samples_leaf": 1,
    "min_samples_split": 2,
    "n_estimators": 40,
}
BOOSTING = {
    "learning_rate": 0.3,
    "max_depth": 7,
    "max_features": None,
    "min_samples_leaf": 1,
    "min_samples_split": 2,
    "n_estimators": 100,
    "subsample": 0.7,
}
NEIGHBORS = {"n_neighbors": 3, "p": 1, "weights": "distance"}
PERCEPTRON = {
    "hidden_layer_sizes": (300,),
    "alpha": 0.01,
    "batch_size": 512,
    "learning_rate": "adaptive",
    "max_iter": 400,
}
BAGS = {"max_features": 0.5, "max_samples": 1.0, "n_estimators": 50}
BOOSTS = {"learning_rate": 0.8, "n_estimators": 60}


def _svc() -> Any:
    return svm.SVC(C=10, gamma=0.001, kernel="rbf", break_ties=True)


def _svr() -> Any:
    return svm.SVR(C=10, gamma=0.001, kernel="rbf")


def _forest() -> Any:
    return ensemble.RandomForestClassifier(**FOREST)


def _forest_regressor() -> Any:
    return ensemble.RandomForestRegressor(**FOREST)


def _boosting() -> Any:
    return ensemble.GradientBoostingClassifier(**BOOSTING)


def _boosting_regressor() -> Any:
    return ensemble.GradientBoostingRegressor(**BOOSTING)


def _neighbors() -> Any:
    return neighbors.KNeighborsClassifier(**NEIGHBORS)


def _neighbors_regressor() -> Any:
    return neighbors.KNeighborsRegressor(**NEIGHBORS)


def _tree() -> Any:
    return tree.DecisionTreeClassifier(criterion="entropy", max_depth=7, max_features="sqrt")


def _tree_regressor() -> Any:
    return tree.DecisionTreeRegressor(max_depth=7, max_features="sqrt")


def _perceptron() -> Any:
    return neural_network.MLPClassifier(**PERCEPTRON)


def _perceptron_regressor() -> Any:
    return neural_network.MLPRegressor(**PERCEPTRON)


def _bagging() -> Any:
    return ensemble.BaggingClassifier(**BAGS)


def _bagging_regressor() -> Any:
    return ensemble.BaggingRegressor(**BAGS)


def _adaboost() -> Any:
    return ensemble.AdaBoostClassifier(**BOOSTS)


def _adaboost_regressor() -> Any:
    return ensemble.AdaBoostRegressor(**BOOSTS)


def _voting(*, fast: bool = True) -> Any:
    """Soft vote of the stored estimators that have probabilities."""
    members = [
        ("rf", _forest()),
        ("knn", _neighbors()),
        ("mlp", _perceptron()),
        ("bagging", _bagging()),
    ]
    return ensemble.VotingClassifier(
        members if fast else [*members, ("gb", _boosting())], voting="soft"
    )


def _voting_regressor(*, fast: bool = True) -> Any:
    members = [
        ("svr", _svr()),
        ("rf", _forest_regressor()),
        ("knn", _neighbors_regressor()),
        ("mlp", _perceptron_regressor()),
        ("bagging", _bagging_regressor()),
    ]
    return ensemble.VotingRegressor(members if fast else [*members, ("gb", _boosting_regressor())])


STORED: dict[str, tuple[Any, Any]] = {
    "svc": (_svc, _svr),
    "rf": (_forest, _forest_regressor),
    "gb": (_boosting, _boosting_regressor),
    "knn": (_neighbors, _neighbors_regressor),
    "mlp": (_perceptron, _perceptron_regressor),
    "bagging": (_bagging, _bagging_regressor),
    "tree": (_tree, _tree_regressor),
    "adaboost": (_adaboost, _adaboost_regressor),
    "stacking": (stacking_classifier, stacking_regressor),
}
"""Name -> how to build the classifier and the regressor, as they are stored."""
SLOW = "gb"
"""What fast mode leaves out: it takes longer than all the others together."""


def _stored(*, regression: bool = False, fast: bool = True) -> dict[str, Any]:
    """Every stored estimator, unfitted."""
    return {
        name: builders[regression]()
        for name, builders in STORED.items()
        if not (fast and name == SLOW)
    }


def _method(name: str, title: str, build: Any, build_regressor: Any, **more: Any) -> ClassicMethod:
    return ClassicMethod(
        name=name,
        title=title,
        source=SOURCE,
        feature=FEATURE,
        build=build,
        build_regressor=build_regressor,
        note=more.pop("note", NOTE),
        **more,
    )


SVC = _method(
    "ccser-svc",
    "Support vector machine, RBF kernel",
    _svc,
    _svr,
    grid=grids.SVC,
    regression_grid=grids.SVC,
)
RF = _method(
    "ccser-rf",
    "Random forest of 40 trees",
    _forest,
    _forest_regressor,
    grid=grids.RANDOM_FOREST,
    regression_grid=grids.RANDOM_FOREST,
)
GB = _method(
    "ccser-gb",
    "Gradient boosting, 100 rounds",
    _boosting,
    _boosting_regressor,
    grid=grids.GRADIENT_BOOSTING,
    regression_grid=grids.GRADIENT_BOOSTING,
)
KNN = _method(
    "ccser-knn",
    "Three nearest neighbours, city-block distance",
    _neighbors,
    _neighbors_regressor,
    grid=grids.K_NEIGHBORS,
    regression_grid=grids.K_NEIGHBORS_REGRESSION,
)
TREE = _method(
    "ccser-tree",
    "Decision tree of depth 7",
    _tree,
    _tree_regressor,
    grid=grids.DECISION_TREE,
    regression_grid=grids.DECISION_TREE_REGRESSION,
    note=f"{NOTE} Its authors note that it overfits. The grid leaves out min_samples_split 1, "
    "which scikit-learn refuses.",
)
MLP = _method(
    "ccser-mlp",
    "Perceptron with one hidden layer of 300",
    _perceptron,
    _perceptron_regressor,
    grid=grids.MLP,
    regression_grid=grids.MLP_REGRESSION,
)
BAGGING = _method(
    "ccser-bagging",
    "Bagging of 50 trees on half of the features each",
    _bagging,
    _bagging_regressor,
    grid=grids.BAGGING,
    regression_grid=grids.BAGGING,
)
ADABOOST = _method(
    "ccser-adaboost",
    "AdaBoost (SAMME) of 60 stumps",
    _adaboost,
    _adaboost_regressor,
)
STACKING = _method(
    "ccser-stacking",
    "Stack of forest and AdaBoost below a logistic regression, and eight other variants",
    stacking_classifier,
    stacking_regressor,
    options={"variant": "rf+adab"},
    note=f"{NOTE} variant is one of {', '.join(VARIANTS)}; of dimensions rf+adab or basic+ens. "
    "The inner folds of the stack keep speakers apart where they are known and "
    "every class has speakers enough.",
)
VOTING = _method(
    "ccser-voting",
    "Soft vote of forest, neighbours, perceptron and bagging (fast=False adds boosting)",
    _voting,
    _voting_regressor,
    options={"fast": True},
    note="Named in ccser's design and not built there: the members and their equal weights are "
    "a choice of this project.",
)
BEST = _method(
    "ccser-best",
    "The one of eight stored estimators that inner folds of the training part choose",
    lambda fast: _svc(),
    lambda fast: _svr(),
    choices=_stored,
    grid={"estimator": [name for name in STORED if name != SLOW]},
    regression_grid={"estimator": [name for name in STORED if name != SLOW]},
    defaults={"search": "exhaustive"},
    options={"fast": True},
    note="ccser keeps the estimator that does best on the test part; here the inner folds of the "
    "training part choose, with speakers kept apart, and the chosen one is fitted on all of it. "
    "fast=False adds gradient boosting. Each estimator has the settings that ccser has stored.",
)
