"""The classifier of all networks: from a sequence of frames to emotions."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.validation import check_is_fitted

from ...engine.data import Data
from ...engine.export import exported
from ...engine.loop import Progress, Trained, train
from ...engine.mixup import Mixup
from ...engine.objective import Classification
from ...engine.recipe import Recipe
from ...engine.seeds import seeded, threads
from ...engine.standardised import Standardised, frame_statistics
from ...engine.watching import Watch, answers, probabilities
from ...errors import UsageError
from ...models.export import Network, export
from ..classic.balance import rows_to_keep
from ..classic.folds import inner_folds
from ..classic.scores import fit_temperature
from ..contract import Cost, Needs
from .arrays import checked, digest
from .cost import utterance_cost
from .inner_training import calibrated, checked_grid, searched
from .views import transform, windows

Array = npt.NDArray[np.floating]
WATCHED = (None, "speakers", "test")
EPOCHS = ("last", "best")


class NetworkClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A network that the engine trains, with scikit-learn's conventions.

    Parameters
    ----------
    network : emovox.methods.networks.method.NetworkMethod
        How the network is made.
    feature : str
        The feature that it is trained on.
    options : mapping, optional
        Options of the network.
    recipe : Recipe, optional
    objective : Classification, optional
    balance : {"undersample", "undersample-random", "class_weight"}, optional
    mixup : float, optional
        Alpha of mixup.
    masks : (int, int), optional
        SpecAugment in training: two masks of up to so many frames, and two of up to so many
        bands.
    watch : {"speakers", "test"}, optional
        What is looked at after each epoch: a fifth of the training speakers, who are then not
        trained on; or, to show what that is worth, the test part.
    epoch : {"last", "best"}
        Which weights are kept: of the last epoch, or of the best one of what is watched. Both
        are read off one training.
    criterion : {"ua", "wa", "loss"}
        By which an epoch is the best.
    ties : {"first", "last"}
    search : {"exhaustive"}, optional
        Choose the settings of `grid` on inner folds of the training part, which see nothing
        else: under ``watch="test"`` they keep their last epoch.
    grid : mapping, optional
    search_folds : int
    calibrate : {"speakers"}, optional
        Fit the temperature on the answers to three inner folds, each by a network trained as
        this one on the others; no speaker is lost to the final training, which is done besides.
    half : bool
        Store the weights of a model folder in 16 bits, where that keeps its answers.
    random_state : int
        Seed of the first weights, the order, dropout and augmentation.
    device : str
        ``cpu``, ``cuda``, ...
    tensorboard : bool
    checkpoint : folder, optional
        Where trainings are kept; one that was killed goes on from there, and one that has ended
        is not run again.

    Attributes
    ----------
    classes_ : array, shape (classes,)
    network_ : torch module
        Trained, in evaluation mode.
    trained_ : emovox.engine.loop.Trained
        With the history.
    temperature_ : float
        Scale of the softmax, fitted on inner folds (`calibrate`) or on the held-out speakers
        (`watch`), changed copies of their recordings included; 1 where there are none.
    input_ : dict
        What a model folder says of the input: ``form``, ``dim``, ``frames``, ``window``.
    mean_frames_ : int
        Mean length of the utterances that it was trained on.
    chosen_ : dict
        Settings chosen by the search, and the epoch where one was chosen.
    """

    def __init__(
        self,
        network: Any,
        *,
        feature: str = "",
        options: Mapping[str, Any] | None = None,
        recipe: Recipe | None = None,
        objective: Classification | None = None,
        balance: str | None = None,
        mixup: float | None = None,
        masks: tuple[int, int] | None = None,
        watch: str | None = None,
        epoch: str = "last",
        criterion: str = "ua",
        ties: str = "first",
        search: str | None = None,
        grid: Mapping[str, Sequence[Any]] | None = None,
        search_folds: int = 3,
        calibrate: str | None = None,
        half: bool = False,
        random_state: int = 0,
        device: str = "cpu",
        tensorboard: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
    ) -> None:
        self.network = network
        self.feature = feature
        self.options = options
        self.recipe = recipe
        self.objective = objective
        self.balance = balance
        self.mixup = mixup
        self.masks = masks
        self.watch = watch
        self.epoch = epoch
        self.criterion = criterion
        self.ties = ties
        self.search = search
        self.grid = grid
        self.search_folds = search_folds
        self.calibrate = calibrate
        self.half = half
        self.random_state = random_state
        self.device = device
        self.tensorboard = tensorboard
        self.checkpoint = checkpoint

    @property
    def needs(self) -> Needs:
        """The feature that this network is trained on, as frames."""
        made: Needs = self.network.needs
        return replace(made, feature=self.feature or made.feature)

    @property
    def chooses_on_test(self) -> bool:
        """Whether the weights depend on the test part: on its best epoch, or its patience."""
        stops = self.recipe is not None and self.recipe.patience is not None
        return self.watch == "test" and (self.epoch == "best" or stops)

    def set_params(self, **settings: Any) -> Self:
        """Set parameters of this estimator, of its recipe and objective, and of the network.

        Raises
        ------
        UsageError
            If a name or a value is not known.
        """
        own = set(self._get_param_names())
        of_recipe = {one.name for one in fields(Recipe)}
        of_objective = {one.name for one in fields(Classification)} - {"output"}
        unknown = set(settings) - own - of_recipe - of_objective - set(self.network.options)
        if unknown:
            known = sorted({*own, *of_recipe, *of_objective, *self.network.options} - {"network"})
            raise UsageError(
                "name-unknown",
                f"{self.network.name} has no setting {min(unknown)!r}; known: {', '.join(known)}",
            )
        for name, value in settings.items():
            if name in own:
                setattr(self, name, value)
            elif name in of_recipe:
                self.recipe = replace(self.recipe or Recipe(), **{name: value})
            elif name in of_objective:
                self.objective = replace(self.objective or Classification(), **{name: value})
            else:
                self.options = {**(self.options or {}), name: value}
        return self

    def fit(
        self,
        X: Sequence[Array],
        y: Any,
        groups: Any = None,
        *,
        watched: tuple[Sequence[Array], Any] | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Train on the training part.

        Parameters
        ----------
        X : sequence of float arrays, each of shape (time, dim)
        y : array, shape (utterances,)
            Labels.
        groups : array, shape (utterances,), optional
            Speakers.
        watched : (X, y), optional
            The test part, which is looked at, and chosen on, where `watch` is ``"test"``.
        progress : callable, optional
            Called after each epoch.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            For fewer than two classes, arrays of wrong shapes, or settings that do not go
            together.
        TrainingError
            ``training-diverged``.
        """
        arrays = checked(self.network, X)
        self.classes_, encoded = np.unique(np.asarray(y), return_inverse=True)
        if len(encoded) != len(arrays):
            raise UsageError("usage", f"{len(arrays)} utterances have {len(encoded)} labels")
        if len(self.classes_) < 2:
            raise UsageError(
                "usage",
                "a classifier needs at least two classes; the labels hold only one class: "
                f"{self.classes_[0]!r}",
            )
        self._check_choices(watched)
        speakers = None if groups is None else np.asarray(groups)
        if self.search is not None:
            return self._fit_searched(X, y, encoded.astype(np.int64), speakers, watched, progress)
        rows = self._rows(encoded)
        given = list(X)
        given = [given[row] for row in rows]
        arrays = [arrays[row] for row in rows]
        encoded = encoded[rows].astype(np.int64)
        speakers = None if speakers is None else speakers[rows]
        kept, watch = self._watch(arrays, encoded, speakers, watched)
        self.trained_ = self._trained([arrays[row] for row in kept], encoded[kept], watch, progress)
        self.chosen_: dict[str, Any] = self._weights()
        self.temperature_ = 1.0
        if self.calibrate == "speakers":
            self.temperature_, folds = calibrated(self, given, encoded, speakers)
            self.inner_split_ = folds.by
        elif self.watch == "speakers" and watch is not None and watch.data.targets is not None:
            self.temperature_ = self._temperature(watch.data, watch.data.targets)
        return self

    def predict_proba(self, X: Sequence[Array]) -> npt.NDArray[np.float64]:
        """Probability of each class.

        Parameters
        ----------
        X : sequence of float arrays, each of shape (time, dim)

        Returns
        -------
        float64 array, shape (utterances, classes); rows sum to 1, columns as `classes_`
        """
        check_is_fitted(self)
        data = Data(checked(self.network, X), windows=windows(self.input_["window"]))
        with threads((self.recipe or Recipe()).threads):
            return probabilities(
                self.network_, data, temperature=self.temperature_, device=self.device
            )

    def predict(self, X: Sequence[Array]) -> npt.NDArray[np.generic]:
        """Most probable class of each utterance."""
        found = self.predict_proba(X)
        labels: npt.NDArray[np.generic] = self.classes_[found.argmax(axis=1)]
        return labels

    def cost(self) -> Cost:
        """Parameters and multiply-adds of one utterance, after the features.

        Where lengths differ, the utterance has the mean length of those that were trained on.
        """
        check_is_fitted(self)
        return utterance_cost(
            self.network_, self.network, n_frames=self.mean_frames_, dim=self.input_["dim"]
        )

    def to_network(self, rows: Sequence[Array]) -> Network:
        """Write the network as ONNX, compared with this one.

        Parameters
        ----------
        rows : sequence of float arrays, each of shape (time, dim)
            Of the training part.

        Raises
        ------
        ModelError
            If it cannot be written, or gives other probabilities.
        """
        check_is_fitted(self)
        return exported(
            self.network_,
            checked(self.network, rows),
            labels=[str(label) for label in self.classes_],
            given=self.input_,
            temperature=self.temperature_,
            half=self.half,
        )

    def export(self, folder: str | os.PathLike[str], **details: Any) -> Path:
        """Write a model folder.

        Parameters
        ----------
        folder : path
        **details
            As of `emovox.models.export.export`.

        Returns
        -------
        path of the folder
        """
        check_is_fitted(self)
        return export(self, folder, **details)

    def _check_choices(self, watched: object) -> None:
        for what, value, known in (
            ("watch", self.watch, WATCHED),
            ("epoch", self.epoch, EPOCHS),
            ("search", self.search, (None, "exhaustive")),
            ("calibrate", self.calibrate, (None, "speakers")),
        ):
            if value not in known:
                said = ", ".join("none" if one is None else str(one) for one in known)
                raise UsageError("name-unknown", f"{what} is {value!r}; known: {said}")
        if self.epoch == "best" and self.watch is None:
            raise UsageError("usage", "epoch=best needs something to watch; set watch=speakers")
        if self.watch == "test" and watched is None:
            raise UsageError("usage", "watch=test needs a test part; there is one in bench only")

    def _rows(self, encoded: npt.NDArray[np.integer]) -> npt.NDArray[np.intp]:
        """Rows of the training part that take part, as `balance` says."""
        return rows_to_keep(
            encoded, balance=self.balance, shuffle=False, random_state=self.random_state
        )

    def _fit_searched(
        self,
        X: Sequence[Array],
        y: Any,
        encoded: npt.NDArray[np.int64],
        speakers: npt.NDArray[np.generic] | None,
        watched: tuple[Sequence[Array], Any] | None,
        progress: Progress | None,
    ) -> Self:
        """Choose settings on inner folds, then fit with all of them on the whole training part."""
        grid = checked_grid(self)
        given = list(X)
        rows = np.arange(len(given)) if "balance" in grid else self._rows(encoded)
        part = None if speakers is None else speakers[rows]
        found, self.search_results_ = searched(
            self, [given[row] for row in rows], encoded[rows], part, grid
        )
        fitted = clone(self).set_params(search=None, **found)
        fitted.fit(X, y, groups=speakers, watched=watched, progress=progress)
        for name, one in vars(fitted).items():
            if name.endswith("_"):
                setattr(self, name, one)
        self.chosen_ = found | fitted.chosen_
        return self

    def _watch(
        self,
        arrays: list[Array],
        encoded: npt.NDArray[np.int64],
        speakers: npt.NDArray[np.generic] | None,
        watched: tuple[Sequence[Array], Any] | None,
    ) -> tuple[npt.NDArray[np.intp], Watch | None]:
        """Rows that are trained on, and what is looked at after each epoch."""
        every = np.arange(len(arrays))
        view = windows(self.network.windows_for(arrays[0].shape[1]))
        if self.watch is None:
            return every, None
        if self.watch == "test" and watched is not None:
            places = {str(name): place for place, name in enumerate(self.classes_)}
            known = [row for row, label in enumerate(watched[1]) if str(label) in places]
            told = checked(self.network, watched[0])
            held = Data(
                [told[row] for row in known],
                np.array([places[str(watched[1][row])] for row in known]),
                windows=view,
            )
            return every, Watch(held, self.criterion, self.ties)
        folds = inner_folds(encoded, speakers, n_folds=5, random_state=self.random_state)
        if not folds.splits:
            raise UsageError("usage", "too few utterances to hold any out; set watch=none")
        train_rows, held_rows = folds.splits[0]
        self.inner_split_ = folds.by
        held = Data([arrays[row] for row in held_rows], encoded[held_rows], windows=view)
        return train_rows, Watch(held, self.criterion, self.ties)

    def _trained(
        self,
        arrays: list[Array],
        encoded: npt.NDArray[np.int64],
        watch: Watch | None,
        progress: Progress | None,
    ) -> Trained:
        """Build the network and train it."""
        recipe = self.recipe or Recipe()
        objective = self.objective or Classification()
        if self.balance == "class_weight":
            counts = np.bincount(encoded, minlength=len(self.classes_))
            weights = len(encoded) / (len(counts) * np.maximum(counts, 1))
            objective = replace(objective, class_weights=tuple(weights.tolist()))
        dim = arrays[0].shape[1]
        with seeded(self.random_state):
            network = self.network.build(
                dim=dim, n_classes=len(self.classes_), **(self.options or {})
            )
        if self.network.standardise:
            network = Standardised(network, *frame_statistics(arrays))
        self.network_ = network
        self.mean_frames_ = round(float(np.mean([len(array) for array in arrays])))
        self.input_ = {
            "form": self.network.needs.form,
            "dim": dim,
            "frames": len(arrays[0]) if self.network.frames is not None else None,
            "window": self.network.windows_for(dim),
            "shortest": getattr(network, "shortest", None),
        }
        identity = {
            "network": self.network.name,
            "options": dict(self.options or {}),
            "objective": asdict(objective),
            "mixup": self.mixup,
            **({} if self.masks is None else {"masks": list(self.masks)}),
            "watch": None if watch is None else [self.watch, self.criterion, self.ties],
            "data": digest(arrays, encoded),
            "watched": None if watch is None else digest(watch.data.arrays, watch.data.targets),
            # Of a network that begins with weights of others, which those are.
            **getattr(network, "identity", {}),
        }
        folder = None
        if self.checkpoint is not None:
            settings = {**identity, "recipe": asdict(recipe), "seed": self.random_state}
            text = json.dumps(settings, sort_keys=True, default=str)
            folder = Path(self.checkpoint) / hashlib.sha256(text.encode()).hexdigest()[:20]
        mixes = [] if self.mixup is None else [Mixup(self.mixup, len(self.classes_))]
        return train(
            network,
            objective,
            Data(arrays, encoded, transform=transform(self.input_["window"], self.masks)),
            recipe,
            seed=self.random_state,
            watch=watch,
            hooks=mixes,
            folder=folder,
            identity=identity,
            device=self.device,
            progress=progress,
            tensorboard=self.tensorboard,
        )

    def _weights(self) -> dict[str, Any]:
        """Put the weights of the chosen epoch into the network; which epoch that is."""
        best = self.trained_.best
        chosen: dict[str, Any] = {}
        if self.epoch == "best" and best is not None:
            self.network_.load_state_dict(best)
            chosen["epoch"] = self.trained_.best_epoch
        self.network_.eval()
        return chosen

    def _temperature(self, held: Data, truth: npt.NDArray[np.integer]) -> float:
        """Temperature of the answers to what was held out."""
        columns = truth.astype(np.intp)
        if self.input_["window"] is not None:
            found = answers(self.network_, held, device=self.device)
            return fit_temperature(found.logits, columns, rows=found.rows)
        scores = probabilities(self.network_, held, device=self.device)
        return fit_temperature(np.log(np.maximum(scores, 1e-12)), columns)
