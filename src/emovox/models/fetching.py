"""`emovox models fetch`: a head of ours and the weights of an encoder become a model folder.

Only the tensors that the network holds are read: parts of one safetensors file, from this machine
where it is here, else over HTTP. A download that broke off goes on with the tensor that it was at.
"""

from __future__ import annotations

import os
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import numpy as np

from ..atomic import unwritable, write_bytes
from ..errors import ModelError, OutputError
from . import strict_json
from .borrowed import Borrowed, Values, values_sha256, whole
from .settings import CARD_FILE
from .writing import check_target, write

HEADS = Path(__file__).parent / "heads"
"""One folder for each encoder for which there is a head."""
HEAD_FILE, DESCRIPTION_FILE = "head.onnx", "head.json"
WEIGHTS = "model.safetensors"
MARKER = "conv1.weight"
"""A tensor that every file has, by whose name the prefix of the others is known."""
ENDPOINT = "https://huggingface.co"
"""Where encoders are published; HF_ENDPOINT names another place."""
TIMEOUT_S = 30.0
TRIES = 4
_TYPES = {"F16": "<f2", "F32": "<f4"}


class Source(Protocol):
    """A file of which parts are read."""

    @property
    def name(self) -> str:
        """As errors name it."""

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` to before `end`."""


@dataclass(frozen=True)
class LocalFile:
    """A file on this machine.

    Parameters
    ----------
    path : path
    """

    path: Path

    @property
    def name(self) -> str:
        """As errors name it."""
        return str(self.path)

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` to before `end`; fewer where it is shorter."""
        with open(self.path, "rb") as handle:
            handle.seek(start)
            return handle.read(end - start)


@dataclass(frozen=True)
class RemoteFile:
    """A file on a server that gives parts of files.

    Parameters
    ----------
    url : str
        http or https.
    tries : int
    pause_s : float
        Before the second try; before each further one twice as long.
    """

    url: str
    tries: int = TRIES
    pause_s: float = 1.0

    @property
    def name(self) -> str:
        """As errors name it."""
        return self.url

    def read(self, start: int, end: int) -> bytes:
        """Bytes from `start` to before `end`.

        Raises
        ------
        ModelError
            ``download-failed`` after the last try.
        """
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise self._failed("its address is neither http nor https")
        why = ""
        for number in range(self.tries):
            if number:
                time.sleep(self.pause_s * 2 ** (number - 1))
            try:
                return self._once(start, end)
            except urllib.error.HTTPError as error:
                why = f"the server answers {error.code}"
                if error.code not in (408, 429) and error.code < 500:
                    break
            except (OSError, urllib.error.URLError, EOFError) as error:
                why = str(getattr(error, "reason", error)) or type(error).__name__
        raise self._failed(why)

    def _once(self, start: int, end: int) -> bytes:
        request = urllib.request.Request(  # noqa: S310 -- the scheme was looked at
            self.url, headers={"Range": f"bytes={start}-{end - 1}", "User-Agent": "emovox"}
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310
            if answer.status != 206:
                raise EOFError(f"the server gives no parts of files (it answers {answer.status})")
            data: bytes = answer.read(end - start)
        if len(data) != end - start:
            raise EOFError(f"it ended after {len(data)} of {end - start} bytes")
        return data

    def _failed(self, why: str) -> ModelError:
        return ModelError(
            "download-failed",
            f"cannot be fetched: {why}; try again (what has come is kept), or put the encoder's "
            "folder into EMOVOX_ENCODERS",
            name=self.url,
        )


@dataclass(frozen=True)
class Head:
    """What lies in the package for one encoder.

    Parameters
    ----------
    name : str
    repository, revision : str
        Of the encoder on the hub.
    network : bytes
        Without the encoder's weights.
    borrowed : list of Borrowed
    sha256 : str
        As `emovox.models.borrowed.values_sha256` of the encoder's tensors.
    settings : mapping
        What ``model.json`` is to hold.
    card : str
    """

    name: str
    repository: str
    revision: str
    network: bytes
    borrowed: list[Borrowed]
    sha256: str
    settings: Mapping[str, Any]
    card: str


def heads() -> list[str]:
    """Encoders for which there is a head."""
    return sorted(one.parent.name for one in HEADS.glob(f"*/{DESCRIPTION_FILE}"))


def head(name: str) -> Head:
    """Head of an encoder.

    Parameters
    ----------
    name : str
        Such as ``whisper-base``, or its name on the hub.

    Raises
    ------
    ModelError
        ``model-missing``, listing those that there are.
    """
    for known in heads():
        folder = HEADS / known
        told = strict_json.parse(
            (folder / DESCRIPTION_FILE).read_bytes(), name=str(folder / DESCRIPTION_FILE)
        )
        if name in (known, told["repository"]):
            return Head(
                name=known,
                repository=told["repository"],
                revision=told["revision"],
                network=(folder / HEAD_FILE).read_bytes(),
                borrowed=[Borrowed.of(one) for one in told["borrowed"]],
                sha256=told["sha256"],
                settings=told["settings"],
                card=(folder / CARD_FILE).read_text(encoding="utf-8"),
            )
    raise ModelError(
        "model-missing",
        f"there is no head for {name!r}; known: {', '.join(heads()) or 'none'}; with the extra "
        "ssl, `emovox train encoder-lda ... --features ENCODER@1-5` makes one on any encoder",
    )


def source_of(chosen: Head) -> Source:
    """Where the encoder's weights are: on this machine, else on the hub.

    Raises
    ------
    ModelError
        ``model-missing`` where they are not here and HF_HUB_OFFLINE forbids to ask.
    """
    from ..encoders.finding import find, is_here

    if is_here(chosen.repository):
        path = find(chosen.repository).folder / WEIGHTS
        if path.is_file():
            return LocalFile(path)
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        raise ModelError(
            "model-missing",
            f"the encoder {chosen.repository} is not on this machine, and HF_HUB_OFFLINE forbids "
            "to ask the network; put its folder into EMOVOX_ENCODERS",
        )
    endpoint = os.environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")
    return RemoteFile(f"{endpoint}/{chosen.repository}/resolve/{chosen.revision}/{WEIGHTS}")


def fetch(
    chosen: Head,
    source: Source,
    folder: str | os.PathLike[str],
    *,
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Write the model folder of a head and its encoder's weights.

    Parameters
    ----------
    chosen : Head
    source : Source
        Of the encoder's weights, a safetensors file.
    folder : path
        The model folder. What has come lies in ``FOLDER.fetching`` until it is whole.
    force : bool
        Replace a model folder that is there.
    progress : callable, optional
        Called with (tensors that have come, all).

    Returns
    -------
    path of the folder

    Raises
    ------
    ModelError
        ``download-failed``; ``download-mismatch`` where the weights are not those that the head
        was made for; ``model-invalid`` for a file that is no safetensors.
    OutputError
    """
    target = Path(os.path.abspath(folder))
    check_target(target, force=force)
    begun = target.with_name(f"{target.name}.fetching")
    try:
        begun.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(begun, error) from error
    prefix, places, start = _header(source)
    found: list[tuple[Borrowed, Values]] = []
    for n_done, one in enumerate(chosen.borrowed):
        if progress is not None:
            progress(n_done, len(chosen.borrowed))
        found.append((one, _tensor(source, one, places.get(prefix + one.tensor), start, begun)))
    if progress is not None:
        progress(len(chosen.borrowed), len(chosen.borrowed))
    if values_sha256(found) != chosen.sha256:
        shutil.rmtree(begun, ignore_errors=True)
        raise ModelError(
            "download-mismatch",
            f"its tensors have SHA-256 {values_sha256(found)}, the head was made for "
            f"{chosen.sha256}; nothing was written",
            name=source.name,
        )
    written = write(
        target,
        network=whole(chosen.network, found),
        settings=chosen.settings,
        card=chosen.card,
        force=force,
    )
    shutil.rmtree(begun, ignore_errors=True)
    return written


