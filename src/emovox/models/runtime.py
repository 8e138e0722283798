"""A network in ONNX Runtime that can always be stopped."""

from __future__ import annotations

import os
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ModelError

Array = NDArray[np.float64]

_TYPES = {"tensor(double)": np.float64, "tensor(float)": np.float32}
_FATAL = 4  # The runtime's own lines on stderr; its errors reach us as exceptions.


class Runtime:
    """One network with one input of shape (n, dim) or (n, time, dim) and one output (n, outputs).

    Parameters
    ----------
    network : bytes
        An ONNX file that has passed `emovox.models.screening.screen`.
    dim, outputs : int
        The shapes that the model folder declares.
    name : str
        The file, for the errors.
    threads : int
        Threads inside one run.
    timeout_s : float
        A run that takes longer is stopped.
    rows_at_once : int
        Longer arrays are run in parts of so many rows.
    time : tuple of int or None
        Empty for a network over vectors. For one over sequences the number of frames that it
        takes, or None where it takes any number.

    Raises
    ------
    ModelError
        ``model-invalid`` if the runtime refuses it, ``model-misfit`` if its shapes are others.
    """

    def __init__(
        self,
        network: bytes,
        *,
        dim: int,
        outputs: int,
        name: str,
        threads: int = 1,
        timeout_s: float = 60.0,
        rows_at_once: int = 1024,
        time: tuple[int | None, ...] = (),
    ) -> None:
        # Official builds of 1.29 and later report each session to their maker, and keep an
        # identity in the user's folder, unless this is set before they are loaded.
        os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
        # Imported here: `emovox --help` and `models list` answer without loading the runtime.
        import onnxruntime

        self.name = name
        self.dim = dim
        self.outputs = outputs
        self.timeout_s = timeout_s
        self.rows_at_once = rows_at_once
        self.time = time
        self._onnxruntime: Any = onnxruntime
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = _FATAL
        options.enable_cpu_mem_arena = False
        try:
            self._session: Any = onnxruntime.InferenceSession(
                network,
                options,
                providers=["CPUExecutionProvider"],
                enable_fallback=0,  # else it prints, and tries the same once more
            )
            inputs, outputs_found = self._session.get_inputs(), self._session.get_outputs()
            declared = [(value.name, value.type, tuple(value.shape)) for value in inputs]
            given = [value.type for value in outputs_found]
        except Exception as error:  # the runtime's exceptions share no narrower root
            raise ModelError(
                "model-invalid", f"does not load: {_first_line(error)}", name=name
            ) from error
        self._input, self._type = self._checked(declared, given)

    def run(self, vectors: NDArray[Any]) -> Array:
        """Output of the network for each row.

        Parameters
        ----------
        vectors : float array, shape (n, dim) or (n, time, dim)

        Returns
        -------
        float64 array, shape (n, outputs)

        Raises
        ------
        InputError
            ``too-slow`` after `timeout_s`.
        ModelError
            ``model-misfit`` if the output has another shape, ``model-invalid`` if the runtime
            fails or a value is not finite.
        """
        parts = [
            self._part(vectors[start : start + self.rows_at_once])
            for start in range(0, len(vectors), self.rows_at_once)
        ]
        return np.concatenate([np.zeros((0, self.outputs)), *parts])

    def _part(self, vectors: NDArray[Any]) -> Array:
        """Finite output of one run, in the declared shape."""
        output = self._watched(np.ascontiguousarray(vectors, dtype=self._type))
        if output.shape != (len(vectors), self.outputs):
            raise ModelError(
                "model-misfit",
                f"the network gives {output.shape} for {len(vectors)} "
                f"{'sequences' if self.time else 'vectors'}, "
                f"{self.outputs} labels are declared",
                name=self.name,
            )
        if not np.isfinite(output).all():
            raise ModelError("model-invalid", "the network gives NaN or infinity", name=self.name)
        return output.astype(np.float64)

    def _checked(
        self, inputs: list[tuple[str, str, tuple[Any, ...]]], outputs: list[str]
    ) -> tuple[str, type]:
        """Name and type of the one input, if the network declares what the folder declares."""
        if len(inputs) != 1 or len(outputs) != 1:
            raise self._misfit(f"{len(inputs)} inputs and gives {len(outputs)}", "one of each")
        ((name, kind, shape),) = inputs
        if kind not in _TYPES or outputs[0] not in _TYPES:
            raise self._misfit(f"{kind} and gives {outputs[0]}", "float or double")
        # An axis that may have any length has a name, or none, in the place of a number.
        wanted = (None, *self.time, self.dim)
        found = tuple(size if isinstance(size, int) else None for size in shape)
        if found != wanted:
            named = ["n", *("any" if size is None else str(size) for size in wanted[1:])]
            raise self._misfit(f"an input of shape {shape}", f"({', '.join(named)})")
        return name, _TYPES[kind]

    def _misfit(self, found: str, declared: str) -> ModelError:
        return ModelError(
            "model-misfit", f"the network takes {found}; declared: {declared}", name=self.name
        )

    def _watched(self, vectors: NDArray[Any]) -> NDArray[Any]:
        """Run in a thread of its own: the calling one keeps the clock and hears Ctrl-C."""
        options = self._onnxruntime.RunOptions()
        options.log_severity_level = _FATAL
        results: list[NDArray[Any]] = []
        errors: list[BaseException] = []
        # Not Thread.join: interrupted by Ctrl-C, some versions of it take the thread for ended.
        ended = threading.Event()

        def work() -> None:
            try:
                results.extend(self._session.run(None, {self._input: vectors}, options))
            except BaseException as error:  # handed to the thread that waits
                errors.append(error)
            finally:
                ended.set()

        thread = threading.Thread(target=work, name="emovox-network", daemon=True)
        thread.start()
        try:
            timed_out = not ended.wait(self.timeout_s)
        finally:
            # Does nothing to a run that has ended. The wait keeps the interpreter from leaving
            # while the runtime still works, which would end the process by a signal.
            options.terminate = True
            ended.wait(5.0)
        if timed_out:
            raise InputError(
                "too-slow", f"took longer than {self.timeout_s:g} s in the network", name=self.name
            )
        if errors:
            raise ModelError(
                "model-invalid", f"the network fails: {_first_line(errors[0])}", name=self.name
            ) from errors[0]
        return results[0]


def _first_line(error: BaseException) -> str:
    """First line of what the runtime says, kept short."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
