"""Where the demo clips lie."""

from __future__ import annotations

from pathlib import Path


def clip_paths() -> list[Path]:
    """Paths of the demo clips, sorted by name; all are synthetic speech.

    Returns
    -------
    list of Path

    Examples
    --------
    >>> [path.stem for path in clip_paths()][:2]
    ['synthetic-angry-like', 'synthetic-happy-like']
    """
    return sorted(Path(__file__).parent.glob("*.flac"))
