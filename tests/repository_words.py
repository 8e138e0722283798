"""What no file of the repository may say: registries' hosts, paths of one machine."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

# In pieces, so that this file does not say them itself.
HOSTS = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"), ("pythonhosted", "org"), ("registry", "npmjs"), ("proxy", "golang"),
        ("crates", "io"), ("conda", "anaconda"),
    )
]  # fmt: skip
MACHINE_PATH = re.compile(
    r"(?<![\w.\-/}])/(?:" + "|".join(("work", "root", "home", "Users")) + r")/\w"
)
CORPORA_BESIDE = "/".join(("..", "shared"))
MAY_NAME_CORPORA = {".ci/run"}


def texts(repository: Path) -> Iterator[tuple[str, str]]:
    """Name and content of each text file that git would keep, new ones included."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=repository, capture_output=True, check=True,
    ).stdout.decode()  # fmt: skip
    for name in filter(None, listed.split("\0")):
        path = repository / name
        if not path.is_file() or path.stat().st_size > 2_000_000:
            continue
        data = path.read_bytes()
        if b"\0" not in data[:8000]:
            yield name, data.decode("utf-8", errors="replace")


def forbidden_words(name: str, text: str) -> list[str]:
    """List lines that name a registry's host, a path of one machine, or the corpora' place."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        said = [host for host in HOSTS if host in line]
        said += [match.group() for match in MACHINE_PATH.finditer(line)]
        if CORPORA_BESIDE in line and name not in MAY_NAME_CORPORA:
            said.append(CORPORA_BESIDE)
        found += [f"{name}, line {number}: {word}" for word in said]
    return found
