"""Walking a tree of recordings, and the names that identify them."""

from __future__ import annotations

import os
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from emovox.errors import CorpusError

LOSSLESS: frozenset[str] = frozenset(
    {".wav", ".wave", ".flac", ".aif", ".aiff", ".aifc", ".au", ".snd", ".caf", ".w64", ".rf64"}
)
"""Endings of formats that keep every sample (as they are used for speech)."""

LOSSY: frozenset[str] = frozenset(
    {
        ".opus", ".ogg", ".oga", ".mp3", ".m4a", ".aac", ".wma", ".amr",
        ".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi", ".flv",
    }
)  # fmt: skip
"""Endings of formats that do not, and of films."""

AUDIO_ENDINGS: frozenset[str] = LOSSLESS | LOSSY

_SIDE_FOLDERS = frozenset({"__MACOSX"})
_SIDE_FILES = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})


@dataclass(frozen=True)
class Tree:
    """The files below a folder, by their paths relative to it with ``/`` between the parts.

    Parameters
    ----------
    root : Path
    recordings : tuple of str
        Files with an audio ending, sorted by their bytes.
    others : tuple of str
        All other files, sorted likewise.
    n_side_files : int
        Files that operating systems leave behind (``._*``, ``.DS_Store``, ``__MACOSX``).
    """

    root: Path
    recordings: tuple[str, ...]
    others: tuple[str, ...]
    n_side_files: int = 0

    def find(self, tail: str) -> list[Path]:
        """Other files whose path ends with `tail` (``*`` matches within one part).

        When the tree holds none, `tail` is also tried beside the root and one folder above it,
        for those who name the folder of the recordings itself.
        """
        n_parts = len(PurePosixPath(tail).parts)
        found = [
            self.root / name
            for name in self.others
            if PurePosixPath(*PurePosixPath(name).parts[-n_parts:]).match(tail)
            and len(PurePosixPath(name).parts) >= n_parts
        ]
        if found:
            return found
        root = self.root.resolve()
        for above in (root.parent, root.parent.parent):
            found = sorted(above.glob(tail), key=os.fsencode)
            if found:
                return found
        return []


def walk(root: str | os.PathLike[str]) -> Tree:
    """List the recordings and the other files below `root`, opening none.

    Links to folders are not followed; an unreadable branch costs one warning and nothing else.

    Raises
    ------
    CorpusError
        ``corpus-missing`` if `root` is not a folder.
    """
    top = Path(root)
    if not top.is_dir():
        reason = "is a file" if top.exists() else "does not exist"
        raise CorpusError(
            "corpus-missing", f"{reason}; give the folder that holds the recordings", name=str(top)
        )
    recordings: list[str] = []
    others: list[str] = []
    n_side_files = 0
    for name in _files(top, ""):
        if name is None:
            n_side_files += 1
        elif _ending(name) in AUDIO_ENDINGS:
            recordings.append(name)
        else:
            others.append(name)
    return Tree(
        top,
        tuple(sorted(recordings, key=os.fsencode)),
        tuple(sorted(others, key=os.fsencode)),
        n_side_files,
    )


def parts_of(name: str) -> tuple[str, ...]:
    r"""Parts of a recording's name, without its audio ending.

    Examples
    --------
    >>> parts_of("emodb/wav/03a01Fa.flac")
    ('emodb', 'wav', '03a01Fa')
    >>> parts_of("Actor_01\\03-01-01-01-01-01-01.wav")[-1]
    '03-01-01-01-01-01-01'
    """
    path = PurePosixPath(name.strip().replace("\\", "/"))
    stem = path.stem if path.suffix.lower() in AUDIO_ENDINGS else path.name
    return (*(part for part in path.parts[:-1] if part != "/"), stem)


def is_lossless(name: str) -> bool:
    """Whether the ending of `name` is one of a format that keeps every sample."""
    return _ending(name) in LOSSLESS


def _ending(name: str) -> str:
    """Ending of a file name in lower case, with its dot."""
    return os.path.splitext(name)[1].lower()


def _files(folder: Path, prefix: str) -> Iterator[str | None]:
    """Relative names of the files below `folder`; None for each side file."""
    try:
        with os.scandir(folder) as entries:
            listed = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        warnings.warn(f"{folder}: {error.strerror}; left out", stacklevel=2)
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            if entry.name in _SIDE_FOLDERS:
                yield from (None for _ in _files(Path(entry.path), ""))
            else:
                yield from _files(Path(entry.path), f"{prefix}{entry.name}/")
        elif entry.name.startswith("._") or entry.name in _SIDE_FILES:
            yield None
        elif _is_regular(entry):
            yield prefix + entry.name


def _is_regular(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a file that opening cannot block on (a link to one counts)."""
    try:
        return entry.is_file()
    except OSError:
        return False
