"""Encoders of the Hugging Face hub: what was fetched before, else fetched now.

Its own library does the work: downloads that broke off are taken up again, HF_ENDPOINT,
HF_HUB_OFFLINE and HF_HOME are honoured. Nothing is asked of the network where the files are here.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..errors import ModelError, need

_PATTERNS = ("config.json", "preprocessor_config.json", "model*.safetensors*")
_PICKLED = (*_PATTERNS[:2], "pytorch_model.bin")
_NAME = re.compile(r"\w[\w.-]*/\w[\w.-]*(@[\w.-]+)?")


def kept(name: str) -> Path | None:
    """Folder of an encoder that was fetched before; None where it was not."""
    try:
        return _snapshot(name, _PATTERNS, here_only=True)
    except (ModelError, ImportError):
        return None


def fetched(name: str) -> Path:
    """Folder of an encoder of the hub.

    Parameters
    ----------
    name : str
        ``owner/name``, or ``owner/name@revision``.

    Returns
    -------
    path

    Raises
    ------
    ModelError
        ``model-missing``, in one sentence with what to do.
    """
    found = kept(name)
    if found is not None:
        return found
    return _snapshot(name, _PATTERNS, here_only=False)


def _snapshot(name: str, patterns: tuple[str, ...], *, here_only: bool) -> Path:
    """Folder with the files of one revision."""
    if not _NAME.fullmatch(name):
        raise ModelError("model-missing", _what_to_do(name, "it is no folder and no hub name"))
    hub = need("huggingface_hub", extra="ssl", for_what=f"the encoder {name}")
    repository, _, revision = name.partition("@")
    try:
        folder = Path(
            hub.snapshot_download(
                repository,
                revision=revision or None,
                allow_patterns=list(patterns),
                local_files_only=here_only,
            )
        )
    except Exception as error:
        said = str(error).strip().splitlines() or [type(error).__name__]
        raise ModelError("model-missing", _what_to_do(name, said[0])) from error
    if any(folder.glob("model*.safetensors")) or patterns is _PICKLED:
        return folder
    return _snapshot(name, _PICKLED, here_only=here_only)


def _what_to_do(name: str, why: str) -> str:
    return (
        f"the encoder {name} is not on this machine and cannot be fetched ({why}); go online, or "
        "put its folder into EMOVOX_ENCODERS, or give the folder itself"
    )
