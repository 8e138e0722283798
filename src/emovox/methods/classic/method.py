"""A classic method of the registry: its name, its source, and how to make it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...errors import UsageError
from ..contract import Needs
from .building import setting_name
from .dimensional import UtteranceRegressor
from .estimator import UtteranceClassifier
from .search import candidates

Grid = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Sequence[Any]]]


@dataclass(frozen=True)
class ClassicMethod:
    """How to make one classic method, unfitted.

    Parameters
    ----------
    name, title, source : str
        Name in the registry; one line; where it is from.
    feature : str
        The feature that it is made for.
    build : callable
        Options -> unfitted scikit-learn classifier.
    build_regressor : callable, optional
        Options -> unfitted scikit-learn regressor, where the method has dimensions too.
    grid, regression_grid : mapping or list of mappings
        Settings that a search tries.
    choices : callable, optional
        (regression, options) -> name -> unfitted estimator: the method is the one of them that
        inner folds of the training part choose, each with the settings that it has.
    defaults : mapping
        Parameters of `UtteranceClassifier` that differ from its own.
    options : mapping
        Options of `build` with their defaults.
    note : str
        What a user should know before a comparison.
    """

    name: str
    title: str
    source: str
    feature: str
    build: Callable[..., Any]
    build_regressor: Callable[..., Any] | None = None
    choices: Callable[..., Mapping[str, Any]] | None = None
    grid: Grid = field(default_factory=dict)
    regression_grid: Grid = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def needs(self) -> Needs:
        """What the method must be given."""
        return Needs(feature=self.feature)

    @property
    def tasks(self) -> tuple[str, ...]:
        """``"classification"``, and ``"regression"`` where there is a regressor."""
        both = ("classification", "regression")
        return both if self.build_regressor is not None else both[:1]

    @property
    def grid_size(self) -> int:
        """Number of candidates of the grid; 0 where there is none."""
        return sum(1 for _ in candidates(self.grid)) if self.grid else 0

    def __call__(
        self, *, task: str = "classification", **settings: Any
    ) -> UtteranceClassifier | UtteranceRegressor:
        """Make the unfitted estimator.

        Parameters
        ----------
        task : {"classification", "regression"}
        **settings
            Parameters of `UtteranceClassifier` (such as `scaler`, `pca`, `search`), options of
            the method (such as `variant`), or settings of its inner estimator (such as `C`).

        Returns
        -------
        UtteranceClassifier or UtteranceRegressor

        Raises
        ------
        UsageError
            If the task or a setting is not known, listing those that are.
        """
        if task not in self.tasks:
            raise UsageError(
                "usage", f"{self.name} has no task {task!r}; known: {', '.join(self.tasks)}"
            )
        regression = task == "regression"
        kind = UtteranceRegressor if regression else UtteranceClassifier
        build = self.build_regressor if regression and self.build_regressor else self.build
        options = {name: settings.pop(name, value) for name, value in self.options.items()}
        estimator = build(**options)
        own = set(inspect.signature(kind).parameters) - {"estimator"}
        outer = {"feature": self.feature, **self.defaults}
        outer["grid"] = self.regression_grid if regression else self.grid
        inner = {}
        known = estimator.get_params(deep=True)
        if self.choices is not None:
            outer["estimators"] = self.choices(regression=regression, **options)
            outer["grid"] = {"estimator": list(outer["estimators"])}
            known = {}
        for name, value in settings.items():
            if name in own:
                outer[name] = value
            elif setting_name(name, known) in known:
                inner[setting_name(name, known)] = value
            else:
                raise UsageError(
                    "name-unknown",
                    f"{self.name} has no setting {name!r}; known: "
                    f"{', '.join(sorted({*own, *known, *self.options}))}",
                )
        if self.choices is not None and outer.get("search") is None:
            raise UsageError(
                "usage", f"{self.name} has nothing to choose by with search=none; leave it out"
            )
        outer = {name: value for name, value in outer.items() if name in own}
        return kind(estimator.set_params(**inner), **outer)