def _header(source: Source) -> tuple[str, dict[str, Any], int]:
    """Prefix of the names, where each tensor lies, and where the tensors begin."""
    size = int.from_bytes(source.read(0, 8), "little")
    try:
        if not 0 < size <= strict_json.MAX_BYTES:
            raise ValueError(f"its header has {size} bytes")
        places = strict_json.parse(source.read(8, 8 + size), name=source.name)
        prefix = next(name for name in places if name.endswith(MARKER))[: -len(MARKER)]
    except (ValueError, StopIteration, ModelError) as error:
        raise ModelError(
            "model-invalid", f"is no safetensors file of an encoder: {error}", name=source.name
        ) from error
    return prefix, places, 8 + size


def _tensor(source: Source, one: Borrowed, place: Any, start: int, begun: Path) -> Values:
    """Values of a tensor: what has come before, else read now and kept."""
    try:
        kind, shape = _TYPES[place["dtype"]], tuple(place["shape"])
        begin, end = (int(number) for number in place["data_offsets"])
    except (TypeError, KeyError, ValueError) as error:
        raise ModelError(
            "model-invalid", f"has no tensor {one.tensor} of 16 or 32 bits", name=source.name
        ) from error
    size = int(np.dtype(kind).itemsize * np.prod(one.shape))
    if shape != one.shape or end - begin != size:
        raise ModelError(
            "download-mismatch",
            f"{one.tensor} has the shape {shape}; the head was made for {one.shape}",
            name=source.name,
        )
    path = begun / f"{one.tensor}.{place['dtype']}"
    try:
        data = path.read_bytes() if path.is_file() else b""
        if len(data) != size:
            data = source.read(start + begin, start + end)
            write_bytes(path, data)
    except OSError as error:
        raise OutputError(
            "output-unwritable", f"cannot be read: {error}", name=str(path)
        ) from error
    if len(data) != size:
        raise ModelError("download-failed", f"ends before {one.tensor}", name=source.name)
    return np.frombuffer(data, kind).reshape(shape).astype(np.float32)
